"""The code that proves a contact: typed while the time is held, sent again, sent elsewhere, or done without."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from booking import appointments, codes, proving, words
from booking.access import held, patient_page
from booking.forms import CodeForm, ContactForm
from booking.models import Appointment, Message
from booking.refusals import BookingRefused, NotAllowed, Taken, WrongCode
from booking.views import chosen, lost, visit
from booking.views.page import SeeOther, now, show

State = Message.State


@patient_page("GET", "POST")
def code(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for the code; a POST confirms with it, or has another one sent, or books without where none could be sent."""
    found = held(token)
    if not found.awaits_code:
        return onward(found, token)
    if request.method != "POST":
        return code_page(request, found, token, CodeForm())
    if request.POST.get("do") == "again":
        return _done(request, found, token, lambda: proving.send_again(token, now()))
    if request.POST.get("do") == "without":
        return _done(request, found, token, lambda: proving.confirm_without(token, now()))
    return _confirm(request, found, token)


@patient_page("GET", "POST")
def other_contact(request: HttpRequest, token: str) -> HttpResponse:
    """Send the code to another contact; what else was filled in stays sealed as it is."""
    found = held(token)
    if not found.awaits_code:
        return onward(found, token)
    typed = request.POST if request.method == "POST" else None
    form = ContactForm(found, typed, initial=visit.contact_to_carry(found))
    if form.is_bound and form.is_valid():
        language = get_language() or "fr"
        return _done(request, found, token, lambda: proving.correct(token, form.visit(), now(), language=language))
    context = {
        "token": token,
        "form": form,
        "mistakes": form.mistakes() if form.is_bound else [],
        "chosen": {**chosen.chosen(found), "kept": chosen.kept(found, now())},
    }
    status = 422 if form.is_bound else 200
    return show(request, "booking/code_contact.html", context, found.practitioner.practice, status=status)


def onward(found: Appointment, token: str) -> HttpResponse:
    """Lead to where a booking stands: its form, its code, or the visit that it has become."""
    if found.state != Appointment.State.HELD:
        return SeeOther(reverse("booking:appointment", args=[token]))
    return SeeOther(reverse("booking:code" if found.awaits_code else "booking:hold", args=[token]))


def code_page(
    request: HttpRequest,
    found: Appointment,
    token: str,
    form: CodeForm,
    *,
    alert: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page that asks for the code."""
    at = now()
    contact = appointments.contact_of(found)
    last = proving.last_code(found)
    without = proving.could_not_send(found, at)
    over = found.code_tries >= codes.MOST_TRIES
    context = {
        "token": token,
        "form": form,
        "mistakes": form.mistakes() if form.is_bound else [],
        "alert": alert or (_unsent() if without else _over() if over else None),
        "chosen": {**chosen.chosen(found), "kept": chosen.kept(found, at)},
        "to": _readable(contact.channel, contact.value) if contact else "",
        "sent": last is not None and last.state == State.SENT,
        "without": without,
        "over": over,
        "again": not without and not over and found.codes_sent < codes.MOST_SENT,
    }
    step = reverse("booking:code", args=[token])
    return show(request, "booking/code.html", context, found.practitioner.practice, status=status, step=step)


def _confirm(request: HttpRequest, found: Appointment, token: str) -> HttpResponse:
    form = CodeForm(request.POST)
    if not form.is_valid():
        return code_page(request, found, token, form, status=422)
    try:
        proving.confirm(token, form.cleaned_data["code"], now())
    except WrongCode as wrong:
        form.add_error("code", _wrong(wrong.left))
        return code_page(request, held(token), token, form, status=422)
    except Taken as taken:
        return taken_page(request, found, token, taken, {"code": form.cleaned_data["code"]})
    except BookingRefused as refusal:
        return _refused(request, token, refusal)
    return onward(held(token), token)


def _done(request: HttpRequest, found: Appointment, token: str, act: Callable[[], Any]) -> HttpResponse:
    try:
        act()
    except Taken as taken:
        return taken_page(request, found, token, taken, {})
    except BookingRefused as refusal:
        return _refused(request, token, refusal)
    return onward(held(token), token)


def taken_page(
    request: HttpRequest, found: Appointment, token: str, taken: Taken, typed: Mapping[str, str]
) -> HttpResponse:
    """Offer the nearest times for a form that is sealed already; nothing of it is typed again."""
    assert found.visit_type is not None  # noqa: S101 - a hold keeps its type
    action, week = reverse("booking:hold", args=[token]), chosen.times_address(found)
    return lost.taken(request, found.visit_type, taken.nearest, typed, action, week, filled=True)


def _refused(request: HttpRequest, token: str, refusal: BookingRefused) -> HttpResponse:
    found = held(token)
    if not found.awaits_code:
        return onward(found, token)
    if isinstance(refusal, NotAllowed):
        # It has left meanwhile: the page says so, and asks for the code.
        return onward(found, token)
    alert, status = lost.explained(refusal, found.practitioner.practice.zone)
    return code_page(request, found, token, CodeForm(), alert=alert, status=status)


def _wrong(left: int) -> str:
    if not left:
        return _("Ce code n’est pas le bon, et il n’y a plus d’essai.")
    said = ngettext("Il reste %(left)d essai.", "Il reste %(left)d essais.", left) % {"left": left}
    return _("Ce code n’est pas le bon : relisez le dernier message reçu. %(left)s") % {"left": said}


def _unsent() -> dict[str, str]:
    text = _("Vous pouvez confirmer sans code. Le cabinet verra que votre contact n’est pas vérifié.")
    return lost.alert(_("Le code n’a pas pu partir"), text)


def _over() -> dict[str, str]:
    return lost.alert(_("Il n’y a plus d’essai"), _("Téléphonez au cabinet, ou rendez cette heure et recommencez."))


def _readable(channel: str, value: str) -> str:
    return words.phone(value) if channel == "phone" else value
