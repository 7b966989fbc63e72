"""The patient's page under the link: see, keep, correct, cancel, download, erase, and book another."""

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from booking import addresses, appointments, retention
from booking.access import by_link, held, patient_page, type_beside
from booking.forms import CancelForm, ContactForm, IdentityForm
from booking.models import Appointment
from booking.my_data import server_side_data
from booking.queries import public_types
from booking.refusals import BookingRefused, TooLate
from booking.views import chosen, lost, visit
from booking.views.holds import form_page
from booking.views.page import Link, SeeOther, now, pressed, show
from booking.views.practice import about
from booking.views.times import Here, choose


@patient_page("GET")
def appointment(request: HttpRequest, token: str) -> HttpResponse:
    """Show the visit that a link opens."""
    found = by_link(token)
    return patient_s_page(request, found, token)


@patient_page("GET", "POST")
def contact(request: HttpRequest, token: str) -> HttpResponse:
    """Correct the contact. The link changes with it, so the answer is the page under the new one."""
    found = by_link(token)
    if not visit.is_upcoming(found, now()):
        return SeeOther(reverse("booking:appointment", args=[token]))
    form = ContactForm(found, request.POST) if request.method == "POST" else ContactForm(found)
    if not form.is_bound or not form.is_valid():
        context = {"token": token, "form": form, "mistakes": form.mistakes() if form.is_bound else []}
        status = 422 if form.is_bound else 200
        return show(request, "booking/contact.html", context, found.practitioner.practice, status=status)
    language = get_language() or "fr"
    try:
        renewed = appointments.correct_contact(token, form.visit(), now(), language=language)
    except BookingRefused as refusal:
        return _refused(request, found, token, refusal)
    return SeeOther(reverse("booking:appointment", args=[renewed]))


@patient_page("GET", "POST")
def reminders(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the reminders of this visit, or have them again; whatever else is sent is sent."""
    by_link(token)
    wanted = request.POST.get("reminders")
    if request.method == "POST" and wanted in ("on", "off"):
        appointments.choose_reminders(token, on=wanted == "on")
    return SeeOther(reverse("booking:appointment", args=[token]))


@patient_page("GET", "POST")
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """Ask once more, then cancel: on time, or as a word that one will not come."""
    found = by_link(token)
    if found.state != Appointment.State.BOOKED:
        return SeeOther(reverse("booking:appointment", args=[token]))
    form = CancelForm(request.POST) if request.method == "POST" else CancelForm(initial={"reason": ""})
    if pressed(request) and form.is_valid():
        try:
            appointments.cancel(token, form.cleaned_data["reason"], now())
        except BookingRefused as refusal:
            return _refused(request, found, token, refusal)
        return SeeOther(reverse("booking:appointment", args=[token]))
    late = visit.is_late(found, now())
    heading = _("Prévenir que je ne viendrai pas") if late else _("Annuler ce rendez-vous")
    context = {
        "token": token,
        "form": form,
        "mistakes": [{"field": "id_reason_0", "text": text} for text in form.errors.get("reason", [])],
        "chosen": chosen.chosen(found),
        "heading": heading,
        "button": heading,
        "consequence": _("Cette heure sera proposée à quelqu’un d’autre. Vous ne pourrez pas revenir en arrière."),
    }
    status = 422 if form.is_bound else 200
    return show(request, "booking/cancel.html", context, found.practitioner.practice, status=status)


@patient_page("GET")
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """The visit as a file for the patient's own calendar: when, where, the link; never who or why."""
    found = by_link(token)
    file = addresses.calendar_file([(found, token)], now(), whole=True)
    answer = HttpResponse(file, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="rendez-vous.ics"'
    return answer


@patient_page("GET")
def my_data(request: HttpRequest, token: str) -> HttpResponse:
    """All that this server can read of the visit, and the list of what is sealed."""
    found = by_link(token)
    answer = JsonResponse(server_side_data(found), json_dumps_params={"ensure_ascii": False, "indent": 2})
    answer["Content-Disposition"] = 'attachment; filename="mes-donnees.json"'
    return answer


@patient_page("GET", "POST")
def erase(request: HttpRequest, token: str) -> HttpResponse:
    """Ask once more, then erase; the link dies with what it opened."""
    found = by_link(token)
    practice = found.practitioner.practice
    if not pressed(request):
        context = {
            "token": token,
            "chosen": chosen.chosen(found),
            "upcoming": visit.is_upcoming(found, now()),
        }
        return show(request, "booking/erase.html", context, practice, status=422 if request.method == "POST" else 200)
    home = reverse("booking:practice")
    try:
        retention.erase(token, now())
    except BookingRefused as refusal:
        return _refused(request, found, token, refusal)
    context = {
        "title": _("Vos données sont effacées"),
        "text": _("Votre nom et votre contact ne sont plus sur ce serveur. L’adresse de la page n’ouvre plus rien."),
        "way": Link(home, _("Aller à la page du cabinet")),
    }
    return show(request, "booking/message.html", context, practice, step=home)


@patient_page("GET", "POST")
def another(request: HttpRequest, token: str) -> HttpResponse:
    """Book another visit: the contact comes along from this one, under the link and never in an address."""
    slug = request.GET.get("type")
    if slug is None:
        return _other_types(request, by_link(token), token)
    if "\x00" in slug:
        raise BadRequest
    visit_type = type_beside(token, slug)
    here = Here(request.path, back=request.path, query={"type": slug}, private=True)

    def filled(hold: str) -> HttpResponse:
        taken, contact = held(hold), visit.contact_to_carry(by_link(token))
        return form_page(request, taken, hold, IdentityForm(taken, initial=contact))

    return choose(request, visit_type, here, filled)


def _other_types(request: HttpRequest, found: Appointment, token: str) -> HttpResponse:
    context = {
        "token": token,
        "practitioner": found.practitioner,
        "rows": [
            {"type": one, "address": f"{request.path}?type={one.slug}", "about": about(one)}
            for one in public_types(found.practitioner)
        ],
        "carried_over": visit.carrying(found),
    }
    return show(request, "booking/another.html", context, found.practitioner.practice)


def patient_s_page(
    request: HttpRequest,
    found: Appointment,
    token: str,
    *,
    alert: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the patient's page."""
    context = {**visit.page(found, token, now()), "alert": alert}
    step = reverse("booking:appointment", args=[token])
    return show(request, "booking/appointment.html", context, found.practitioner.practice, status=status, step=step)


def _refused(request: HttpRequest, found: Appointment, token: str, refusal: BookingRefused) -> HttpResponse:
    if isinstance(refusal, TooLate):
        passed = _("L’heure du rendez-vous est passée. Téléphonez au cabinet.")
        alert = lost.alert(_("Il est trop tard pour le faire ici"), passed)
        return patient_s_page(request, found, token, alert=alert, status=409)
    alert, status = lost.explained(refusal, found.practitioner.practice.zone)
    return patient_s_page(request, found, token, alert=alert, status=status)
