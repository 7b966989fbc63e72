"""The words of availability: what is asked, what is occupied, what is answered. Times are cells of five minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

MAX_HORIZON_DAYS = 730


class Reason(StrEnum):
    """Why nothing is free, from the farthest to the nearest to a booking."""

    PAST = "past"
    BEYOND_HORIZON = "beyond_horizon"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    WITHOUT_APPOINTMENT = "without_appointment"
    OFF_GRID = "off_grid"  # admission only: not a start that the opening offers
    ABSENT = "absent"
    NOT_RELEASED = "not_released"
    TOO_SOON = "too_soon"
    DAILY_MAXIMUM = "daily_maximum"
    FULL = "full"
    NO_GAP = "no_gap"  # some cells are free, but not enough of them in a row

    @property
    def nearness(self) -> int:
        """Return how near to a booking this reason is: the larger, the nearer."""
        return list(Reason).index(self)


class Occupied(NamedTuple):
    """Cells held by one visit in one lane, its buffer included: from *start* up to, and without, *end*."""

    start: int
    end: int
    lane: int


class Slot(NamedTuple):
    """One free visit. *end* is the end of the visit, *busy_until* that of its buffer; slots sort by start."""

    start: int
    end: int
    busy_until: int
    location: int
    opening: int
    lane: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is wanted, and when it is asked; *duration* and *buffer* in cells, *now* aware.

    A notice or a horizon longer than MAX_HORIZON_DAYS counts as that long. Raises ValueError on an empty visit.
    """

    visit_type: int
    duration: int
    buffer: int = 0  # after the visit
    notice: timedelta = timedelta()
    horizon_days: int
    max_per_day: int | None = None
    now: datetime

    def __post_init__(self) -> None:
        """Refuse the visit without length that every rule would let through."""
        if self.duration < 1 or self.buffer < 0:
            message = "a visit lasts one cell or more, its buffer none or more"
            raise ValueError(message)


class DaySlots(NamedTuple):
    """The free slots of a day, by start; without any, the reason. *released_at* (UTC) announces more to come."""

    day: date
    slots: tuple[Slot, ...]
    reason: Reason | None = None
    released_at: datetime | None = None


class Refusal(NamedTuple):
    """No slot, and why; *released_at* (UTC) is when an opening that is not released yet will be."""

    reason: Reason
    released_at: datetime | None = None
