"""The practice of the tests: short ways to write openings, absences and questions in wall time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from booking.availability import Ask, DaySlots, Occupied, Slot
from clicdocteur.grid import cell_at, cells, instant_of
from practitioners.openings import AbsenceRule, OpeningRule, Plan

PARIS = ZoneInfo("Europe/Paris")
CONSULTATION = 1
MONDAY = date(2026, 1, 12)  # an ordinary Monday, ISO week 3
DAWN = datetime(2026, 1, 12, 5, 0, tzinfo=UTC)  # 6:00 in Paris on that Monday

# T13: days on which calendars have broken; the times are UTC, so some are already the next day in Paris.
FROZEN = (
    datetime(2026, 1, 12, 5, 0, tzinfo=UTC),  # a Monday
    datetime(2024, 2, 29, 11, 0, tzinfo=UTC),  # a leap day
    datetime(2026, 1, 31, 22, 58, tzinfo=UTC),  # 23:58 in Paris on a 31st
    datetime(2026, 1, 31, 23, 30, tzinfo=UTC),  # 0:30 in Paris on 1 February, still January in UTC
    datetime(2026, 12, 31, 22, 58, tzinfo=UTC),  # 23:58 on New Year's Eve, ISO week 53
    datetime(2021, 1, 3, 12, 0, tzinfo=UTC),  # the Sunday that ends ISO week 53 of 2020
    datetime(2026, 3, 28, 12, 0, tzinfo=UTC),  # the day before the clocks go forward
    datetime(2026, 10, 24, 22, 30, tzinfo=UTC),  # 0:30 on the day on which the clocks go back
)


def minute(text: str) -> int:
    """Return the minute of the day of "9:00"."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def opening(hours: str = "9:00-12:00", **changes: Any) -> OpeningRule:
    """Return a weekly Monday opening, every 15 minutes; ``on=`` makes it a one-off."""
    start, end = hours.split("-")
    given: dict[str, Any] = {"id": 1, "practitioner": 1, "location": 1, "step": 15} | changes
    if "on" not in given:
        given.setdefault("weekday", 0)
    return OpeningRule(start_minute=minute(start), end_minute=minute(end), **given)


def absence(first: date, last: date, hours: str = "0:00-24:00", **changes: Any) -> AbsenceRule:
    """Return an absence from the first of *hours* on *first* to the second on *last*."""
    start, end = hours.split("-")
    given: dict[str, Any] = {"id": 1, "practitioner": 1} | changes
    return AbsenceRule(first_day=first, last_day=last, start_minute=minute(start), end_minute=minute(end), **given)


def plan(*openings: OpeningRule, absences: tuple[AbsenceRule, ...] = (), **changes: Any) -> Plan:
    """Return a plan in Paris."""
    given: dict[str, Any] = {"practitioner": 1, "zone": PARIS} | changes
    return Plan(openings=openings, absences=absences, **given)


def ask(minutes: int = 15, *, buffer: int = 0, now: datetime = DAWN, **changes: Any) -> Ask:
    """Return a question; *minutes* and *buffer* in minutes."""
    given: dict[str, Any] = {"visit_type": CONSULTATION, "horizon_days": 90} | changes
    return Ask(duration=cells(minutes), buffer=cells(buffer), now=now, **given)


def at(day: date, text: str, zone: ZoneInfo = PARIS) -> int:
    """Return the cell of "9:00" on *day*."""
    return cell_at(day, minute(text), zone)


def busy(day: date, hours: str, lane: int = 0) -> Occupied:
    """Return the cells of *hours* on *day* as occupied."""
    start, end = hours.split("-")
    return Occupied(at(day, start), at(day, end), lane)


def wall(slot: Slot, zone: ZoneInfo = PARIS) -> str:
    """Return the start of a slot as the clock on the wall shows it."""
    return f"{instant_of(slot.start).astimezone(zone):%H:%M}"


def walls(answer: DaySlots, zone: ZoneInfo = PARIS) -> list[str]:
    """Return the starts of a day as the clock on the wall shows them."""
    return [wall(slot, zone) for slot in answer.slots]


def hours(first: str, last: str, step: int = 15) -> list[str]:
    """Return the wall times from *first* to *last* inclusive."""
    return [f"{at // 60:02}:{at % 60:02}" for at in range(minute(first), minute(last) + 1, step)]


def days_from(day: date, count: int) -> tuple[date, date]:
    """Return the first and the last of *count* days."""
    return day, day + timedelta(days=count - 1)
