"""A change of plan over bookings: decided for each, in one commit, and taken back (A6 A7 A9 R9 R14 R15)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from booking import appointments, outbox, plan_changes
from booking.availability import Reason
from booking.desk import Desk, hold_for_desk
from booking.models import Appointment, Message, OccupiedCell
from booking.plan_changes import By, Decision, Done, Problem, Undecided, What
from booking.refusals import BookingRefused, NotAllowed, Refused
from clicdocteur.fields import random_key
from patients import store
from practitioners import plan_rows
from practitioners.models import Absence, AccessEvent, Opening, PlanChange, Practitioner
from tests.booking.cast import NOW, TUESDAY, cell, identity, visit_type
from tests.booking.moving.cast import TAG, Room, again, cells, clock
from tests.booking.test_races import assert_nobody_shares_a_cell
from tests.copies import copy_of
from tests.races import all_at_once

WEDNESDAY = TUESDAY + timedelta(days=1)
SOON = NOW + timedelta(minutes=5)


@pytest.fixture
def room(db: None) -> Room:
    return copy_of(Room)


@pytest.fixture(autouse=True)
def mail(settings: Any) -> None:
    settings.EMAIL_HOST = "127.0.0.1"


def by(room: Room, *, may_act: bool = True) -> By:
    return By(room.alice.pk, TAG, may_act)


def away(room: Room, day: date = TUESDAY, **fields: object) -> Callable[[], Absence]:
    given = {"first_day": day, "last_day": day, **fields}
    return lambda: Absence.objects.create(practitioner=room.one, **given)


def decide(visit: Appointment, what: str, to: int | None = None) -> Decision:
    """What a screen that is up to date would send."""
    now = again(visit)
    return Decision(What(what), now.state, now.sequence, to)


def change(
    room: Room, write: Callable[[], Any], *decided: tuple[Appointment, str] | tuple[Appointment, str, int], **given: Any
) -> Done:
    decisions = {visit.pk: decide(visit, *rest) for visit, *rest in decided}
    given = {"by": by(room), **given}
    _written, done = plan_changes.change(room.one.pk, write, given.pop("now", NOW), decisions=decisions, **given)
    return done


def problems(refused: pytest.ExceptionInfo[Undecided]) -> dict[int, Problem | None]:
    return {one.appointment.pk: one.problem for one in refused.value.touched}


def told(visit: Appointment) -> list[tuple[str, datetime]]:
    found = Message.objects.filter(appointment=visit, state="queued").exclude(kind__in=("reminder", "confirmation"))
    return list(found.values_list("kind", "due"))


# Deciding


def test_nothing_is_written_before_something_is_decided_for_every_visit(room: Room):
    """A7: the preview is the commit, tried; and what it offers is free."""
    first, second = room.book("09:00"), room.book("10:00", contact={"email": "b@example.org"})
    with pytest.raises(Undecided) as refused:
        change(room, away(room))
    assert problems(refused) == {first.pk: Problem.NEW, second.pk: Problem.NEW}
    assert not Absence.objects.exists()
    assert not PlanChange.objects.exists()
    offered = [one.times[0].start for one in refused.value.touched]
    assert offered == [cell(WEDNESDAY, "09:00"), cell(WEDNESDAY, "09:30")], "each its own"
    with pytest.raises(Undecided):
        change(room, away(room), (first, "keep"))
    assert not Absence.objects.exists()


def test_a_visit_that_is_kept_stands_outside_the_hours(room: Room):
    """A6 A7"""
    visit = room.book("09:00")
    before = Appointment.objects.filter(pk=visit.pk).values().get()
    done = change(room, away(room), (visit, "keep"))
    assert [one.pk for one in done.kept] == [visit.pk]
    assert Appointment.objects.filter(pk=visit.pk).values().get() == before
    assert told(visit) == []
    assert Absence.objects.count() == 1


def test_a_visit_moves_with_its_cells_its_link_and_its_person(room: Room):
    visit = room.book("09:00")
    before = again(visit)
    change(room, away(room), (visit, "move", cell(WEDNESDAY, "11:00")))
    now = again(visit)
    assert clock(visit) == "07 11:00"
    assert cells(visit) == list(range(cell(WEDNESDAY, "11:00"), cell(WEDNESDAY, "11:30")))
    assert (now.link_hash, now.patient_ref, now.sequence) == (before.link_hash, before.patient_ref, before.sequence + 1)
    Message.objects.filter(kind="confirmation").delete()


def test_a_moved_patient_hears_of_it_ten_minutes_later(room: Room):
    visit = room.book("09:00")
    Message.objects.all().delete()
    change(room, away(room), (visit, "move", cell(WEDNESDAY, "11:00")))
    assert told(visit) == [("change", NOW + timedelta(minutes=10))]


def test_a_cancelled_visit_gives_its_cells_back_and_its_patient_hears_of_it(room: Room):
    visit = room.book("09:00")
    done = change(room, away(room), (visit, "cancel"))
    assert [one.pk for one in done.cancelled] == [visit.pk]
    assert (again(visit).state, cells(visit)) == ("cancelled_by_practice", [])
    assert told(visit) == [("cancellation", NOW + timedelta(minutes=10))]
    assert sorted(AccessEvent.objects.values_list("appointment", "action")) == [(visit.pk, "to cancelled_by_prac")]


def test_nobody_is_told_when_the_practice_does_it_itself(room: Room):
    moved, gone = room.book("09:00"), room.book("10:00", contact={"email": "b@example.org"})
    Message.objects.all().delete()
    change(room, away(room), (moved, "move", cell(WEDNESDAY, "09:00")), (gone, "cancel"), tell=False)
    assert (told(moved), told(gone)) == ([], [])
    assert not Message.objects.filter(appointment=gone).exists()


def test_whoever_cannot_be_written_to_is_to_be_called(room: Room):
    visit = room.book("09:00", contact={"phone": "+33612345678"})
    change(room, away(room), (visit, "cancel"))
    assert list(Message.objects.filter(appointment=visit, kind="cancellation").values_list("state", flat=True)) == [
        "call"
    ]


def test_a_visit_keeps_the_length_that_it_was_booked_with(room: Room):
    """A4"""
    visit = room.book("09:00")
    room.type.duration_new = room.type.duration_known = 60
    room.type.save()
    change(room, away(room), (visit, "move", cell(WEDNESDAY, "11:30")))
    assert again(visit).end - again(visit).start == timedelta(minutes=30)


# What cannot be followed


def test_a_visit_booked_in_between_is_asked_about_and_never_swallowed(room: Room):
    """R14"""
    first = room.book("09:00")
    second = room.book("10:00", contact={"email": "b@example.org"})
    with pytest.raises(Undecided) as refused:
        change(room, away(room), (first, "cancel"))
    assert problems(refused) == {first.pk: None, second.pk: Problem.NEW}
    assert again(first).state == "booked"
    assert not Absence.objects.exists()


def test_a_visit_changed_at_another_desk_is_asked_about_again(room: Room):
    visit = room.book("09:00")
    stale = decide(visit, "cancel")
    room.move(visit, "11:00")
    with pytest.raises(Undecided) as refused:
        plan_changes.change(room.one.pk, away(room), NOW, by=by(room), decisions={visit.pk: stale})
    assert problems(refused) == {visit.pk: Problem.CHANGED}
    assert clock(visit) == "06 11:00"


def test_a_new_time_that_was_taken_meanwhile_leaves_everything_as_it_was(room: Room):
    """R6: all of it, or nothing."""
    first, second = room.book("09:00"), room.book("10:00", contact={"email": "b@example.org"})
    room.book("11:00", day=WEDNESDAY, contact={"email": "c@example.org"})
    wanted = [(first, "move", cell(WEDNESDAY, "09:00")), (second, "move", cell(WEDNESDAY, "11:00"))]
    with pytest.raises(Undecided) as refused:
        change(room, away(room), *wanted)
    assert problems(refused) == {first.pk: None, second.pk: Problem.TAKEN}
    assert (clock(first), clock(second)) == ("06 09:00", "06 10:00")
    assert not Absence.objects.exists()


def test_two_visits_cannot_be_given_one_time(room: Room):
    first, second = room.book("09:00"), room.book("10:00", contact={"email": "b@example.org"})
    same = cell(WEDNESDAY, "09:00")
    with pytest.raises(Undecided) as refused:
        change(room, away(room), (first, "move", same), (second, "move", same))
    assert problems(refused) == {first.pk: None, second.pk: Problem.TAKEN}


@pytest.mark.parametrize(
    "to", [None, 0, -1, 10**9, cell(TUESDAY, "09:00"), cell(WEDNESDAY, "09:05"), cell(WEDNESDAY, "12:00")]
)
def test_a_time_that_the_new_plan_does_not_offer_is_refused(room: Room, to: int | None):
    """A2: off the grid, in the absence itself, after the window, no time at all."""
    visit = room.book("09:00")
    with pytest.raises(Undecided) as refused:
        change(room, away(room), (visit, "move", to))  # type: ignore[arg-type]
    assert problems(refused) == {visit.pk: Problem.TAKEN}


def test_who_does_not_hold_the_agenda_keeps_and_nothing_else(room: Room):
    visit = room.book("09:00")
    for what, to in (("cancel", None), ("move", cell(WEDNESDAY, "09:00"))):
        with pytest.raises(Undecided) as refused:
            change(room, away(room), (visit, what, to), by=by(room, may_act=False))  # type: ignore[arg-type]
        assert problems(refused) == {visit.pk: Problem.NOT_YOURS}
    change(room, away(room), (visit, "keep"), by=by(room, may_act=False))
    assert Absence.objects.count() == 1


def test_a_patient_who_has_arrived_is_not_sent_away(room: Room):
    visit = room.book("09:00")
    Appointment.objects.filter(pk=visit.pk).update(state="arrived", arrived_at=NOW)
    with pytest.raises(Undecided) as refused:
        change(room, away(room), (visit, "cancel"))
    assert problems(refused) == {visit.pk: Problem.HERE}
    change(room, away(room), (visit, "keep"))


def test_what_was_outside_already_and_what_is_over_is_no_news(room: Room):
    visit = room.book("09:00")
    change(room, away(room), (visit, "keep"))
    done = change(room, away(room, WEDNESDAY))
    assert (done.kept, done.moved, done.cancelled) == ([], [], [])
    change(room, away(room, TUESDAY - timedelta(days=1)))


def test_visits_change_places_in_one_commit(room: Room):
    """R6: another place for all; each goes where the other was."""
    first, second = room.book("09:00"), room.book("10:00", contact={"email": "b@example.org"})
    elsewhere = type(room.location).objects.create(practice=room.practice, label="Annexe", address="2 quai")

    def write() -> None:
        Opening.objects.filter(practitioner=room.one).update(location=elsewhere)

    change(room, write, (first, "move", cell(TUESDAY, "10:00")), (second, "move", cell(TUESDAY, "09:00")))
    assert (clock(first), clock(second)) == ("06 10:00", "06 09:00")
    assert again(first).location_id == elsewhere.pk
    assert_nobody_shares_a_cell()


def test_a_fault_on_the_way_leaves_everything_as_it_was(room: Room, monkeypatch: pytest.MonkeyPatch):
    """I8"""
    first, second = room.book("09:00"), room.book("10:00", contact={"email": "b@example.org"})
    before = list(Appointment.objects.order_by("pk").values()), list(Message.objects.order_by("pk").values())
    tell, calls = outbox.tell, []

    def failing(*given: Any, **named: Any) -> None:
        calls.append(given)
        if len(calls) == 2:
            raise RuntimeError
        tell(*given, **named)

    monkeypatch.setattr(outbox, "tell", failing)
    with pytest.raises(RuntimeError):
        change(room, away(room), (first, "cancel"), (second, "cancel"))
    assert (list(Appointment.objects.order_by("pk").values()), list(Message.objects.order_by("pk").values())) == before
    assert not Absence.objects.exists()
    assert OccupiedCell.objects.count() == 12


# Holds


def test_a_patient_who_is_filling_in_a_form_for_a_time_that_is_gone_is_told(room: Room):
    """R14: never both silently."""
    token = room.hold("09:00")
    other = room.hold("09:00", WEDNESDAY, network="198.51.100.1")
    assert change(room, away(room)).ended_holds == 1
    contact = store.Visit(email="a@example.org")
    with pytest.raises(Refused) as refused:
        appointments.book(token, appointments.Submission(identity(), contact, "fr"), SOON)
    assert refused.value.reason is Reason.ABSENT
    assert appointments.book(other, appointments.Submission(identity(), contact, "fr"), SOON).state == "booked"
    assert not OccupiedCell.objects.filter(cell=cell(TUESDAY, "09:00")).exists()


def test_what_a_desk_holds_for_a_call_stays(room: Room):
    held = hold_for_desk(room.one, cell(TUESDAY, "09:00"), NOW, by=Desk(room.alice.pk, b"k" * 16), visit_type=room.type)
    assert held is not None
    assert change(room, away(room)).ended_holds == 0
    assert again(held).held_until == held.held_until


# Undoing


def undo(room: Room, done: Done, now: datetime = SOON) -> plan_changes.Undone:
    assert done.change is not None
    return plan_changes.undo_change(done.change, room.one.pk, now, vault=room.vault())


def test_undone_everything_stands_as_before_and_nobody_hears_of_it(room: Room):
    moved, gone, kept = (
        room.book(at, contact={"email": f"{n}@example.org"}) for n, at in enumerate(("09:00", "10:00", "11:00"))
    )
    Message.objects.exclude(kind="reminder").delete()
    standing = "state", "first_cell", "end_cell", "lane", "location_id", "start", "end", "patient_ref", "link_hash"
    before = list(Appointment.objects.order_by("pk").values(*standing))
    occupied = sorted(OccupiedCell.objects.values_list("appointment", "cell", "lane"))
    done = change(room, away(room), (moved, "move", cell(WEDNESDAY, "09:00")), (gone, "cancel"), (kept, "keep"))
    undone = undo(room, done)
    assert (sorted(undone.back), undone.taken, undone.changed, undone.outside) == (
        sorted([moved.pk, gone.pk]),
        [],
        [],
        [],
    )
    assert not Absence.objects.exists()
    assert list(Appointment.objects.order_by("pk").values(*standing)) == before
    assert sorted(OccupiedCell.objects.values_list("appointment", "cell", "lane")) == occupied
    assert not Message.objects.filter(kind__in=("change", "cancellation")).exists()
    assert appointments.contact_of(again(gone)) is not None, "the contact is still there to write to"


@pytest.mark.parametrize("minutes", [10, 11, 600])
def test_after_ten_minutes_it_is_too_late(room: Room, minutes: int):
    done = change(room, away(room))
    with pytest.raises(NotAllowed):
        undo(room, done, NOW + timedelta(minutes=minutes))
    assert Absence.objects.count() == 1


def test_only_the_last_change_is_taken_back_and_only_once(room: Room):
    first, second = change(room, away(room)), change(room, away(room, WEDNESDAY), now=NOW + timedelta(minutes=1))
    with pytest.raises(NotAllowed):
        undo(room, first)
    undo(room, second)
    assert [one.first_day for one in Absence.objects.all()] == [TUESDAY]
    with pytest.raises(NotAllowed):
        undo(room, second)
    with pytest.raises(NotAllowed):
        undo(room, first)


def test_a_plan_that_was_changed_by_another_way_since_is_not_overwritten(room: Room):
    done = change(room, away(room))
    Absence.objects.update(reason="training")
    with pytest.raises(NotAllowed):
        undo(room, done)
    assert Absence.objects.get().reason == "training"


def test_a_time_that_somebody_else_has_by_now_is_not_taken_back(room: Room):
    """R9: whoever came second stays; what can come back does."""
    gone, moved = room.book("09:00"), room.book("10:00", contact={"email": "b@example.org"})
    shorter = away(room, start_minute=600)
    Opening.objects.filter(practitioner=room.one, weekday=1).update(end_minute=1080)

    def write() -> None:
        shorter()
        Opening.objects.filter(practitioner=room.one, weekday=1).update(start_minute=555)

    done = change(room, write, (gone, "cancel"), (moved, "move", cell(WEDNESDAY, "10:00")))
    other = (
        room.visit_at("09:15")
        if hasattr(room, "visit_at")
        else room.book("09:15", now=SOON, contact={"email": "c@example.org"})
    )
    undone = undo(room, done)
    assert (undone.back, undone.taken) == ([moved.pk], [gone.pk])
    assert again(gone).state == "cancelled_by_practice"
    assert again(other).state == "booked"
    assert_nobody_shares_a_cell()


def test_a_visit_that_its_patient_cancelled_since_does_not_come_back(room: Room):
    """R9"""
    moved, gone = room.book("09:00"), room.book("10:00", contact={"email": "b@example.org"})
    done = change(room, away(room), (moved, "move", cell(WEDNESDAY, "09:00")), (gone, "cancel"))
    appointments.cancel(moved.token, "", SOON)
    undone = undo(room, done)
    assert (undone.back, undone.changed) == ([gone.pk], [moved.pk])
    assert again(moved).state == "cancelled"


def test_visits_booked_into_hours_that_go_again_are_named_and_stay(room: Room):
    def write() -> None:
        room.opening(on=WEDNESDAY, start_minute=840, end_minute=960)

    done = change(room, write)
    visit = room.book("14:00", WEDNESDAY, SOON)
    assert [one.pk for one in undo(room, done).outside] == [visit.pk]
    assert again(visit).state == "booked"


def test_a_week_comes_back_exactly_as_it_was(room: Room):
    other = visit_type(room.one, "autre")
    special = room.opening(
        weekday=5, start_minute=0, end_minute=1440, parity="odd", valid_from=date(2026, 3, 1), valid_to=date(2026, 10, 31),
        step=20, places=3, released_days=0, released_minute=450,
    )  # fmt: skip
    special.visit_types.set([room.type, other])
    Absence.objects.create(practitioner=room.one, first_day=WEDNESDAY, last_day=WEDNESDAY, repeat_weeks=2)
    before = plan_rows.rows_of(room.one.pk)

    def write() -> None:
        Opening.objects.filter(pk=special.pk).delete()
        Opening.objects.filter(weekday=0).update(start_minute=600)
        Absence.objects.all().delete()
        room.opening(weekday=6, start_minute=540, end_minute=600)
        Practitioner.objects.filter(pk=room.one.pk).update(works_holidays=True)

    done = change(room, write)
    assert plan_rows.rows_of(room.one.pk) != before
    undo(room, done)
    assert plan_rows.rows_of(room.one.pk) == before


def test_a_place_that_is_gone_by_now_is_not_opened_again(room: Room):
    elsewhere = type(room.location).objects.create(practice=room.practice, label="Annexe", address="2 quai")
    room.opening(weekday=5, start_minute=540, end_minute=600, location=elsewhere)
    done = change(room, Opening.objects.filter(location=elsewhere).delete)
    elsewhere.delete()
    with pytest.raises(NotAllowed):
        undo(room, done)


def test_a_change_that_changes_nothing_leaves_nothing_to_undo(room: Room):
    assert change(room, lambda: None).change is None
    assert not PlanChange.objects.exists()


def test_what_can_no_longer_be_undone_goes_the_night_after(room: Room):
    change(room, away(room))
    assert plan_rows.forget_expired(NOW + timedelta(hours=23)) == 0
    assert plan_rows.forget_expired(NOW + timedelta(hours=24)) == 1
    assert not PlanChange.objects.exists()


# Cost, and rivals


def asked(room: Room) -> int:
    with CaptureQueriesContext(connection) as queries, pytest.raises(Undecided):
        change(room, away(room))
    return len(queries)


def test_asking_costs_the_same_for_thirty_visits_as_for_one(room: Room):
    """A18"""
    Opening.objects.filter(practitioner=room.one).update(places=30)
    visit = room.book("09:00")
    one = asked(room)
    row = Appointment.objects.get(pk=visit.pk)
    for lane in range(1, 30):
        row.pk, row.lane, row.link_hash, row.patient_ref = random_key(), lane, None, None
        row.save(force_insert=True)
    assert asked(room) == one


@pytest.mark.race
@pytest.mark.django_db(transaction=True, databases="__all__")
def test_an_absence_and_a_booking_that_commits_see_each_other(transactional_db: None):
    """R14 R15: real connections; the form is sent while the absence is saved. One of them is told, in every round."""
    room = Room()
    for number in range(4):
        day = TUESDAY + timedelta(days=number)
        token = room.hold("09:00", day, network=f"192.0.2.{number}")
        contact = store.Visit(email=f"p{number}@example.org")

        def save(day: date = day) -> Done | Undecided:
            try:
                return change(room, away(room, day))
            except Undecided as undecided:
                return undecided

        send = partial(appointments.book, token, appointments.Submission(identity(), contact, "fr"), SOON)
        saved, sent = all_at_once([save, send])
        is_away = Absence.objects.filter(first_day=day).exists()
        if isinstance(sent, BookingRefused):
            assert isinstance(saved, Done)
            assert is_away
        else:
            assert isinstance(saved, Undecided)
            assert [one.appointment.pk for one in saved.touched] == [sent.pk]
            assert not is_away
        assert_nobody_shares_a_cell(SOON)


@pytest.mark.race
@pytest.mark.django_db(transaction=True, databases="__all__")
def test_two_desks_that_decide_at_once_do_it_once(transactional_db: None):
    """R14: the second sees what the first did."""
    room = Room()
    visit = room.book("09:00")
    decisions = {visit.pk: decide(visit, "cancel")}

    def save() -> object:
        try:
            return plan_changes.change(room.one.pk, away(room), NOW, by=by(room), decisions=decisions)[1]
        except Undecided as undecided:
            return undecided

    results = all_at_once([save, save])
    done = [one for one in results if isinstance(one, Done)]
    assert sum(len(one.cancelled) for one in done) == 1
    assert Message.objects.filter(kind="cancellation").count() == 1
