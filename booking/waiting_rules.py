"""The waiting list's rules: what suits a wish, how long an offer lives, when a time is public again. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import IntFlag
from typing import Final

# Nearer to the visit nothing is offered: staff and public have the time at once.
LEAST_AHEAD: Final = timedelta(hours=3)
# Farther ahead a freed time comes back to the public after a delay, so that nobody can tell who left.
AT_ONCE_WITHIN: Final = timedelta(hours=24)
LONGEST_DELAY: Final = timedelta(minutes=15)
SHORTEST_LIFE, LONGEST_LIFE = timedelta(minutes=10), timedelta(hours=4)
# Of one wish: so many offers in all, none within a day of another. Of one start: so many in all (M6).
PER_WISH: Final = 3
BETWEEN: Final = timedelta(days=1)
PER_START: Final = 6
# How long a freed time is kept until the worker has looked at the list, and after an offer until the next is made.
TURN: Final = timedelta(minutes=5)
EVERY_DAY: Final = 0b111_1111
_NOON, _EVENING = 12, 17


class Part(IntFlag):
    """A part of the day, by the hour at which a visit begins."""

    MORNING = 1
    AFTERNOON = 2
    EVENING = 4


EVERY_PART: Final = int(Part.MORNING | Part.AFTERNOON | Part.EVENING)


def part_of(local: datetime) -> Part:
    """Return the part of the day in which a visit begins, by the practice's clock."""
    if local.hour < _NOON:
        return Part.MORNING
    return Part.AFTERNOON if local.hour < _EVENING else Part.EVENING


def suits(weekdays: int, parts: int, local: datetime) -> bool:
    """Tell whether a visit that begins then, by the practice's clock, is on the days and at the times that were wished for."""
    return bool(weekdays >> local.weekday() & 1) and bool(parts & part_of(local))


def life(start: datetime, now: datetime) -> timedelta | None:
    """Return how long an offer of a visit at *start* lives: a quarter of the time left; None when it is too near."""
    ahead = start - now
    if ahead < LEAST_AHEAD:
        return None
    return min(max(ahead / 4, SHORTEST_LIFE), LONGEST_LIFE)
