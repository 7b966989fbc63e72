"""Times to propose to somebody on the telephone: free ones of a visit type, by the rule that patients are asked by.

Staff may book sooner than the notice and further ahead than the horizon; what is kept for the day itself stays kept.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from booking.availability import MAX_HORIZON_DAYS, Slot, list_slots
from booking.queries import ask_for, occupancy
from clicdocteur.grid import CELLS_PER_DAY, LAST_DAY, cell_of, day_of
from practitioners.models import VisitType
from practitioners.queries import plans

DAYS, TIMES = 5, 8
# How far the first free time is looked for, and how far from a wish.
FIRST_WITHIN = timedelta(days=120)
BEFORE, AFTER = timedelta(days=10), timedelta(days=31)


class Proposed(NamedTuple):
    """A day and some of its free times, by start."""

    day: date
    slots: tuple[Slot, ...]


def first_times(visit_type: VisitType, from_day: date, now: datetime, *, new_patient: bool) -> list[Proposed]:
    """Return the first days with free times from a day on, five at most, each with its first eight. Two queries."""
    first = max(from_day, day_of(cell_of(now), visit_type.practitioner.practice.zone))
    found = _free(visit_type, first, min(first, LAST_DAY - FIRST_WITHIN) + FIRST_WITHIN, now, new_patient=new_patient)
    return [Proposed(one.day, one.slots[:TIMES]) for one in found[:DAYS]]


def times_around(visit_type: VisitType, wish: datetime, now: datetime, *, new_patient: bool) -> list[Proposed]:
    """Return the days with free times nearest to a wish, five at most, each with those nearest to its hour. Two queries."""
    zone = visit_type.practitioner.practice.zone
    local = wish.astimezone(zone)
    found = _free(visit_type, local.date() - BEFORE, local.date() + AFTER, now, new_patient=new_patient)
    nearest = sorted(found, key=lambda one: (abs(one.day - local.date()), one.day))[:DAYS]
    hour = cell_of(wish)
    return [Proposed(one.day, _near(one.slots, hour, one.day, local.date())) for one in sorted(nearest)]


def later(start: datetime, weeks: int = 0, months: int = 0) -> datetime:
    """Return the same hour some weeks or months later; the 31st becomes the last day of a shorter month (T13).

    *start* is in the practice's zone. At the end of the calendar it stays there.
    """
    day = start.date() + timedelta(weeks=weeks)
    if months:
        year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
        day = date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    return start.replace(year=day.year, month=day.month, day=day.day, fold=0) if day <= LAST_DAY else start


def _free(visit_type: VisitType, first: date, last: date, now: datetime, *, new_patient: bool) -> list[Proposed]:
    practitioner, practice = visit_type.practitioner, visit_type.practitioner.practice
    first = max(first, day_of(cell_of(now), practice.zone))
    last = min(last, LAST_DAY - timedelta(days=1))
    if first > last:
        return []
    plan = plans([practitioner], practice, first, last)[practitioner.pk]
    taken = occupancy([practitioner.pk], practice, first, last, now, for_staff=True)[practitioner.pk]
    ask = replace(ask_for(visit_type, now, new_patient=new_patient), notice=timedelta(), horizon_days=MAX_HORIZON_DAYS)
    found = list_slots(plan, taken.spans, ask, first, last, taken.taken(visit_type))
    return [Proposed(one.day, one.slots) for one in found if one.slots]


def _near(slots: Sequence[Slot], hour: int, day: date, wished: date) -> tuple[Slot, ...]:
    """Return those of a day that are nearest to an hour, which is given on the wished day."""
    on_this_day = hour + (day - wished).days * CELLS_PER_DAY
    return tuple(sorted(sorted(slots, key=lambda one: (abs(one.start - on_this_day), one.start))[:TIMES]))
