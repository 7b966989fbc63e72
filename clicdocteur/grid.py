"""The time grid: time cut into cells of five minutes, numbered from the Unix epoch in UTC.

A *cell* is an ``int``: cell 0 lasts from 1970-01-01 00:00 to 00:05 UTC.
A *mask* is an ``int`` used as a set of cells: bit *k* stands for the cell ``origin + k``,
so one shift or one ``&`` treats a whole season at once.
Numbering in UTC means that a cell is one instant, whatever the clocks on the wall do:
two equal cells are the same moment, and a difference of cells is elapsed time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

CELL_MINUTES = 5
CELLS_PER_DAY = 24 * 60 // CELL_MINUTES
MINUTES_PER_DAY = 24 * 60

# A calendar that serves now: addresses may carry the year 0, 9999 or a negative number,
# and no arithmetic starts from those.
FIRST_DAY = date(2000, 1, 1)
LAST_DAY = date(2099, 12, 31)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CELL = timedelta(minutes=CELL_MINUTES)
# One day more on either side, so that every supported day fits in every zone (-12 h to +14 h).
_DAY_ZERO = date(1970, 1, 1)
FIRST_CELL = (FIRST_DAY - _DAY_ZERO).days * CELLS_PER_DAY - CELLS_PER_DAY
LAST_CELL = (LAST_DAY - _DAY_ZERO).days * CELLS_PER_DAY + 2 * CELLS_PER_DAY - 1


class OutOfRange(ValueError):
    """A day or a cell outside the years 2000 to 2099."""


def cell_of(instant: datetime) -> int:
    """Return the cell in which an aware *instant* falls.

    Raises ValueError for a naive datetime, OutOfRange outside the supported years.
    """
    if instant.utcoffset() is None:
        message = "an instant needs its time zone"
        raise ValueError(message)
    return _supported((instant - _EPOCH) // _CELL)


def first_cell_from(instant: datetime) -> int:
    """Return the first cell that starts at *instant* or after it."""
    cell = cell_of(instant)
    return cell if is_on_grid(instant) else cell + 1


def is_on_grid(instant: datetime) -> bool:
    """Tell whether an aware *instant* is exactly the start of a cell."""
    return instant_of(cell_of(instant)) == instant


def instant_of(cell: int) -> datetime:
    """Return the instant, in UTC, at which *cell* starts. Raises OutOfRange."""
    return _EPOCH + _supported(cell) * _CELL


def cells(minutes: int) -> int:
    """Return how many cells *minutes* last. Raises ValueError unless it is a multiple of 5, 0 or more."""
    if minutes < 0 or minutes % CELL_MINUTES:
        message = f"{minutes} minutes do not fill whole cells of {CELL_MINUTES} minutes"
        raise ValueError(message)
    return minutes // CELL_MINUTES


@lru_cache(maxsize=16_384)
def cell_at(day: date, minute: int, zone: ZoneInfo) -> int:
    """Return the cell in which the clocks of *zone* show *minute* (0 to 1440) of *day*.

    1440 is 24:00, that is the next midnight. Where the clocks change:

    - a wall time that does not exist (spring) is the instant of the change, so the hour that is skipped
      has no length: 02:00 to 03:00 is empty, and 02:30 to 04:00 lasts from 03:00 to 04:00;
    - a wall time that happens twice (autumn) is its first occurrence, so 02:00 to 04:00 lasts three hours.

    Raises OutOfRange for a day outside the supported years, ValueError for a minute outside the day.
    """
    if not FIRST_DAY <= day <= LAST_DAY:
        raise OutOfRange(day.isoformat())
    if not 0 <= minute <= MINUTES_PER_DAY:
        message = f"minute {minute} is outside the day"
        raise ValueError(message)
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001 - a wall time
    early = cell_of(wall.replace(tzinfo=zone, fold=1))
    late = cell_of(wall.replace(tzinfo=zone, fold=0))
    # Only in a gap does the later reading of a wall time (fold=1) come before the earlier one.
    return late if late <= early else _change_between(early, late, zone)


def _change_between(early: int, late: int, zone: ZoneInfo) -> int:
    """Return the first cell after the one change of the clocks between *early* and *late*."""
    before = _offset(early, zone)
    candidates = range(early, late + 1)
    return candidates[bisect_left(candidates, True, key=lambda cell: _offset(cell, zone) != before)]


def _offset(cell: int, zone: ZoneInfo) -> timedelta | None:
    return instant_of(cell).astimezone(zone).utcoffset()


def day_of(cell: int, zone: ZoneInfo) -> date:
    """Return the day that the calendar on the wall of *zone* shows during *cell*. Raises OutOfRange."""
    return instant_of(cell).astimezone(zone).date()


def _supported(cell: int) -> int:
    if not FIRST_CELL <= cell <= LAST_CELL:
        message = f"cell {cell}"
        raise OutOfRange(message)
    return cell


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The cells from *start* up to, and without, *end*."""

    start: int
    end: int

    def contains(self, other: Span) -> bool:
        """Tell whether *other* lies within this span; touching its ends is within."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two spans share a cell; following one another is not sharing."""
        return max(self.start, other.start) < min(self.end, other.end)

    def mask(self, origin: int) -> int:
        """Return these cells as a mask; cells before *origin* are left out."""
        start = max(self.start, origin)
        return ((1 << max(self.end - start, 0)) - 1) << (start - origin)


def union(spans: Iterable[tuple[int, int]], frame: Span) -> int:
    """Return the mask, from ``frame.start`` on, of the cells of all *spans* (start, end) within *frame*."""
    # One character per cell and one conversion at the end: a mask grown span by span
    # would be copied whole for each of the thousands of visits of a season.
    last = frame.end
    drawn = bytearray(b"0") * (last - frame.start)
    for start, end in spans:
        low, high = max(start, frame.start), min(end, last)
        if low < high:
            drawn[last - high : last - low] = b"1" * (high - low)
    return int(drawn or b"0", 2)


def smear(mask: int, length: int) -> int:
    """Return the starts from which *length* cells would meet *mask*: bit k if one of k … k+length-1 is set.

    A start before the origin of the mask is lost. *length* is 1 or more.
    """
    reached = 1
    while reached < length:
        step = min(reached, length - reached)
        mask |= mask >> step
        reached += step
    return mask


@lru_cache(maxsize=1024)
def stride(length: int, step: int) -> int:
    """Return the mask of 0, *step*, 2·*step*… below *length*. *step* is 1 or more cells."""
    return sum(1 << position for position in range(0, length, step))


def positions(mask: int) -> Iterator[int]:
    """Yield the set bits of *mask*, lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
