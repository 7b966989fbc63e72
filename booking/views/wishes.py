"""The waiting list for patients: leaving a wish, seeing it, withdrawing it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from booking import appointments, limits, notice, waiting, words
from booking.access import bookable_type, patient_page, type_by_link
from booking.forms.wishes import WishForm
from booking.links import TOKEN, new_token
from booking.models import Appointment, Wish
from booking.queries import the_practice
from booking.refusals import BookingRefused, TooMany
from booking.views import lost
from booking.views.page import Link, SeeOther, now, pressed, show
from booking.views.practice import about
from booking.wish_words import said
from practitioners.models import VisitType


@patient_page("GET", "POST")
def leave(request: HttpRequest, slug: str, type_slug: str) -> HttpResponse:
    """Leave a wish for a public visit type."""
    return _leave(request, bookable_type(slug, type_slug), reverse("booking:times", args=[slug, type_slug]))


@patient_page("GET", "POST")
def leave_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The same for a visit type that the practice opens by a private link."""
    return _leave(request, type_by_link(token), reverse("booking:by_link", args=[token]))


def _leave(request: HttpRequest, visit_type: VisitType, back: str) -> HttpResponse:
    if not waiting.is_open_for(visit_type):
        raise Http404
    hoped = Appointment(practitioner=visit_type.practitioner, visit_type=visit_type)
    if request.method != "POST":
        return _form(request, visit_type, WishForm(hoped), new_token(), back)
    form, token = WishForm(hoped, request.POST), request.POST.get("token", "")
    token = token if TOKEN.fullmatch(token) else new_token()
    if not form.is_valid():
        return _form(request, visit_type, form, token, back, status=422)
    try:
        waiting.leave(
            visit_type,
            form.wanted(new_patient=form.new_patient()),
            form.identity(),
            form.visit(),
            token,
            now(),
            language=get_language() or "fr",
            network=limits.network(request),
        )
    except TooMany:
        text = _("Vous êtes peut-être déjà sur cette liste. Sinon, réessayez demain ou téléphonez au cabinet.")
        alert = lost.alert(_("Cette demande n’a pas été ajoutée"), text)
        return _form(request, visit_type, form, token, back, alert=alert, status=429)
    except BookingRefused as refusal:
        alert, status = lost.explained(refusal, visit_type.practitioner.practice.zone)
        return _form(request, visit_type, form, token, back, alert=alert, status=status)
    return SeeOther(reverse("booking:wish", args=[token]))


def _form(
    request: HttpRequest,
    visit_type: VisitType,
    form: WishForm,
    token: str,
    back: str,
    *,
    alert: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    practitioner = visit_type.practitioner
    context = {
        "form": form,
        "mistakes": form.mistakes() if form.is_bound and alert is None else [],
        "alert": alert,
        "token": token,
        "back": back,
        "visit_type": visit_type,
        "practitioner": practitioner,
        "about": f"{practitioner.name} · {about(visit_type)}",
        "notice": notice.wish_lines(practitioner),
    }
    return show(request, "booking/wish_form.html", context, practitioner.practice, status=status, step=request.path)


@patient_page("GET", "POST")
def wish(request: HttpRequest, token: str) -> HttpResponse:
    """Show a wish; its button withdraws and erases it."""
    found = waiting.by_link(token)
    practice = found.practitioner.practice
    if pressed(request):
        try:
            waiting.withdraw(token, now())
        except BookingRefused as refusal:
            alert, status = lost.explained(refusal, practice.zone)
            return _wish_page(request, found, token, alert=alert, status=status)
        return withdrawn(request, found)
    return _wish_page(request, found, token, status=422 if request.method == "POST" else 200)


def _wish_page(
    request: HttpRequest, found: Wish, token: str, *, alert: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    contact = appointments.contact_of(found)
    context = {
        "token": token,
        "alert": alert,
        "wish": found,
        "said": said(found),
        "until": words.day(found.until, year=True),
        "contact": contact.value if contact else "",
        "by_sms": bool(contact and contact.channel == "phone"),
    }
    step = reverse("booking:wish", args=[token])
    return show(request, "booking/wish.html", context, found.practitioner.practice, status=status, step=step)


def withdrawn(request: HttpRequest, found: Wish | None) -> HttpResponse:
    """Say that a wish is off the list, and what is left."""
    if found is not None and found.appointment_id is not None:
        text = _("Votre rendez-vous reste tel qu’il est. Plus rien ne vous sera proposé.")
    else:
        text = _("Votre nom et votre contact sont effacés de la liste d’attente. Plus rien ne vous sera proposé.")
    return told(request, _("Votre demande est retirée"), text, found)


def told(request: HttpRequest, title: str, text: str, found: Wish | None, status: int = 200) -> HttpResponse:
    """Say one thing, with a way on: to the practitioner's page if it is known whose it was."""
    home = reverse("booking:practice")
    way = Link(home, _("Aller à la page du cabinet"))
    if found is not None:
        name = {"name": found.practitioner.name}
        way = Link(
            reverse("booking:practitioner", args=[found.practitioner.slug]), _("Aller à la page de %(name)s") % name
        )
    context = {"title": title, "text": text, "way": way}
    return show(request, "booking/message.html", context, the_practice(), status=status, step=way.address)
