"""Erasing a patient for the practice, when they ask for it: once more asked, then the same as at their own wish."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from agenda import access
from agenda.gate import needs_key, staff_page
from agenda.vault import StaffRequest, session_tag
from agenda.views.appointments import about
from booking import retention
from booking.models import Appointment
from booking.refusals import Busy


@staff_page("GET", "POST")
def erase(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask once more; the button erases who came, and cancels a visit to come. The time stays, anonymous."""
    found = access.appointment(request, pk)
    if not found.has_person:
        raise Http404
    if request.method == "POST":
        return _erased(request, found)
    cancels = found.state == Appointment.State.BOOKED and timezone.now() < found.start
    return render(request, "agenda/erase.html", {**about(request, found), "cancels": cancels})


@needs_key
def _erased(request: StaffRequest, found: Appointment) -> HttpResponse:
    page = reverse("agenda:appointment", args=[found.pk])
    if "confirmed" not in request.POST:
        return redirect("agenda:erase", found.pk)
    try:
        retention.erase_for(found.pk, timezone.now(), staff=request.user.pk, session_tag=session_tag(request))
    except Busy:
        messages.error(request, _("La base est occupée : rien n’a été effacé. Recommencez."))
        return redirect("agenda:erase", found.pk)
    messages.success(request, _("Identité effacée. Il reste une heure, sans personne."))
    return redirect(page)
