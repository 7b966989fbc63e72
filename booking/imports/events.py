"""A calendar file (RFC 5545) read as a table, so that it takes the same way as one. Pure."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

from icalendar import Calendar

from booking.imports.reading import MOST_ROWS, Fault, Row, Table, Unreadable

HEADINGS: Final = ("Titre", "Début", "Fin", "Motif", "Téléphone", "E-mail", "Date de naissance", "État", "Répétition")
_PHONE: Final = re.compile(r"(?<![\w+])(?:\+\d{1,3}[ .\d()-]{6,20}\d|0\d(?:[ .-]?\d\d){4})(?!\d)", re.ASCII)
_EMAIL: Final = re.compile(r"[^\s<>,;:\"']{1,64}@[^\s<>,;:\"']{1,190}\.[A-Za-z]{2,24}")
_BORN: Final = re.compile(r"(?i:né\(?e?\)? le|naissance|born)\s*:?\s*(\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{4}-\d{2}-\d{2})")


def is_calendar(text: str) -> bool:
    """Whether a file is meant as a calendar."""
    return text.lstrip()[:15].upper() == "BEGIN:VCALENDAR"


def table_of(text: str) -> Table:
    """Return a row for each entry, numbered as they stand in the file. Raises Unreadable."""
    try:
        calendar = Calendar.from_ical(text)
        events = calendar.walk("VEVENT")
    except (ValueError, IndexError, KeyError, TypeError, AttributeError):
        raise Unreadable(Fault.NOT_A_CALENDAR) from None
    if not events:
        raise Unreadable(Fault.EMPTY)
    if len(events) > MOST_ROWS:
        raise Unreadable(Fault.TOO_MANY_ROWS)
    return Table(HEADINGS, tuple(Row(number, tuple(_cells(event))) for number, event in enumerate(events, 1)))


def _cells(event: Any) -> Iterator[str]:
    said = f"{_text(event, 'description')}\n{_text(event, 'attendee')}\n{_text(event, 'comment')}"
    start = _value(event, "dtstart")
    yield _text(event, "summary")
    yield _instant(start)
    yield _instant(_end(event, start))
    yield _text(event, "categories")
    yield _first(_PHONE, said)
    yield _first(_EMAIL, said)
    born = _BORN.search(said)
    yield born[1] if born else ""
    yield _text(event, "status")
    yield "RRULE" if "rrule" in event or "rdate" in event else ""


def _end(event: Any, start: Any) -> Any:
    length = _value(event, "duration")
    if isinstance(start, datetime) and isinstance(length, timedelta):
        return start + length
    return _value(event, "dtend")


def _value(event: Any, name: str) -> Any:
    """Return a property's value in Python's own type; None for one that is missing, repeated or broken."""
    return getattr(event.get(name), "dt", None)


def _instant(value: Any) -> str:
    """Return a moment as ISO says it; a whole day has no hour, and is said as a day."""
    return value.isoformat() if isinstance(value, date) else ""


def _text(event: Any, name: str) -> str:
    value = event.get(name, "")
    if hasattr(value, "cats"):
        value = ", ".join(str(one) for one in value.cats)
    elif isinstance(value, list):
        value = ", ".join(str(one) for one in value)
    return str(value).removeprefix("mailto:").strip()


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[0] if found else ""
