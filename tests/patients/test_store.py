"""The one door of the patients store: what goes in comes out, to the right key, and to no other."""

import dataclasses

import pytest
from django.db import IntegrityError, connections, transaction

from clicdocteur import sealing
from patients import store
from patients.models import PatientRecord
from patients.store import boxes, people
from tests.patients.cast import BARE, COLUMNS, FULL, REACHED, SAID, lengths, longest_identity, longest_visit, row

pytestmark = pytest.mark.django_db


def opened(ref: bytes, appointment: int, private: bytes) -> store.Record | store.NotOpened:
    return store.open_many({store.Reference(appointment, ref): [private]})[appointment]


def why(ref: bytes, appointment: int, private: bytes) -> str:
    """Why it does not open; a record that opens after all is a failure."""
    found = opened(ref, appointment, private)
    assert isinstance(found, store.NotOpened), found
    return found.why


def test_what_was_typed_comes_back_as_it_was_typed(pair):
    ref = store.put(FULL, SAID, REACHED, pair.public, 7)
    assert opened(ref, 7, pair.private) == store.Record(FULL, SAID)
    assert store.read_contact(store.Reference(7, ref)) == REACHED


def test_a_record_without_contact_birth_date_or_first_name_comes_back_so(pair):
    ref = store.put(BARE, store.Visit(), None, pair.public, 7)
    assert opened(ref, 7, pair.private) == store.Record(BARE, store.Visit())
    assert store.read_contact(store.Reference(7, ref)) is None


def test_the_longest_inputs_fit_their_boxes_and_come_back(pair):
    """Four bytes a character, and the two that JSON doubles."""
    for number, character in enumerate(("\U0001f9d1", '"', "\\", "\n")):
        identity, visit = longest_identity(character), longest_visit(character)
        contact = store.Contact("email", visit.email, "fr", "t" * 32)
        ref = store.put(identity, visit, contact, pair.public, number)
        assert opened(ref, number, pair.private) == store.Record(identity, visit)
        store.correct(store.Reference(number, ref), contact, pair.public, readable=False)
        assert opened(ref, number, pair.private) == store.Record(identity, dataclasses.replace(visit, phone=""))


def test_what_is_too_long_for_its_box_is_refused_and_leaves_nothing(pair):
    too_long = store.Identity((store.Person("x" * boxes.IDENTITY.content),))
    with pytest.raises(ValueError, match="content"):
        store.put(too_long, SAID, None, pair.public, 7)
    assert not PatientRecord.objects.exists()


def test_every_box_column_has_one_length_whatever_is_in_it_or_was_taken_out(pair):
    """I3: neither a child's two parents nor an emptied box show."""
    for number in range(7):
        identity = longest_identity("é") if number % 2 else BARE
        ref = store.put(
            identity, SAID if number % 3 else store.Visit(), REACHED if number else None, pair.public, number
        )
        reference = store.Reference(number, ref)
        if number == 3:
            store.silence([reference])
        if number == 4:
            store.empty_visit([reference])
        if number >= 5:
            store.correct(reference, REACHED, pair.public, readable=number == 5)
        if number == 6:
            opened(ref, number, pair.private)
    assert lengths() == {tuple(column.length for column in COLUMNS)}


def test_no_box_is_ever_null(pair):
    with connections["patients"].cursor() as cursor:
        described = connections["patients"].introspection.get_table_description(cursor, PatientRecord._meta.db_table)
    assert {column.name: bool(column.null_ok) for column in described} == dict.fromkeys(
        ("id", *(column.name for column in COLUMNS)), False
    )


