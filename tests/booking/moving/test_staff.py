"""Staff move a visit: what stays the visit's own, what is warned of, and what never happens by accident."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError

from booking import appointments, moving
from booking.desk import Caution
from booking.models import Appointment
from booking.moving import Seen
from booking.refusals import Closed, NotAllowed, NotBookable, Warned
from patients import store
from patients.models import PatientRecord
from practitioners.models import Absence, AccessEvent, AgendaKey, Location, Opening
from tests.booking.cast import MONDAY, NOW, TUESDAY, cell, visit_type
from tests.booking.moving.cast import Room, again, cells, clock, seen, target

WEDNESDAY = date(2026, 1, 7)


def test_a_visit_moves_to_another_time_and_keeps_row_record_and_link(room: Room):
    booked = room.book("09:00")
    before = again(booked)
    moved = room.move(booked, "10:30").appointment
    assert (moved.pk, clock(moved)) == (booked.pk, "06 10:30")
    assert cells(moved) == list(range(cell(TUESDAY, "10:30"), cell(TUESDAY, "11:00")))
    for kept in ("patient_ref", "link_hash", "key_version", "state", "visit_type_id"):
        assert getattr(again(moved), kept) == getattr(before, kept)
    assert PatientRecord.objects.count() == 1
    assert appointments.contact_of(moved).token == booked.token


def test_a_calendar_hears_of_every_move(room: Room):
    """M10"""
    booked = room.book("09:00")
    room.move(booked, "10:00")
    room.move(booked, "11:00", day=WEDNESDAY)
    assert again(booked).sequence == 2


def test_a_visit_may_move_onto_its_own_time(room: Room):
    """R7: from 9:00 to 9:15, for half an hour."""
    booked = room.book("09:00")
    room.move(booked, "09:15")
    assert clock(booked) == "06 09:15"
    assert len(cells(booked)) == 6


def test_to_the_time_that_it_has_nothing_moves(room: Room):
    booked = room.book("09:00")
    moved = room.move(booked, "09:00")
    assert moved.appointment.sequence == again(booked).sequence == 0
    assert not AccessEvent.objects.exists()


def test_a_visit_keeps_its_length_and_its_buffer_whatever_became_of_its_type(room: Room):
    """A4 A11"""
    room.type.buffer = 10
    room.type.save()
    booked = room.book("09:00")
    room.type.buffer, room.type.duration_new, room.type.duration_known = 0, 60, 60
    room.type.save()
    room.move(booked, "10:00")
    assert len(cells(booked)) == 8
    assert again(booked).end - again(booked).start == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("at", "day", "met"),
    [
        ("10:00", TUESDAY, {Caution.TAKEN}),
        ("09:45", TUESDAY, {Caution.TAKEN}),
        ("08:45", TUESDAY, {Caution.CLOSED}),
        ("11:45", TUESDAY, {Caution.ENDS_AFTER}),
        ("10:35", date(2026, 1, 7), {Caution.OFF_STEPS}),
        ("23:00", TUESDAY, {Caution.CLOSED}),
        ("09:00", date(2026, 1, 8), {Caution.ABSENT}),
        ("09:00", date(2026, 5, 1), {Caution.HOLIDAY}),
        ("07:00", MONDAY, {Caution.PAST, Caution.CLOSED}),
        ("10:30", WEDNESDAY, set()),
    ],
)
def test_what_a_time_meets_is_said_and_once_accepted_done(room: Room, at, day, met):
    """A17 A19: warnings, never refusals; nothing is doubled without a yes."""
    room.book("10:00", network="198.51.100.7", contact={"email": "b@example.org"})
    Absence.objects.create(practitioner=room.one, first_day=date(2026, 1, 8), last_day=date(2026, 1, 8))
    booked = room.book("09:00")
    if met:
        with pytest.raises(Warned) as warned:
            room.move(booked, at, day=day)
        assert set(warned.value.met) == met
        assert (clock(booked), again(booked).sequence, len(cells(booked))) == ("06 09:00", 0, 6)
    moved = room.move(booked, at, day=day, accepted=met).appointment
    assert clock(moved) == f"{day:%d} {at}"
    assert (moved.lane >= 100) is (Caution.TAKEN in met)


def test_what_was_not_shown_is_not_accepted_with_the_rest(room: Room):
    """R15: the screen warned of an absence; meanwhile somebody took the time."""
    Absence.objects.create(practitioner=room.one, first_day=WEDNESDAY, last_day=WEDNESDAY)
    booked = room.book("09:00")
    other = room.book("11:00", network="198.51.100.7", contact={"email": "b@example.org"})
    room.move(other, "10:00", day=WEDNESDAY, accepted={Caution.ABSENT})
    with pytest.raises(Warned) as warned:
        room.move(booked, "10:00", day=WEDNESDAY, accepted={Caution.ABSENT})
    assert set(warned.value.met) == {Caution.TAKEN, Caution.ABSENT}


def test_a_patient_who_is_booking_keeps_the_time_and_staff_are_told(room: Room):
    """R12: the hold stays; beside it only with a yes, and once it has expired the time is free."""
    booked = room.book("09:00")
    token = room.hold("10:00", network="198.51.100.7")
    with pytest.raises(Warned) as warned:
        room.move(booked, "10:00")
    assert warned.value.met == (Caution.HELD,)
    assert room.move(booked, "10:00", accepted={Caution.HELD}).appointment.lane == 100
    contact = store.Visit(email="b@example.org")
    held = appointments.book(
        token, appointments.Submission(store.Identity((store.Person("Zwingli"),)), contact, "fr"), NOW
    )
    assert (held.state, held.lane) == ("booked", 0)
    assert clock(held) == clock(booked)


def test_an_expired_hold_is_in_nobody_s_way(room: Room):
    booked = room.book("09:00")
    room.hold("10:00", network="198.51.100.7")
    later = NOW + timedelta(minutes=10)
    moving.move_for_staff(booked.pk, target(room.one, "10:00"), seen(booked), later, vault=room.vault())
    assert (clock(booked), again(booked).lane) == ("06 10:00", 0)


def test_an_opening_with_several_places_takes_as_many_and_no_more(db: None):
    """R13: the fourth is overbooking."""
    group = Room(places=3)
    for number in range(3):
        group.book("10:00", network=f"198.51.100.{number}", contact={"email": f"p{number}@example.org"})
    last = group.book("09:00")
    with pytest.raises(Warned):
        group.move(last, "10:00")
    first = Appointment.objects.exclude(pk=last.pk).first()
    assert group.move(first, "11:00").appointment.lane == 0
    group.move(last, "10:00")
    assert sorted(Appointment.objects.filter(start=again(last).start).values_list("lane", flat=True)) == [0, 1, 2]


def test_several_overbooked_stand_in_lanes_of_their_own(room: Room):
    """I1"""
    room.book("10:00", network="198.51.100.1", contact={"email": "b@example.org"})
    two = room.book("09:00")
    three = room.book("11:00", network="198.51.100.2", contact={"email": "c@example.org"})
    lanes = [room.move(one, "10:00", accepted={Caution.TAKEN}).appointment.lane for one in (two, three)]
    assert lanes == [100, 101]


def test_the_place_is_that_of_the_opening(room: Room):
    other = Location.objects.create(practice=room.practice, label="Rue du Bac", address="1 rue du Bac")
    Opening.objects.create(practitioner=room.one, location=other, on=WEDNESDAY, start_minute=840, end_minute=1080)
    booked = room.book("09:00")
    assert room.move(booked, "14:00", day=WEDNESDAY).appointment.location == other
    assert room.move(booked, "20:00", accepted={Caution.CLOSED}).appointment.location_id == other.pk


def test_an_opening_that_is_kept_for_other_types_is_said(room: Room):
    opening = room.opening(on=WEDNESDAY, start_minute=840, end_minute=1080)
    opening.visit_types.set([visit_type(room.one, "autre")])
    booked = room.book("09:00")
    with pytest.raises(Warned) as warned:
        room.move(booked, "14:00", day=WEDNESDAY)
    assert warned.value.met == (Caution.OTHER_TYPE,)


def test_an_opening_without_appointment_holds_no_visit(room: Room):
    room.opening(on=WEDNESDAY, start_minute=840, end_minute=1080, without_appointment=True)
    with pytest.raises(Warned) as warned:
        room.move(room.book("09:00"), "14:00", day=WEDNESDAY)
    assert warned.value.met == (Caution.WITHOUT_APPOINTMENT,)


@pytest.mark.parametrize("was", [Seen("booked", 7), Seen("arrived", 0)])
def test_a_screen_that_is_behind_moves_nothing(room: Room, was):
    """Two desks never write over each other silently."""
    booked = room.book("09:00")
    with pytest.raises(NotAllowed):
        room.move(booked, "10:00", seen=was)
    assert clock(booked) == "06 09:00"


@pytest.mark.parametrize("state", ["in_consultation", "seen", "absent", "cancelled", "excused"])
def test_what_has_had_its_visit_or_is_freed_does_not_move(room: Room, state):
    booked = room.book("09:00")
    Appointment.objects.filter(pk=booked.pk).update(state=state)
    with pytest.raises(NotAllowed):
        room.move(booked, "10:00")


def test_who_waits_and_moves_within_the_day_still_waits_and_on_another_day_is_expected(room: Room):
    booked = room.book("09:00")
    Appointment.objects.filter(pk=booked.pk).update(state="arrived", arrived_at=NOW)
    room.move(booked, "10:00")
    assert (again(booked).state, again(booked).arrived_at) == ("arrived", NOW)
    room.move(booked, "10:00", day=WEDNESDAY)
    assert (again(booked).state, again(booked).arrived_at) == ("booked", None)


def test_a_move_is_noted_with_who_made_it_and_overbooking_by_its_name(room: Room):
    """A19"""
    room.book("10:00", network="198.51.100.1", contact={"email": "b@example.org"})
    booked = room.book("09:00")
    room.move(booked, "11:00")
    room.move(booked, "10:00", accepted={Caution.TAKEN})
    noted = AccessEvent.objects.filter(staff=room.alice.pk, appointment=booked.pk)
    assert set(noted.values_list("action", flat=True)) == {"moved", "overbooked"}


# Another practitioner.


def opened(room: Room, visit: Appointment, vault: object = None) -> store.Record | store.NotOpened:
    one = again(visit)
    keys = (vault or room.vault()).keys(one.practitioner_id, one.key_version)
    return store.open_many({appointments.reference(one): keys})[one.pk]


def test_to_another_practitioner_the_record_is_sealed_anew_to_their_key(room: Room):
    booked = room.book("09:00")
    old = appointments.reference(again(booked)).record
    room.move(booked, "10:00", practitioner=room.two, type=room.their_type)
    now = again(booked)
    assert (now.practitioner, now.visit_type, now.link_hash) == (room.two, room.their_type, booked.link_hash)
    assert [c.practitioner_id for c in now.cells.all()] == [room.two.pk] * 6
    assert list(PatientRecord.objects.values_list("pk", flat=True)) == [appointments.reference(now).record] != [old]
    theirs = room.vault(room.bruno)
    assert opened(room, booked, theirs).identity.persons[0].last_name == "Kowalczyk-N’Diaye"
    assert opened(room, booked).visit.email == "zenobie@example.org"
    assert appointments.contact_of(now).token == booked.token


def test_a_contact_that_was_corrected_goes_along(room: Room):
    """The patient typed it after the booking, and nobody has opened the record since."""
    booked = room.book("09:00")
    token = appointments.correct_contact(booked.token, store.Visit(email="neu@example.org"), NOW, language="fr")
    room.move(booked, "10:00", practitioner=room.two, type=room.their_type)
    assert opened(room, booked).visit.email == "neu@example.org"
    assert appointments.contact_of(again(booked)).token == token


def test_without_the_key_of_where_it_stands_nothing_moves(room: Room):
    booked = room.book("09:00")
    with pytest.raises(Closed):
        room.move(booked, "10:00", practitioner=room.two, type=room.their_type, vault=room.vault(room.bruno))
    assert (again(booked).practitioner, clock(booked), PatientRecord.objects.count()) == (room.one, "06 09:00", 1)


def test_to_an_agenda_whose_key_was_replaced_nothing_moves(room: Room):
    """P5"""
    AgendaKey.objects.filter(practitioner=room.two).update(altered=True)
    booked = room.book("09:00")
    with pytest.raises(NotBookable):
        room.move(booked, "10:00", practitioner=room.two, type=room.their_type)
    assert again(booked).practitioner == room.one


def test_a_type_of_somebody_else_is_not_taken_along(room: Room):
    """A2"""
    booked = room.book("09:00")
    for kind in (None, room.type):
        with pytest.raises(NotAllowed):
            room.move(booked, "10:00", practitioner=room.two, type=kind)


def test_when_the_patients_store_fails_the_old_time_and_record_stay(room: Room, monkeypatch):
    """R6"""

    def broken(*args: object) -> bytes:
        raise DatabaseError("disk full")

    booked = room.book("09:00")
    monkeypatch.setattr(store, "transfer", broken)
    with pytest.raises(DatabaseError):
        room.move(booked, "10:00", practitioner=room.two, type=room.their_type)
    monkeypatch.undo()
    assert (again(booked).practitioner, clock(booked), len(cells(booked))) == (room.one, "06 09:00", 6)
    assert opened(room, booked).identity.persons[0].last_name == "Kowalczyk-N’Diaye"


def test_a_record_that_could_not_be_forgotten_is_left_to_the_sweep(room: Room, monkeypatch):
    booked = room.book("09:00")
    monkeypatch.setattr(store, "forget", lambda references: (_ for _ in ()).throw(DatabaseError("locked")))
    room.move(booked, "10:00", practitioner=room.two, type=room.their_type)
    assert PatientRecord.objects.count() == 2
    assert opened(room, booked).visit.email == "zenobie@example.org"


def test_what_was_told_to_nobody_stays_so_and_what_becomes_discreet_is_silenced(room: Room):
    room.their_type.discreet = True
    room.their_type.save()
    booked = room.book("09:00")
    room.move(booked, "10:00", practitioner=room.two, type=room.their_type)
    assert again(booked).discreet
    assert appointments.contact_of(again(booked)) is None
