"""Many real connections at once, on both engines. Each thread has its own; each race is run over several rounds."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.http import Http404

from booking import appointments, codes, holds, proving, retention
from booking.availability import Slot
from booking.models import Appointment, Message, OccupiedCell
from booking.refusals import Busy, Taken
from booking.transactions import lock_agenda, verb
from clicdocteur.grid import cells
from patients import store
from patients.models import PatientRecord
from practitioners.models import Absence, Practitioner
from tests.booking.cast import NOW, TUESDAY, Office, identity, visit_type
from tests.races import all_at_once, winners

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]

RIVALS = 20
ROUNDS = 3


@pytest.fixture
def office() -> Office:
    return Office()


def assert_nobody_shares_a_cell(now: datetime = NOW) -> None:
    """I1, read from the appointments rather than from the constraint that is meant to guarantee it."""
    live = Appointment.objects.filter(state__in=Appointment.LIVE).exclude(state="held", held_until__lte=now)
    spans = list(live.values_list("lane", "first_cell", "end_cell"))
    taken = [(lane, one) for lane, first, end in spans for one in range(first, end)]
    assert len(taken) == len(set(taken))
    assert OccupiedCell.objects.count() == len(taken)


def test_of_twenty_visitors_who_want_one_time_exactly_one_gets_it(office: Office):
    """R1"""
    for number in range(ROUNDS):
        day = TUESDAY + timedelta(days=number)
        results = all_at_once(
            (lambda n=n, day=day: office.hold("09:00", day, network=f"198.51.100.{n}")) for n in range(RIVALS)
        )
        assert len(winners(results)) == 1
        assert all(isinstance(one, Taken | str) for one in results)
        assert_nobody_shares_a_cell()


def test_overlapping_but_unequal_visits_of_different_types_have_one_winner(office: Office):
    """R2"""
    kinds = [visit_type(office.one, f"t{m}", duration_new=m, duration_known=m, notice=0) for m in (20, 30, 45, 60)]
    # Every one of these meets 10:15 to 10:20, so no two of them can stand together.
    wanted = list(zip(kinds, ("10:15", "10:00", "09:45", "09:30"), strict=True)) * (RIVALS // 4)
    for number in range(ROUNDS):
        day = TUESDAY + timedelta(days=number)
        results = all_at_once(
            partial(office.hold, clock, day, visit_type=kind, network=f"198.51.100.{n}")
            for n, (kind, clock) in enumerate(wanted)
        )
        assert len(winners(results)) == 1
        assert_nobody_shares_a_cell()


def test_three_places_have_three_winners():
    """R13"""
    group = Office(places=3)
    results = all_at_once((lambda n=n: group.hold("09:00", network=f"198.51.100.{n}")) for n in range(RIVALS))
    assert len(winners(results)) == 3
    assert_nobody_shares_a_cell()


def stale_rule(visit_type: Any, start_cell: int, *args: Any, **kwargs: Any) -> Slot:
    """A rule that read before everybody else wrote: it admits whatever it is asked."""
    length = cells(visit_type.duration_new)
    opening = visit_type.practitioner.openings.first()
    return Slot(start_cell, start_cell + length, start_cell + length, opening.location_id, opening.pk, 0)


def test_the_database_refuses_what_a_stale_rule_admits(office: Office, monkeypatch):
    """R3 R15 I1: no lock and no rule, only the constraint."""
    monkeypatch.setattr(holds, "admitted", stale_rule)
    monkeypatch.setattr(holds, "lock_agenda", lambda **practitioner: None)
    results = all_at_once((lambda n=n: office.hold("09:00", network=f"198.51.100.{n}")) for n in range(RIVALS))
    assert len(winners(results)) == 1
    assert_nobody_shares_a_cell()


def test_without_the_constraint_the_race_appears(office: Office, monkeypatch):
    """R3: the test above bites."""
    constraints = OccupiedCell._meta.constraints
    monkeypatch.setattr(holds, "admitted", stale_rule)
    monkeypatch.setattr(holds, "lock_agenda", lambda **practitioner: None)
    OccupiedCell._meta.constraints = []  # SQLite makes the table anew from what the model says
    with connection.schema_editor() as editor:
        editor.remove_constraint(OccupiedCell, constraints[0])
    try:
        results = all_at_once((lambda n=n: office.hold("09:00", network=f"198.51.100.{n}")) for n in range(8))
        assert len(winners(results)) > 1
    finally:
        Appointment.objects.all().delete()
        OccupiedCell._meta.constraints = constraints
        with connection.schema_editor() as editor:
            editor.add_constraint(OccupiedCell, constraints[0])


def test_a_form_sent_five_times_at_once_books_once(office: Office):
    """R8"""
    token = office.hold()
    contact = store.Visit(email="zenobie@example.org")
    results = all_at_once(
        (lambda: appointments.book(token, appointments.Submission(identity(), contact, "fr"), NOW).pk) for _ in range(5)
    )
    assert len(set(results)) == 1
    assert PatientRecord.objects.count() == 1


def test_a_late_form_and_a_new_visitor_do_not_both_get_the_time(office: Office):
    """R11"""
    after = NOW + timedelta(minutes=10, seconds=1)

    def send(form: str) -> Appointment:
        return appointments.book(
            form, appointments.Submission(identity(), store.Visit(email=f"{form}@example.org"), "fr"), after
        )

    for number in range(ROUNDS):
        day = TUESDAY + timedelta(days=number)
        late = office.hold("09:00", day, network=f"192.0.2.{number}")
        results = all_at_once(
            [partial(send, late), partial(office.hold, "09:00", day, now=after, network="198.51.100.1")]
        )
        assert len(winners(results)) == 1
        assert_nobody_shares_a_cell(after)


def test_a_cancellation_and_a_booking_of_the_same_time_cross(office: Office):
    """R9"""
    for number in range(ROUNDS):
        day = TUESDAY + timedelta(days=number)
        booked = office.book("09:00", day, contact={"email": f"p{number}@example.org"})
        results = all_at_once(
            [
                lambda booked=booked: appointments.cancel(booked.token, "", NOW),
                lambda day=day: office.hold("09:00", day, network="198.51.100.1"),
            ]
        )
        assert results[0].state == "cancelled"
        assert_nobody_shares_a_cell()


def test_an_absence_and_a_booking_see_each_other(office: Office):
    """R14: whoever comes second has read what the first one wrote."""

    @verb
    def go_away() -> int:
        lock_agenda(pk=office.one.pk)
        Absence.objects.create(practitioner=office.one, first_day=TUESDAY, last_day=TUESDAY)
        return Appointment.objects.filter(state__in=Appointment.LIVE).count()

    seen, held = all_at_once([go_away, office.hold])
    if isinstance(held, str):
        assert seen == 1
    else:
        assert seen == 0


def test_the_daily_maximum_holds_under_rivals(office: Office):
    """T12: on PostgreSQL only the lock on the practitioner's row keeps it."""
    office.type.max_per_day = 2
    office.type.save()
    clocks = ("09:00", "09:30", "10:00", "10:30", "11:00", "11:30")
    results = all_at_once((lambda n=n: office.hold(clocks[n], network=f"198.51.100.{n}")) for n in range(6))
    assert len(winners(results)) == 2


