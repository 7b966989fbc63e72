"""``clicdocteur.sealing``: what was closed opens for its owner, in its place, or not at all."""

import ast
import copy
import dataclasses
import hashlib
import hmac
import json
import os
import traceback
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clicdocteur import framing, sealing
from clicdocteur.sealing import Context, KeyPair, PasswordCost, SealingError
from tests.pure.make_sealing_vectors import (
    CHEAP,
    CONTEXT,
    PLAINTEXT,
    TYPED,
    VECTORS,
    write_vectors,
)

ROOT = Path(__file__).parents[2]
PAIR = sealing.generate_key_pair()
KEY = bytes(range(32))
CODE = bytes(range(16))
SECRET = b"Nom tres secret"
Close = Callable[[bytes, Context], bytes]
Open = Callable[[bytes, Context], bytes]

few = settings(max_examples=25, deadline=None, derandomize=True)


@dataclasses.dataclass(frozen=True)
class Box:
    """One way to close, its way to open, and what it adds."""

    close: Close
    open: Open
    overhead: int


BOXES = {
    "sealed": Box(
        lambda plaintext, context: sealing.seal(PAIR.public, plaintext, context),
        lambda box, context: sealing.open_sealed(PAIR.private, box, context),
        sealing.SEAL_OVERHEAD,
    ),
    "encrypted": Box(
        lambda plaintext, context: sealing.encrypt(KEY, plaintext, context),
        lambda box, context: sealing.decrypt(KEY, box, context),
        sealing.ENCRYPT_OVERHEAD,
    ),
    "under a password": Box(
        lambda plaintext, context: sealing.wrap_with_password("motdepasse", plaintext, context, CHEAP),
        lambda box, context: sealing.unwrap_with_password("motdepasse", box, context),
        sealing.PASSWORD_OVERHEAD,
    ),
    "under a code": Box(
        lambda plaintext, context: sealing.wrap_with_code(CODE, plaintext, context),
        lambda box, context: sealing.unwrap_with_code(CODE, box, context),
        sealing.ENCRYPT_OVERHEAD,
    ),
}
every_box = pytest.mark.parametrize("kind", BOXES.values(), ids=BOXES.keys())


def reason_of(action: Callable[..., object], *arguments: object) -> str:
    """Call what must be refused; return the reason."""
    with pytest.raises(SealingError) as caught:
        action(*arguments)
    return caught.value.reason


# Boxes


@every_box
@few
@given(plaintext=st.binary(max_size=300))
def test_what_is_closed_opens_and_is_longer_by_its_overhead(kind: Box, plaintext: bytes) -> None:
    box = kind.close(plaintext, CONTEXT)
    assert kind.open(box, CONTEXT) == plaintext
    assert len(box) == len(plaintext) + kind.overhead
    assert box[0] == sealing.FORMAT == 1


