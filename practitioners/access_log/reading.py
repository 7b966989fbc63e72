"""Reading the access log: what a day held, and who opened one appointment. Opaque ids and staff names; never a patient's."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from clicdocteur.grid import MINUTES_PER_DAY, cell_at, instant_of
from practitioners.access_log import NO_APPOINTMENT, PAST_LIMIT
from practitioners.models import AccessEvent, Staff

# What is done with an appointment; any other action is a page on which its identity was displayed.
ERASED, EXPORTED = "erased", "export"
# Three days of everybody at once, to be taken along on paper: shown like any page, and worth a manager's look.
RESCUE = "rescue"
CHANGED = "to "
# What staff make, write or arrange: a visit, one beyond the places, another time, a note, a new link.
WRITTEN = (
    "created",
    "imported",
    "overbooked",
    "moved",
    "undone",
    "told-late",
    "note",
    "day-note",
    "new-link",
    "counted",
    "uncounted",
    "unlisted",
)
_CHANGED = Q(action__startswith=CHANGED) | Q(action__in=WRITTEN)
_DONE = _CHANGED | Q(action__in=(ERASED, EXPORTED, PAST_LIMIT))


@dataclass(frozen=True, slots=True)
class Reader:
    """What one member of the staff did in a day: how many appointments were shown, changed, exported, erased."""

    name: str
    shown: int
    changed: int
    exported: int
    erased: int
    flagged: int


@dataclass(frozen=True, slots=True)
class Flagged:
    """Something that a manager should see, of one member of the staff in one minute: what, and of how many appointments."""

    name: str
    at: datetime
    action: str
    appointments: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Opening:
    """Who opened one appointment on one day, on which pages, from when to when (the hours)."""

    name: str
    day: date
    actions: tuple[str, ...]
    first: datetime
    last: datetime


def readers(day: date, zone: ZoneInfo) -> list[Reader]:
    """Return who did what on a day of the practice, by name. Two queries."""
    counts = _of_day(day, zone).values("staff").annotate(
        shown=Count("appointment", distinct=True, filter=~_DONE),
        changed=Count("appointment", distinct=True, filter=_CHANGED),
        exported=Count("appointment", distinct=True, filter=Q(action=EXPORTED)),
        erased=Count("appointment", distinct=True, filter=Q(action=ERASED)),
        past=Count("appointment", distinct=True, filter=Q(flagged=True) & ~_DONE),
    )  # fmt: skip
    found = list(counts.order_by("staff"))
    names = _names(row["staff"] for row in found)
    rows = [
        Reader(names[row["staff"]], row["shown"], row["changed"], row["exported"], row["erased"], row["past"])
        for row in found
    ]
    return sorted(rows, key=lambda row: row.name.casefold())


def flagged(day: date, zone: ZoneInfo) -> list[Flagged]:
    """Return what was exported, erased, listed for rescue, or shown past the hourly limit, by time. Two queries."""
    events = (
        _of_day(day, zone).filter(Q(flagged=True) | Q(action__in=(EXPORTED, ERASED, RESCUE))).order_by("recorded", "pk")
    )
    grouped: dict[tuple[int, datetime, str], list[int]] = {}
    for event in events:
        grouped.setdefault((event.staff, event.recorded, event.action), []).append(event.appointment)
    names = _names(staff for staff, _at, _action in grouped)
    return [
        Flagged(names[staff], at.astimezone(zone), action, tuple(one for one in appointments if one != NO_APPOINTMENT))
        for (staff, at, action), appointments in grouped.items()
    ]


def openings_of(appointment: int, zone: ZoneInfo) -> list[Opening]:
    """Return who opened an appointment, the newest day first. Two queries."""
    grouped: dict[tuple[date, int], list[AccessEvent]] = {}
    for event in AccessEvent.objects.filter(appointment=appointment).order_by("-recorded", "pk"):
        grouped.setdefault((event.recorded.astimezone(zone).date(), event.staff), []).append(event)
    names = _names(staff for _day, staff in grouped)
    return [
        Opening(
            names[staff],
            day,
            tuple(sorted({event.action for event in events})),
            events[-1].recorded.astimezone(zone),
            events[0].recorded.astimezone(zone),
        )
        for (day, staff), events in grouped.items()
    ]


def _of_day(day: date, zone: ZoneInfo) -> QuerySet[AccessEvent]:
    first, end = instant_of(cell_at(day, 0, zone)), instant_of(cell_at(day, MINUTES_PER_DAY, zone))
    return AccessEvent.objects.filter(recorded__gte=first, recorded__lt=end)


def _names(staff: Iterable[int]) -> dict[int, str]:
    """Return the names of these members of the staff; of those who are gone, their number."""
    wanted = set(staff)
    known = dict(Staff.objects.filter(pk__in=wanted).values_list("pk", "name"))
    return {pk: known.get(pk, f"n° {pk}") for pk in wanted}
