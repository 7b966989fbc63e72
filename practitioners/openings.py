"""When a practitioner receives: openings, absences, and the windows of a day that follow from them.

Openings and absences are written in wall time of the practice, as people say them ("Mondays, 9:00 to 12:00").
A *window* is one occurrence of an opening, in cells: 9:00 stays 9:00 on the wall in winter and in summer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from clicdocteur.grid import (
    CELL_MINUTES,
    FIRST_DAY,
    LAST_DAY,
    MINUTES_PER_DAY,
    Span,
    cell_at,
    instant_of,
)

MAX_PLACES = 30
MAX_RELEASED_DAYS = 366
_WEEK = 7

Parity = Literal["every", "odd", "even"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningRule:
    """Hours in which a practitioner receives, every week or on one day; minutes count from midnight on the wall."""

    id: int
    practitioner: int
    location: int
    weekday: int | None = None  # 0 is Monday; either this…
    on: date | None = None  # …or one day
    replaces: bool = False  # a one-off that stands instead of the weekly openings of its day
    start_minute: int
    end_minute: int  # 1440 is 24:00
    valid_from: date | None = None
    valid_to: date | None = None  # inclusive
    parity: Parity = "every"  # of the ISO week
    visit_types: frozenset[int] = frozenset()  # empty: all
    step: int  # minutes between two starts
    places: int = 1
    released_days: int | None = None  # bookable from so many days before…
    released_minute: int | None = None  # …at this hour
    without_appointment: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceRule:
    """Time away, from a minute of the first day to a minute of the last day, once or every *repeat_weeks* weeks."""

    id: int
    practitioner: int
    first_day: date
    last_day: date  # inclusive
    start_minute: int = 0  # on the first day
    end_minute: int = MINUTES_PER_DAY  # on the last day
    repeat_weeks: int = 0  # 0: once
    repeat_until: date | None = None  # the last day on which it may begin again
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that says when one practitioner receives. *holidays* are those on which this practitioner is closed."""

    practitioner: int
    zone: ZoneInfo
    openings: tuple[OpeningRule, ...] = ()
    absences: tuple[AbsenceRule, ...] = ()
    holidays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Window:
    """One occurrence of an opening: *span* in cells, on *day* of the practice; bookable from *released_at* (UTC)."""

    rule: OpeningRule
    day: date
    span: Span
    released_at: datetime | None


class Problem(StrEnum):
    """What is wrong with a rule; the form says it in words, and how to repair it."""

    NO_SINGLE_DAY = "no_single_day"  # both a weekday and a date, or neither
    BAD_WEEKDAY = "bad_weekday"
    REPLACES_NOTHING = "replaces_nothing"  # a weekly opening cannot replace weekly openings
    OUTSIDE_THE_DAY = "outside_the_day"
    OFF_GRID = "off_grid"  # not a multiple of 5 minutes
    EMPTY = "empty"
    CROSSES_MIDNIGHT = "crosses_midnight"  # night duty: enter one opening until 24:00, one from 0:00
    NEVER_VALID = "never_valid"
    BAD_STEP = "bad_step"
    BAD_PLACES = "bad_places"
    HALF_A_RELEASE = "half_a_release"  # days without an hour, or an hour without days
    BAD_RELEASE = "bad_release"
    ENDS_BEFORE_IT_STARTS = "ends_before_it_starts"
    BAD_REPEAT = "bad_repeat"
    OUTSIDE_THE_CALENDAR = "outside_the_calendar"


def check_opening(rule: OpeningRule) -> list[Problem]:
    """Return what forbids *rule*, in the order of a form; an empty list means that it can be used."""
    found = [
        ((rule.weekday is None) == (rule.on is None), Problem.NO_SINGLE_DAY),
        (rule.weekday is not None and not 0 <= rule.weekday < _WEEK, Problem.BAD_WEEKDAY),
        (rule.replaces and rule.on is None, Problem.REPLACES_NOTHING),
        (not _all_supported(rule.on, rule.valid_from, rule.valid_to), Problem.OUTSIDE_THE_CALENDAR),
        *_check_hours(rule.start_minute, rule.end_minute),
        (rule.end_minute == rule.start_minute, Problem.EMPTY),
        (rule.end_minute < rule.start_minute, Problem.CROSSES_MIDNIGHT),
        (_backwards(rule.valid_from, rule.valid_to), Problem.NEVER_VALID),
        (rule.step not in range(CELL_MINUTES, MINUTES_PER_DAY + 1, CELL_MINUTES), Problem.BAD_STEP),
        (not 1 <= rule.places <= MAX_PLACES, Problem.BAD_PLACES),
        ((rule.released_days is None) != (rule.released_minute is None), Problem.HALF_A_RELEASE),
        (not _releasable(rule), Problem.BAD_RELEASE),
    ]
    return [problem for wrong, problem in found if wrong]


def check_absence(rule: AbsenceRule) -> list[Problem]:
    """Return what forbids *rule*, in the order of a form; an empty list means that it can be used."""
    one_day = rule.first_day == rule.last_day
    found = [
        (not _all_supported(rule.first_day, rule.last_day, rule.repeat_until), Problem.OUTSIDE_THE_CALENDAR),
        (rule.last_day < rule.first_day, Problem.ENDS_BEFORE_IT_STARTS),
        *_check_hours(rule.start_minute, rule.end_minute),
        (one_day and rule.end_minute == rule.start_minute, Problem.EMPTY),
        (one_day and rule.end_minute < rule.start_minute, Problem.CROSSES_MIDNIGHT),
        (rule.repeat_weeks < 0 or _backwards(rule.first_day, rule.repeat_until), Problem.BAD_REPEAT),
    ]
    return [problem for wrong, problem in found if wrong]