def test_keys_of_a_newer_version_survive_what_this_one_rewrites(pair):
    ref = store.put(FULL, SAID, REACHED, pair.public, 7)
    record = row(ref, 7)
    newer = {**people.visit_map(SAID), "v": 2, "interpreter": "ქართული"}
    record.visit_box = boxes.close(boxes.VISIT, record.pk, people.dump(newer), pair.public)
    record.save()
    store.correct(
        store.Reference(7, ref), store.Contact("email", "n@example.org", "fr", "u" * 32), pair.public, readable=True
    )
    found = opened(ref, 7, pair.private)  # takes the corrected contact over: the visit is rewritten
    assert isinstance(found, store.Record)
    assert found.visit == store.Visit(email="n@example.org", message=SAID.message, address=SAID.address, note=SAID.note)
    content = boxes.open_box(boxes.VISIT, record.pk, bytes(row(ref, 7).visit_box), [boxes.Key(pair.private)])
    assert content is not None
    assert people.load(content.content) == {
        "v": 2, "interpreter": "ქართული", "email": "n@example.org",
        "message": SAID.message, "address": SAID.address, "note": SAID.note,
    }  # fmt: skip


def test_what_is_written_says_its_version(pair):
    record = row(store.put(FULL, SAID, REACHED, pair.public, 7), 7)
    inside = [
        boxes.open_box(column, record.pk, bytes(getattr(record, column.name)), [boxes.Key(pair.private)]).content
        for column in COLUMNS[:2]
    ]
    inside.append(boxes.open_contact(record.pk, bytes(record.contact_box)))
    assert [people.load(content or b"{}").get("v") for content in inside] == [1, 1, 1]


def test_whoever_corrects_while_staff_open_is_not_overwritten(pair, monkeypatch):
    """Compare and swap: the later correction wins, and is taken over at the next opening."""
    ref = store.put(FULL, SAID, REACHED, pair.public, 7)
    reference = store.Reference(7, ref)
    first, second = (store.Contact("email", f"{n}@example.org", "fr", n * 32) for n in "ab")
    store.correct(reference, first, pair.public, readable=True)
    real = boxes.close_contact

    def slow(record: int, content: bytes) -> bytes:
        monkeypatch.undo()
        store.correct(reference, second, pair.public, readable=True)
        return real(record, content)

    monkeypatch.setattr(boxes, "close_contact", slow)
    opened(ref, 7, pair.private)
    contact = store.read_contact(reference)
    assert contact is not None
    assert (contact.value, contact.corrected) == ("b@example.org", True)
    again = opened(ref, 7, pair.private)
    assert isinstance(again, store.Record)
    assert again.visit is not None
    assert again.visit.email == "b@example.org"


def test_put_only_inserts_and_leaves_what_is_there_as_it_was(pair, monkeypatch):
    """P5"""
    first = store.put(FULL, SAID, REACHED, pair.public, 7)
    record = row(first, 7)
    monkeypatch.setattr(store, "random_key", lambda: record.pk)
    with pytest.raises(IntegrityError), transaction.atomic(using="patients"):
        store.put(BARE, store.Visit(), None, pair.public, 8)
    assert opened(first, 7, pair.private) == store.Record(FULL, SAID)


def test_many_records_are_one_query_and_each_answers_for_itself(pair, django_assert_num_queries):
    stranger = sealing.generate_key_pair()
    refs = [store.put(FULL, SAID, None, pair.public, number) for number in range(4)]
    PatientRecord.objects.filter(pk=store.Reference(2, refs[2]).record).delete()
    wanted = {store.Reference(number, ref): [pair.private] for number, ref in enumerate(refs)}
    wanted[store.Reference(3, refs[3])] = [stranger.private]
    wanted[store.Reference(9, refs[0])] = [pair.private]
    store.open_many(wanted)  # files what opens
    with django_assert_num_queries(1, using="patients"):
        found = store.open_many(wanted)
    assert found[0] == found[1] == store.Record(FULL, SAID)
    assert [getattr(found[number], "why", "opened") for number in (2, 3, 9)] == [
        "missing", "sealed-authentication", "link-authentication",
    ]  # fmt: skip


