"""Everything that one may open between two days, written piece by piece: a file of any length, and never all in memory.

Opened in batches, each noted in the access log before a word of it leaves (I6). Nothing is written to the disk.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.utils import translation

from booking import identities
from booking.exports import as_calendar, as_json, as_table
from booking.exports.lines import Line
from booking.models import Appointment
from clicdocteur.grid import MINUTES_PER_DAY, cell_at, instant_of
from practitioners.keys import Vault
from practitioners.models import Practitioner

__all__ = ["KINDS", "Asked", "Kind", "number", "write"]

# So many are in memory, open, at a time.
BATCH = 200


class Kind(StrEnum):
    """What a file is for: a spreadsheet, a calendar, a program."""

    CSV = "csv"
    ICS = "ics"
    JSON = "json"


KINDS = {
    Kind.CSV: ("text/csv", as_table),
    Kind.ICS: ("text/calendar", as_calendar),
    Kind.JSON: ("application/json", as_json),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose appointments, from which day to which, both included; in which language the file speaks."""

    practitioners: Sequence[Practitioner]
    first: date
    last: date
    language: str


def number(asked: Asked) -> int:
    """Return how many appointments a file would have. One query."""
    return len(_found(asked))


def write(asked: Asked, kind: Kind, vault: Vault, now: datetime) -> Iterator[str]:
    """Yield a file in pieces. The reader gave their password just now: the hourly limit does not stop it, and is noted.

    An appointment that left its agenda since it was found is left out; one that does not open says why.
    """
    _type, room = KINDS[kind]
    practice = asked.practitioners[0].practice
    found = _found(asked)
    with translation.override(asked.language):
        piece = room.head(practice, asked.first, asked.last, now)
    yield piece
    for at in range(0, len(found), BATCH):
        # Whatever asks for the next piece may speak another language meanwhile: it is set for as long as we write.
        with translation.override(asked.language):
            lines = _opened(found[at : at + BATCH], asked, vault, now)
            piece = room.body(lines, now, first=at == 0)
        yield piece
    with translation.override(asked.language):
        piece = room.foot(len(found))
    yield piece


def _found(asked: Asked) -> list[int]:
    """Return the ids, by time: numbers alone, so that ten thousand take no room."""
    zone = asked.practitioners[0].practice.zone
    first = instant_of(cell_at(asked.first, 0, zone))
    end = instant_of(cell_at(asked.last, MINUTES_PER_DAY, zone))
    rows = Appointment.objects.filter(
        Appointment.PEOPLED,
        practitioner__in=[one.pk for one in asked.practitioners],
        start__gte=first,
        start__lt=end,
    )
    return list(rows.order_by("start", "pk").values_list("pk", flat=True))


def _opened(pks: Sequence[int], asked: Asked, vault: Vault, now: datetime) -> list[Line]:
    rows = Appointment.objects.filter(pk__in=pks, practitioner__in=[one.pk for one in asked.practitioners])
    visits = list(rows.select_related("practitioner__practice", "visit_type", "location").order_by("start", "pk"))
    shown = identities.take_out(visits, vault, now)
    return [Line(visit, shown[visit.pk]) for visit in visits if visit.pk in shown]
