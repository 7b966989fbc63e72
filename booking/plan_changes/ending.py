"""Holds that a changed plan does not admit: who is filling in a form is told so, instead of coming to a closed door."""

from datetime import datetime

from booking.models import Appointment, OccupiedCell
from booking.plan_changes.outside import not_held
from practitioners.models import Practitioner


def end_holds(agenda: Practitioner, now: datetime) -> int:
    """Let the patients' holds expire that no opening holds any more; return how many. In the change's transaction.

    Their forms then ask the rule again, and are refused with its reason. What a desk holds for a call stays: staff book
    outside the hours if they want to. Two queries when nobody holds anything.
    """
    held = Appointment.objects.filter(
        practitioner=agenda, state=Appointment.State.HELD, held_until__gt=now, link_hash__isnull=False
    )
    gone = [hold.pk for hold in not_held([agenda], list(held.order_by("start", "pk")), now)]
    OccupiedCell.objects.filter(appointment__in=gone).delete()
    return Appointment.objects.filter(pk__in=gone).update(held_until=now)
