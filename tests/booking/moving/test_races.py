"""Moves that cross: real connections, both engines (R6 R9 R12 R14 R15)."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from booking import appointments
from booking.desk import Caution, Judgement
from booking.models import Appointment, OccupiedCell
from booking.moving import Seen, Standing, staff
from booking.refusals import BookingRefused, Busy, Warned
from booking.transactions import lock_agenda, verb
from booking.undoing import Step, undo
from patients.models import PatientRecord
from practitioners.models import Absence
from tests.booking.cast import NOW, TUESDAY
from tests.booking.moving.cast import TAG, Room, again, clock, seen
from tests.booking.test_races import ROUNDS, assert_nobody_shares_a_cell
from tests.races import all_at_once, winners

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def room() -> Room:
    return Room()


def two_visits(room: Room, day: Any, clocks: tuple[str, str]) -> list[Appointment]:
    return [
        room.book(at, day, network=f"198.51.100.{n}", contact={"email": f"{day}{n}@example.org"})
        for n, at in enumerate(clocks)
    ]


def test_two_visits_that_swap_times_never_share_one_and_never_deadlock(room: Room):
    """R6: A to B's time and B to A's. Each is refused while the other is there; both keep the old time."""
    vault = room.vault()
    for number in range(ROUNDS):
        day = TUESDAY + timedelta(days=number)
        first, second = two_visits(room, day, ("09:00", "10:00"))
        results = all_at_once(
            [
                partial(room.move, first, "10:00", day=day, vault=vault),
                partial(room.move, second, "09:00", day=day, vault=vault),
            ]
        )
        assert all(isinstance(one, Warned) for one in results)
        assert (clock(first), clock(second)) == (f"{day:%d} 09:00", f"{day:%d} 10:00")
        assert_nobody_shares_a_cell()


def test_two_visits_that_swap_practitioners_cross_without_a_deadlock(room: Room):
    """R6: each locks both agendas, in one order."""
    vault = room.vault()
    for number in range(ROUNDS):
        day = TUESDAY + timedelta(days=number)
        here, there = two_visits(room, day, ("09:00", "10:00"))
        room.move(there, "10:00", day=day, practitioner=room.two, type=room.their_type, vault=vault)
        results = all_at_once(
            [
                partial(room.move, here, "11:00", day=day, practitioner=room.two, type=room.their_type, vault=vault),
                partial(room.move, there, "11:00", day=day, practitioner=room.one, type=room.type, vault=vault),
            ]
        )
        assert not [one for one in results if isinstance(one, BookingRefused)]
        assert (again(here).practitioner, again(there).practitioner) == (room.two, room.one)
    assert PatientRecord.objects.count() == 2 * ROUNDS


def test_the_loser_of_a_deadlock_is_asked_once_more(room: Room, monkeypatch):
    """R6 R16: the first attempt is rolled back, the second moves."""
    from django.db import OperationalError

    tries = []
    honest = staff.put

    def unlucky(*args: Any) -> None:
        tries.append(1)
        honest(*args)
        if len(tries) == 1:
            raise OperationalError("deadlock detected")

    booked = room.book("09:00")
    monkeypatch.setattr(staff, "put", unlucky)
    assert room.move(booked, "10:00").appointment.sequence == 1
    assert (len(tries), clock(booked)) == (2, "06 10:00")
    assert_nobody_shares_a_cell()


def test_a_store_that_never_answers_moves_nothing(room: Room, monkeypatch):
    """R16"""
    from django.db import OperationalError

    def down(*args: Any) -> None:
        raise OperationalError("disk I/O error")

    booked = room.book("09:00")
    monkeypatch.setattr(staff, "put", down)
    with pytest.raises(Busy):
        room.move(booked, "10:00")
    assert clock(booked) == "06 09:00"
    assert_nobody_shares_a_cell()


def test_a_move_and_a_patient_want_one_time_and_one_of_them_gets_it(room: Room):
    """R6 R12: whoever comes second is told; the old time of the other is kept."""
    vault = room.vault()
    for number in range(ROUNDS):
        day = TUESDAY + timedelta(days=number)
        booked = room.book("09:00", day, contact={"email": f"{number}@example.org"})
        results = all_at_once(
            [
                partial(room.move, booked, "10:00", day=day, vault=vault),
                partial(room.hold, "10:00", day, network=f"198.51.100.{number}"),
            ]
        )
        assert len(winners(results)) == 1
        moved = not isinstance(results[0], BookingRefused)
        assert clock(booked) == f"{day:%d} {'10:00' if moved else '09:00'}"
        assert_nobody_shares_a_cell()


def test_two_desks_move_one_visit_and_one_of_them_is_told(room: Room):
    vault = room.vault()
    for number in range(ROUNDS):
        day = TUESDAY + timedelta(days=number)
        booked = room.book("09:00", day, contact={"email": f"{number}@example.org"})
        shown = seen(booked)
        results = all_at_once(
            partial(room.move, booked, at, day=day, vault=vault, seen=shown) for at in ("10:00", "11:00")
        )
        assert len(winners(results)) == 1
        assert again(booked).sequence == 1
        assert_nobody_shares_a_cell()


def test_a_cancellation_is_undone_or_its_time_is_booked_never_both(room: Room):
    """R9: no resurrection."""
    vault = room.vault()
    for number in range(ROUNDS):
        day = TUESDAY + timedelta(days=number)
        booked = room.book("09:00", day, contact={"email": f"{number}@example.org"})
        before = Standing.of(again(booked))
        done = appointments.mark(
            booked.pk, "cancelled_by_practice", "booked", NOW, staff=room.alice.pk, session_tag=TAG
        )
        step = Step(booked.pk, before, Seen(done.state, done.sequence))
        undone, held = all_at_once(
            [
                partial(undo, [step], NOW, NOW, vault=vault),
                partial(room.hold, "09:00", day, network=f"198.51.100.{number}"),
            ]
        )
        assert bool(undone.back) is isinstance(held, BookingRefused)
        assert (again(booked).state == "booked") is bool(undone.back)
        assert_nobody_shares_a_cell()


def test_an_absence_and_a_move_see_each_other(room: Room):
    """R14 R15: the warning is read under the lock that the absence takes."""

    @verb
    def go_away(day: Any) -> int:
        lock_agenda(pk=room.one.pk)
        Absence.objects.create(practitioner=room.one, first_day=day, last_day=day)
        return Appointment.objects.filter(start__date=day).count()

    vault = room.vault()
    for number in range(ROUNDS):
        day = TUESDAY + timedelta(days=1 + number)
        booked = room.book("09:00", contact={"email": f"{number}@example.org"}, network=f"198.51.100.{number}")
        found, moved = all_at_once([partial(go_away, day), partial(room.move, booked, "10:00", day=day, vault=vault)])
        if isinstance(moved, Warned):
            assert moved.met == (Caution.ABSENT,)
            assert found == 0
            appointments.cancel(booked.token, "", NOW)
        else:
            assert found == 1


def test_the_database_refuses_what_a_stale_look_admits(room: Room, monkeypatch):
    """R3 R15 I1: no lock, no look; only the constraint. The losers keep their old time."""
    visits = two_visits(room, TUESDAY, ("09:00", "10:00"))
    vault = room.vault()

    def blind(appointment: Any, practitioner: Any, kind: Any, spot: Any, *rest: Any) -> Judgement:
        return Judgement(kind, *spot, room.location.pk, 0, 100, ())

    monkeypatch.setattr(staff, "judged", blind)
    monkeypatch.setattr(staff, "lock_agendas", lambda practitioners: None)
    results = all_at_once(partial(room.move, one, "11:00", vault=vault) for one in visits)
    assert len(winners(results)) == 1
    assert [one.met for one in results if isinstance(one, Warned)] == [(Caution.TAKEN,)]
    assert_nobody_shares_a_cell()
    assert OccupiedCell.objects.count() == 12