def test_forgetting_several_forgets_none_when_one_reference_does_not_open(pair):
    refs = [store.put(FULL, SAID, None, pair.public, number) for number in range(2)]
    with pytest.raises(store.NotOpened):
        store.forget([store.Reference(0, refs[0]), store.Reference(5, refs[1])])
    assert PatientRecord.objects.count() == 2
    assert store.forget([store.Reference(0, refs[0])]) == 1
    assert store.forget([store.Reference(0, refs[0])]) == 0
    assert opened(refs[1], 1, pair.private) == store.Record(FULL, SAID)


def test_equal_patients_give_unequal_references_and_boxes(pair):
    """P1 P4: the same person twice is two records that nobody can put together without the key."""
    twice = [store.put(FULL, SAID, REACHED, pair.public, 7) for _ in range(2)]
    assert twice[0] != twice[1]
    one, other = (row(ref, 7) for ref in twice)
    for column in COLUMNS:
        first, second = bytes(getattr(one, column.name)), bytes(getattr(other, column.name))
        same = sum(a == b for a, b in zip(first, second, strict=True))
        # Random bytes agree at one place in 256: 4–25 of these columns' 4–6 thousand, hardly ever 60.
        assert same < 60, column.name


def test_a_record_moved_to_another_appointment_row_or_column_does_not_open(pair):
    """P4 P6: whoever can write to the stores cannot give one patient's identity to another's visit."""
    refs = [store.put(FULL, SAID, REACHED, pair.public, number) for number in (1, 2)]
    one, other = row(refs[0], 1), row(refs[1], 2)
    assert why(refs[0], 2, pair.private) == "link-authentication"
    for column in COLUMNS[:2]:
        PatientRecord.objects.filter(pk=other.pk).update(**{column.name: getattr(one, column.name)})
        assert why(refs[1], 2, pair.private) == "storage-authentication"
        PatientRecord.objects.filter(pk=other.pk).update(**{column.name: getattr(other, column.name)})
    PatientRecord.objects.filter(pk=other.pk).update(contact_box=one.contact_box)
    with pytest.raises(store.NotOpened) as refused:
        store.read_contact(store.Reference(2, refs[1]))
    assert refused.value.why == "storage-authentication"
    PatientRecord.objects.filter(pk=one.pk).update(visit_box=one.identity_box)
    assert why(refs[0], 1, pair.private) == "storage-authentication"


def test_even_with_the_server_secret_a_box_cannot_be_given_to_another_record_or_column(pair):
    """P4 I4: the thief can open and close the outer wrap; inside, the box says itself whose it is and which."""
    refs = [store.put(FULL, SAID, REACHED, pair.public, number) for number in (1, 2)]
    one, other = row(refs[0], 1), row(refs[1], 2)
    for column in COLUMNS:
        inner = boxes.unwrap(column, one.pk, bytes(getattr(one, column.name)))
        assert inner is not None
        rewrapped = boxes.wrap(column, other.pk, inner)
        PatientRecord.objects.filter(pk=other.pk).update(**{column.name: rewrapped})
        if column is boxes.CONTACT:
            with pytest.raises(store.NotOpened) as refused:
                store.read_contact(store.Reference(2, refs[1]))
            assert refused.value.why == "contact-authentication"
        else:
            assert why(refs[1], 2, pair.private) == "sealed-authentication"
        PatientRecord.objects.filter(pk=other.pk).update(**{column.name: getattr(other, column.name)})
    sealed = boxes.unwrap(boxes.IDENTITY, one.pk, bytes(one.identity_box)) or b""
    context = boxes.Context("record", boxes.VISIT.name, (one.pk,))
    with pytest.raises(sealing.SealingError):
        sealing.open_sealed(pair.private, sealed, context)


def test_a_whole_row_under_another_id_does_not_open(pair):
    ref = store.put(FULL, SAID, REACHED, pair.public, 1)
    record = row(ref, 1)
    PatientRecord.objects.filter(pk=record.pk).update(id=record.pk ^ 1)
    moved = boxes.reference(record.pk ^ 1, 1)
    assert why(ref, 1, pair.private) == "missing"
    assert why(moved, 1, pair.private) == "storage-authentication"


