"""When messages leave: reminders, the hours that are kept, the delays between attempts, and when it is too late. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from clicdocteur.grid import cell_at, cell_of, day_of, instant_of

# Between these minutes of the practice's day reminders and offers leave; everything else at any hour.
OPENS, CLOSES = 9 * 60, 20 * 60

# One action of staff can be undone for so long, and a change of plan: then its messages leave.
AFTER_ACTION: Final = timedelta(minutes=1)
AFTER_PLAN_CHANGE: Final = timedelta(minutes=10)

# How long after an attempt the next one is made. The last delay is repeated until it is too late, or too many.
DELAYS: Final = tuple(timedelta(minutes=one) for one in (1, 5, 15, 30, 60, 120))
MOST_ATTEMPTS: Final = 24


def reminders(start: datetime, now: datetime, zone: ZoneInfo, *, by_sms: bool) -> list[datetime]:
    """Return when a visit at *start* that is booked or moved *now* is reminded of, in order.

    More than 7 days of the practice's calendar ahead: 7 days and 1 day before, or 2 days by SMS. From 2 days ahead: the
    day before. Nearer, nobody has forgotten yet.
    """
    day = day_of(cell_of(start), zone)
    ahead = (day - day_of(cell_of(now), zone)).days
    if ahead < 2:
        return []
    early = [2] if by_sms else [7, 1]
    return [opening(day - timedelta(days=days), zone) for days in (early if ahead > 7 else [1])]


def opening(day: date, zone: ZoneInfo) -> datetime:
    """Return when reminders and offers may begin to leave on a day of the practice."""
    return instant_of(cell_at(day, OPENS, zone))


def closing(day: date, zone: ZoneInfo) -> datetime:
    """Return when they no longer may."""
    return instant_of(cell_at(day, CLOSES, zone))


def in_hours(now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether reminders and offers may leave now."""
    day = day_of(cell_of(now), zone)
    return opening(day, zone) <= now < closing(day, zone)


def reminder_ends(due: datetime, start: datetime, zone: ZoneInfo) -> datetime:
    """Return from when a reminder is late: in the evening of the day that it was for, or when the visit begins."""
    return min(closing(day_of(cell_of(due), zone), zone), start)


def next_attempt(attempts: int, now: datetime) -> datetime | None:
    """Return when to try again after so many attempts, or None when it is enough."""
    if attempts >= MOST_ATTEMPTS:
        return None
    return now + DELAYS[min(max(attempts, 1), len(DELAYS)) - 1]
