"""Windows and absences in wall time."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clicdocteur.grid import Span, cells, instant_of
from practitioners.openings import (
    OpeningRule,
    Plan,
    Problem,
    Window,
    absent_spans,
    check_absence,
    check_opening,
    windows,
)
from tests.pure.cast import MONDAY, PARIS, absence, at, opening, plan

WEEK = timedelta(days=7)
SPRING = date(2026, 3, 29)
AUTUMN = date(2026, 10, 25)


def shown(window: Window, zone: ZoneInfo = PARIS) -> str:
    start, end = (instant_of(cell).astimezone(zone) for cell in (window.span.start, window.span.end))
    return f"{start:%H:%M}-{end:%H:%M}"


def days_of(plan_: Plan, first: date, last: date) -> list[date]:
    return [window.day for window in windows(plan_, first, last)]


def test_a_weekly_opening_occurs_every_week_on_its_day() -> None:
    assert days_of(plan(opening()), MONDAY - WEEK, MONDAY + WEEK) == [MONDAY - WEEK, MONDAY, MONDAY + WEEK]
    assert days_of(plan(opening()), MONDAY + timedelta(days=1), MONDAY + timedelta(days=6)) == []


def test_nine_stays_nine_all_year() -> None:
    """T3."""
    year = windows(plan(opening()), date(2026, 1, 1), date(2026, 12, 31))
    assert len(year) == 52
    assert {shown(window) for window in year} == {"09:00-12:00"}
    assert {instant_of(window.span.start).hour for window in year} == {7, 8}


@pytest.mark.parametrize(
    ("zone", "hour"),
    [("Indian/Reunion", 5), ("America/Martinique", 13), ("America/Cayenne", 12), ("Asia/Kathmandu", 3)],
)
def test_an_overseas_practice_goes_by_its_own_clocks(zone: str, hour: int) -> None:
    """T7, T8."""
    there = plan(opening(), zone=ZoneInfo(zone))
    year = windows(there, date(2026, 1, 1), date(2026, 12, 31))
    assert {shown(window, ZoneInfo(zone)) for window in year} == {"09:00-12:00"}
    assert {instant_of(window.span.start).hour for window in year} == {hour}


@pytest.mark.parametrize(
    ("hours", "expected", "length"),
    [("1:00-4:00", "01:00-04:00", 120), ("2:30-4:00", "03:00-04:00", 60), ("1:30-2:30", "01:30-03:00", 30)],
)
def test_in_spring_the_hour_that_is_skipped_has_no_length(hours: str, expected: str, length: int) -> None:
    """T1."""
    (window,) = windows(plan(opening(hours, on=SPRING)), SPRING, SPRING)
    assert shown(window) == expected
    assert window.span.end - window.span.start == cells(length)


def test_a_window_within_the_skipped_hour_does_not_occur() -> None:
    """T1."""
    assert windows(plan(opening("2:00-3:00", on=SPRING)), SPRING, SPRING) == []


@pytest.mark.parametrize(("hours", "length"), [("1:00-4:00", 240), ("2:00-2:30", 30), ("2:30-4:00", 150)])
def test_in_autumn_the_hour_that_happens_twice_counts_twice(hours: str, length: int) -> None:
    """T2."""
    (window,) = windows(plan(opening(hours, on=AUTUMN)), AUTUMN, AUTUMN)
    assert window.span.end - window.span.start == cells(length)


def test_an_evening_until_24_00_ends_where_the_next_day_begins() -> None:
    """T9."""
    evening, night = opening("22:00-24:00", id=1), opening("0:00-2:00", id=2, weekday=1)
    first, second = windows(plan(evening, night), MONDAY, MONDAY + timedelta(days=1))
    assert first.span.end == second.span.start


def test_a_night_duty_is_refused_with_a_code_that_tells_why() -> None:
    """T10."""
    assert check_opening(opening("22:00-2:00")) == [Problem.CROSSES_MIDNIGHT]
    assert check_opening(opening("22:00-24:00")) == []
    assert check_opening(opening("0:00-2:00", weekday=1)) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"weekday": 0, "on": MONDAY}, Problem.NO_SINGLE_DAY),
        ({"weekday": None}, Problem.NO_SINGLE_DAY),
        ({"weekday": 7}, Problem.BAD_WEEKDAY),
        ({"replaces": True}, Problem.REPLACES_NOTHING),
        ({"hours": "9:00-9:00"}, Problem.EMPTY),
        ({"hours": "9:00-12:02"}, Problem.OFF_GRID),
        ({"hours": "9:00-24:05"}, Problem.OUTSIDE_THE_DAY),
        ({"valid_from": MONDAY, "valid_to": MONDAY - WEEK}, Problem.NEVER_VALID),
        ({"valid_to": date(9999, 12, 31)}, Problem.OUTSIDE_THE_CALENDAR),
        ({"step": 0}, Problem.BAD_STEP),
        ({"step": 12}, Problem.BAD_STEP),
        ({"places": 0}, Problem.BAD_PLACES),
        ({"places": 31}, Problem.BAD_PLACES),
        ({"released_days": 1}, Problem.HALF_A_RELEASE),
        ({"released_days": -1, "released_minute": 450}, Problem.BAD_RELEASE),
        ({"released_days": 0, "released_minute": 1440}, Problem.BAD_RELEASE),
    ],
)
def test_an_opening_that_cannot_be_is_named(changes: dict[str, Any], problem: Problem) -> None:
    assert check_opening(opening(**changes)) == [problem]


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        (absence(MONDAY, MONDAY - WEEK), Problem.ENDS_BEFORE_IT_STARTS),
        (absence(MONDAY, MONDAY, "14:00-9:00"), Problem.CROSSES_MIDNIGHT),
        (absence(MONDAY, MONDAY, "9:00-9:00"), Problem.EMPTY),
        (absence(MONDAY, MONDAY, repeat_weeks=-1), Problem.BAD_REPEAT),
        (absence(MONDAY, MONDAY, repeat_weeks=1, repeat_until=MONDAY - WEEK), Problem.BAD_REPEAT),
        (absence(date(1, 1, 1), MONDAY), Problem.OUTSIDE_THE_CALENDAR),
    ],
)
def test_an_absence_that_cannot_be_is_named(rule: Any, problem: Problem) -> None:
    assert check_absence(rule) == [problem]


def test_an_absence_over_a_night_is_fine() -> None:
    assert check_absence(absence(MONDAY, MONDAY + timedelta(days=1), "14:00-9:00")) == []


def test_dates_of_validity_are_inclusive() -> None:
    rule = opening(valid_from=MONDAY, valid_to=MONDAY + WEEK)
    assert days_of(plan(rule), MONDAY - 3 * WEEK, MONDAY + 3 * WEEK) == [MONDAY, MONDAY + WEEK]


def test_parity_goes_by_the_iso_week_and_week_53_is_followed_by_another_odd_one() -> None:
    """T13: 2026 has a week 53, so two odd weeks follow one another."""
    rule = opening(parity="odd")
    found = days_of(plan(rule), date(2026, 12, 14), date(2027, 1, 18))
    assert found == [date(2026, 12, 14), date(2026, 12, 28), date(2027, 1, 4), date(2027, 1, 18)]
    assert days_of(plan(opening(parity="even")), date(2026, 12, 14), date(2027, 1, 18)) == [
        date(2026, 12, 21),
        date(2027, 1, 11),
    ]


def test_a_leap_day_and_a_31st_are_days_like_others() -> None:
    """T13."""
    thursday, saturday = date(2024, 2, 29), date(2026, 1, 31)
    assert days_of(plan(opening(weekday=3)), thursday, thursday) == [thursday]
    assert days_of(plan(opening(weekday=5)), saturday, saturday + timedelta(days=1)) == [saturday]


def test_weekly_openings_stop_on_a_holiday_and_a_one_off_does_not() -> None:
    """A10."""
    closed: dict[str, Any] = {"holidays": frozenset({MONDAY})}
    assert days_of(plan(opening(), **closed), MONDAY, MONDAY) == []
    found = windows(plan(opening(id=1), opening("14:00-15:00", id=2, on=MONDAY), **closed), MONDAY, MONDAY)
    assert [shown(window) for window in found] == ["14:00-15:00"]


def test_a_one_off_is_added_to_its_day_or_replaces_it() -> None:
    for replaces, expected in [(False, ["09:00-12:00", "14:00-15:00"]), (True, ["14:00-15:00"])]:
        extra = opening("14:00-15:00", id=2, on=MONDAY, replaces=replaces)
        assert [shown(window) for window in windows(plan(opening(), extra), MONDAY, MONDAY)] == expected
    assert len(windows(plan(opening(), extra), MONDAY + WEEK, MONDAY + WEEK)) == 1


def test_windows_come_by_day_then_start_then_opening() -> None:
    rules = (opening("14:00-18:00", id=1), opening("9:00-12:00", id=3), opening("9:00-12:00", id=2))
    found = windows(plan(*rules), MONDAY, MONDAY + WEEK)
    assert [(window.day, window.rule.id) for window in found] == [
        (day, number) for day in (MONDAY, MONDAY + WEEK) for number in (2, 3, 1)
    ]


def test_a_release_is_an_hour_on_the_wall_some_days_before() -> None:
    """T3: the day before the clocks go forward, for the day after."""
    rule = opening(weekday=6, released_days=1, released_minute=450)
    (window,) = windows(plan(rule), SPRING, SPRING)
    assert window.released_at == datetime(2026, 3, 28, 6, 30, tzinfo=UTC)


def spans_of(rule: Any, first: date, last: date) -> list[Span]:
    return absent_spans(plan(absences=(rule,)), first, last)


def test_the_first_and_the_last_day_of_an_absence_are_within_it() -> None:
    """A8."""
    wednesday = MONDAY + timedelta(days=2)
    rule = absence(MONDAY, wednesday, "14:00-24:00")
    whole = Span(at(MONDAY, "14:00"), at(wednesday, "24:00"))
    assert spans_of(rule, MONDAY - WEEK, MONDAY + WEEK) == [whole]
    assert spans_of(rule, wednesday, wednesday) == [Span(at(wednesday, "0:00"), at(wednesday, "24:00"))]
    assert spans_of(rule, wednesday + timedelta(days=1), MONDAY + WEEK) == []


def test_a_recurring_absence_begins_for_the_last_time_on_its_last_day() -> None:
    """A8."""
    rule = absence(MONDAY, MONDAY, "14:00-16:00", repeat_weeks=2, repeat_until=MONDAY + 4 * WEEK)
    found = spans_of(rule, MONDAY - WEEK, MONDAY + 10 * WEEK)
    assert found == [Span(at(day, "14:00"), at(day, "16:00")) for day in (MONDAY, MONDAY + 2 * WEEK, MONDAY + 4 * WEEK)]


def test_a_recurring_absence_of_several_days_is_found_from_its_middle() -> None:
    """A8."""
    rule = absence(MONDAY, MONDAY + timedelta(days=2), repeat_weeks=1)
    tuesday = MONDAY + 20 * WEEK + timedelta(days=1)
    assert spans_of(rule, tuesday, tuesday) == [Span(at(tuesday, "0:00"), at(tuesday, "24:00"))]
    thursday = tuesday + timedelta(days=2)
    assert spans_of(rule, thursday, thursday) == []
    assert spans_of(rule, MONDAY - WEEK, MONDAY - timedelta(days=1)) == []


def test_a_recurring_absence_keeps_its_wall_time() -> None:
    """T3."""
    rule = absence(MONDAY, MONDAY, "14:00-16:00", repeat_weeks=1)
    starts = {instant_of(span.start).astimezone(PARIS).hour for span in spans_of(rule, MONDAY, MONDAY + 40 * WEEK)}
    assert starts == {14}


def test_an_opening_without_any_day_never_occurs() -> None:
    nowhere = OpeningRule(id=1, practitioner=1, location=1, start_minute=0, end_minute=60, step=5)
    assert windows(plan(nowhere), MONDAY, MONDAY + WEEK) == []
