"""The waiting room: who is here, since when, and who is in consultation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from agenda.visits import Visit, visit
from booking import identities
from booking.models import Appointment
from clicdocteur.grid import MINUTES_PER_DAY, cell_at
from practitioners.keys import Vault
from practitioners.models import Practice, Practitioner

State = Appointment.State


@dataclass(frozen=True, slots=True)
class Room:
    """Whom one practitioner has waiting, by appointment time, and who is inside."""

    practitioner: Practitioner
    here: list[Visit]
    inside: list[Visit]


def rooms(
    practitioners: Sequence[Practitioner], practice: Practice, day: date, vault: Vault | None, now: datetime
) -> list[Room]:
    """Return the practitioners for whom somebody is here on a day, with identities only if unlocked."""
    zone = practice.zone
    found = list(
        Appointment.objects.filter(
            practitioner__in=practitioners,
            first_cell__gte=cell_at(day, 0, zone),
            first_cell__lt=cell_at(day, MINUTES_PER_DAY, zone),
            state__in=(State.ARRIVED, State.IN_CONSULTATION),
        )
        .select_related("visit_type", "location")
        .order_by("start", "pk")
    )
    shown = identities.show(found, vault, "waiting", now, names_only=True) if vault else {}
    drawn = [visit(one, zone, now, shown) for one in found]
    return [
        Room(one, _of(one, State.ARRIVED, drawn), _of(one, State.IN_CONSULTATION, drawn))
        for one in practitioners
        if any(visit.appointment.practitioner_id == one.pk for visit in drawn)
    ]


def _of(practitioner: Practitioner, state: State, drawn: list[Visit]) -> list[Visit]:
    return [
        one for one in drawn if one.appointment.practitioner_id == practitioner.pk and one.appointment.state == state
    ]
