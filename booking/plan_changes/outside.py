"""Which visits that are booked no opening holds any more. They stay valid; people decide."""

from collections.abc import Iterable
from datetime import datetime

from booking.models import Appointment
from booking.plan_changes.effects import Booked, unheld
from clicdocteur.grid import Span, cell_of, day_of
from practitioners.models import Practitioner
from practitioners.queries import plans


def visits_outside(practitioners: Iterable[Practitioner], now: datetime) -> list[Appointment]:
    """Return the upcoming visits, by start, that no opening holds any more or that an absence meets.

    Two queries for any number of practitioners. Holds are left out: they end by themselves, or with the change.
    """
    by_id = {one.pk: one for one in practitioners}
    visits = list(
        Appointment.objects.filter(practitioner__in=by_id, start__gte=now, state__in=("booked", "arrived"))
        .select_related("practitioner__practice", "visit_type", "location")
        .order_by("start", "pk")
    )
    return not_held(list(by_id.values()), visits, now)


def not_held(practitioners: list[Practitioner], visits: list[Appointment], now: datetime) -> list[Appointment]:
    """Return which of these visits, sorted by start, the plans of today do not hold. One query."""
    if not visits:
        return []
    practice = practitioners[0].practice
    today = day_of(cell_of(now), practice.zone)
    last = day_of(max(visit.end_cell for visit in visits), practice.zone)
    outside: set[int] = set()
    for plan in plans(practitioners, practice, today, last).values():
        own = [booked(visit) for visit in visits if visit.practitioner_id == plan.practitioner]
        outside |= unheld(plan, own)
    return [visit for visit in visits if visit.pk in outside]


def booked(visit: Appointment) -> Booked:
    """Return a visit as the plan sees it."""
    span = Span(visit.first_cell, cell_of(visit.end))
    return Booked(visit.pk, span, visit.end_cell, visit.lane, visit.location_id, visit.visit_type_id)
