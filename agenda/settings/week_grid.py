"""The usual week as a picture: the rows of the form, each where it stands on the seven days."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from agenda import layout
from agenda.layout import Frame, Place, Stretch
from agenda.settings.opening_rows import OpeningRow, written
from booking import words
from clicdocteur.fields import key_from
from practitioners.models import Opening


@dataclass(frozen=True, slots=True)
class Block:
    """One opening on the picture: where it stands, what it says, and the row of the form that it leads to."""

    place: Place
    hours: str
    notes: list[str]
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the picture."""

    number: int
    name: str
    blocks: list[Block] = field(default_factory=list)
    title: str = ""
    note: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """The week: its hours at the side, its days."""

    frame: Frame
    hours: list[tuple[int, str]]
    days: list[Day]


def picture(rows: Sequence[OpeningRow], places: dict[int, str]) -> Picture:
    """Return the picture of the rows that can be drawn: those whose hours make sense."""
    drawn = [(row, one) for row in rows if not row.is_removed and (one := _stretch(row)) is not None]
    frame = layout.frame(one for _row, (_weekday, one) in drawn)
    days = []
    for number in range(7):
        of_day = [(row, one) for row, (weekday, one) in drawn if weekday == number]
        packed = layout.pack([one for _row, one in of_day], frame)
        blocks = [
            Block(place, hours_of(one), _notes(row, places), row.prefix or "")
            for (row, one), place in zip(of_day, packed, strict=True)
        ]
        days.append(Day(number, words.upper_first(str(WEEKDAYS[number])), blocks))
    return Picture(frame, hours_at_the_side(frame), days)


def hours_at_the_side(frame: Frame) -> list[tuple[int, str]]:
    """Return the rows in which an hour begins, and how it is written."""
    return [(frame.row(hour * 60), words.minute_of_day(hour * 60)) for hour in frame.hours]


def hours_of(one: Stretch) -> str:
    """Return « 9 h–12 h »."""
    return f"{words.minute_of_day(one.start)}–{words.minute_of_day(one.end)}"


def _stretch(row: OpeningRow) -> tuple[int, Stretch] | None:
    """Return the weekday and the hours of a row, or None while they make no sense."""
    try:
        weekday = int(row["weekday"].value())
        start, end = (row.fields[name].clean(row[name].value()) for name in ("start_minute", "end_minute"))
    except Exception:  # noqa: BLE001 - whatever was typed
        return None
    return (weekday, Stretch(start, end)) if 0 <= weekday < 7 and start < end else None


def _notes(row: OpeningRow, places: dict[int, str]) -> list[str]:
    """Return what sets an opening apart, in few words."""
    parity = dict(Opening.Parity.choices).get(row["parity"].value(), "")
    notes = [places.get(key_from(str(row["location"].value())) or 0, "")] if len(places) > 1 else []
    notes += [str(parity)] if row["parity"].value() in (Opening.Parity.ODD, Opening.Parity.EVEN) else []
    notes += [_("sans rendez-vous")] if row["without_appointment"].value() else []
    if row["valid_from"].value():
        notes.append(_("dès le %(day)s") % {"day": written(row["valid_from"].value())})
    if row["valid_to"].value():
        notes.append(_("jusqu’au %(day)s") % {"day": written(row["valid_to"].value())})
    return [one for one in notes if one]
