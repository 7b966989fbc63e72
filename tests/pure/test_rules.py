"""Holds, states, deadlines."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.rules import FREED, LIVE, Actor, State, cancellation, hold_expiry, hold_is_live, may_become

NOON = datetime(2026, 1, 12, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(("extensions", "minutes"), [(0, 10), (1, 20), (2, 30)])
def test_a_hold_lasts_ten_minutes_and_twice_ten_more(extensions: int, minutes: int) -> None:
    assert hold_expiry(NOON, extensions) == NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize("extensions", [-1, 3])
def test_a_hold_is_not_extended_a_third_time(extensions: int) -> None:
    with pytest.raises(ValueError, match="at most 2"):
        hold_expiry(NOON, extensions)


def test_a_hold_ends_at_the_second_of_its_expiry() -> None:
    """R11."""
    expiry = hold_expiry(NOON)
    assert hold_is_live(expiry, expiry - SECOND)
    assert not hold_is_live(expiry, expiry)
    assert not hold_is_live(expiry, expiry + SECOND)


def test_every_state_is_live_or_freed() -> None:
    assert set(State) == LIVE | FREED
    assert {str(state) for state in FREED} == {"excused", "cancelled", "cancelled_late", "cancelled_by_practice"}


def test_a_freed_appointment_comes_back_for_nobody() -> None:
    """R9."""
    moves = [(actor, state, to) for actor in Actor for state in FREED for to in State if may_become(actor, state, to)]
    assert moves == []


def test_patients_book_and_cancel_and_nothing_else() -> None:
    moves = {(state, to) for state in State for to in State if may_become(Actor.PATIENT, state, to)}
    assert moves == {("held", "booked"), ("booked", "cancelled"), ("booked", "cancelled_late")}


@pytest.mark.parametrize("state", [State.ARRIVED, State.IN_CONSULTATION, State.SEEN, State.ABSENT])
def test_what_staff_marked_is_undone_back_to_booked(state: State) -> None:
    assert may_become(Actor.STAFF, State.BOOKED, state)
    assert may_become(Actor.STAFF, state, State.BOOKED)


def test_nothing_becomes_held_again() -> None:
    assert not any(may_become(actor, state, State.HELD) for actor in Actor for state in State)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (timedelta(hours=5), "free"),
        (timedelta(hours=4), "free"),
        (timedelta(hours=4) - SECOND, "late"),
        (SECOND, "late"),
        (timedelta(0), "past"),
        (-SECOND, "past"),
    ],
)
def test_cancelling_is_free_until_the_deadline_and_late_until_the_visit(before: timedelta, expected: str) -> None:
    assert cancellation(NOON, 240, NOON - before) == expected


def test_a_deadline_over_the_change_of_clocks_is_elapsed_time() -> None:
    """T3: from 1:30 to 5:00 on the wall, but two and a half hours long."""
    paris = ZoneInfo("Europe/Paris")
    start = datetime(2026, 3, 29, 5, 0, tzinfo=paris).astimezone(UTC)
    asked = datetime(2026, 3, 29, 1, 30, tzinfo=paris).astimezone(UTC)
    assert cancellation(start, 150, asked) == "free"
    assert cancellation(start, 155, asked) == "late"
