"""What a signed-in staff member may see: the agendas of which they have a grant today, and nothing else."""

import logging
from datetime import date

from django.http import Http404

from practitioners.keys import practice_day, valid_on
from practitioners.models import Grant, Practitioner, Staff

logger = logging.getLogger(__name__)


def agendas(staff: Staff, today: date) -> list[Practitioner]:
    """Return the practitioners whose agendas a staff member may open today, in the practice's order."""
    if not staff.is_active or staff.is_over(today):
        return []
    granted = Grant.objects.filter(valid_on(today), holder__staff_id=staff.pk)
    return list(
        Practitioner.objects.filter(pk__in=granted.values("agenda_key__practitioner_id")).select_related("practice")
    )


def agenda(staff: Staff, practitioner_id: int, today: date | None = None) -> Practitioner:
    """Return one of these practitioners. Raises Http404 for any other, and notes the attempt in opaque ids."""
    for practitioner in agendas(staff, today or practice_day()):
        if practitioner.pk == practitioner_id:
            return practitioner
    logger.warning("staff %s asked for agenda %s without a grant", staff.pk, practitioner_id)
    raise Http404
