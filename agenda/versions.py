"""A number for each practitioner's day on a screen, which is another one as soon as something on that day is.

It is made of what the agenda store shows of the day: cells, states, openings, absences; so no verb can forget to raise it,
and an expired hold changes it by itself. It says nothing of a person. A page carries the numbers that held before its rows
were read: what changes while it is on its way is told at its first question.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

from booking.models import Appointment
from clicdocteur.grid import CELLS_PER_DAY, MINUTES_PER_DAY, cell_at, day_of
from practitioners.models import Practice, Practitioner
from practitioners.openings import absent_spans, windows
from practitioners.queries import plans


def key_of(practitioner: int, day: date) -> str:
    """Return the name of a practitioner's day in a page."""
    return f"{practitioner}-{day:%Y%m%d}"


def versions(
    asked: Collection[tuple[Practitioner, date]], practice: Practice, now: datetime
) -> dict[tuple[int, date], int]:
    """Return a number below 2⁴⁸ for each practitioner's day, the same whatever other days are asked. Two queries."""
    if not asked:
        return {}
    practitioners = {one.pk: one for one, _day in asked}
    first, last = min(day for _one, day in asked), max(day for _one, day in asked)
    seen = _visits(practitioners, practice, first, last, now)
    found = plans(list(practitioners.values()), practice, first, last)
    for one, day in asked:
        plan = found[one.pk]
        seen[one.pk, day] += [
            sorted(
                (window.span.start, window.span.end, window.rule.places, window.rule.without_appointment)
                for window in windows(plan, day, day)
            ),
            sorted(
                (span.start, span.end, rule.reason)
                for rule in plan.absences
                for span in absent_spans(replace(plan, absences=(rule,)), day, day)
            ),
            day in plan.holidays,
        ]
    return {(one.pk, day): _number(seen[one.pk, day]) for one, day in asked}


def _visits(
    practitioners: Collection[int], practice: Practice, first: date, last: date, now: datetime
) -> defaultdict[tuple[int, date], list[Any]]:
    """Return what is to be seen of each day's visits; one over midnight belongs to both."""
    zone = practice.zone
    rows = (
        Appointment.objects.filter(
            practitioner__in=practitioners,
            first_cell__gte=cell_at(first, 0, zone) - CELLS_PER_DAY,
            first_cell__lt=cell_at(last, MINUTES_PER_DAY, zone),
        )
        .exclude(state=Appointment.State.HELD, held_until__lte=now)
        .order_by("first_cell", "pk")
        .values_list(
            "practitioner_id",
            "first_cell",
            "end_cell",
            "pk",
            "lane",
            "state",
            "sequence",
            "visit_type_id",
            "extensions",
        )
    )
    seen: defaultdict[tuple[int, date], list[Any]] = defaultdict(list)
    for practitioner, start, end, *rest in rows:
        for day in {day_of(start, zone), day_of(end, zone)}:
            seen[practitioner, day].append((start, end, *rest))
    return seen


def _number(seen: list[Any]) -> int:
    return int.from_bytes(blake2b(repr(seen).encode(), digest_size=6).digest())
