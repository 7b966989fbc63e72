"""Visits that fill the openings as real ones do: nearer days are fuller, and past ones have an end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from clicdocteur.grid import cells, instant_of
from practitioners.models import VisitType
from practitioners.openings import Plan, Window, absent_spans, windows

PAST_DAYS = 28
COMING_DAYS = 42
STATES_OF_THE_PAST = ("seen", "absent", "cancelled", "cancelled_late", "cancelled_by_practice", "excused")
WEIGHTS_OF_THE_PAST = (88, 4, 4, 2, 1, 1)


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to be: cells, lane, what for, what became of it."""

    visit_type: VisitType
    location: int
    start: int
    end: int
    busy_until: int
    lane: int
    new_patient: bool
    state: str


def visits(plan: Plan, types: list[VisitType], today: date, now: datetime, random: Random) -> Iterator[Visit]:
    """Yield the visits of one practitioner, around today."""
    first, last = today - timedelta(days=PAST_DAYS), today + timedelta(days=COMING_DAYS)
    away = absent_spans(plan, first, last)
    per_day: dict[tuple[int, date], int] = {}
    taken: set[tuple[int, int]] = set()
    for window in windows(plan, first, last):
        if window.rule.without_appointment or (window.released_at and window.released_at > now):
            continue
        offered = [one for one in types if not window.rule.visit_types or one.pk in window.rule.visit_types]
        for lane in range(window.rule.places):
            for visit in _lane(window, lane, offered, _fullness(window.day, today), random):
                span = range(visit.start, visit.busy_until)
                key = (visit.visit_type.pk, window.day)
                full = per_day.get(key, 0) >= (visit.visit_type.max_per_day or 99)
                met = any(one.start < visit.busy_until and visit.start < one.end for one in away)
                if met or full or any((cell, lane) in taken for cell in span):
                    continue
                per_day[key] = per_day.get(key, 0) + 1
                taken.update((cell, lane) for cell in span)
                yield _with_state(visit, now, random)


def _fullness(day: date, today: date) -> float:
    """The part of a day's starts that are taken: nearly all tomorrow, half in six weeks."""
    ahead = (day - today).days
    return 0.86 if ahead <= 0 else max(0.93 - 0.43 * ahead / COMING_DAYS, 0.5)


def _lane(window: Window, lane: int, offered: list[VisitType], fullness: float, random: Random) -> Iterator[Visit]:
    """Go through one lane of a window, start by start, taking or leaving each."""
    step, start = cells(window.rule.step), window.span.start
    weights = [5, *[2] * (len(offered) - 1)]
    while start < window.span.end:
        chosen = random.choices(offered, weights)[0]
        new = chosen.accepts_new and random.random() < 0.2
        end = start + cells(chosen.duration(new_patient=new))
        busy = end + cells(chosen.buffer)
        if end > window.span.end or random.random() > fullness:
            start += step
            continue
        yield Visit(chosen, window.rule.location, start, end, busy, lane, new, "booked")
        start += -(-(busy - start) // step) * step


def _with_state(visit: Visit, now: datetime, random: Random) -> Visit:
    start, end = instant_of(visit.start), instant_of(visit.end)
    if end <= now:
        state = random.choices(STATES_OF_THE_PAST, WEIGHTS_OF_THE_PAST)[0]
    elif start <= now:
        state = "in_consultation"
    elif start - now < timedelta(minutes=25):
        state = "arrived"
    else:
        state = "cancelled" if random.random() < 0.03 else "booked"
    return Visit(
        visit.visit_type, visit.location, visit.start, visit.end, visit.busy_until, visit.lane, visit.new_patient, state
    )
