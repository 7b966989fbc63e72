"""Why something of the settings stays: what is booked is never deleted with it (A5)."""

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.models import Appointment
from practitioners.models import Location, VisitType


def appointments(**of: models.Model) -> tuple[int, int]:
    """How many appointments there are in all, and how many of them are still to come and live."""
    found: QuerySet[Appointment] = Appointment.objects.filter(**of)
    return found.count(), coming(**of).count()


def coming(**of: models.Model) -> QuerySet[Appointment]:
    """The live appointments that are still to come, by time."""
    live = Appointment.objects.filter(start__gte=timezone.now(), state__in=Appointment.LIVE, **of)
    return live.order_by("start", "pk")


def why_a_type_stays(visit_type: VisitType) -> str:
    """Say why a visit type cannot be deleted, or nothing."""
    count, to_come = appointments(visit_type=visit_type)
    if not count:
        return ""
    text = _(
        "« %(name)s » a %(count)d rendez-vous, dont %(coming)d à venir : ce motif ne peut pas être supprimé. "
        "Vous pouvez ne plus le proposer : les rendez-vous pris restent."
    )
    return text % {"name": visit_type.name, "count": count, "coming": to_come}


def why_a_place_stays(place: Location) -> str:
    """Say why a place cannot be deleted, or nothing."""
    count, to_come = appointments(location=place)
    if count:
        text = _(
            "« %(name)s » a %(count)d rendez-vous, dont %(coming)d à venir : ce lieu ne peut pas être supprimé. "
            "Retirez ses plages d’ouverture : plus rien n’y sera réservable."
        )
        return text % {"name": place.label, "count": count, "coming": to_come}
    if place.openings.exists():
        return _("« %(name)s » a des plages d’ouverture : supprimez-les d’abord.") % {"name": place.label}
    return ""