@every_box
@few
@given(data=st.data())
def test_a_box_with_one_bit_changed_is_refused(kind: Box, data: st.DataObject) -> None:
    # From the fifth byte on: a changed memory cost, here before it, has its own test.
    box = bytearray(kind.close(SECRET, CONTEXT))
    bit = data.draw(st.integers(32, 8 * len(box) - 1) | st.integers(0, 7))
    box[bit // 8] ^= 1 << bit % 8
    assert reason_of(kind.open, bytes(box), CONTEXT) in {"authentication", "format"}


@every_box
def test_every_other_first_byte_is_refused_as_format(kind: Box) -> None:
    box = kind.close(SECRET, CONTEXT)
    for first in (0, *range(2, 256)):
        altered = bytes([first]) + box[1:]
        assert reason_of(kind.open, altered, CONTEXT) == "format"


@every_box
@few
@given(data=st.data())
def test_a_box_cut_short_is_refused(kind: Box, data: st.DataObject) -> None:
    box = kind.close(SECRET, CONTEXT)
    length = data.draw(st.integers(0, len(box) - 1))
    expected = "length" if length < kind.overhead else "authentication"
    assert reason_of(kind.open, box[:length], CONTEXT) == expected


@every_box
@few
@given(more=st.binary(min_size=1, max_size=40))
def test_a_box_made_longer_is_refused(kind: Box, more: bytes) -> None:
    box = kind.close(SECRET, CONTEXT)
    assert reason_of(kind.open, box + more, CONTEXT) == "authentication"
    inserted = box[:24] + more + box[24:]  # behind a password's cost and salt
    assert reason_of(kind.open, inserted, CONTEXT) == "authentication"


@every_box
@pytest.mark.parametrize(
    "elsewhere",
    [
        Context("other", "column", (1, 2)),
        Context("purpose", "other", (1, 2)),
        Context("purpose", "column", (1, 3)),
        Context("purpose", "column", (2, 1)),
        Context("purpose", "column", (1,)),
        Context("purpose", "column", (1, 2, 0)),
        Context("purpos", "ecolumn", (1, 2)),
        Context("purpose", "", (1, 2)),
    ],
    ids=str,
)
def test_a_box_moved_to_another_context_is_refused(kind: Box, elsewhere: Context) -> None:
    box = kind.close(SECRET, Context("purpose", "column", (1, 2)))
    assert reason_of(kind.open, box, elsewhere) == "authentication"


@every_box
def test_the_same_content_closed_twice_gives_unequal_boxes(kind: Box) -> None:
    """P4: equal e-mails are not visible as equal."""
    assert len({kind.close(SECRET, CONTEXT) for _ in range(20)}) == 20


@every_box
@few
@given(plaintext=st.binary(max_size=96))
def test_all_boxes_of_one_padding_have_one_length(kind: Box, plaintext: bytes) -> None:
    box = kind.close(sealing.pad(plaintext, 100), CONTEXT)
    assert len(box) == 100 + kind.overhead
    assert sealing.unpad(kind.open(box, CONTEXT)) == plaintext


@every_box
def test_a_box_shows_nothing_of_its_content(kind: Box) -> None:
    assert SECRET not in kind.close(SECRET, CONTEXT)


@every_box
@few
@given(box=st.binary(max_size=1400).filter(lambda box: box[:1] != b"\1"))
def test_rubbish_is_refused(kind: Box, box: bytes) -> None:
    assert reason_of(kind.open, box, CONTEXT) in {"length", "format"}


# Key pairs


def test_a_public_half_can_be_checked_against_its_private_half() -> None:
    assert sealing.public_of(PAIR.private) == PAIR.public
    assert (len(PAIR.public), len(PAIR.private)) == (1216, 96)
    assert sealing.generate_key_pair() != PAIR


def test_another_private_half_opens_nothing() -> None:
    box = sealing.seal(PAIR.public, SECRET, CONTEXT)
    other = sealing.generate_key_pair().private
    assert reason_of(sealing.open_sealed, other, box, CONTEXT) == "authentication"
    half_right = PAIR.private[:64] + other[64:]
    assert reason_of(sealing.open_sealed, half_right, box, CONTEXT) == "authentication"
    half_right = other[:64] + PAIR.private[64:]
    assert reason_of(sealing.open_sealed, half_right, box, CONTEXT) == "authentication"


def test_what_is_not_a_public_half_is_refused() -> None:
    lattice, curve = PAIR.public[:-32], PAIR.public[-32:]
    for wrong in (b"", lattice, PAIR.public + b"\0", PAIR.private):
        assert reason_of(sealing.seal, wrong, SECRET, CONTEXT) == "length"
    for wrong in (b"\xff" * 1184 + curve, lattice + bytes(32)):
        assert reason_of(sealing.seal, wrong, SECRET, CONTEXT) == "format"


def test_what_is_not_a_private_half_is_refused() -> None:
    box = sealing.seal(PAIR.public, SECRET, CONTEXT)
    for wrong in (b"", PAIR.private[:-1], PAIR.private + b"\0"):
        assert reason_of(sealing.open_sealed, wrong, box, CONTEXT) == "length"
        assert reason_of(sealing.public_of, wrong) == "length"


def test_a_sealed_box_opens_with_nothing_but_the_published_standards() -> None:
    """RFC 9180 §5.1 and the X-Wing combiner, written out: data outlives any HPKE library."""
    given_by = vars(sealing)  # the primitives, without a second import of the package
    box = sealing.seal(PAIR.public, SECRET, CONTEXT)
    lattice_ct, curve_ct, ciphertext = box[1:1089], box[1089:1121], box[1121:]
    lattice = given_by["mlkem"].MLKEM768PrivateKey.from_seed_bytes(PAIR.private[:64])
    curve = given_by["x25519"].X25519PrivateKey.from_private_bytes(PAIR.private[64:])
    point = given_by["x25519"].X25519PublicKey.from_public_bytes(curve_ct)
    shared = lattice.decapsulate(lattice_ct) + curve.exchange(point)
    combined = shared + curve_ct + PAIR.public[-32:] + rb"\.//^" + b"\\"  # the X-Wing label
    shared_secret = hashlib.sha3_256(combined).digest()
    suite = b"HPKE-v1" + b"HPKE" + bytes.fromhex("647a00010002")

    def extract(salt: bytes, label: bytes, value: bytes) -> bytes:
        return hmac.digest(salt, suite + label + value, "sha256")

    def expand(secret: bytes, label: bytes, info: bytes, length: int) -> bytes:
        text = length.to_bytes(2) + suite + label + info + b"\x01"
        return hmac.digest(secret, text, "sha256")[:length]

    info_hash = extract(b"", b"info_hash", CONTEXT.encode(1))
    schedule = b"\0" + extract(b"", b"psk_id_hash", b"") + info_hash
    secret = extract(shared_secret, b"secret", b"")
    key, nonce = expand(secret, b"key", schedule, 32), expand(secret, b"base_nonce", schedule, 12)
    assert given_by["AESGCM"](key).decrypt(nonce, ciphertext, b"") == SECRET


# Secret keys


def test_a_wrong_key_is_refused() -> None:
    box = sealing.encrypt(KEY, SECRET, CONTEXT)
    assert reason_of(sealing.decrypt, bytes(32), box, CONTEXT) == "authentication"
    for wrong in (b"", KEY[:16], KEY + b"\0"):
        assert reason_of(sealing.decrypt, wrong, box, CONTEXT) == "length"
        assert reason_of(sealing.encrypt, wrong, SECRET, CONTEXT) == "length"
        assert reason_of(sealing.tag, wrong, SECRET) == "length"


def test_a_rotation_list_opens_with_any_of_its_keys() -> None:
    """P5: rotated half-way, old boxes still open."""
    keys = [bytes([n]) * 32 for n in range(3)]
    for key in keys:
        box = sealing.encrypt(key, SECRET, CONTEXT)
        assert sealing.decrypt_any(keys, box, CONTEXT) == SECRET


def test_a_rotation_list_without_the_key_opens_nothing() -> None:
    """P5: a wrong key at start gives an error, never a guess."""
    box = sealing.encrypt(KEY, SECRET, CONTEXT)
    others = [bytes(32), b"\1" * 32]
    assert reason_of(sealing.decrypt_any, others, box, CONTEXT) == "authentication"
    assert reason_of(sealing.decrypt_any, [], box, CONTEXT) == "authentication"
    assert reason_of(sealing.decrypt_any, others, box[:20], CONTEXT) == "length"
    assert reason_of(sealing.decrypt_any, others, b"\2" + box[1:], CONTEXT) == "format"


# Contexts


words = st.text(alphabet="aé_\0\ud800", max_size=30)
contexts = st.builds(
    Context,
    words.filter(bool),
    words,
    st.lists(st.integers(0, 2**64 - 1), max_size=4).map(tuple),
)


@few
@given(context=contexts, version=st.integers(0, 255))
def test_every_context_has_one_length_and_begins_with_its_version(context: Context, version: int) -> None:
    encoded = context.encode(version)
    assert len(encoded) == sealing.CONTEXT_LENGTH == 33
    assert encoded[0] == version


@few
@given(one=contexts, other=contexts)
def test_different_contexts_are_written_differently(one: Context, other: Context) -> None:
    assert (one == other) == (one.encode(1) == other.encode(1))


@pytest.mark.parametrize(("purpose", "ids"), [("", ()), ("p", (1, 2, 3, 4, 5)), ("p", (-1,)), ("p", (2**64,))])
def test_a_context_that_cannot_be_written_down_is_refused(purpose: str, ids: tuple[int, ...]) -> None:
    assert reason_of(Context, purpose, "", ids) == "context"


# Padding


@few
@given(plaintext=st.binary(max_size=50), spare=st.integers(0, 50))
def test_padding_comes_off_again(plaintext: bytes, spare: int) -> None:
    length = len(plaintext) + sealing.PAD_OVERHEAD + spare
    padded = sealing.pad(plaintext, length)
    assert len(padded) == length
    assert sealing.unpad(padded) == plaintext


def test_a_content_too_long_for_its_padding_is_a_value_error() -> None:
    assert sealing.unpad(sealing.pad(b"x" * 60, 64)) == b"x" * 60
    with pytest.raises(ValueError, match="too long"):
        sealing.pad(b"x" * 61, 64)


def test_padding_that_was_not_made_by_pad_is_refused() -> None:
    padded = sealing.pad(b"abc", 12)
    assert reason_of(sealing.unpad, b"\0\0\0") == "length"
    assert reason_of(sealing.unpad, padded[:6]) == "length"
    assert reason_of(sealing.unpad, b"\xff" * 12) == "length"
    assert reason_of(sealing.unpad, padded[:-1] + b"\1") == "format"
    assert reason_of(sealing.unpad, b"\0\0\0\2" + padded[4:]) == "format"


# Passwords


def test_a_wrong_password_is_refused() -> None:
    box = sealing.wrap_with_password("motdepasse", SECRET, CONTEXT, CHEAP)
    for wrong in ("", "Motdepasse", "motdepasse ", "motdepasse\0"):
        with pytest.raises(SealingError, match=r"^authentication$"):
            sealing.unwrap_with_password(wrong, box, CONTEXT)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_a_password_typed_on_another_system_is_the_same_password(form: str) -> None:
    box = sealing.wrap_with_password(TYPED, SECRET, CONTEXT, CHEAP)
    typed = unicodedata.normalize(form, TYPED)  # type: ignore[arg-type]
    assert sealing.unwrap_with_password(typed, box, CONTEXT) == SECRET


@few
@given(password=st.text(alphabet="aàé½②\0 \u0301\ud800\U0001f600", max_size=40))
def test_any_text_can_be_a_password(password: str) -> None:
    box = sealing.wrap_with_password(password, SECRET, CONTEXT, CHEAP)
    assert sealing.unwrap_with_password(password, box, CONTEXT) == SECRET


def test_the_default_cost_is_what_the_design_promises() -> None:
    assert PasswordCost(128 * 1024, 3, 4) == sealing.DEFAULT_COST


OUT_OF_BOUNDS = [
    (512 * 1024 + 1, 1, 1),
    (2**32 - 1, 3, 4),
    (7, 1, 1),
    (31, 1, 4),
    (0, 1, 1),
    (1024, 0, 1),
    (1024, 17, 1),
    (1024, 255, 1),
    (1024, 1, 0),
    (1024, 1, 17),
]


@pytest.mark.parametrize("cost", OUT_OF_BOUNDS, ids=str)
def test_an_absurd_cost_in_a_box_is_refused_before_any_memory_is_taken(
    cost: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    box = sealing.wrap_with_password("motdepasse", SECRET, CONTEXT, CHEAP)
    memory, iterations, lanes = cost
    forged = box[:1] + memory.to_bytes(4) + bytes([iterations, lanes]) + box[7:]
    monkeypatch.setattr(sealing, "Argon2id", lambda **_: pytest.fail("Argon2 was called"))
    assert reason_of(sealing.unwrap_with_password, "motdepasse", forged, CONTEXT) == "format"
    with pytest.raises(ValueError, match="out of bounds"):
        PasswordCost(*cost)


@pytest.mark.parametrize("cost", [(9, 1, 1), (1024, 1, 1), (8, 2, 1), (16, 1, 2)], ids=str)
def test_a_changed_cost_within_bounds_does_not_open(cost: tuple[int, int, int]) -> None:
    box = sealing.wrap_with_password("motdepasse", SECRET, CONTEXT, CHEAP)
    memory, iterations, lanes = cost
    forged = box[:1] + memory.to_bytes(4) + bytes([iterations, lanes]) + box[7:]
    refused = reason_of(sealing.unwrap_with_password, "motdepasse", forged, CONTEXT)
    assert refused == "authentication"


def test_each_box_under_a_password_has_its_own_salt() -> None:
    boxes = [sealing.wrap_with_password("x", SECRET, CONTEXT, CHEAP) for _ in range(20)]
    assert len({box[7:23] for box in boxes}) == 20


def test_a_box_remembers_its_own_cost() -> None:
    box = sealing.wrap_with_password("motdepasse", SECRET, CONTEXT, PasswordCost(64, 2, 3))
    assert box[1:7] == (64).to_bytes(4) + bytes([2, 3])
    assert sealing.unwrap_with_password("motdepasse", box, CONTEXT) == SECRET


# Derivations and tags


def test_each_label_gives_its_own_key() -> None:
    labels = ["", "link", "contact", "storage", "log", "limits", "link/2"]
    assert len({sealing.derive(KEY, label) for label in labels}) == len(labels)
    assert sealing.derive(KEY, "link") != sealing.derive(bytes(32), "link")
    assert [len(sealing.derive(KEY, "link", n)) for n in (1, 32, 100)] == [1, 32, 100]


def test_a_derivation_is_hkdf_under_our_own_prefix() -> None:
    extracted = hmac.digest(bytes(32), KEY, "sha256")
    expected = hmac.digest(extracted, b"clicdocteur/1/link\x01", "sha256")
    assert sealing.derive(KEY, "link") == expected


def test_a_secret_too_short_to_be_random_is_refused() -> None:
    assert reason_of(sealing.derive, b"x" * 15, "link") == "length"
    with pytest.raises(ValueError, match=r"(?i)length|large"):
        sealing.derive(KEY, "link", 255 * 32 + 1)


def test_no_two_lists_of_parts_have_one_tag() -> None:
    lists: list[tuple[bytes | str | int, ...]] = [
        (),
        ("",),
        ("", ""),
        ("ab",),
        ("a", "b"),
        ("b", "a"),
        (b"ab",),
        (b"a", "b"),
        (1,),
        ("1",),
        (b"1",),
        (-1,),
        (11,),
        (1, 1),
        (2**80,),
        ("s" + "\0" * 7 + "\1" + "a",),
    ]
    tags = {sealing.tag(KEY, *parts) for parts in lists}
    assert len(tags) == len(lists)
    assert {len(value) for value in tags} == {32}
    assert sealing.tag(KEY, "a") != sealing.tag(bytes(32), "a")


# Recovery codes


def test_a_recovery_code_is_eight_groups_of_four_readable_characters() -> None:
    codes = {sealing.recovery_code() for _ in range(50)}
    assert len(codes) == 50
    for code in codes:
        assert [len(group) for group in code.split("-")] == [4] * 8
        assert set(code) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ-")
        assert len(sealing.parse_recovery_code(code)) == 16


@few
@given(code=st.binary(min_size=16, max_size=16), data=st.data())
def test_a_code_copied_with_one_wrong_character_is_refused(code: bytes, data: st.DataObject) -> None:
    text = spelled(code)
    assert sealing.parse_recovery_code(text) == code
    place = data.draw(st.sampled_from([i for i, c in enumerate(text) if c != "-"]))
    other = data.draw(st.sampled_from(sorted(set("0123456789ABCDEFGHJKMNPQRSTVWXYZU") - {text[place]})))
    wrong = text[:place] + other + text[place + 1 :]
    assert reason_of(sealing.parse_recovery_code, wrong) == "format"


def spelled(code: bytes) -> str:
    """Spell known bytes, as ``recovery_code`` spells random ones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(framing, "token_bytes", lambda _: code)
        return sealing.recovery_code()


def test_a_code_is_read_however_it_was_typed() -> None:
    text = spelled(bytes(range(3, 19)))
    assert "0" in text
    assert "1" in text
    for typed in (
        text.lower(),
        text.replace("-", ""),
        text.replace("-", " "),
        f"  {text}.\n",
        text.replace("-", " – "),
        text.replace("0", "O").replace("1", "I"),
        text.replace("0", "o").replace("1", "l"),
        text.replace("1", "i").replace("-", "\N{NO-BREAK SPACE}"),
        "".join(chr(ord(c) + 0xFEE0) for c in text),  # wide forms
    ):
        assert sealing.parse_recovery_code(typed) == bytes(range(3, 19))


@few
@given(text=st.text(alphabet="é０²ßΩ- ", max_size=60) | st.text(alphabet="0123456789ABCDEFUOIL- ", max_size=60))
def test_what_is_not_a_code_is_refused_as_format(text: str) -> None:
    assert reason_of(sealing.parse_recovery_code, text) == "format"


def test_a_letter_that_no_code_has_is_not_read_as_another() -> None:
    text = spelled(bytes(range(3, 19)))
    for drawn in sorted(set(text) - {"-"}):
        assert reason_of(sealing.parse_recovery_code, text.replace(drawn, "U")) == "format"


def test_a_code_with_something_missing_added_or_swapped_is_refused() -> None:
    text = spelled(bytes(range(3, 19)))
    swapped = text[5:9] + text[4] + text[:4] + text[9:]
    for wrong in ("", text[:-1], text[1:], text + "0", text + "U", text[:-5], text * 2, swapped):
        assert reason_of(sealing.parse_recovery_code, wrong) == "format"


def test_another_code_opens_nothing() -> None:
    box = sealing.wrap_with_code(CODE, SECRET, CONTEXT)
    assert reason_of(sealing.unwrap_with_code, bytes(16), box, CONTEXT) == "authentication"
    assert reason_of(sealing.unwrap_with_code, CODE[:-1], box, CONTEXT) == "length"


# What errors and representations tell


def test_no_error_text_holds_a_secret() -> None:
    sealed = sealing.seal(PAIR.public, SECRET, CONTEXT)
    wrapped = sealing.wrap_with_password("motdepasse-secret", SECRET, CONTEXT, CHEAP)
    attempts: list[Callable[[], object]] = [
        lambda: sealing.open_sealed(PAIR.private, sealed[:-1], CONTEXT),
        lambda: sealing.open_sealed(PAIR.private[1:], sealed, CONTEXT),
        lambda: sealing.seal(b"\xff" * 1216, SECRET, CONTEXT),
        lambda: sealing.decrypt(KEY, sealed, CONTEXT),
        lambda: sealing.decrypt_any([KEY, bytes(32)], sealed, CONTEXT),
        lambda: sealing.unwrap_with_password("motdepasse-secret\ud800", wrapped, CONTEXT),
        lambda: sealing.unwrap_with_password("x", b"\1" + b"\xff" * 90, CONTEXT),
        lambda: sealing.parse_recovery_code("motdepasse-secret-é-\ud800"),
        lambda: sealing.unpad(SECRET),
    ]
    for attempt in attempts:
        with pytest.raises(SealingError) as caught:
            attempt()
        error = caught.value
        assert error.args == (error.reason,)
        assert error.reason in {"format", "length", "authentication"}
        assert error.__cause__ is None
        assert error.__context__ is None or error.__suppress_context__
        shown = "".join(traceback.format_exception_only(error)) + repr(error)
        assert not leaks(shown)


def leaks(shown: str) -> bool:
    """Tell whether a text shows one of the planted secrets, plain, escaped or in hexadecimal."""
    planted = [SECRET, PAIR.private[:8], PAIR.private[-8:], KEY[1:9], b"motdepasse"]
    forms = [str(value)[2:-1] for value in planted] + [value.hex() for value in planted]
    return any(form in shown for form in forms)


def test_a_key_pair_does_not_show_its_private_half() -> None:
    assert leaks(repr(PAIR.private))
    assert not leaks(repr(PAIR))
    assert not leaks(str(PAIR))
    assert not leaks(f"{[PAIR]}")


def test_a_copied_error_keeps_its_reason() -> None:
    assert copy.copy(SealingError("length")).reason == "length"


# For ever


def vector(name: str) -> bytes:
    """Return one frozen value."""
    return bytes.fromhex(json.loads(VECTORS.read_text(encoding="utf-8"))[name])


def test_format_version_1_opens_for_ever() -> None:
    private, key, code = vector("private"), vector("key"), vector("recovery_bytes")
    assert sealing.public_of(private) == vector("public")
    assert sealing.open_sealed(private, vector("sealed"), CONTEXT) == PLAINTEXT
    assert sealing.decrypt(key, vector("encrypted"), CONTEXT) == PLAINTEXT
    assert sealing.unwrap_with_code(code, vector("wrapped_with_code"), CONTEXT) == PLAINTEXT
    assert sealing.unpad(vector("padded")) == PLAINTEXT
    box = vector("wrapped_with_password")
    assert sealing.unwrap_with_password(TYPED, box, CONTEXT) == PLAINTEXT


def test_format_version_1_is_written_as_it_was() -> None:
    assert CONTEXT.encode(1) == vector("context")
    assert sealing.pad(PLAINTEXT, 64) == vector("padded")
    assert sealing.derive(vector("key"), "vector", 48) == vector("derived")
    assert sealing.tag(vector("key"), b"1", "é", -1, 2**70) == vector("tag")
    code = json.loads(VECTORS.read_text(encoding="utf-8"))["recovery_code"]
    assert sealing.parse_recovery_code(code) == vector("recovery_bytes")
    assert spelled(vector("recovery_bytes")) == code


def test_frozen_vectors_are_never_written_again() -> None:
    before = VECTORS.read_bytes()
    with pytest.raises(FileExistsError):
        write_vectors()
    assert VECTORS.read_bytes() == before


# The only importer


def python_files() -> Iterator[Path]:
    """Yield the repository's own modules."""
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [f for f in folders if not f.startswith(".") and f != "node_modules"]
        yield from (Path(folder, name) for name in files if name.endswith(".py"))


def imported_by(path: Path) -> set[str]:
    """Return the top-level packages that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(str(node.module).split(".")[0])
    return names


def test_an_opener_opens_what_encrypt_closed_for_the_same_row_and_no_other():
    """What scans thousands of boxes is bound like what opens one."""
    key, context = bytes(32), Context("storage", "identity_box", (2**63 - 1,))
    box = sealing.encrypt(key, b"content", context)
    open_box = sealing.opener([key], "storage", "identity_box")
    assert open_box(box, 2**63 - 1) == b"content"
    for other, number in ((box, 7), (box[:-1], 2**63 - 1), (b"\2" + box[1:], 2**63 - 1), (box[:-1] + b"x", 2**63 - 1)):
        with pytest.raises(SealingError):
            open_box(other, number)
    for purpose, column in (("filed", "identity_box"), ("storage", "visit_box")):
        with pytest.raises(SealingError):
            sealing.opener([key], purpose, column)(box, 2**63 - 1)


def test_an_opener_tries_each_key_and_says_like_decrypt_any_why_nothing_opens():
    current, before = bytes(32), b"\1" * 32
    for number in (0, 9, 10, 2**64 - 1):
        box = sealing.encrypt(before, b"content", Context("link", "patient_ref", (number,)))
        assert sealing.opener([current, before], "link", "patient_ref")(box, number) == b"content"
    for keys, other, reason in (
        ([current], box, "authentication"),
        ([], box, "authentication"),
        ([before], box[:28], "length"),
        ([before], b"\2" + box[1:], "format"),
    ):
        with pytest.raises(SealingError, match=reason):
            sealing.opener(keys, "link", "patient_ref")(other, 2**64 - 1)
    with pytest.raises(SealingError, match="length"):
        sealing.opener([before[:16]], "link", "patient_ref")


def test_an_opener_of_boxes_that_begin_with_another_sign_opens_no_others():
    key = bytes(32)
    box = sealing.encrypt(key, b"content", Context("filed", "identity_box", (7,)))
    open_box = sealing.opener([key], "filed", "identity_box", first=2)
    assert open_box(b"\2" + box[1:], 7) == b"content"
    with pytest.raises(SealingError, match="format"):
        open_box(box, 7)


def test_only_sealing_imports_the_cryptography_package() -> None:
    importers = {path.relative_to(ROOT).as_posix() for path in python_files() if "cryptography" in imported_by(path)}
    assert importers == {"clicdocteur/sealing.py"}


def test_sealing_imports_no_django_and_no_clock() -> None:
    for name in ("sealing.py", "framing.py"):
        seen = imported_by(ROOT / "clicdocteur" / name)
        assert not seen & {"django", "datetime", "time", "os", "pathlib", "io", "logging"}


def test_a_key_pair_is_a_value() -> None:
    assert KeyPair(PAIR.public, PAIR.private) == PAIR
    with pytest.raises(dataclasses.FrozenInstanceError):
        PAIR.private = b""  # type: ignore[misc]
