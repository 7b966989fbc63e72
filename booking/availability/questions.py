"""The ways to ask for a visit. Each goes through ``_answers``, so that what is listed is what is admitted (I7).

In all of them *occupied* holds at least everything that touches the days in question, or the visit and buffer
after their last midnight, whatever its visit type; *taken* counts the live visits of the asked type per practice day
(a missing day counts as none). To move a visit, leave its own cells and its own count out of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from booking.availability.sieve import Board, answer
from booking.availability.terms import MAX_HORIZON_DAYS, Ask, DaySlots, Occupied, Reason, Refusal, Slot
from clicdocteur.grid import FIRST_CELL, LAST_CELL, LAST_DAY, cell_of, day_of
from practitioners.openings import Plan, days

MAX_LISTED_DAYS = MAX_HORIZON_DAYS + 1
_DAY = timedelta(days=1)


def list_slots(
    plan: Plan, occupied: Iterable[Occupied], ask: Ask, first_day: date, last_day: date, taken: Mapping[date, int]
) -> list[DaySlots]:
    """Return one entry for every day from *first_day* to *last_day* inclusive, with its slots or its reason.

    Any day may be asked, the year 9999 included. Raises ValueError for more than MAX_LISTED_DAYS days.
    """
    if (last_day - first_day).days >= MAX_LISTED_DAYS:
        message = f"more than {MAX_LISTED_DAYS} days asked"
        raise ValueError(message)
    return list(_answers(plan, occupied, ask, first_day, last_day, taken))


def admit(
    plan: Plan, occupied: Iterable[Occupied], ask: Ask, start_cell: int, taken: Mapping[date, int]
) -> Slot | Refusal:
    """Return the slot that starts at *start_cell* if it is free, or why it is not. Any integer may be asked."""
    if not FIRST_CELL <= start_cell <= LAST_CELL:
        return Refusal(Reason.PAST if start_cell < FIRST_CELL else Reason.BEYOND_HORIZON)
    day = day_of(start_cell, plan.zone)
    (of_the_day,) = _answers(plan, occupied, ask, day, day, taken, only=start_cell)
    return _slot_or_refusal(of_the_day)


def first_free(plan: Plan, occupied: Iterable[Occupied], ask: Ask, taken: Mapping[date, int]) -> Slot | Refusal:
    """Return the first free slot from today to the horizon, or the refusal of the day that came nearest to one."""
    refusals = []
    for of_the_day in _answers(plan, occupied, ask, *_bookable_days(plan, ask), taken):
        found = _slot_or_refusal(of_the_day)
        if isinstance(found, Slot):
            return found
        refusals.append(found)
    return max(refusals, key=lambda refusal: refusal.reason.nearness, default=Refusal(Reason.BEYOND_HORIZON))


def nearest(
    plan: Plan, occupied: Iterable[Occupied], ask: Ask, start_cell: int, count: int, taken: Mapping[date, int]
) -> list[Slot]:
    """Return the *count* free slots nearest to *start_cell*, by start; of two as near, the earlier is taken."""
    answers = _answers(plan, occupied, ask, *_bookable_days(plan, ask), taken)
    free = [slot for of_the_day in answers for slot in of_the_day.slots]
    free.sort(key=lambda slot: (abs(slot.start - start_cell), slot.start))
    return sorted(free[: max(count, 0)])


def _answers(
    plan: Plan,
    occupied: Iterable[Occupied],
    ask: Ask,
    first_day: date,
    last_day: date,
    taken: Mapping[date, int],
    only: int | None = None,
) -> Iterator[DaySlots]:
    """Answer day by day, about every start or about *only* one. Days that cannot be booked cost no arithmetic."""
    today, horizon = _bookable_days(plan, ask)
    for day in days(first_day, min(last_day, today - _DAY)):
        yield DaySlots(day, (), Reason.PAST)
    first, last = max(first_day, today), min(last_day, horizon)
    if first <= last:
        board = Board.lay(plan, occupied, ask, (first, last), taken, only)
        yield from (answer(board, day) for day in days(first, last))
    for day in days(max(first_day, horizon + _DAY), last_day):
        yield DaySlots(day, (), Reason.BEYOND_HORIZON)


def _bookable_days(plan: Plan, ask: Ask) -> tuple[date, date]:
    """Return today on the practice's wall, not UTC's, and the last day of the horizon counted from it."""
    today = day_of(cell_of(ask.now), plan.zone)
    horizon = timedelta(days=max(-1, min(ask.horizon_days, MAX_HORIZON_DAYS)))
    return today, min(today + horizon, LAST_DAY)


def _slot_or_refusal(of_the_day: DaySlots) -> Slot | Refusal:
    if of_the_day.slots:
        return of_the_day.slots[0]
    return Refusal(of_the_day.reason or Reason.CLOSED, of_the_day.released_at)
