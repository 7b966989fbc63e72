"""Undoing the last action of this session."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agenda import access, undo
from agenda.gate import needs_key, staff_page, way_back
from agenda.vault import StaffRequest
from booking import undoing
from booking.models import Appointment
from booking.refusals import BookingRefused, Busy, NotAllowed
from booking.undoing import Undone


@staff_page("POST")
@needs_key
def undo_last(request: StaffRequest) -> HttpResponse:
    """Put back what this session did last, if it still can be; say what could not."""
    onward = way_back(request, reverse("agenda:day"))
    now = timezone.now()
    action = undo.last(request, now)
    if action is None:
        messages.warning(request, _("Il n’y a plus rien à défaire : les 10 minutes sont passées."))
        return redirect(onward)
    agendas = {step.before.practitioner for step in action.steps if step.before}
    visits = access.appointments(request, [step.appointment for step in action.steps], agendas)
    assert request.vault is not None  # noqa: S101 - needs_key
    try:
        done = undoing.undo(action.steps, action.at, now, vault=request.vault)
    except Busy:
        messages.error(request, _("La base est occupée : rien n’a été défait. Recommencez."))
        return redirect(onward)
    except NotAllowed:
        messages.error(request, _("Un rendez-vous a changé entre-temps à un autre poste. Rien n’a été défait."))
    except BookingRefused:
        messages.error(request, _("Cette fiche ne s’ouvre pas dans votre session. Rien n’a été défait."))
    else:
        _tell(request, done)
        onward = _still_there(visits, onward)
    undo.forget(request)
    return redirect(onward)


def _still_there(visits: Sequence[Appointment], onward: str) -> str:
    """Return where to go on: to the day of an appointment whose own page is gone with it."""
    there = set(Appointment.objects.filter(pk__in=[one.pk for one in visits]).values_list("pk", flat=True))
    for one in visits:
        if one.pk not in there and f"/appointment/{one.pk}/" in onward:
            return reverse("agenda:day", args=[one.start.astimezone(one.practitioner.practice.zone).date()])
    return onward


def _tell(request: StaffRequest, done: Undone) -> None:
    if done.back:
        number = len(done.back)
        text = ngettext("C’est défait.", "C’est défait : %(number)d rendez-vous.", number) % {"number": number}
        messages.success(request, text)
    if done.taken:
        number = len(done.taken)
        text = ngettext(
            "L’heure d’un rendez-vous a été reprise entre-temps : il reste annulé ou déplacé.",
            "L’heure de %(number)d rendez-vous a été reprise entre-temps : ils restent annulés ou déplacés.",
            number,
        )
        messages.warning(request, text % {"number": number})
