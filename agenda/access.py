"""What a signed-in staff member may reach in the agenda: found through their grants, or 404, which is noted."""

import logging
from collections.abc import Collection
from datetime import date

from django.http import Http404
from django.utils import timezone

from agenda.vault import StaffRequest
from booking.models import Appointment, Message, Wish
from practitioners import access
from practitioners.models import Practitioner

logger = logging.getLogger(__name__)


def today(request: StaffRequest) -> date:
    """The practice's day."""
    return timezone.localdate(timezone=request.practice.zone)


def agendas(request: StaffRequest) -> list[Practitioner]:
    """Return the practitioners whose agendas the reader may open today."""
    return access.agendas(request.user, today(request))


def chosen_agendas(request: StaffRequest) -> tuple[list[Practitioner], list[Practitioner]]:
    """Return (all agendas of the reader, those that the address chooses with `p`). Raises Http404 for a foreign one."""
    granted = agendas(request)
    wanted = request.GET.getlist("p")
    if not wanted:
        return granted, granted
    by_id = {str(practitioner.pk): practitioner for practitioner in granted}
    foreign = [one for one in wanted if one not in by_id]
    if foreign:
        logger.warning("staff %s asked for an agenda without a grant", request.user.pk)
        raise Http404
    return granted, [practitioner for practitioner in granted if str(practitioner.pk) in wanted]


def one_agenda(request: StaffRequest, practitioner: int) -> tuple[list[Practitioner], Practitioner]:
    """Return (all agendas of the reader, the one asked for). Raises Http404 for a foreign one."""
    granted = agendas(request)
    for one in granted:
        if one.pk == practitioner:
            return granted, one
    logger.warning("staff %s asked for agenda %s without a grant", request.user.pk, practitioner)
    raise Http404


def appointment(request: StaffRequest, pk: int) -> Appointment:
    """Return an appointment of an agenda that the reader may open. Raises Http404 for any other (P11)."""
    found = Appointment.objects.select_related("practitioner", "visit_type", "location").filter(pk=pk).first()
    granted = {practitioner.pk for practitioner in agendas(request)}
    if found is None or found.practitioner_id not in granted:
        logger.warning("staff %s asked for appointment %s without a grant", request.user.pk, pk)
        raise Http404
    return found


def appointments(request: StaffRequest, pks: Collection[int], also: Collection[int] = ()) -> list[Appointment]:
    """Return appointments of agendas that the reader may open, by time; *also* are others that they must hold.

    Raises Http404 when one of them is gone, or is of a foreign agenda (P11).
    """
    found = list(
        Appointment.objects.select_related("practitioner__practice", "visit_type", "location")
        .filter(pk__in=pks)
        .order_by("start", "pk")
    )
    granted = {practitioner.pk for practitioner in agendas(request)}
    if len(found) != len(set(pks)) or not granted.issuperset([*also, *(one.practitioner_id for one in found)]):
        logger.warning("staff %s asked for appointments without a grant", request.user.pk)
        raise Http404
    return found


def message(request: StaffRequest, pk: int) -> Message:
    """Return a message of an agenda that the reader may open. Raises Http404 for any other (P11)."""
    found = Message.objects.select_related("appointment").filter(pk=pk).first()
    if found is None or found.practitioner_id not in {practitioner.pk for practitioner in agendas(request)}:
        logger.warning("staff %s asked for message %s without a grant", request.user.pk, pk)
        raise Http404
    return found


def wish(request: StaffRequest, pk: int) -> Wish:
    """Return a wish on the waiting list of an agenda that the reader may open. Raises Http404 for any other (P11)."""
    found = Wish.objects.filter(pk=pk).first()
    if found is None or found.practitioner_id not in {practitioner.pk for practitioner in agendas(request)}:
        logger.warning("staff %s asked for wish %s without a grant", request.user.pk, pk)
        raise Http404
    return found


def manager(request: StaffRequest) -> None:
    """Let managers pass. Raises Http404 for anybody else, and notes it."""
    if not request.user.is_manager:
        logger.warning("staff %s asked for a manager's page", request.user.pk)
        raise Http404


def granted(request: StaffRequest) -> list[Practitioner]:
    """Return all agendas of the reader."""
    return access.agendas(request.user, today(request))
