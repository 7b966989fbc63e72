"""Where a session stands, by the clock: the veil, the lock, the hour of closing, and clocks that jump."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agenda.standing import House, Marks, Standing, seconds_left, standing, veiled_since

PARIS = ZoneInfo("Europe/Paris")
MINUTE, HOUR = 60, 3600
HOUSE = House(veil_seconds=10 * MINUTE, closes_minute=None, zone=PARIS)


def at(text: str, zone: ZoneInfo = PARIS, fold: int = 0) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp())


NOW = at("2026-01-05T09:00")
OPEN = Marks(opened=NOW, used=NOW, veiled=None, chosen=True)


@pytest.mark.parametrize(
    ("seconds", "stands"),
    [
        (0, "open"),
        (10 * MINUTE - 1, "open"),
        (10 * MINUTE, "veiled"),
        (10 * MINUTE + 4 * HOUR - 1, "veiled"),
        (10 * MINUTE + 4 * HOUR, "locked"),
        (10_000 * HOUR, "locked"),
    ],
)
def test_without_use_the_veil_falls_and_four_hours_later_the_lock(seconds: int, stands: str) -> None:
    assert standing(OPEN, HOUSE, NOW + seconds) == stands


def test_the_four_hours_count_from_when_the_veil_fell_not_from_when_somebody_asked() -> None:
    asked = replace(OPEN, veiled=NOW + 3 * HOUR)
    assert standing(asked, HOUSE, NOW + 5 * HOUR) is Standing.VEILED
    assert veiled_since(OPEN, HOUSE, NOW + 3 * HOUR) == NOW + 10 * MINUTE


def test_a_veil_drawn_by_hand_is_down_at_once_whatever_was_used_since() -> None:
    assert standing(replace(OPEN, veiled=NOW), HOUSE, NOW) is Standing.VEILED
    assert standing(replace(OPEN, veiled=NOW, used=NOW + HOUR), HOUSE, NOW + HOUR) is Standing.VEILED


def test_who_left_before_choosing_a_code_leaves_a_locked_session_and_not_one_for_the_next_to_choose() -> None:
    unchosen = replace(OPEN, chosen=False)
    assert standing(unchosen, HOUSE, NOW + 10 * MINUTE - 1) is Standing.UNCHOSEN
    assert standing(unchosen, HOUSE, NOW + 10 * MINUTE) is Standing.LOCKED


@pytest.mark.parametrize(
    ("opened", "now", "closed"),
    [
        ("2026-01-05T19:59", "2026-01-05T19:59:59", False),
        ("2026-01-05T19:59", "2026-01-05T20:00", True),
        ("2026-01-05T08:00", "2026-01-05T20:00", True),
        ("2026-01-05T20:00", "2026-01-05T20:05", False),  # who comes in the evening stays
        ("2026-01-05T20:30", "2026-01-06T19:59", False),
        ("2026-01-05T20:30", "2026-01-06T20:00", True),
        ("2026-01-01T20:30", "2026-01-05T09:00", True),  # and not for days
    ],
)
def test_the_hour_of_closing_locks_whoever_gave_the_password_before_it(opened: str, now: str, closed: bool) -> None:
    marks = replace(OPEN, opened=at(opened), used=at(now))
    assert (standing(marks, replace(HOUSE, closes_minute=1200), at(now)) is Standing.LOCKED) is closed


def test_a_veiled_session_is_locked_at_the_hour_of_closing_too() -> None:
    marks = replace(OPEN, veiled=at("2026-01-05T19:30"), used=at("2026-01-05T19:30"))
    house = replace(HOUSE, closes_minute=1200)
    assert standing(marks, house, at("2026-01-05T19:59")) is Standing.VEILED
    assert standing(marks, house, at("2026-01-05T20:00")) is Standing.LOCKED


@pytest.mark.parametrize("day", ["2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25", "2028-02-29", "2026-12-31"])
def test_it_is_the_hour_on_the_wall_on_both_sides_of_a_clock_change(day: str) -> None:
    """T3, T13"""
    house = replace(HOUSE, closes_minute=1200)
    marks = replace(OPEN, opened=at(f"{day}T00:30"), used=at(f"{day}T19:59"))
    assert standing(marks, house, at(f"{day}T19:59:59")) is Standing.OPEN
    assert standing(marks, house, at(f"{day}T20:00")) is Standing.LOCKED


def test_an_hour_of_closing_that_the_clock_leaves_out_comes_an_hour_later() -> None:
    """T1"""
    house, marks = replace(HOUSE, closes_minute=150), replace(OPEN, opened=at("2026-03-29T01:00"))
    before, after = at("2026-03-29T01:59:59"), at("2026-03-29T03:30")
    assert standing(replace(marks, used=before), house, before) is Standing.OPEN
    assert standing(replace(marks, used=after), house, after) is Standing.LOCKED


def test_of_an_hour_of_closing_that_comes_twice_the_first_counts() -> None:
    """T2"""
    house, marks = replace(HOUSE, closes_minute=150), replace(OPEN, opened=at("2026-10-25T02:00"))
    first, second = at("2026-10-25T02:30"), at("2026-10-25T02:30", fold=1)
    assert second - first == HOUR
    assert standing(replace(marks, used=first - 1), house, first - 1) is Standing.OPEN
    assert standing(replace(marks, used=first), house, first) is Standing.LOCKED
    again = replace(marks, opened=first, used=second)
    assert standing(again, house, second) is Standing.OPEN


@pytest.mark.parametrize(("minute", "closing"), [(0, "2026-01-05T00:00"), (1440, "2026-01-06T00:00")])
def test_midnight_may_be_the_hour_of_closing_at_either_end_of_the_day(minute: int, closing: str) -> None:
    """T9"""
    house, end = replace(HOUSE, closes_minute=minute), at(closing)
    marks = replace(OPEN, opened=end - HOUR, used=end)
    assert standing(marks, house, end - 1) is Standing.OPEN
    assert standing(marks, house, end) is Standing.LOCKED


def test_overseas_it_is_their_evening() -> None:
    """T8"""
    reunion = ZoneInfo("Indian/Reunion")
    house = House(10 * MINUTE, 1200, reunion)
    closing = at("2026-01-05T20:00", reunion)
    marks = replace(OPEN, opened=closing - HOUR, used=closing)
    assert standing(marks, house, closing - 1) is Standing.OPEN
    assert standing(marks, house, closing) is Standing.LOCKED


@pytest.mark.parametrize("back", [2 * MINUTE, HOUR, 400 * 24 * HOUR])
def test_when_the_clock_goes_back_the_veil_falls_and_times_run_on_from_now(back: int) -> None:
    """T16, I8: nobody knows for how long nobody was here; the code is asked, and nothing is lost."""
    now = NOW - back
    assert standing(OPEN, HOUSE, now) is Standing.VEILED
    assert veiled_since(OPEN, HOUSE, now) == now
    down = replace(OPEN, veiled=NOW)
    assert veiled_since(down, HOUSE, now) == now


def test_two_machines_whose_clocks_differ_a_little_do_not_draw_the_veil() -> None:
    assert standing(OPEN, HOUSE, NOW - 30) is Standing.OPEN


@pytest.mark.parametrize(
    ("used", "now", "left"),
    [
        ("09:00", "09:00", 600),
        ("09:00", "09:04", 360),
        ("09:00", "09:10", 0),
        ("19:55", "19:56", 240),  # the hour of closing comes first
        ("20:01", "20:01", 600),
    ],
)
def test_how_long_is_left_is_until_the_veil_or_the_hour_of_closing(used: str, now: str, left: int) -> None:
    marks = replace(OPEN, used=at(f"2026-01-05T{used}"))
    assert seconds_left(marks, replace(HOUSE, closes_minute=1200), at(f"2026-01-05T{now}")) == left


@given(
    used=st.integers(0, 30 * HOUR),
    idle=st.integers(0, 30 * HOUR),
    closes=st.none() | st.integers(0, 1440),
    veil=st.integers(2, 60),
    begin=st.integers(at("2026-01-01T00:00"), at("2027-12-31T00:00")),
)
def test_an_open_session_is_one_that_has_time_left_and_time_only_closes(used, idle, closes, veil, begin) -> None:
    """Open exactly while seconds are left; and what is veiled or locked never opens by waiting."""
    house = House(veil * MINUTE, closes, PARIS)
    marks = Marks(begin, begin + used, None, chosen=True)
    order = [Standing.OPEN, Standing.VEILED, Standing.LOCKED]
    reached = [standing(marks, house, begin + used + wait) for wait in (0, idle // 2, idle)]
    assert [order.index(one) for one in reached] == sorted(order.index(one) for one in reached)
    if reached[0] is Standing.OPEN:
        left = seconds_left(marks, house, begin + used)
        assert left > 0
        assert standing(marks, house, begin + used + left - 1) is Standing.OPEN
        assert standing(marks, house, begin + used + left) is not Standing.OPEN
