"""The server secret: kept in a file of its own, rotated without losing anything, and never guessed around (P5 I8)."""

import re
import secrets as random_bytes
import stat
from pathlib import Path

import pytest

from booking import pairing
from clicdocteur import server_secret
from clicdocteur.server_secret import SecretUnusable
from patients import store
from tests.patients.cast import FULL, REACHED, SAID
from tests.processes import Instance

OLD, NEW = random_bytes.token_bytes(32), random_bytes.token_bytes(32)


# The file.


def test_set_up_makes_one_secret_that_only_its_owner_reads(tmp_path: Path):
    path = tmp_path / "etc" / "secret"
    server_secret.ensure(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert re.fullmatch(r"[0-9a-f]{64}\n", path.read_text())
    assert server_secret.read(path) == (bytes.fromhex(path.read_text()),)


def test_set_up_never_replaces_a_secret(tmp_path: Path):
    path = tmp_path / "secret"
    server_secret.ensure(path)
    before = path.read_bytes()
    server_secret.ensure(path)
    assert path.read_bytes() == before


def test_two_instances_have_two_secrets(tmp_path: Path):
    for name in "ab":
        server_secret.ensure(tmp_path / name)
    assert server_secret.read(tmp_path / "a") != server_secret.read(tmp_path / "b")


def test_a_list_is_read_in_its_order_with_comments_and_blank_lines(tmp_path: Path):
    path = tmp_path / "secret"
    path.write_text(f"# since March\n\n  {NEW.hex().upper()}  \n{OLD.hex()}\r\n#{'00' * 32}\n")
    assert server_secret.read(path) == (NEW, OLD)


@pytest.mark.parametrize(
    "content",
    [b"", b"# nothing\n", b"0" * 63, b"0" * 66, b"g" * 64, b"\xff" * 64, f"{OLD.hex()}\nrest\n".encode(),
     f"{OLD.hex()}\n{OLD.hex().upper()}\n".encode(), f"{OLD.hex()} {NEW.hex()}".encode()],
    ids=["empty", "a comment only", "too short", "too long", "not hexadecimal", "not text", "a line too many", "twice",
         "two on a line"],
)  # fmt: skip
def test_a_malformed_file_is_refused_and_its_content_never_quoted(tmp_path: Path, content):
    path = tmp_path / "secret"
    path.write_bytes(content)
    with pytest.raises(SecretUnusable) as refused:
        server_secret.read(path)
    assert str(path) in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    for line in content.split():
        if len(line) > 8:
            assert line.decode("latin-1") not in str(refused.value)


def test_a_missing_file_or_a_folder_is_refused(tmp_path: Path):
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(SecretUnusable, match="setup"):
            server_secret.read(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "Put the file back"), ("beef", "64 hexadecimal digits"), (f"{OLD.hex()}\n{OLD.hex()}", "twice")],
)
def test_an_instance_whose_secret_is_unusable_exits_with_one_sentence(tmp_path: Path, content, says):
    """I8: no traceback, no content, and no store is made or touched."""
    instance = Instance(tmp_path)
    if content:
        instance.secret.write_text(content)
    done = instance.manage("migrate")
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert OLD.hex()[:12] not in done.stderr
    assert not instance.agenda.exists()
    assert not instance.patients.exists()


# What it opens.


@pytest.fixture
def reference(db, secrets, pair) -> store.Reference:
    """A record made, and both stores paired, under the old secret."""
    secrets(OLD)
    pairing.establish()
    return store.Reference(7, store.put(FULL, SAID, REACHED, pair.public, 7))


def test_a_rotated_secret_still_opens_all_that_is_older(reference, secrets, pair):
    for those in ((OLD, NEW), (NEW, OLD)):
        secrets(*those)
        assert store.open_many({reference: [pair.private]}) == {7: store.Record(FULL, SAID)}
        assert store.read_contact(reference) == REACHED
        assert pairing.state() == "sound"


def test_a_rotated_secret_makes_new_things_with_the_first_of_its_list(reference, secrets, pair):
    secrets(NEW, OLD)
    newer = store.Reference(8, store.put(FULL, SAID, REACHED, pair.public, 8))
    secrets(NEW)
    assert store.open_many({newer: [pair.private]}) == {8: store.Record(FULL, SAID)}
    assert store.read_contact(newer) == REACHED
    secrets(OLD)
    with pytest.raises(store.NotOpened):
        store.read_contact(newer)


def test_a_wrong_secret_opens_nothing_says_so_and_stops_bookings(reference, secrets, pair):
    """P5 I8"""
    secrets(NEW)
    refused = store.open_many({reference: [pair.private]})[7]
    assert isinstance(refused, store.NotOpened)
    assert refused.why == "link-authentication"
    with pytest.raises(store.NotOpened):
        store.read_contact(reference)
    with pytest.raises(store.NotOpened):
        store.forget([reference])
    assert pairing.state() == "wrong secret"
    assert not pairing.is_sound()
    with pytest.raises(RuntimeError, match="wrong secret"):
        pairing.establish()
    secrets(OLD)
    assert store.read_contact(reference) == REACHED


def test_check_values_of_the_two_stores_are_not_one_another_s(db, secrets):
    secrets(OLD)
    for name, other in (("agenda", "patients"), ("patients", "agenda")):
        box = store.check_box(name)
        assert store.check_opens(name, box)
        assert not store.check_opens(other, box)
        assert not store.check_opens(name, box[:-1])
        assert not store.check_opens(name, b"")
        secrets(NEW)
        assert not store.check_opens(name, box)
        secrets(OLD)
