"""What a plan means for visits that are booked, and where each could go instead. Pure: cells, plans, ids.

A visit is *held* by a plan when one window holds all of it (its buffer may run over), at its place, for its type, and no
absence meets it. Times that are proposed come from the very rule by which patients book (`booking.availability`); staff
are not bound by the notice that online bookings ask.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from booking.availability import MAX_HORIZON_DAYS, Ask, Occupied, Refusal, Slot, admit, list_slots
from clicdocteur.grid import LAST_DAY, Span, cell_of, day_of, union
from practitioners.openings import Plan, Window, absent_spans, windows

# So many days on from the day of a visit are looked through for another time of it.
LOOKED_THROUGH = 60
OFFERED = 12


class Booked(NamedTuple):
    """A visit as the plan sees it: its cells, its buffer's end, its lane, place and type."""

    id: int
    span: Span
    busy_until: int
    lane: int
    location: int
    visit_type: int | None


def unheld(plan: Plan, visits: Sequence[Booked]) -> set[int]:
    """Return the ids of the visits (sorted by start) that no window of the plan holds, or that an absence meets."""
    if not visits:
        return set()
    frame = Span(visits[0].span.start, max(visit.busy_until for visit in visits))
    first, last = day_of(frame.start, plan.zone), day_of(frame.end, plan.zone)
    away = union([(span.start, span.end) for span in absent_spans(plan, first, last)], frame)
    held = windows(plan, first, last)
    return {visit.id for visit in visits if visit.span.mask(frame.start) & away or not _holds(held, visit)}


def _holds(held: Iterable[Window], visit: Booked) -> bool:
    return any(
        window.span.contains(visit.span)
        and window.rule.location == visit.location
        and (not window.rule.visit_types or visit.visit_type in window.rule.visit_types)
        for window in held
    )


class Board:
    """One agenda on which visits find other times, one after the other: who has found one takes it from the next."""

    def __init__(self, plan: Plan, standing: Iterable[Booked], maxima: Mapping[int, int | None], now: datetime) -> None:
        """*standing* are all visits and holds that stay; *maxima* say how many of a type a day holds."""
        self._plan, self._maxima, self._now = plan, maxima, now
        self._occupied = [Occupied(one.span.start, one.busy_until, one.lane) for one in standing]
        self._taken: dict[int, Counter[date]] = {}
        for one in standing:
            if one.visit_type is not None:
                self._count(one.visit_type, one.span.start)

    def times(self, visit: Booked) -> list[Slot]:
        """Return the first free times of a visit from its own start on; none for one whose type is forgotten."""
        if visit.visit_type is None:
            return []
        zone = self._plan.zone
        first = max(day_of(visit.span.start, zone), day_of(cell_of(self._now), zone))
        last = min(first + timedelta(days=LOOKED_THROUGH), LAST_DAY)
        found: list[Slot] = []
        for of_the_day in list_slots(self._plan, self._occupied, self._ask(visit), first, last, self._of(visit)):
            found += [slot for slot in of_the_day.slots if slot.start >= visit.span.start]
            if len(found) >= OFFERED:
                break
        return found[:OFFERED]

    def admit(self, visit: Booked, start: int) -> Slot | None:
        """Return the time of a visit that starts at a cell, if the rule admits it."""
        if visit.visit_type is None:
            return None
        answer = admit(self._plan, self._occupied, self._ask(visit), start, self._of(visit))
        return None if isinstance(answer, Refusal) else answer

    def take(self, visit: Booked, slot: Slot) -> None:
        """Let a time be taken."""
        self._occupied.append(Occupied(slot.start, slot.busy_until, slot.lane))
        if visit.visit_type is not None:
            self._count(visit.visit_type, slot.start)

    def _ask(self, visit: Booked) -> Ask:
        assert visit.visit_type is not None  # noqa: S101 - whose type is forgotten asks nothing
        return Ask(
            visit_type=visit.visit_type,
            duration=visit.span.end - visit.span.start,
            buffer=visit.busy_until - visit.span.end,
            horizon_days=MAX_HORIZON_DAYS,
            max_per_day=self._maxima.get(visit.visit_type),
            now=self._now,
        )

    def _of(self, visit: Booked) -> Mapping[date, int]:
        return self._taken.get(visit.visit_type or 0, Counter())

    def _count(self, visit_type: int, start: int) -> None:
        self._taken.setdefault(visit_type, Counter())[day_of(start, self._plan.zone)] += 1
