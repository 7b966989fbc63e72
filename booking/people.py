"""The same person again: looked for among the identities that a session may open, in memory, and forgotten with the answer.

There is no index and no file of patients: every question opens what the reader's keys open and looks it through.
"""

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet

from booking import identities
from booking.identities import Pointer
from booking.likeness import Grade, Sought, is_same, words_of
from booking.models import Appointment
from clicdocteur.grid import first_cell_from
from clicdocteur.prepared import Prepared
from patients.store import Record
from patients.store.people import Identity, Person, Visit
from practitioners.keys import Vault
from practitioners.models import Practitioner

# A second visit of the same person within so many days of the practice's calendar is worth a word.
NEAR_DAYS = 6
# So many are suggested while a form is filled, and shown by a search; each counts as displayed.
FEW, MOST = 6, 20
# What is said of a visit. Somebody who comes every week has a hundred, and whole rows of four tables take twice as long.
_SHOWN: Final = (
    *("start", "state", "practitioner__name", "practitioner__lapse_rule", "visit_type__name"),
    "practitioner__practice__time_zone",
)
_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Likely one person: as their latest visit has them, in which place of its persons, and their visits, by time.

    `left` is how many more they have, where only the nearest were asked for.
    """

    source: Appointment
    place: int
    person: Person
    visit: Visit
    visits: tuple[Appointment, ...]
    left: int = 0

    @property
    def taken(self) -> str:
        """What a button sends to take this person over: the visit, and which of its persons."""
        return f"{self.source.pk}-{self.place}"


@dataclass(frozen=True, slots=True)
class Results:
    """Who is like what was typed, the best first; and how many more there are than may be shown."""

    people: list[Found]
    more: int = 0


def search(
    practitioners: Sequence[int],
    sought: Sought,
    vault: Vault,
    now: datetime,
    at_most: int = MOST,
    nearest: tuple[int, int] | None = None,
) -> Results:
    """Look for somebody in all visits of these agendas whose identity is kept; each person's latest record counts as displayed.

    *nearest* says how many of a person's visits before and after now are read besides their latest; all, if it is None.
    Four queries on the agenda, whatever the number, and what opening costs. Raises identities.PastLimit.
    """
    if not sought.is_enough:
        return Results([])
    # Whoever may open all agendas reads both tables as they lie: agenda by agenda, by their index, it takes longer.
    whole = not Practitioner.objects.exclude(pk__in=practitioners).exists()
    rows = _PEOPLED.rows() if whole else _PEOPLED.rows(practitioners)
    groups: dict[int, tuple[set[int], int]] = {}
    more = 0

    def choose(names: Mapping[int, Identity], pointers: Mapping[int, Pointer]) -> Collection[int]:
        nonlocal more
        found = _by_person(names, sought)
        more = max(0, len(found) - at_most)
        for pks in found[:at_most]:
            # Of their visits the latest whose contact is still kept says most.
            latest = max(pks, key=lambda pk: (pointers[pk].visit_type is not None, pointers[pk].first_cell, pk))
            read = {latest, *(pks if nearest is None else _nearest(pks, pointers, now, *nearest))}
            groups[latest] = read, len(pks) - len(read)
        return groups

    records = identities.search(rows, vault, sought, choose, now, whole=whole)
    shown = [pk for latest in records for pk in groups[latest][0]]
    visits = Appointment.objects.select_related("practitioner__practice", "visit_type").only(*_SHOWN).in_bulk(shown)
    found = [_found(record, sought, pk, *groups[pk], visits) for pk, record in records.items() if pk in visits]
    return Results(found, more)


def alike(practitioners: Sequence[int], sought: Sought, vault: Vault, now: datetime) -> list[Found]:
    """Return who is like what is being typed, the best first, six at most. Raises identities.PastLimit."""
    return search(practitioners, sought, vault, now, FEW).people


def visits_nearby(
    identity: Identity, practitioner: int, start: datetime, vault: Vault, now: datetime, leaving_out: int = 0
) -> list[Appointment]:
    """Return the live visits of the same person with one practitioner within six days of *start*, by time.

    Raises identities.PastLimit.
    """
    reach = timedelta(days=NEAR_DAYS + 1)
    rows = Appointment.objects.filter(
        Appointment.PEOPLED, practitioner=practitioner, start__gte=start - reach, start__lte=start + reach
    )
    around = [
        one
        for one in rows.select_related("practitioner__practice").order_by("start", "pk")
        if one.is_live and one.pk != leaving_out and is_near(one, start)
    ]
    sought = [Sought(one.full_name, one.birth_date) for one in identity.persons]

    def choose(records: Mapping[int, Record]) -> Collection[int]:
        return [pk for pk, record in records.items() if any(is_same(record.identity, one) for one in sought)]

    found = identities.find(around, vault, choose, "search", now)
    return [one for one in around if one.pk in found]


def is_near(visit: Appointment, start: datetime) -> bool:
    """Whether a visit lies within six days of an instant, as its practice's calendar counts."""
    zone = visit.practitioner.practice.zone
    return abs((visit.start.astimezone(zone).date() - start.astimezone(zone).date()).days) <= NEAR_DAYS


def _peopled(*practitioners: Sequence[int]) -> QuerySet[Appointment, Any]:
    visits = Appointment.objects.filter(Appointment.PEOPLED)
    if practitioners:
        visits = visits.filter(practitioner__in=practitioners[0])
    return visits.values_list("pk", "practitioner_id", "key_version", "patient_ref", "first_cell", "visit_type_id")


_PEOPLED: Final = Prepared(_peopled)


def _by_person(names: Mapping[int, Identity], sought: Sought) -> list[list[int]]:
    """Return the visits of who is like what is sought, those of likely one person together, the best first."""
    visits: dict[Identity, list[int]] = {}
    for pk, identity in names.items():
        visits.setdefault(identity, []).append(pk)
    grouped: dict[_Key, list[int]] = {}
    best: dict[_Key, Grade] = {}
    for identity, pks in visits.items():
        answer = sought.person_of(identity)
        if answer is None:
            continue
        grade, person = answer
        key = (*sorted(words_of(person.full_name)), person.birth_date.isoformat() if person.birth_date else "")
        grouped.setdefault(key, []).extend(pks)
        best[key] = min(grade, best.get(key, grade))
    return [grouped[key] for key in sorted(grouped, key=lambda key: (best[key], key))]


def _nearest(
    pks: Collection[int], pointers: Mapping[int, Pointer], now: datetime, before: int, after: int
) -> Collection[int]:
    """Return the last of these visits that have begun, and the first of those to come."""
    ordered = sorted((pointers[pk].first_cell, pk) for pk in pks)
    coming = bisect_left(ordered, (first_cell_from(now), 0))
    return [pk for _cell, pk in ordered[max(0, coming - before) : coming + after]]


def _found(
    record: Record, sought: Sought, latest: int, pks: Collection[int], left: int, visits: Mapping[int, Appointment]
) -> Found:
    answer = sought.person_of(record.identity)
    person = answer[1] if answer else record.identity.persons[0]
    own = sorted((visits[pk] for pk in pks if pk in visits), key=lambda one: one.start)
    place = record.identity.persons.index(person)
    return Found(visits[latest], place, person, record.visit or Visit(), tuple(own), left)
