"""Notes of staff for staff: sealed like an identity, never overwritten unseen, gone a week after the day."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.http import Http404

from booking import appointments, desk, identities, pairing, retention, rotation, secret_rotation
from booking.models import Appointment, DayNote
from booking.refusals import Closed, NotBookable
from patients import store
from patients.models import PatientRecord
from patients.store import boxes, people
from practitioners import keys
from practitioners.models import AccessEvent, AgendaKey, Grant
from tests.booking.cast import MONDAY, NOW, TUESDAY, Office
from tests.booking.test_desk import by, record_of, vault_of
from tests.canary.words import found_in
from tests.patients.cast import longest_visit, row

pytestmark = pytest.mark.django_db
NOTE = "Rappeler le zquirlement à Mme N’Diaye"


def write(office: Office, pk: int, note: str, seen: str = "", login: str = "alice") -> None:
    desk.write_note(pk, note, desk.fingerprint(seen), vault_of(office, login), NOW, by=by(office))


def note_of(office: Office, appointment: Appointment) -> str:
    return record_of(appointment, vault_of(office)).visit.note


def write_day(office: Office, text: str, seen: str = "", day=MONDAY, login: str = "alice") -> None:
    vault = vault_of(office, login)
    desk.write_day_note(office.one.pk, day, text, desk.fingerprint(seen), vault, NOW, by=by(office))


def read_day(office: Office, login: str = "alice", day=MONDAY) -> desk.DayNoteShown | None:
    return desk.day_notes([office.one.pk], day, day, vault_of(office, login)).get((office.one.pk, day))


# Of a visit.


def test_a_note_is_written_changed_and_taken_away_beside_what_the_patient_said(office):
    booked = office.book(contact={"email": "z@example.org", "message": "Je viens en bus"})
    for before, after in (("", NOTE), (NOTE, "Autre"), ("Autre", "")):
        write(office, booked.pk, after, before)
        visit = record_of(booked, vault_of(office)).visit
        assert (visit.note, visit.message, visit.email) == (after, "Je viens en bus", "z@example.org")
    assert appointments.contact_of(booked).value == "z@example.org"
    assert AccessEvent.objects.filter(action="note", appointment=booked.pk).count() == 1


def test_two_desks_never_overwrite_each_other_unseen(office):
    booked = office.book()
    write(office, booked.pk, "De la première")
    with pytest.raises(store.Changed) as changed:
        write(office, booked.pk, "De la seconde")
    assert changed.value.note == "De la première"
    assert note_of(office, booked) == "De la première"


def test_what_a_newer_version_wrote_beside_the_note_stays(office):
    """Unknown keys survive."""
    booked = office.book()
    record, ref = appointments.reference(booked).record, bytes(booked.patient_ref)
    key = boxes.Key(office.private_one())
    content = people.dump({"phone": "+33612345678", "later": {"kept": True}})
    PatientRecord.objects.filter(pk=record).update(visit_box=boxes.file(boxes.VISIT, record, content, key))
    write(office, booked.pk, NOTE)
    opened = boxes.open_box(boxes.VISIT, record, bytes(row(ref, booked.pk).visit_box), [key])
    assert people.load(opened.content) == {"v": 1, "phone": "+33612345678", "later": {"kept": True}, "note": NOTE}


def test_the_longest_note_fits_beside_the_longest_everything(office):
    booked = office.book(contact={"email": "z@example.org"})
    record, longest = appointments.reference(booked).record, longest_visit("\U0001f600")
    key = boxes.Key(office.private_one())
    content = people.dump(people.visit_map(longest))
    PatientRecord.objects.filter(pk=record).update(visit_box=boxes.file(boxes.VISIT, record, content, key))
    length = len(row(bytes(booked.patient_ref), booked.pk).visit_box)
    write(office, booked.pk, "\U0001f601" * people.NOTE_LENGTH, longest.note)
    assert len(row(bytes(booked.patient_ref), booked.pk).visit_box) == length


def test_a_contact_that_the_patient_corrected_meanwhile_is_taken_over_with_the_note(office):
    booked = office.book()
    appointments.correct_contact(booked.token, store.Visit(phone="+33622222222"), NOW, language="fr")
    write(office, booked.pk, NOTE)
    visit = record_of(booked, vault_of(office)).visit
    assert (visit.phone, visit.email, visit.note) == ("+33622222222", "", NOTE)


def test_without_the_key_after_a_week_or_an_erasure_there_is_no_note(office):
    """P11 P13"""
    booked = office.book()
    with pytest.raises(Closed):
        write(office, booked.pk, NOTE, login="bruno")
    store.empty_visit([appointments.reference(booked)])
    with pytest.raises(Closed) as closed:
        write(office, booked.pk, NOTE)
    assert closed.value.why == "empty"
    retention.forget([booked])
    with pytest.raises(Http404):
        write(office, booked.pk, NOTE)
    assert not AccessEvent.objects.filter(action="note").exists()


def test_a_record_that_is_always_being_written_is_left_alone(office, monkeypatch):
    booked = office.book()
    monkeypatch.setattr(store.opening, "write_back", lambda changes: set(map(len, [list(changes)])) - {1})
    with pytest.raises(Closed, match="busy"):
        write(office, booked.pk, NOTE)


# Of a day.


def test_a_day_has_one_note_which_is_changed_and_taken_away(office):
    write_day(office, NOTE)
    assert read_day(office) == desk.DayNoteShown(NOTE)
    write_day(office, "Autre", NOTE)
    assert DayNote.objects.count() == 1
    assert read_day(office).text == "Autre"
    write_day(office, "", "Autre")
    assert read_day(office) is None
    assert not DayNote.objects.exists()
    assert set(AccessEvent.objects.values_list("action", flat=True)) == {"day-note"}


def test_two_desks_never_overwrite_the_note_of_a_day_unseen(office):
    write_day(office, "De la première")
    with pytest.raises(store.Changed) as changed:
        write_day(office, "De la seconde")
    assert changed.value.note == "De la première"
    with pytest.raises(IntegrityError), transaction.atomic():
        DayNote.objects.create(practitioner=office.one, day=MONDAY, key_version=1, box=b"")


def test_the_note_of_a_day_is_of_one_agenda_and_of_one_length(office):
    """P3 P11: without the key there is no text, and no length of it."""
    write_day(office, NOTE)
    write_day(office, "\U0001f600" * people.DAY_NOTE_LENGTH, day=TUESDAY)
    write_day(office, "x", day=TUESDAY + timedelta(days=1))
    assert read_day(office, "bruno") == desk.DayNoteShown("", "no-key")
    with pytest.raises(NotBookable):
        write_day(office, "x", NOTE, login="bruno")
    kept = [bytes(one.box) for one in DayNote.objects.all()]
    assert len({len(box) for box in kept}) == 1
    assert not any(found_in(box, ["zquirlement", "N’Diaye"]) for box in kept)


def test_a_note_of_another_row_does_not_open_in_this_one(office):
    write_day(office, NOTE)
    write_day(office, "Autre", day=TUESDAY)
    DayNote.objects.filter(day=TUESDAY).update(box=DayNote.objects.get(day=MONDAY).box)
    assert read_day(office, day=TUESDAY).why.startswith("storage")
    with pytest.raises(Closed):
        write_day(office, "Nouvelle", "Autre", day=TUESDAY)


def test_notes_of_many_days_cost_one_query(office, django_assert_num_queries):
    vault = vault_of(office)
    vault.key(office.one.pk, 1)
    for number in range(5):
        write_day(office, NOTE, day=MONDAY + timedelta(days=number))
    with django_assert_num_queries(1):
        assert len(desk.day_notes([office.one.pk], MONDAY, MONDAY + timedelta(days=9), vault)) == 5


@pytest.mark.parametrize(("days", "left"), [(7, 1), (8, 0)])
def test_the_note_of_a_day_goes_a_week_after_it_as_the_practice_s_calendar_counts(office, days, left):
    """P13 T11: on Monday the 12th in Paris it is a week; an hour of the 13th in Paris is still the 12th in UTC."""
    write_day(office, NOTE)
    write_day(office, NOTE, day=MONDAY + timedelta(days=9))
    at = (NOW + timedelta(days=days - 1)).replace(hour=23, minute=30)
    assert retention.purge(at)["notes"] == 1 - left
    assert DayNote.objects.count() == left + 1
    assert retention.purge(at)["notes"] == 0


# The keys change.


def rotate(office: Office) -> rotation.Progress:
    rotation.start(office.one, vault_of(office), MONDAY)
    return rotation.advance(office.one, vault_of(office))


def test_a_renewed_key_takes_the_notes_of_days_along(office):
    office.book()
    write_day(office, NOTE)
    write_day(office, NOTE, day=TUESDAY)
    old = vault_of(office).key(office.one.pk, 1)
    reached = rotate(office)
    assert (reached.left, reached.total, reached.is_over) == (0, 3, True)
    assert set(DayNote.objects.values_list("key_version", flat=True)) == {2}
    assert read_day(office).text == NOTE
    note = DayNote.objects.get(day=MONDAY)
    with pytest.raises(store.NotOpened):
        store.open_day_note(note.pk, bytes(note.box), [old])
    assert rotation.progress([office.one.pk])[office.one.pk].total == 3


def test_a_note_that_does_not_open_keeps_the_older_key_and_is_left_as_it_is(office):
    """P5"""
    write_day(office, NOTE)
    DayNote.objects.update(box=b"\1" * 5262)
    reached = rotate(office)
    assert (reached.left, reached.closed, reached.is_over) == (1, 1, False)
    assert Grant.objects.filter(agenda_key__practitioner=office.one, agenda_key__retired=True).exists()
    assert bytes(DayNote.objects.get().box) == b"\1" * 5262
    DayNote.objects.all().delete()
    assert rotation.advance(office.one, vault_of(office)).is_over


def test_a_note_written_during_a_renewal_is_under_the_new_key(office):
    write_day(office, NOTE)
    rotation.start(office.one, vault_of(office), MONDAY)
    write_day(office, "Autre", NOTE)
    assert DayNote.objects.get().key_version == 2
    assert read_day(office).text == "Autre"


def test_a_visit_s_note_written_during_a_renewal_opens_before_and_after(office):
    booked = office.book()
    identities.show([booked], vault_of(office), "test", NOW)
    rotation.start(office.one, vault_of(office), MONDAY)
    write(office, booked.pk, NOTE)
    assert note_of(office, booked) == NOTE
    assert rotation.advance(office.one, vault_of(office)).is_over
    assert note_of(office, booked) == NOTE


def test_a_new_server_secret_takes_the_notes_of_days_along(office, secrets):
    old, new = b"\1" * 32, b"\2" * 32
    secrets(old)
    pairing.renew()
    write_day(office, NOTE)
    secrets(new, old)
    assert secret_rotation.standing().records == 1
    with pytest.raises(secret_rotation.NotYet, match="records 1"):
        secret_rotation.prepare_drop()
    assert secret_rotation.rewrap().left == 0
    secrets(new)
    assert read_day(office).text == NOTE


def test_an_altered_key_takes_no_note(office):
    """P5"""
    AgendaKey.objects.update(altered=True)
    with pytest.raises(NotBookable):
        write_day(office, NOTE)


def test_whoever_is_granted_the_agenda_reads_its_notes(office):
    write_day(office, NOTE)
    keys.grant(office.key_one, office.private_one(), keys_of(office))
    assert read_day(office, "chloe").text == NOTE


def keys_of(office: Office):
    from tests.practitioners.cast import holder_of

    return holder_of(office.chloe)
