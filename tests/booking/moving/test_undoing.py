"""The last action undone: all of it comes back that can, and nobody loses what they took meanwhile."""

from datetime import date, timedelta

import pytest

from booking import appointments, retention
from booking.desk import Caution
from booking.models import Appointment, OccupiedCell
from booking.moving import Seen, Standing
from booking.refusals import NotAllowed
from booking.several import cancel_several
from booking.undoing import Step, Undone, undo
from patients import store
from patients.models import PatientRecord
from practitioners.models import AccessEvent
from tests.booking.cast import NOW, TUESDAY, cell
from tests.booking.moving.cast import TAG, Room, again, cells, clock, seen

WEDNESDAY = date(2026, 1, 7)


def cancelled(room: Room, visit: Appointment, state: str = "cancelled_by_practice") -> Step:
    before = Standing.of(again(visit))
    done = appointments.mark(visit.pk, state, before.state, NOW, staff=room.alice.pk, session_tag=TAG)
    return Step(visit.pk, before, Seen(done.state, done.sequence))


def moved(room: Room, visit: Appointment, at: str, **given: object) -> Step:
    done = room.move(visit, at, **given)
    return Step(visit.pk, done.before, Seen(done.appointment.state, done.appointment.sequence))


def take_back(room: Room, *steps: Step) -> Undone:
    return undo(steps, NOW, NOW, vault=room.vault())


def test_a_moved_visit_comes_back_to_where_it_was(room: Room):
    booked = room.book("09:00")
    step = moved(room, booked, "10:00", day=WEDNESDAY)
    assert take_back(room, step) == Undone([booked.pk], [])
    assert (clock(booked), cells(booked)[0], again(booked).sequence) == ("06 09:00", cell(TUESDAY, "09:00"), 2)
    assert AccessEvent.objects.filter(staff=room.alice.pk, action="undone").count() == 1


def test_a_mark_is_taken_back_with_what_went_with_it(room: Room):
    booked = room.book("09:00")
    Appointment.objects.filter(pk=booked.pk).update(state="arrived", arrived_at=NOW - timedelta(minutes=12))
    step = cancelled(room, booked, "booked")
    take_back(room, step)
    assert (again(booked).state, again(booked).arrived_at) == ("arrived", NOW - timedelta(minutes=12))
    assert again(booked).sequence == 0


@pytest.mark.parametrize("state", ["cancelled_by_practice", "excused"])
def test_a_cancelled_visit_comes_back_with_its_contact_if_its_time_is_free(room: Room, state):
    """R9: the server cannot read the contact in between."""
    booked = room.book("09:00")
    step = cancelled(room, booked, state)
    assert appointments.contact_of(again(booked)) is None
    assert not cells(booked)
    take_back(room, step)
    assert (again(booked).state, len(cells(booked))) == ("booked", 6)
    contact = appointments.contact_of(again(booked))
    assert (contact.value, contact.token, contact.language) == ("zenobie@example.org", booked.token, "fr")


def test_what_was_put_away_is_gone_after_the_night(room: Room):
    """I4: a cancelled visit keeps no contact; undone later it has none that the server could read."""
    booked = room.book("09:00")
    cancelled(room, booked)
    reference = appointments.reference(again(booked))
    assert retention.purge(NOW)["silenced"] == 1
    assert store.take_down(reference, room.vault().keys(room.one.pk, 1)) is False
    assert retention.purge(NOW)["silenced"] == 0


def test_a_time_that_somebody_took_is_not_taken_back(room: Room):
    """R9: no resurrection over somebody else's."""
    booked = room.book("09:00")
    step = cancelled(room, booked)
    room.hold("09:15", network="198.51.100.7")
    assert take_back(room, step) == Undone([], [booked.pk])
    assert again(booked).state == "cancelled_by_practice"
    assert not cells(booked)


def test_beside_one_that_was_overbooked_a_visit_comes_back_to_its_own_lane(room: Room):
    booked = room.book("10:00")
    other = room.book("09:00", network="198.51.100.7", contact={"email": "b@example.org"})
    room.move(other, "10:00", accepted={Caution.TAKEN})
    step = cancelled(room, booked)
    take_back(room, step)
    assert (again(booked).state, again(booked).lane, again(other).lane) == ("booked", 0, 100)


