"""Calendar files, read back by a parser."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from booking.calendars import Entry, visits_calendar

START = datetime(2026, 3, 30, 7, 0, tzinfo=UTC)
NOW = datetime(2026, 1, 12, 5, 4, 3, tzinfo=UTC)
GIVEN: dict[str, Any] = {
    "uid": "f3a9@cabinet.exemple.fr",
    "start": START,
    "end": START + timedelta(minutes=15),
    "sequence": 0,
    "summary": "Rendez-vous",
    "place": "Cabinet médical des Érables ; 3 bis, rue de l’Église, 97400 Saint-Denis, étage élevé, escalier à côté 🏥",
    "url": "https://cabinet.exemple.fr/fr/rdv/" + "k" * 64 + "/",
    "zone": ZoneInfo("Europe/Paris"),
}


def written(*, now: datetime = NOW, cancelled: bool = False, **changes: Any) -> bytes:
    return visits_calendar([Entry(**(GIVEN | changes))], now, cancelled=cancelled)


def test_several_visits_are_published_in_one_file_and_never_cancelled_in_one() -> None:
    """M10: RFC 5546 lets a publication have several, and a cancellation one uid."""
    week = timedelta(days=7)
    later = GIVEN | {
        "uid": "07c1@cabinet.exemple.fr",
        "start": START + week,
        "end": START + week + timedelta(minutes=15),
    }
    entries = [Entry(**GIVEN), Entry(**later)]
    events = Calendar.from_ical(visits_calendar(entries, NOW)).walk("VEVENT")
    assert [str(one["UID"]) for one in events] == [one.uid for one in entries]
    for wrong in (entries, []):
        with pytest.raises(ValueError, match="cancels one"):
            visits_calendar(wrong, NOW, cancelled=True)


def event_of(file: bytes) -> Any:
    (event,) = Calendar.from_ical(file).walk("VEVENT")
    return event


def test_lines_end_with_crlf_and_fold_at_75_octets_without_cutting_an_accent() -> None:
    """M10."""
    file = written()
    assert file.endswith(b"\r\n")
    assert b"\n" not in file.replace(b"\r\n", b"")
    lines = file.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert any(line.startswith(b" ") for line in lines)
    for line in lines:
        line.decode("utf-8")


def test_a_parser_reads_back_what_was_written() -> None:
    """M10."""
    calendar = Calendar.from_ical(written())
    event = event_of(written())
    assert (calendar["METHOD"], calendar["VERSION"]) == ("PUBLISH", "2.0")
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (GIVEN["uid"], 0, "CONFIRMED")
    assert (event["SUMMARY"], event["LOCATION"]) == ("Rendez-vous", GIVEN["place"])
    assert (event["URL"], event["CLASS"]) == (GIVEN["url"], "PRIVATE")
    assert event["DTSTAMP"].dt == NOW
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (START, START + timedelta(minutes=15))


def test_a_cancelled_visit_keeps_its_uid_raises_its_sequence_and_says_cancel() -> None:
    """M10."""
    file = written(sequence=3, cancelled=True)
    event = event_of(file)
    assert Calendar.from_ical(file)["METHOD"] == "CANCEL"
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (GIVEN["uid"], 3, "CANCELLED")


@pytest.mark.parametrize(
    ("zone", "utc"),
    [("Indian/Reunion", b"050000Z"), ("America/Martinique", b"130000Z"), ("America/Cayenne", b"120000Z")],
)
def test_an_overseas_visit_is_written_in_utc_with_the_zone_beside(zone: str, utc: bytes) -> None:
    """T8."""
    there = ZoneInfo(zone)
    start = datetime(2026, 7, 1, 9, 0, tzinfo=there)
    file = written(zone=there, start=start, end=start + timedelta(minutes=15))
    assert b"DTSTART:20260701T" + utc in file
    assert b"X-WR-TIMEZONE:" + zone.encode() in file


def test_only_the_expected_lines_are_written() -> None:
    """M10: no organizer, no attendee, no description, so no name of a person."""
    assert {name.upper() for name in event_of(written())} == {
        *("UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND"),
        *("SUMMARY", "LOCATION", "URL", "STATUS", "CLASS"),
    }


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028", "\x00"])
def test_a_place_cannot_add_a_line(break_: str) -> None:
    """M12."""
    event = event_of(written(place=f"Cabinet{break_}ATTENDEE:mailto:x@example.org"))
    assert event["LOCATION"] == "Cabinet ATTENDEE:mailto:x@example.org"
    assert "ATTENDEE" not in event


@pytest.mark.parametrize(
    "changes",
    [
        {"uid": "a\r\nATTENDEE:x"},
        {"url": "https://x.fr/\nATTENDEE:x"},
        {"uid": ""},
        {"sequence": -1},
        {"end": START},
        {"now": NOW.replace(tzinfo=None)},
    ],
)
def test_what_would_break_the_file_is_refused(changes: dict[str, Any]) -> None:
    """M12."""
    with pytest.raises(ValueError):  # noqa: PT011 - six refusals, three messages
        written(**changes)
