"""What the agenda's pages show of the agenda store: appointments in one query, whatever their number."""

from collections.abc import Collection
from datetime import date, datetime
from zoneinfo import ZoneInfo

from booking.models import Appointment
from clicdocteur.grid import CELLS_PER_DAY, MINUTES_PER_DAY, cell_at


def appointments_between(
    practitioners: Collection[int], first: date, last: date, zone: ZoneInfo, now: datetime, *, freed: bool
) -> list[Appointment]:
    """Return the appointments that touch these practice days, inclusive, by time; the freed ones too if asked.

    Holds that have expired are left out: their time is free. So is a freed time, unless the waiting list is being asked.
    """
    states = [*Appointment.LIVE, *(Appointment.CANCELLED if freed else ())]
    return list(
        Appointment.objects.filter(
            practitioner__in=practitioners,
            # A visit that began the evening before may reach into the first day.
            first_cell__gte=cell_at(first, 0, zone) - CELLS_PER_DAY,
            first_cell__lt=cell_at(last, MINUTES_PER_DAY, zone),
            state__in=states,
        )
        .exclude(state=Appointment.State.HELD, held_until__lte=now)
        .exclude(Appointment.RESERVE, extensions=0)
        .select_related("visit_type")
        .order_by("first_cell", "lane", "pk")
    )