def test_an_overbooked_one_comes_back_as_such(room: Room):
    """I1: its lane was taken by another meanwhile, so it gets one of its own."""
    room.book("10:00", network="198.51.100.1", contact={"email": "a@example.org"})
    booked = room.book("09:00")
    room.move(booked, "10:00", accepted={Caution.TAKEN})
    step = cancelled(room, booked)
    room.move(room.book("11:00", contact={"email": "c@example.org"}), "10:00", accepted={Caution.TAKEN})
    take_back(room, step)
    assert (again(booked).state, again(booked).lane) == ("booked", 101)


def test_what_changed_since_is_left_as_it_is(room: Room):
    """Two desks: the other one has moved it on."""
    booked = room.book("09:00")
    step = moved(room, booked, "10:00")
    room.move(booked, "11:00")
    with pytest.raises(NotAllowed):
        take_back(room, step)
    assert clock(booked) == "06 11:00"


def test_back_from_another_practitioner_the_record_is_theirs_no_more(room: Room):
    booked = room.book("09:00")
    step = moved(room, booked, "10:00", practitioner=room.two, type=room.their_type)
    take_back(room, step)
    now = again(booked)
    assert (now.practitioner, now.visit_type, clock(now)) == (room.one, room.type, "06 09:00")
    assert PatientRecord.objects.count() == 1
    opened = store.open_many({appointments.reference(now): room.vault().keys(room.one.pk, 1)})[now.pk]
    assert opened.identity.persons[0].last_name == "Kowalczyk-N’Diaye"
    assert appointments.contact_of(now).token == booked.token


def test_what_was_made_by_mistake_leaves_nothing(room: Room):
    booked = room.book("09:00")
    take_back(room, Step(booked.pk, None, seen(booked)))
    assert not Appointment.objects.exists()
    assert not OccupiedCell.objects.exists()
    assert not PatientRecord.objects.exists()


# Several at once.


def three(room: Room) -> list[Appointment]:
    return [
        room.book(at, network=f"198.51.100.{n}", contact={"email": f"p{n}@example.org"})
        for n, at in enumerate(("09:00", "10:00", "11:00"))
    ]


def cancel_all(room: Room, visits: list[Appointment]) -> list[Step]:
    asked = {one.pk: seen(one) for one in visits}
    done = cancel_several(asked, NOW, staff=room.alice.pk, session_tag=TAG)
    return [Step(pk, before, Seen(now.state, now.sequence)) for pk, (now, before) in done.items()]


def test_several_are_cancelled_at_once_and_come_back_at_once(room: Room):
    visits = three(room)
    steps = cancel_all(room, visits)
    assert {again(one).state for one in visits} == {"cancelled_by_practice"}
    assert not OccupiedCell.objects.exists()
    assert {appointments.contact_of(again(one)) for one in visits} == {None}
    assert set(take_back(room, *steps).back) == {one.pk for one in visits}
    assert OccupiedCell.objects.count() == 18
    assert all(appointments.contact_of(again(one)).value for one in visits)


def test_of_several_those_come_back_whose_time_is_free(room: Room):
    """R9"""
    visits = three(room)
    steps = cancel_all(room, visits)
    room.hold("10:00", network="198.51.100.7")
    done = take_back(room, *steps)
    assert (set(done.back), done.taken) == ({visits[0].pk, visits[2].pk}, [visits[1].pk])


@pytest.mark.parametrize("change", [{"state": "arrived"}, {"sequence": 4}, {"state": "cancelled"}])
def test_when_one_of_several_changed_none_is_cancelled(room: Room, change):
    """One commit: all, or none."""
    visits = three(room)
    asked = {one.pk: seen(one) for one in visits}
    Appointment.objects.filter(pk=visits[1].pk).update(**change)
    with pytest.raises(NotAllowed):
        cancel_several(asked, NOW, staff=room.alice.pk, session_tag=TAG)
    assert {again(visits[0]).state, again(visits[2]).state} == {"booked"}
    assert OccupiedCell.objects.count() == 18


def test_one_that_is_gone_stops_all(room: Room):
    visits = three(room)
    asked = {one.pk: seen(one) for one in visits} | {7: Seen("booked", 0)}
    with pytest.raises(NotAllowed):
        cancel_several(asked, NOW, staff=room.alice.pk, session_tag=TAG)
    assert again(visits[0]).state == "booked"
