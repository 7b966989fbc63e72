"""Filing: what was opened once opens in microseconds from then on, with the same key and no other."""

import json
from pathlib import Path

import pytest
from django.db import DatabaseError

from clicdocteur import sealing
from patients import store
from patients.models import PatientRecord
from patients.store import boxes, opening, people
from tests.patients.cast import BARE, COLUMNS, FULL, REACHED, SAID, lengths, longest_identity, longest_visit, row

pytestmark = pytest.mark.django_db
VECTOR = json.loads(Path(__file__).with_name("filing_vector.json").read_text())


def opened(ref: bytes, private: bytes) -> store.Record | store.NotOpened:
    return store.open_many({store.Reference(7, ref): [private]})[7]


def kinds(ref: bytes) -> tuple[int | None, int | None]:
    """The inner format bytes of a record's identity and visit; None is filler."""
    record = row(ref, 7)
    found = (boxes.unwrap(column, record.pk, bytes(getattr(record, column.name))) for column in COLUMNS[:2])
    identity, visit = (None if inner is None else inner[0] for inner in found)
    return identity, visit


def test_the_first_opening_files_both_boxes_and_the_second_writes_nothing(pair, django_assert_num_queries):
    ref = store.put(FULL, SAID, REACHED, pair.public, 7)
    assert kinds(ref) == (1, 1)
    assert opened(ref, pair.private) == store.Record(FULL, SAID)
    assert kinds(ref) == (2, 2)
    before = PatientRecord.objects.values().get()
    with django_assert_num_queries(1, using="patients"):
        assert opened(ref, pair.private) == store.Record(FULL, SAID)
    assert PatientRecord.objects.values().get() == before


def test_a_filed_box_is_as_long_as_every_other(pair):
    """I3: who was looked at does not show."""
    for number, character in enumerate(("\U0001f9d1", '"', "é")):
        ref = store.put(longest_identity(character), longest_visit(character), None, pair.public, 7)
        assert isinstance(opened(ref, pair.private), store.Record)
        assert kinds(ref) == (2, 2), number
    store.put(BARE, store.Visit(), None, pair.public, 8)
    assert lengths() == {tuple(column.length for column in COLUMNS)}


def test_only_the_key_that_sealed_it_opens_what_is_filed(pair):
    ref = store.put(FULL, SAID, None, pair.public, 7)
    opened(ref, pair.private)
    found = opened(ref, sealing.generate_key_pair().private)
    assert isinstance(found, store.NotOpened)
    assert found.why == "filed-authentication"


def test_the_server_secret_opens_nothing_that_is_filed(pair, settings):
    """I4"""
    ref = store.put(FULL, SAID, None, pair.public, 7)
    opened(ref, pair.private)
    record = row(ref, 7)
    for label in ("filing", "storage", "contact", "link"):
        derived = sealing.derive(settings.SERVER_SECRETS[0], label, sealing.PRIVATE_LENGTH)
        with pytest.raises(store.NotOpened):
            boxes.open_box(boxes.IDENTITY, record.pk, bytes(record.identity_box), [boxes.Key(derived)])


@pytest.mark.parametrize("moved", ["row", "column"])
def test_a_filed_box_moved_to_another_row_or_column_does_not_open_even_under_the_right_storage_key(pair, moved):
    """P4: the filed part is bound by itself, not only by its wrap."""
    key, content = boxes.Key(pair.private), people.dump(people.identity_map(FULL))
    padded = sealing.pad(content, boxes.IDENTITY.inner - sealing.ENCRYPT_OVERHEAD)
    context = sealing.Context("filed", *((boxes.IDENTITY.name, (2,)) if moved == "row" else (boxes.VISIT.name, (1,))))
    inner = bytes([boxes.FILED]) + sealing.encrypt(key.filing, padded, context)[1:]
    with pytest.raises(store.NotOpened, match=r"^filed-authentication$"):
        boxes.open_box(boxes.IDENTITY, 1, boxes.wrap(boxes.IDENTITY, 1, inner), [key])


def test_a_sealed_box_cannot_be_passed_off_as_filed_nor_the_other_way_round(pair):
    key, content = boxes.Key(pair.private), people.dump(people.identity_map(FULL))
    for made, byte, why in (
        (boxes.close(boxes.IDENTITY, 1, content, pair.public), 2, "filed-authentication"),
        (boxes.file(boxes.IDENTITY, 1, content, key), 1, "sealed-authentication"),
        (boxes.file(boxes.IDENTITY, 1, content, key), 3, "sealed-format"),
    ):
        inner = boxes.unwrap(boxes.IDENTITY, 1, made) or b""
        changed = boxes.wrap(boxes.IDENTITY, 1, bytes([byte]) + inner[1:])
        with pytest.raises(store.NotOpened, match=f"^{why}$"):
            boxes.open_box(boxes.IDENTITY, 1, changed, [key])


