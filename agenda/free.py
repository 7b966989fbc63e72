"""Free times as staff see them: what the openings leave, without the rules that hold for patients only."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from booking.availability import Ask, list_slots
from booking.queries import occupancy
from clicdocteur.grid import instant_of
from practitioners.models import Practitioner
from practitioners.openings import Plan
from practitioners.queries import plans


class Free(NamedTuple):
    """A day and its free starts, in the practice's zone."""

    day: date
    starts: list[datetime]


class Need(NamedTuple):
    """How long a visit is, buffer apart, in cells; and its type, if openings that are kept for others are to be left out."""

    length: int
    buffer: int = 0
    visit_type: int | None = None


def free_times(
    practitioner: Practitioner, need: Need, first: date, last: date, now: datetime, leaving_out: Collection[int] = ()
) -> list[Free]:
    """Return the days between two, inclusive, that have free starts. Two queries.

    Whatever is not released yet or too soon for patients is free for staff; absences and what has begun are not.
    """
    practice = practitioner.practice
    plan = _for_staff(plans([practitioner], practice, first, last)[practitioner.pk], need)
    taken = occupancy([practitioner.pk], practice, first, last, now, leaving_out, for_staff=True)[practitioner.pk]
    ask = Ask(
        visit_type=need.visit_type or 0,
        duration=need.length,
        buffer=need.buffer,
        horizon_days=(last - now.astimezone(practice.zone).date()).days,
        now=now - timedelta(minutes=5),
    )
    slots = [slot for day in list_slots(plan, taken.spans, ask, first, last, {}) for slot in day.slots]
    starts = [instant_of(slot.start).astimezone(practice.zone) for slot in slots]
    return [Free(day, list(of_day)) for day, of_day in groupby(starts, key=lambda start: start.date())]


def _for_staff(plan: Plan, need: Need) -> Plan:
    """Return a plan in which everything is released, and kept for nobody if no type is asked."""
    openings = (
        replace(
            one,
            released_days=None,
            released_minute=None,
            visit_types=one.visit_types if need.visit_type else frozenset(),
        )
        for one in plan.openings
    )
    return replace(plan, openings=tuple(openings))
