"""All that says when a practitioner receives, as plain values: to know what a change changed, and to put it back."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from practitioners.models import Absence, Location, Opening, PlanChange, Practitioner, VisitType

_OPENING = (
    *("location_id", "weekday", "on", "replaces", "start_minute", "end_minute", "valid_from", "valid_to", "parity"),
    *("step", "places", "released_days", "released_minute", "without_appointment"),
)
_ABSENCE = ("first_day", "last_day", "start_minute", "end_minute", "repeat_weeks", "repeat_until", "reason")
_DAYS = frozenset({"on", "valid_from", "valid_to", "first_day", "last_day", "repeat_until"})
HOLIDAYS = "holidays"
_KEPT = timedelta(days=1)

# By kind and id, what a row holds; None for a row that is not there.
Rows = dict[str, Any]


def rows_of(practitioner: int) -> Rows:
    """Return the rows of a practitioner's plan by name: `opening 12`, `absence 7`, `holidays`. Four queries."""
    found: Rows = {HOLIDAYS: Practitioner.objects.values_list("works_holidays", flat=True).get(pk=practitioner)}
    for one in Opening.objects.filter(practitioner=practitioner).prefetch_related("visit_types").order_by("pk"):
        found[f"opening {one.pk}"] = _plain(one, _OPENING) | {
            "types": sorted(kind.pk for kind in one.visit_types.all())
        }
    for away in Absence.objects.filter(practitioner=practitioner).order_by("pk"):
        found[f"absence {away.pk}"] = _plain(away, _ABSENCE)
    return found


def _plain(row: Opening | Absence, columns: tuple[str, ...]) -> dict[str, Any]:
    return {name: _written(getattr(row, name)) for name in columns}


def _written(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def difference(before: Rows, after: Rows) -> tuple[Rows, Rows]:
    """Return what differs, as it was and as it is; a row that is not there is None."""
    names = sorted({name for name in {*before, *after} if before.get(name) != after.get(name)})
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}


def holds(practitioner: int, rows: Mapping[str, Any]) -> bool:
    """Whether the plan still holds these rows as they are given."""
    now = rows_of(practitioner)
    return all(now.get(name) == value for name, value in rows.items())


def forget_expired(now: datetime) -> int:
    """Delete what can no longer be undone by far; return how many changes. The night's work."""
    return PlanChange.objects.filter(at__lte=now - _KEPT).delete()[0]


def put_back(practitioner: int, rows: Mapping[str, Any]) -> None:
    """Make these rows what they are given as, in the transaction that is under way. Raises LookupError for a place that is gone."""
    for name, value in rows.items():
        if name == HOLIDAYS:
            Practitioner.objects.filter(pk=practitioner).update(works_holidays=value)
            continue
        kind, pk = name.split(" ")
        if kind == "opening":
            _put_opening(practitioner, int(pk), value)
        else:
            _put_absence(practitioner, int(pk), value)


def _put_opening(practitioner: int, pk: int, value: dict[str, Any] | None) -> None:
    if value is None:
        Opening.objects.filter(pk=pk, practitioner=practitioner).delete()
        return
    columns = _read({name: value[name] for name in _OPENING})
    if not Location.objects.filter(pk=columns["location_id"]).exists():
        raise LookupError(pk)
    opening, _made = Opening.objects.update_or_create(pk=pk, defaults={"practitioner_id": practitioner, **columns})
    opening.visit_types.set(VisitType.objects.filter(pk__in=value["types"], practitioner=practitioner))


def _put_absence(practitioner: int, pk: int, value: dict[str, Any] | None) -> None:
    if value is None:
        Absence.objects.filter(pk=pk, practitioner=practitioner).delete()
        return
    columns = _read({name: value[name] for name in _ABSENCE})
    Absence.objects.update_or_create(pk=pk, defaults={"practitioner_id": practitioner, **columns})


def _read(columns: dict[str, Any]) -> dict[str, Any]:
    return {name: date.fromisoformat(value) if name in _DAYS and value else value for name, value in columns.items()}
