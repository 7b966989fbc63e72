"""From a held time to a booked one: the form that stands between them, and what may happen meanwhile."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from booking import appointments, channels, holds, limits, notice, proving, queries, retention, rules
from booking.access import held, patient_page
from booking.availability import Slot
from booking.forms import CodeForm, IdentityForm
from booking.models import Appointment
from booking.refusals import BookingRefused, Refused, Taken
from booking.views import chosen, lost, visit
from booking.views.page import SeeOther, now, show
from booking.views.proof import code_page, onward
from booking.views.times import start_cell
from clicdocteur.grid import cell_of


@patient_page("GET", "POST")
def hold(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form of a held time; a POST books, or takes another time when this one was lost."""
    found = held(token)
    if found.state != Appointment.State.HELD:
        return onward(found, token)
    if request.method == "POST" and "start" in request.POST:
        return _take_other(request, found, token)
    if request.method == "POST":
        return _book(request, found, token)
    if found.awaits_code:
        return _form_again(request, found, token)
    return form_page(request, found, token, IdentityForm(found))


def _form_again(request: HttpRequest, found: Appointment, token: str) -> HttpResponse:
    """Show the form once more to somebody who came back from the page of the code; what was typed is sealed."""
    alert = lost.alert(
        _("Votre demande attend son code"), _("Tout est juste ? Tapez le code. Sinon, remplissez à nouveau."), "done"
    )
    initial = visit.contact_to_carry(found)
    return form_page(request, found, token, IdentityForm(found, initial=initial), alert=alert)


@patient_page("GET", "POST")
def more_time(request: HttpRequest, token: str) -> HttpResponse:
    """Keep the time ten minutes more; what is filled in stays."""
    found = held(token)
    if request.method != "POST" or found.state != Appointment.State.HELD or found.awaits_code:
        return SeeOther(reverse("booking:hold", args=[token]))
    try:
        found = holds.extend(token, now())
    except Refused:
        return _lost(request, found, token, _nearest(found))
    except BookingRefused as refusal:
        alert, status = lost.explained(refusal, found.practitioner.practice.zone)
        return form_page(request, found, token, _refilled(found, request), alert=alert, status=status)
    alert = lost.alert(_("Du temps en plus"), chosen.kept(found, now()), "done")
    return form_page(request, found, token, _refilled(found, request), alert=alert)


@patient_page("GET", "POST")
def let_go(request: HttpRequest, token: str) -> HttpResponse:
    """Give the time back and return to the times of its visit type."""
    found = held(token)
    if request.method != "POST" or found.state != Appointment.State.HELD:
        return SeeOther(reverse("booking:hold", args=[token]))
    retention.give_back(token)
    return SeeOther(chosen.times_address(found))


def form_page(
    request: HttpRequest,
    found: Appointment,
    token: str,
    form: IdentityForm,
    *,
    alert: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the identity form of a hold."""
    at = now()
    context = {
        "token": token,
        "form": form,
        "mistakes": form.mistakes() if form.is_bound else [],
        "alert": alert,
        "chosen": {**chosen.chosen(found), "kept": chosen.kept(found, at)},
        "more_time": found.extensions < rules.MAX_HOLD_EXTENSIONS and not found.awaits_code,
        "to_code": found.awaits_code,
        "asks_code": found.practitioner.contact_code and channels.mail_is_on() and not found.discreet,
        "notice": notice.lines(found),
    }
    step = reverse("booking:hold", args=[token])
    return show(request, "booking/hold.html", context, found.practitioner.practice, status=status, step=step)


def _book(request: HttpRequest, found: Appointment, token: str) -> HttpResponse:
    form = IdentityForm(found, request.POST)
    if not form.is_valid():
        return form_page(request, found, token, form, status=422)
    submitted = appointments.Submission(form.identity(), form.visit(), get_language() or "fr", form.new_patient())
    try:
        proving.submit(token, submitted, now())
    except Taken as taken:
        return _lost(request, found, token, taken.nearest)
    except BookingRefused as refusal:
        alert, status = lost.explained(refusal, found.practitioner.practice.zone)
        return form_page(request, found, token, _refilled(found, request), alert=alert, status=status)
    return onward(held(token), token)


def _take_other(request: HttpRequest, found: Appointment, token: str) -> HttpResponse:
    """Take another time for a form that is already filled in, and give this one back."""
    start, visit_type = start_cell(request), found.visit_type
    if start is None or visit_type is None:
        return form_page(request, found, token, _refilled(found, request), alert=lost.unknown_time(), status=422)
    kept: dict[str, Any] = {"new_patient": bool(found.new_patient), "persons": found.persons, "replacing": token}
    try:
        other = holds.take(visit_type, start, now(), network=limits.network(request), **kept)
    except Taken as taken:
        return _lost(request, found, token, taken.nearest)
    except BookingRefused as refusal:
        alert, status = lost.explained(refusal, found.practitioner.practice.zone)
        return form_page(request, found, token, _refilled(found, request), alert=alert, status=status)
    title = _("Cette heure est à vous pour quelques minutes")
    alert = lost.alert(title, _("Vérifiez ce que vous avez rempli, puis confirmez."), "done")
    taken_hold = held(other)
    if taken_hold.awaits_code:
        form = CodeForm(initial={"code": request.POST.get("code", "")})
        return code_page(request, taken_hold, other, form, alert=alert)
    return form_page(request, taken_hold, other, _refilled(taken_hold, request), alert=alert)


def _lost(request: HttpRequest, found: Appointment, token: str, nearest: list[Slot]) -> HttpResponse:
    assert found.visit_type is not None  # noqa: S101 - a hold keeps its type
    action = reverse("booking:hold", args=[token])
    return lost.taken(request, found.visit_type, nearest, _filled(found, request), action, chosen.times_address(found))


def _nearest(found: Appointment) -> list[Slot]:
    assert found.visit_type is not None  # noqa: S101 - a hold keeps its type
    start = cell_of(found.start)
    new, persons = bool(found.new_patient), found.persons
    return queries.nearest_times(found.visit_type, start, now(), new_patient=new, persons=persons)


def _filled(found: Appointment, request: HttpRequest) -> dict[str, str]:
    """Return what was typed, under the form's own names and no others."""
    return {name: request.POST[name] for name in IdentityForm(found).fields if name in request.POST}


def _refilled(found: Appointment, request: HttpRequest) -> IdentityForm:
    """Return the form as it was filled in, without judging it."""
    return IdentityForm(found, initial=_filled(found, request))
