"""What a signed-in staff member may see: the agendas of which they have a grant today, and nothing else."""

from datetime import date

from practitioners.keys import held_on
from practitioners.models import Practitioner, Staff


def agendas(staff: Staff, today: date) -> list[Practitioner]:
    """Return the practitioners whose agendas a staff member may open today, in the practice's order."""
    if not staff.is_active or staff.is_over(today):
        return []
    granted = held_on(today, staff.pk)
    return list(
        Practitioner.objects.filter(pk__in=granted.values("agenda_key__practitioner_id")).select_related("practice")
    )
