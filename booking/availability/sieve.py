"""The one rule: a start is free if every rule lets it pass.

Every start of a day goes through ``OFFERED``, then ``OPEN``; the first rule that leaves none is the reason.

A *mask* is a set of starts or cells, one bit each. Masks on the board begin with the first cell of its frame;
masks given by a rule begin with the window's first cell: bit k is the start k cells into the window.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking.availability.lanes import Room, by_lane, room
from booking.availability.terms import MAX_HORIZON_DAYS, Ask, DaySlots, Occupied, Reason, Slot
from clicdocteur.grid import (
    MINUTES_PER_DAY,
    Span,
    cell_at,
    cells,
    first_cell_from,
    positions,
    smear,
    stride,
    union,
)
from practitioners.openings import Plan, Window, absent_spans, windows

_ALL = -1  # the mask with every bit set
_NONE = 0

Field = list[tuple[Window, int]]  # windows with the starts that are left in them
Rule = Callable[["Board", Window], int]


@dataclass(frozen=True, slots=True)
class Board:
    """A question laid out over its days: what does not depend on the window is worked out once, in masks."""

    ask: Ask
    frame: Span
    windows: Mapping[date, list[Window]]
    holidays: frozenset[date]
    away: int  # starts from which the visit would meet an absence
    rooms: Mapping[int, Room]  # by the places of an opening
    earliest: int  # first cell that is not past
    soonest: int  # first cell after the notice
    taken: Mapping[date, int]
    only: int | None  # the one start that is asked about

    @classmethod
    def lay(
        cls,
        plan: Plan,
        occupied: Iterable[Occupied],
        ask: Ask,
        asked: tuple[date, date],
        taken: Mapping[date, int],
        only: int | None,
    ) -> Board:
        """Lay out the days *asked* (first and last). The work is one pass over *occupied*, and one over the days."""
        first, last = asked
        need = ask.duration + ask.buffer
        frame = Span(cell_at(first, 0, plan.zone), cell_at(last, MINUTES_PER_DAY, plan.zone) + need)
        away = union(((span.start, span.end) for span in absent_spans(plan, first, last)), frame)
        by_day: dict[date, list[Window]] = defaultdict(list)
        for window in windows(plan, first, last):
            by_day[window.day].append(window)
        lanes = by_lane(occupied, frame)
        return cls(
            ask=ask,
            frame=frame,
            windows=by_day,
            holidays=plan.holidays,
            away=smear(away, ask.duration),
            rooms={places: room(lanes, places, need) for places in {rule.places for rule in plan.openings}},
            earliest=first_cell_from(ask.now),
            soonest=first_cell_from(ask.now + min(ask.notice, timedelta(days=MAX_HORIZON_DAYS))),
            taken=taken,
            only=only,
        )

    def seen_from(self, window: Window, mask: int) -> int:
        """Return a *mask* of the board as it looks from the first cell of *window*."""
        return mask >> (window.span.start - self.frame.start)


# What the practitioner offers on a day…


def _receives(board: Board, window: Window) -> int:
    types = window.rule.visit_types
    if types and board.ask.visit_type not in types:
        return _NONE
    within = board.only is None or window.span.start <= board.only < window.span.end
    return _ALL if within else _NONE


def _by_appointment(_board: Board, window: Window) -> int:
    return _NONE if window.rule.without_appointment else _ALL


def _on_its_steps(board: Board, window: Window) -> int:
    steps = stride(window.span.end - window.span.start, cells(window.rule.step))
    return steps if board.only is None else steps & 1 << (board.only - window.span.start)


def _ends_within(board: Board, window: Window) -> int:
    last_start = window.span.end - window.span.start - board.ask.duration
    return (1 << max(last_start + 1, 0)) - 1


def _ahead(board: Board, window: Window) -> int:
    return _starts_from(board.earliest, window)


def _present(board: Board, window: Window) -> int:
    return ~board.seen_from(window, board.away)


OFFERED: tuple[tuple[Reason, Rule], ...] = (
    (Reason.CLOSED, _receives),
    (Reason.WITHOUT_APPOINTMENT, _by_appointment),
    (Reason.OFF_GRID, _on_its_steps),
    (Reason.NO_GAP, _ends_within),
    (Reason.PAST, _ahead),
    (Reason.ABSENT, _present),
)


# …and what of it is open for booking now.


def _released(board: Board, window: Window) -> int:
    return _NONE if _release_to_come(board, window) else _ALL


def _after_notice(board: Board, window: Window) -> int:
    return _starts_from(board.soonest, window)


def _below_maximum(board: Board, window: Window) -> int:
    most = board.ask.max_per_day
    return _ALL if most is None or board.taken.get(window.day, 0) < most else _NONE


def _has_room(board: Board, window: Window) -> int:
    return ~board.seen_from(window, board.rooms[window.rule.places].shut)


OPEN: tuple[tuple[Reason, Rule], ...] = (
    (Reason.NOT_RELEASED, _released),
    (Reason.TOO_SOON, _after_notice),
    (Reason.DAILY_MAXIMUM, _below_maximum),
    (Reason.FULL, _has_room),
)


def answer(board: Board, day: date) -> DaySlots:
    """Return the slots of *day*, one of the days of the board, or the reason why there is none."""
    everything: Field = [(window, _ALL) for window in board.windows.get(day, ())]
    offered, reason = _sift(board, everything, OFFERED)
    if reason is Reason.CLOSED and day in board.holidays:
        reason = Reason.HOLIDAY
    if reason:
        return DaySlots(day, (), reason)
    releases = filter(None, (_release_to_come(board, window) for window, _ in offered))
    released_at = min(releases, default=None)
    free, reason = _sift(board, offered, OPEN)
    if reason is Reason.FULL and _has_a_free_cell(board, free):
        reason = Reason.NO_GAP
    return DaySlots(day, () if reason else _slots(board, free), reason, released_at)


def _sift(board: Board, field: Field, rules: tuple[tuple[Reason, Rule], ...]) -> tuple[Field, Reason | None]:
    """Return what passes all *rules*; or what came before the first rule that leaves nothing, and its reason."""
    for reason, rule in rules:
        kept = [(window, left) for window, starts in field if (left := starts & rule(board, window))]
        if not kept:
            return field, reason
        field = kept
    return field, None


def _starts_from(cell: int, window: Window) -> int:
    return _ALL << max(min(cell, window.span.end) - window.span.start, 0)


def _release_to_come(board: Board, window: Window) -> datetime | None:
    """Return when *window* will be released, None if it is open already."""
    released_at = window.released_at
    return released_at if released_at and released_at > board.ask.now else None


def _has_a_free_cell(board: Board, field: Field) -> bool:
    """Tell whether a visit of *field* would meet one free cell at least, though not enough of them."""
    visit = Span(0, board.ask.duration).mask(0)
    for window, starts in field:
        free = ~board.seen_from(window, board.rooms[window.rule.places].full)
        if any(visit << start & free for start in positions(starts)):
            return True
    return False


def _slots(board: Board, field: Field) -> tuple[Slot, ...]:
    """Return one slot per start: where openings overlap, the window that begins first, then the lower id, wins."""
    chosen: dict[int, Slot] = {}
    duration, need = board.ask.duration, board.ask.duration + board.ask.buffer
    for window, starts in field:
        opening, origin = window.rule, window.span.start
        blocked = [board.seen_from(window, lane) for lane in board.rooms[opening.places].blocked]
        for position in positions(starts):
            start = origin + position
            if start not in chosen:
                lane = next(number for number, lane in enumerate(blocked) if not lane >> position & 1)
                chosen[start] = Slot(start, start + duration, start + need, opening.location, opening.id, lane)
    return tuple(sorted(chosen.values()))
