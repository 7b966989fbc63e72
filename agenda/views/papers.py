"""Paper for the patient: a slip with the link, and a certificate of attendance. Neither says a speciality."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.debug import sensitive_post_parameters

from agenda import access
from agenda.at_desk import CAME, actor, explained
from agenda.desk_forms import AttestationForm
from agenda.gate import needs_key, staff_page
from agenda.vault import StaffRequest
from agenda.views.appointments import about
from booking import addresses, desk, drawing, identities, words
from booking.models import Appointment
from booking.refusals import BookingRefused, TooLate


@staff_page("GET", "POST")
def slip(request: StaffRequest, pk: int) -> HttpResponse:
    """Say what a new link means; the button makes it and shows the paper, once. A link that messages carry stays as it is."""
    found = access.appointment(request, pk)
    if not found.has_person or not found.is_live or found.end <= timezone.now():
        raise Http404
    if request.method == "POST":
        return _slip_made(request, found)
    known = bool(desk.known_token(found))
    return render(request, "agenda/slip_ask.html", {**about(request, found), **_back(found), "known": known})


@needs_key
def _slip_made(request: StaffRequest, found: Appointment) -> HttpResponse:
    token = "" if "new" in request.POST else desk.known_token(found)
    try:
        token = token or desk.renew_link(found.pk, timezone.now(), by=actor(request))
    except TooLate:
        raise Http404 from None
    except BookingRefused as refusal:
        error, status = explained(refusal)
        context = {**about(request, found), **_back(found), "known": False, "error": error}
        return render(request, "agenda/slip_ask.html", context, status=status)
    return render(request, "agenda/slip.html", _slip(found, token))


def _slip(found: Appointment, token: str) -> dict[str, Any]:
    """Return what the slip says: when, where and the link; neither who, nor with whom, nor why."""
    zone = found.zone
    label, address, access_text = addresses.where(found)
    link = addresses.link(token)
    return {
        **_back(found),
        "heading": _("Papier pour le patient"),
        "moment": words.moment(found.start, zone, year=True),
        "zone": words.zone_name(zone),
        "place": label,
        "address": "" if found.discreet else address,
        "access": "" if found.discreet else access_text,
        "practice": found.practitioner.practice,
        "link": link,
        "qr": drawing.qr(link, pgettext("QR code", "Code QR de votre rendez-vous")),
    }


@sensitive_post_parameters()
@staff_page("GET", "POST")
def attestation(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask for the name and the hours; the button shows the certificate, to be printed and signed."""
    found = access.appointment(request, pk)
    if not found.has_person or found.state not in CAME:
        raise Http404
    if request.method == "POST":
        return _attestation_made(request, found)
    return _attestation_asked(request, found, None)


@needs_key
def _attestation_made(request: StaffRequest, found: Appointment) -> HttpResponse:
    form = AttestationForm(request.POST)
    if not form.is_valid():
        return _attestation_asked(request, found, form, status=422)
    assert request.vault is not None  # noqa: S101 - needs_key let nobody else pass
    identities.show([found], request.vault, "attestation", timezone.now())
    zone = request.practice.zone
    typed = form.cleaned_data
    context = {
        **_back(found),
        "heading": _("Attestation de présence"),
        "name": typed["name"],
        "day": words.day(found.start.astimezone(zone).date(), year=True),
        "since": words.minute_of_day(typed["since"].hour * 60 + typed["since"].minute),
        "until": words.minute_of_day(typed["until"].hour * 60 + typed["until"].minute),
        "today": words.day(access.today(request), year=True),
        "practice": request.practice,
        "place": found.location,
    }
    return render(request, "agenda/attestation.html", context)


def _attestation_asked(
    request: StaffRequest, found: Appointment, form: AttestationForm | None, *, status: int = 200
) -> HttpResponse:
    context = about(request, found)
    zone = request.practice.zone
    names = [person.full_name for person in context["visit"].persons]
    if form is None:
        hours = {"since": found.start.astimezone(zone).time(), "until": found.end.astimezone(zone).time()}
        form = AttestationForm(initial={"name": ", ".join(names), **hours})
    context |= {**_back(found), "form": form, "heading": _("Attestation de présence")}
    return render(request, "agenda/attestation_ask.html", context, status=status)


def _back(found: Appointment) -> dict[str, str]:
    return {
        "day_page": reverse("agenda:appointment", args=[found.pk]),
        "back": _("Retour au rendez-vous"),
        "heading": _("Papier pour le patient"),
    }