def _check_hours(*minutes: int) -> Iterator[tuple[bool, Problem]]:
    yield not all(0 <= minute <= MINUTES_PER_DAY for minute in minutes), Problem.OUTSIDE_THE_DAY
    yield any(minute % CELL_MINUTES for minute in minutes), Problem.OFF_GRID


def _all_supported(*days: date | None) -> bool:
    return all(day is None or FIRST_DAY <= day <= LAST_DAY for day in days)


def _backwards(first: date | None, last: date | None) -> bool:
    return first is not None and last is not None and last < first


def _releasable(rule: OpeningRule) -> bool:
    days, minute = rule.released_days or 0, rule.released_minute or 0
    return 0 <= days <= MAX_RELEASED_DAYS and minute in range(0, MINUTES_PER_DAY, CELL_MINUTES)


def windows(plan: Plan, first_day: date, last_day: date) -> list[Window]:
    """Return the windows of *plan* from *first_day* to *last_day* inclusive, by day, then start, then opening.

    Weekly openings do not occur on a holiday, nor on a day that a one-off replaces; a one-off opening
    occurs on a holiday too: it was entered for that very day. Absences are not taken off here.
    A window that a change of clocks leaves without length is left out.
    Raises OutOfRange outside the years 2000 to 2099. The work is days x openings of that weekday.
    """
    weekly: dict[int, list[OpeningRule]] = defaultdict(list)
    one_off: dict[date, list[OpeningRule]] = defaultdict(list)
    for rule in plan.openings:
        if rule.on is not None:
            one_off[rule.on].append(rule)
        elif rule.weekday is not None:
            weekly[rule.weekday].append(rule)
    found: list[Window] = []
    for day in days(first_day, last_day):
        rules = list(one_off.get(day, ()))
        if day not in plan.holidays and not any(rule.replaces for rule in rules):
            rules += [rule for rule in weekly.get(day.weekday(), ()) if _valid(rule, day)]
        of_the_day = [_window(rule, day, plan.zone) for rule in rules]
        found += sorted((w for w in of_the_day if w.span.start < w.span.end), key=lambda w: (w.span, w.rule.id))
    return found


def days(first_day: date, last_day: date) -> Iterator[date]:
    """Yield every day from *first_day* to *last_day* inclusive; none if they are in the wrong order."""
    for ordinal in range(first_day.toordinal(), last_day.toordinal() + 1):
        yield date.fromordinal(ordinal)


def _valid(rule: OpeningRule, day: date) -> bool:
    """Tell whether a weekly opening holds on *day*, by its dates and by the parity of the ISO week."""
    if day < (rule.valid_from or day) or day > (rule.valid_to or day):
        return False
    return rule.parity == "every" or (rule.parity == "odd") == bool(day.isocalendar().week % 2)


def _window(rule: OpeningRule, day: date, zone: ZoneInfo) -> Window:
    span = Span(cell_at(day, rule.start_minute, zone), cell_at(day, rule.end_minute, zone))
    return Window(rule, day, span, _release(rule, day, zone))


def _release(rule: OpeningRule, day: date, zone: ZoneInfo) -> datetime | None:
    if rule.released_days is None:
        return None
    # A release before the calendar begins has happened.
    release_day = max(day - timedelta(days=rule.released_days), FIRST_DAY)
    return instant_of(cell_at(release_day, rule.released_minute or 0, zone))


def absent_spans(plan: Plan, first_day: date, last_day: date) -> list[Span]:
    """Return the spans, cut to the days asked (inclusive), in which the practitioner is away.

    Raises OutOfRange outside the years 2000 to 2099. The work is the number of occurrences in these days.
    """
    return [
        _away(rule, begins, first_day, last_day, plan.zone)
        for rule in plan.absences
        for begins in _occurrences(rule, first_day, last_day)
    ]


def _occurrences(rule: AbsenceRule, first_day: date, last_day: date) -> Iterator[date]:
    """Yield the first days of the occurrences of *rule* that touch the days asked."""
    length = rule.last_day - rule.first_day
    if not rule.repeat_weeks:
        if rule.first_day <= last_day and rule.last_day >= first_day:
            yield rule.first_day
        return
    period = rule.repeat_weeks * _WEEK
    # The first repetition that ends on or after first_day, by division: an old rule costs no loop.
    missed = (first_day - rule.first_day - length).days
    begins = rule.first_day.toordinal() + max(0, -(-missed // period)) * period
    until = min(last_day, rule.repeat_until or last_day).toordinal()
    yield from map(date.fromordinal, range(begins, until + 1, period))


def _away(rule: AbsenceRule, begins: date, first_day: date, last_day: date, zone: ZoneInfo) -> Span:
    """Return one occurrence of an absence, cut to the days asked."""
    ends = begins + (rule.last_day - rule.first_day)
    start = cell_at(begins, rule.start_minute, zone) if begins >= first_day else cell_at(first_day, 0, zone)
    end = cell_at(ends, rule.end_minute, zone) if ends <= last_day else cell_at(last_day, MINUTES_PER_DAY, zone)
    return Span(start, end)
