"""Why something of the settings stays: what is booked is never deleted with it (A5)."""

from django.db import models
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.models import Appointment, MonthlyCount, Wish
from practitioners.models import Location, Opening, VisitType


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
        return what_needs_a_type(visit_type)
    text = _(
        "« %(name)s » a %(count)d rendez-vous, dont %(coming)d à venir : ce motif ne peut pas être supprimé. "
        "Vous pouvez ne plus le proposer : les rendez-vous pris restent."
    )
    return text % {"name": visit_type.name, "count": count, "coming": to_come}


def what_needs_a_type(visit_type: VisitType) -> str:
    """Say what would go, or change in silence, with a type that no visit has (any more), or nothing."""
    if Wish.objects.filter(visit_type=visit_type).exists():
        text = _(
            "Des patients attendent « %(name)s » sur la liste d’attente : ce motif ne peut pas être supprimé. "
            "Vous pouvez ne plus le proposer."
        )
    elif openings_for_it_alone(visit_type):
        text = _(
            "Des plages d’ouverture ne servent qu’à « %(name)s », et serviraient alors à tous les motifs : "
            "changez-les d’abord."
        )
    elif MonthlyCount.objects.filter(visit_type=visit_type).exists():
        text = _(
            "« %(name)s » a déjà servi, et les statistiques le comptent : ce motif ne peut pas être supprimé. "
            "Vous pouvez ne plus le proposer."
        )
    else:
        return ""
    return text % {"name": visit_type.name}


def openings_for_it_alone(found: VisitType) -> list[Opening]:
    """The openings that are kept for this type and no other: nothing would be bookable in them."""
    mine = Opening.objects.filter(visit_types=found).prefetch_related("visit_types")
    return [one for one in mine.order_by("weekday", "start_minute") if len(one.visit_types.all()) == 1]


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
