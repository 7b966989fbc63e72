"""What availability needs of a practice, in one query."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Case, IntegerField, Q, Value, When

from clicdocteur.prepared import Prepared
from practitioners.holidays import public_holidays
from practitioners.models import Absence, Opening, Practice, Practitioner
from practitioners.openings import AbsenceRule, OpeningRule, Plan


class _Row(NamedTuple):
    """One row of the union: an opening (once for each visit type that it is kept for), or an absence."""

    id: int
    practitioner: int
    day: date | str | None  # one-off opening: its date | absence: first day
    other_day: date | str | None  # valid from | last day
    until: date | str | None  # valid to | repeated until
    start_minute: int
    end_minute: int
    weekday_or_weeks: int | None
    parity_or_reason: Any
    visit_type: int | None
    location: int | None  # None: the row is an absence
    step: int
    places: int
    released_days: int | None
    released_minute: int | None
    replaces: int
    without_appointment: int


def plans(practitioners: Collection[Practitioner], practice: Practice, first: date, last: date) -> dict[int, Plan]:
    """Return by id the plans that hold from *first* to *last* inclusive. One query, whatever the number."""
    openings: dict[int, dict[int, OpeningRule]] = defaultdict(dict)
    absences: dict[int, list[AbsenceRule]] = defaultdict(list)
    ids = [practitioner.pk for practitioner in practitioners]
    for row in map(_Row._make, _PLANS.rows(ids, first, last)):
        if row.location is None:
            absences[row.practitioner].append(_absence(row))
        else:
            _add_opening(openings[row.practitioner], row)
    holidays = public_holidays(practice.holiday_zone, first, last)
    return {
        practitioner.pk: Plan(
            practitioner=practitioner.pk,
            zone=practice.zone,
            openings=tuple(openings[practitioner.pk].values()),
            absences=tuple(absences[practitioner.pk]),
            holidays=frozenset() if practitioner.works_holidays else holidays,
        )
        for practitioner in practitioners
    }


def _openings(practitioners: list[int], first: date, last: date) -> Any:
    """Openings that may occur between two days."""
    return (
        Opening.objects.filter(practitioner__in=practitioners)
        .filter(Q(on__isnull=True) | Q(on__range=(first, last)))
        .filter(Q(valid_from__isnull=True) | Q(valid_from__lte=last))
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gte=first))
        .order_by()
        .values_list(
            *("id", "practitioner_id", "on", "valid_from", "valid_to", "start_minute", "end_minute", "weekday"),
            *("parity", "visit_types__id", "location_id", "step", "places", "released_days", "released_minute"),
            Case(When(replaces=True, then=1), default=0),
            Case(When(without_appointment=True, then=1), default=0),
        )
    )


def _absences(practitioners: list[int], first: date, last: date) -> Any:
    """Absences that may touch the time between two days."""
    none, zero = Value(None, output_field=IntegerField()), Value(0)
    return (
        Absence.objects.filter(practitioner__in=practitioners, first_day__lte=last)
        .filter(Q(last_day__gte=first) | Q(repeat_weeks__gt=0))
        .order_by()
        .values_list(
            *("id", "practitioner_id", "first_day", "last_day", "repeat_until", "start_minute", "end_minute"),
            *("repeat_weeks", "reason", none, none, zero, zero, none, none, zero, zero),
        )
    )


def _rows(ids: list[int], first: date, last: date) -> Any:
    return _openings(ids, first, last).union(_absences(ids, first, last), all=True)


_PLANS = Prepared(_rows)


def _day(value: date | str | None) -> date | None:
    """A day, which SQLite gives as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def _add_opening(found: dict[int, OpeningRule], row: _Row) -> None:
    """Add an opening, or one more visit type to it."""
    types = frozenset() if row.visit_type is None else frozenset([row.visit_type])
    if row.id in found:
        types |= found[row.id].visit_types
    found[row.id] = OpeningRule(
        id=row.id,
        practitioner=row.practitioner,
        location=row.location or 0,
        weekday=row.weekday_or_weeks,
        on=_day(row.day),
        replaces=bool(row.replaces),
        start_minute=row.start_minute,
        end_minute=row.end_minute,
        valid_from=_day(row.other_day),
        valid_to=_day(row.until),
        parity=row.parity_or_reason,
        visit_types=types,
        step=row.step,
        places=row.places,
        released_days=row.released_days,
        released_minute=row.released_minute,
        without_appointment=bool(row.without_appointment),
    )


def _absence(row: _Row) -> AbsenceRule:
    return AbsenceRule(
        id=row.id,
        practitioner=row.practitioner,
        first_day=_day(row.day) or date.min,
        last_day=_day(row.other_day) or date.min,
        start_minute=row.start_minute,
        end_minute=row.end_minute,
        repeat_weeks=row.weekday_or_weeks or 0,
        repeat_until=_day(row.until),
        reason=row.parity_or_reason,
    )
