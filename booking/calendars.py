"""A visit as an iCalendar file (RFC 5545), for the patient's own calendar.

It says when, where and the link, and never who or why: a calendar is read over shoulders and kept by third parties.
Times are in UTC, which every program understands without a table of time zones; the practice's zone is named beside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

_PRODUCT = "-//Clic Docteur//Rendez-vous//FR"
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Entry(NamedTuple):
    """One visit as a calendar has it; `url` is "" where nobody is to follow a link."""

    uid: str
    start: datetime
    end: datetime
    sequence: int
    summary: str
    place: str
    url: str
    zone: ZoneInfo


def visits_calendar(entries: Sequence[Entry], now: datetime, *, cancelled: bool = False) -> bytes:
    """Return the file of one visit, or of several: CRLF, lines folded at 75 octets, UTF-8.

    A *uid* stays the same for the life of the visit and *sequence* goes up with every change, so that calendars replace
    what they have. Cancelled, the file says so (METHOD:CANCEL) and programs take the visit away; that is of one visit
    alone, for RFC 5546 (3.2.5) has all events of a cancellation under one uid.
    Raises ValueError for no entry or for several that are cancelled; if an instant is naive, the end not after the start,
    *sequence* negative, or *uid* or *url* holds a control character or a space (both are written as they are, where text would be
    escaped).
    """
    if not entries or (cancelled and len(entries) > 1):
        message = "a calendar has visits, and cancels one"
        raise ValueError(message)
    calendar = _calendar("CANCEL" if cancelled else "PUBLISH", entries[0].zone)
    for one in entries:
        calendar.add_component(_event(one, now, cancelled=cancelled))
    return bytes(calendar.to_ical())


FOOT = "END:VCALENDAR\r\n"


def head(zone: ZoneInfo) -> str:
    """Return the beginning of a calendar that is written entry by entry; `FOOT` ends it."""
    whole: str = _calendar("PUBLISH", zone).to_ical().decode()
    return whole.removesuffix(FOOT)


def entry(one: Entry, now: datetime, *, description: str, category: str, cancelled: bool) -> str:
    """Return a visit for the practice's own calendar, with who comes: CRLF, folded, private. Raises ValueError as above."""
    event = _event(one, now, cancelled=cancelled)
    event.add("description", "\n".join(_one_line(line) for line in description.split("\n")))
    if category:
        event.add("categories", [_one_line(category)])
    written: str = event.to_ical().decode()
    return written


def _calendar(method: str, zone: ZoneInfo) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add("x-wr-timezone", zone.key)
    return calendar


def _event(one: Entry, now: datetime, *, cancelled: bool) -> Event:
    _check(one, now)
    event = Event()
    event.add("uid", one.uid)
    event.add("sequence", one.sequence)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", one.start.astimezone(UTC))
    event.add("dtend", one.end.astimezone(UTC))
    event.add("summary", _one_line(one.summary))
    event.add("location", _one_line(one.place))
    if one.url:
        event.add("url", one.url)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    return event


class Busy(NamedTuple):
    """From when to when somebody is busy."""

    start: datetime
    end: datetime


def busy_calendar(spans: Iterable[Busy]) -> bytes:
    """Return the busy times, in the order of their start, as a calendar to subscribe to.

    Spans that touch are one, so that nobody counts visits; an entry is named by its start alone, and says "Occupé".
    """
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", "Occupé")
    calendar.add("refresh-interval", timedelta(hours=1), {"value": "DURATION"})
    for span in _joined(spans):
        event = Event()
        start = span.start.astimezone(UTC)
        event.add("uid", f"{start:%Y%m%dT%H%M%SZ}-busy")
        event.add("dtstamp", start)
        event.add("dtstart", start)
        event.add("dtend", span.end.astimezone(UTC))
        event.add("summary", "Occupé")
        event.add("class", "PRIVATE")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _joined(spans: Iterable[Busy]) -> Iterator[Busy]:
    current: Busy | None = None
    for span in spans:
        if current is not None and span.start <= current.end:
            current = Busy(current.start, max(current.end, span.end))
            continue
        if current is not None:
            yield current
        current = span
    if current is not None:
        yield current


def _check(one: Entry, now: datetime) -> None:
    if None in {instant.utcoffset() for instant in (one.start, one.end, now)}:
        message = "an instant needs its time zone"
        raise ValueError(message)
    if one.end <= one.start or one.sequence < 0:
        message = "a visit ends after it starts, and its sequence counts from 0"
        raise ValueError(message)
    if not one.uid or not all(not text or (text.isprintable() and " " not in text) for text in (one.uid, one.url)):
        message = "uid and url are written as they are: no space, no control character"
        raise ValueError(message)


def _one_line(text: str) -> str:
    """Return *text* without line breaks and control characters, which a content line may not hold."""
    return " ".join(_BREAKS.split(text)).strip()