def test_keys_of_a_newer_version_survive_filing(pair):
    ref = store.put(FULL, SAID, None, pair.public, 7)
    record = row(ref, 7)
    newer = {**people.identity_map(FULL), "v": 2, "interpreter": "ქართული"}
    record.identity_box = boxes.close(boxes.IDENTITY, record.pk, people.dump(newer), pair.public)
    record.save()
    opened(ref, pair.private)
    assert kinds(ref) == (2, 2)
    held = boxes.open_box(boxes.IDENTITY, record.pk, bytes(row(ref, 7).identity_box), [boxes.Key(pair.private)])
    assert held is not None
    assert held.content == people.dump(newer)


def during_filing(monkeypatch, act) -> None:
    """Do something after the boxes were read and before they are written back."""
    real = opening.write_back

    def late(changes):
        act()
        return real(changes)

    monkeypatch.setattr(opening, "write_back", late)


def test_retention_s_filler_wins_over_a_filing_under_way(pair, monkeypatch):
    """P13: an emptied visit stays empty, and the identity is filed the next time."""
    ref = store.put(FULL, SAID, REACHED, pair.public, 7)
    during_filing(monkeypatch, lambda: store.empty_visit([store.Reference(7, ref)]))
    assert opened(ref, pair.private) == store.Record(FULL, SAID)
    assert kinds(ref) == (1, None)
    monkeypatch.undo()
    assert opened(ref, pair.private) == store.Record(FULL, None)
    assert kinds(ref) == (2, None)


def test_an_erasure_wins_over_a_filing_under_way(pair, monkeypatch):
    ref = store.put(FULL, SAID, REACHED, pair.public, 7)
    during_filing(monkeypatch, lambda: store.forget([store.Reference(7, ref)]))
    opened(ref, pair.private)
    assert not PatientRecord.objects.exists()


def test_a_contact_silenced_meanwhile_stays_silent(pair, monkeypatch):
    ref = store.put(FULL, SAID, REACHED, pair.public, 7)
    reference = store.Reference(7, ref)
    corrected = store.Contact("email", "n@example.org", "fr", "u" * 32)
    store.correct(reference, corrected, pair.public, readable=True)
    during_filing(monkeypatch, lambda: store.silence([reference]))
    opened(ref, pair.private)
    assert store.read_contact(reference) is None


def test_a_store_that_cannot_be_written_still_opens_and_says_that_filing_waits(pair, monkeypatch, caplog):
    """I8"""
    ref = store.put(FULL, SAID, None, pair.public, 7)

    def full(*given: object) -> int:
        raise DatabaseError("disk full: Kowalczyk")

    monkeypatch.setattr(opening, "write_back", full)
    assert opened(ref, pair.private) == store.Record(FULL, SAID)
    assert "filing was put off: DatabaseError" in caplog.text
    assert "Kowalczyk" not in caplog.text
    assert kinds(ref) == (1, 1)


def test_of_several_keys_each_box_opens_with_its_own_and_stays_under_it(pair):
    """While an agenda goes from one key to the next."""
    newer = sealing.generate_key_pair()
    ref = store.put(FULL, SAID, None, newer.public, 7)
    for keys in ([pair.private, newer.private], [newer.private]):
        assert store.open_many({store.Reference(7, ref): keys})[7] == store.Record(FULL, SAID)
    found = store.open_many({store.Reference(7, ref): [pair.private]})[7]
    assert isinstance(found, store.NotOpened)


def test_content_of_another_make_is_said_and_not_rewritten(pair):
    """P5: it opens, and is not what this program writes."""
    ref = store.put(FULL, SAID, None, pair.public, 7)
    record = row(ref, 7)
    record.identity_box = boxes.close(boxes.IDENTITY, record.pk, b'{"v":9}', pair.public)
    record.save()
    before = PatientRecord.objects.values().get()
    found = opened(ref, pair.private)
    assert isinstance(found, store.NotOpened)
    assert found.why == "content"
    assert PatientRecord.objects.values().get() == before


def test_a_frozen_filed_box_opens_for_ever():
    """Written once, by the first version that filed; the storage wrap is not part of it."""
    key, inner = boxes.Key(bytes.fromhex(VECTOR["private"])), bytes.fromhex(VECTOR["inner"])
    assert key.filing.hex() == VECTOR["filing key"]
    column = boxes.Column("identity_box", 32, sealing.SEAL_OVERHEAD)
    box = boxes.wrap(column, VECTOR["record"], inner)
    held = boxes.open_box(column, VECTOR["record"], box, [key])
    assert held is not None
    assert held.content.decode() == VECTOR["content"]
    assert held.filed
