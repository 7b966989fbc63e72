"""Lanes: who stands beside whom. A cell is full when as many lanes as there are places are occupied, whichever they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import count
from operator import and_

from booking.availability.terms import Occupied
from clicdocteur.grid import Span, smear, union

# The lanes from here on are staff's, who overbook on purpose; no patient ever gets one (I1).
OVERBOOKING = 100
_ALL = -1  # the mask with every bit set
_NONE = 0


@dataclass(frozen=True, slots=True)
class Room:
    """What is free for openings with so many places, in masks on the frame that was asked for."""

    full: int  # cells in which no place is left, overbooking counted
    blocked: tuple[int, ...]  # per lane: starts from which visit and buffer would meet an occupied cell
    shut: int  # starts blocked in every lane


def by_lane(occupied: Iterable[Occupied], frame: Span) -> dict[int, int]:
    """Return the occupied cells of every lane."""
    spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for start, end, lane in occupied:
        spans[lane].append((start, end))
    return {lane: union(of_lane, frame) for lane, of_lane in spans.items()}


def room(lanes: Mapping[int, int], places: int, need: int) -> Room:
    """Return what is free beside these lanes for visits of *need* cells, buffer included."""
    # at_least[n]: cells in which n lanes or more are occupied; lanes of overbooking count like any other.
    at_least = [_ALL] + [_NONE] * places
    for lane in lanes.values():
        for number in range(places, 0, -1):
            at_least[number] |= lane & at_least[number - 1]
    full = at_least[places]
    blocked = tuple(smear(full | lanes.get(lane, _NONE), need) for lane in range(places))
    return Room(full, blocked, reduce(and_, blocked))


def free_lane(occupied: Iterable[Occupied], span: Span, places: int) -> int | None:
    """Return the lowest lane that is free over a whole span, or None when there is no place left."""
    found = room(by_lane(occupied, span), places, span.end - span.start)
    return next((lane for lane, blocked in enumerate(found.blocked) if not blocked & 1), None)


def overbooking_lane(occupied: Iterable[Occupied], span: Span) -> int:
    """Return the lowest of staff's own lanes that is free over a whole span. There is always one."""
    taken = {lane for start, end, lane in occupied if start < span.end and span.start < end}
    return next(lane for lane in count(OVERBOOKING) if lane not in taken)