@pytest.mark.parametrize("place", ["first byte", "nonce", "middle", "last byte"])
@pytest.mark.parametrize("column", [column.name for column in COLUMNS])
def test_one_flipped_bit_is_refused(pair, column, place):
    ref = store.put(FULL, SAID, REACHED, pair.public, 1)
    record = row(ref, 1)
    box = bytearray(getattr(record, column))
    at = {"first byte": 0, "nonce": 5, "middle": len(box) // 2, "last byte": len(box) - 1}[place]
    box[at] ^= 1
    PatientRecord.objects.filter(pk=record.pk).update(**{column: bytes(box)})
    expected = "storage-format" if place == "first byte" else "storage-authentication"
    if column == "contact_box":
        with pytest.raises(store.NotOpened) as refused:
            store.read_contact(store.Reference(1, ref))
        assert refused.value.why == expected
    else:
        assert why(ref, 1, pair.private) == expected


@pytest.mark.parametrize("kept", [0, 1, 28, 29, 1000, -1])
def test_a_truncated_box_is_refused(pair, kept):
    ref = store.put(FULL, SAID, REACHED, pair.public, 1)
    record = row(ref, 1)
    PatientRecord.objects.filter(pk=record.pk).update(identity_box=bytes(record.identity_box)[:kept])
    assert why(ref, 1, pair.private) == ("storage-length" if 0 <= kept < 29 else "storage-authentication")


def test_a_truncated_lengthened_or_altered_reference_is_refused(pair):
    ref = store.put(FULL, SAID, REACHED, pair.public, 1)
    assert len(ref) == boxes.REF_LENGTH
    for altered, code in (
        (b"", "link-length"),
        (ref[:20], "link-length"),
        (ref[:-1], "link-authentication"),
        (ref + b"\0", "link-authentication"),
        (ref[:-1] + bytes([ref[-1] ^ 128]), "link-authentication"),
        (bytes([ref[0] ^ 1]) + ref[1:], "link-format"),
    ):
        assert why(altered, 1, pair.private) == code


def test_another_practitioners_key_opens_nothing(pair):
    ref = store.put(FULL, SAID, REACHED, pair.public, 1)
    assert why(ref, 1, sealing.generate_key_pair().private) == "sealed-authentication"


def test_the_server_s_own_secret_opens_the_contact_and_neither_name_nor_visit(pair, settings):
    """I4: everything on the disk, and no password."""
    ref = store.put(FULL, SAID, REACHED, pair.public, 1)
    record = row(ref, 1)
    for column in COLUMNS[:2]:
        inner = boxes.unwrap(column, record.pk, bytes(getattr(record, column.name)))
        assert inner is not None
        for word in ("vila", "Þorbj", "李", "Brien", "2019", "example.org", "99 00", "Sonnez"):
            assert word.encode() not in inner
        for label in ("contact", "storage", "link", "check", "log", "django"):
            derived = sealing.derive(settings.SERVER_SECRETS[0], label, sealing.PRIVATE_LENGTH)
            with pytest.raises(store.NotOpened):
                boxes.open_box(column, record.pk, bytes(getattr(record, column.name)), [boxes.Key(derived)])
    contact = boxes.open_contact(record.pk, bytes(record.contact_box)) or b"{}"
    assert set(people.load(contact)) == {"v", "channel", "value", "language", "token"}


def test_a_failure_to_open_says_why_and_never_what(pair):
    ref = store.put(FULL, SAID, REACHED, pair.public, 1)
    found = opened(ref, 1, sealing.generate_key_pair().private)
    assert repr(found) == "NotOpened('sealed-authentication')"
    assert "thorbjorg" not in repr(REACHED)
    assert "ttt" not in repr(REACHED)
