"""The same visits twice: as whoever holds the key sees them, and as their rows lie on the disk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from agenda.queries import appointments_between
from agenda.visits import Visit, visit
from booking import identities
from booking.models import Appointment
from practitioners.keys import Vault
from practitioners.models import Practice, Practitioner

# Enough to see the difference; each of them is an identity displayed, and noted.
MOST: Final = 6
# A demonstration on a day without visits says nothing: the next that has some is shown.
DAYS_AHEAD: Final = 14
HEAD, TAIL = 12, 4


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of a stored row: its name, its value as it is written, what that is in words where another table says so.

    `length` is the number of bytes of a value that says nothing without a key.
    """

    name: str
    value: str
    meaning: str = ""
    length: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """A visit, and its row in the agenda store."""

    visit: Visit
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Sides:
    """A page of both: visits with their rows, and the records of the other store in that store's order, which is none."""

    practitioner: Practitioner
    day: date
    pairs: list[Pair]
    total: int
    records: list[list[Cell]]
    server_reads: int

    @property
    def persons(self) -> list[Visit]:
        """Who is in the records, by name: so that their order is not that of the visits either."""
        opened = [pair.visit for pair in self.pairs if pair.visit.persons]
        return sorted(opened, key=lambda one: one.persons[0].last_name.casefold())


def sides(
    practitioners: Sequence[Practitioner], practice: Practice, today: date, vault: Vault | None, now: datetime
) -> Sides | None:
    """Return the visits of the first of these agendas that has some today, or else soon, on both sides; None if none has.

    The side that the reader sees is there only if unlocked. Raises PastLimit.
    """
    found = _visits(practitioners, practice, today, today, now)
    found = found or _visits(practitioners, practice, today, today + timedelta(days=DAYS_AHEAD), now)
    for practitioner in practitioners:
        own = [one for one in found if one.practitioner_id == practitioner.pk]
        if own:
            return _both(practitioner, own, practice, today, vault, now)
    return None


def _visits(
    practitioners: Sequence[Practitioner], practice: Practice, first: date, last: date, now: datetime
) -> list[Appointment]:
    wanted = [one.pk for one in practitioners]
    found = appointments_between(wanted, first, last, practice.zone, now, freed=False)
    return [one for one in found if one.patient_ref is not None and _day(one, practice) >= first]


def _day(one: Appointment, practice: Practice) -> date:
    return one.start.astimezone(practice.zone).date()


def _both(
    practitioner: Practitioner,
    own: list[Appointment],
    practice: Practice,
    today: date,
    vault: Vault | None,
    now: datetime,
) -> Sides:
    day = max(today, _day(own[0], practice))
    of_the_day = [one for one in own if _day(one, practice) == day]
    coming = [one for one in of_the_day if one.end > now]
    chosen = (coming or of_the_day)[:MOST]
    shown = identities.show(chosen, vault, "thief", now) if vault else {}
    records = identities.as_stored(chosen)
    return Sides(
        practitioner,
        day,
        [Pair(visit(one, practice.zone, now, shown), _agenda_cells(one, practitioner)) for one in chosen],
        len(of_the_day),
        [[Cell("id", str(one.record)), *(_closed(name, box) for name, box in one.boxes.items())] for one in records],
        sum(one.server_reads for one in records),
    )


def _agenda_cells(one: Appointment, practitioner: Practitioner) -> list[Cell]:
    kind = one.visit_type
    return [
        Cell("practitioner", str(practitioner.pk), practitioner.name),
        Cell("visit_type", str(one.visit_type_id or "NULL"), kind.name if kind else ""),
        Cell("start", one.start.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S+00")),
        Cell("cells", f"{one.first_cell}–{one.end_cell - 1}"),
        Cell("state", one.state),
        Cell("key_version", str(one.key_version)),
        _closed("patient_ref", bytes(one.patient_ref or b"")),
        _closed("link_hash", bytes(one.link_hash or b"")),
    ]


def _closed(name: str, value: bytes) -> Cell:
    return Cell(name, hexed(value), length=len(value))


def hexed(value: bytes) -> str:
    """Return bytes in hexadecimal, the middle of a long value left out: "01 9f 3a … c2 41"."""
    if not value:
        return "NULL"
    if len(value) <= HEAD + TAIL:
        return value.hex(" ")
    return f"{value[:HEAD].hex(' ')} … {value[-TAIL:].hex(' ')}"
