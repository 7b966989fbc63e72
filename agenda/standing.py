"""Where a session stands: open, under the veil, or locked. Arithmetic on the marks of its row; the clock is given.

Instants are whole seconds since the Unix epoch, UTC. A mark that lies in the future was set before the clock went back:
nobody knows for how long nobody was here, so the veil falls, and times run on from now.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

UNDER_VEIL_SECONDS: Final = 4 * 3600
# Clocks of two machines may differ by this much; more is a clock that went back.
ASKEW_SECONDS: Final = 60


class Standing(StrEnum):
    """Open; no code for the veil chosen yet, so no name either; under the veil; without keys."""

    OPEN = "open"
    UNCHOSEN = "unchosen"
    VEILED = "veiled"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Marks:
    """When the password was given, when somebody last used the session, since when the veil is drawn, if it is."""

    opened: int
    used: int
    veiled: int | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class House:
    """What the practice decided: seconds without use until the veil, the minute of the day at which it closes, or none."""

    veil_seconds: int
    closes_minute: int | None
    zone: ZoneInfo


def standing(marks: Marks, house: House, now: int) -> Standing:
    """Return where a session with both halves of its key stands."""
    if _closed_since(marks.opened, house, now):
        return Standing.LOCKED
    fell = veiled_since(marks, house, now)
    if not marks.chosen:
        # Whoever gave the password left before a code was chosen: the next to come must not choose it.
        return Standing.UNCHOSEN if fell is None else Standing.LOCKED
    if fell is None:
        return Standing.OPEN
    return Standing.LOCKED if now - fell >= UNDER_VEIL_SECONDS else Standing.VEILED


def veiled_since(marks: Marks, house: House, now: int) -> int | None:
    """Return since when the veil is down, by hand or because nobody was here, whether or not anybody asked meanwhile."""
    if marks.veiled is not None:
        return min(marks.veiled, now)
    if marks.used > now + ASKEW_SECONDS:
        return now
    end = marks.used + house.veil_seconds
    return end if end <= now else None


def seconds_left(marks: Marks, house: House, now: int) -> int:
    """How long until an open session shows no name any more, by itself."""
    closing = _next_closing(house, now)
    veil = marks.used + house.veil_seconds
    return max(0, min(veil, closing or veil) - now)


def _closed_since(opened: int, house: House, now: int) -> bool:
    """Whether the practice closed after the password was given. Who comes later in the evening stays until the next day's."""
    return any(opened < closing <= now for closing in _closings(house, now))


def _next_closing(house: House, now: int) -> int | None:
    return min((closing for closing in _closings(house, now) if closing > now), default=None)


def _closings(house: House, now: int) -> list[int]:
    """The hours of closing around now, as the clock on the practice's wall shows them: yesterday's, today's, tomorrow's."""
    if house.closes_minute is None:
        return []
    today = datetime.fromtimestamp(now, house.zone).date()
    return [_instant(today + timedelta(days=days), house.closes_minute, house.zone) for days in (-1, 0, 1)]


def _instant(day: date, minute: int, zone: ZoneInfo) -> int:
    # Hours and minutes are added on the wall; 24:00 is the next day's first minute. An hour that a clock change leaves out
    # comes an hour later, and of one that comes twice the first counts.
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    return int((midnight + timedelta(minutes=minute)).timestamp())