def test_a_lock_that_does_not_come_is_told_kindly(office: Office, monkeypatch):
    """R16: a neighbour keeps the agenda locked; the visitor waits a moment, is asked to try again, and nothing is held."""
    locked, done = threading.Event(), threading.Event()

    def neighbour() -> None:
        with transaction.atomic():
            lock_agenda(pk=office.one.pk)
            locked.set()
            done.wait(60)
        connections.close_all()

    def visitor() -> Any:
        with connection.cursor() as cursor:
            short = "PRAGMA busy_timeout=50" if connection.vendor == "sqlite" else "SET lock_timeout=50"
            cursor.execute(short)
        try:
            return office.hold()
        except Busy as busy:
            return busy
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        keeping = pool.submit(neighbour)
        assert locked.wait(60)
        answer = pool.submit(visitor).result(60)
        done.set()
        keeping.result(60)
    assert isinstance(answer, Busy)
    assert not Appointment.objects.exists()


def test_a_deadlock_s_loser_is_asked_again(office: Office):
    """R16"""
    tries = []

    @verb
    def unlucky_once() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise OperationalError("deadlock detected")
        return "done"

    assert unlucky_once() == "done"


# A code, in several tabs and beside the sweep.


def awaiting(office: Office, settings: Any, clock: str = "09:00") -> tuple[str, str]:
    """Have a form wait for its code; return the hold's token and the code."""
    settings.EMAIL_HOST = "127.0.0.1"
    Practitioner.objects.update(contact_code=True)
    token = office.hold(clock)
    hold = submit(token)
    return token, codes.code(hold.pk, hold.codes_sent, "zenobie@example.org")


def submit(token: str) -> Appointment:
    return proving.submit(
        token, appointments.Submission(identity(), store.Visit(email="zenobie@example.org"), "fr"), NOW
    )


def test_a_code_typed_in_four_tabs_while_the_form_is_sent_again_books_once(office: Office, settings: Any):
    """R8"""
    token, code = awaiting(office, settings)
    tabs = [
        *(partial(proving.confirm, token, code, NOW) for _ in range(4)),
        partial(submit, token),
        partial(submit, token),
    ]
    assert {one.pk for one in all_at_once(tabs)} == {Appointment.objects.get().pk}
    assert (Appointment.objects.get().state, PatientRecord.objects.count()) == ("booked", 1)
    assert Message.objects.filter(kind="confirmation").count() == 1
    assert not Message.objects.filter(kind="code").exists()


def test_a_code_typed_while_the_sweep_takes_the_form_books_it_whole_or_not_at_all(office: Office, settings: Any):
    """I2, R11"""
    token, code = awaiting(office, settings)
    late = NOW + timedelta(hours=1)

    def typed() -> Appointment | None:
        with suppress(Http404):
            return proving.confirm(token, code, late)
        return None

    booked, swept = all_at_once([typed, partial(retention.forget_unproven, late)])
    assert (booked is None) == bool(swept)
    assert Appointment.objects.count() == PatientRecord.objects.count() == (0 if swept else 1)
