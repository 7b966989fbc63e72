"""Moving a visit from its link: a week of other times, one asked once more, and done."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from booking import moving, words
from booking.access import by_link, patient_page
from booking.models import Appointment
from booking.queries import times_page
from booking.refusals import BookingRefused, NotAllowed, NotBookable, Taken, TooLate
from booking.views import chosen, lost, visit
from booking.views.appointment import patient_s_page
from booking.views.page import SeeOther, now, show
from booking.views.practice import replaced
from booking.views.times import Here, from_day, start_cell, week_context
from clicdocteur.grid import FIRST_CELL, LAST_CELL, instant_of
from practitioners.models import VisitType


@patient_page("GET", "POST")
def move(request: HttpRequest, token: str) -> HttpResponse:
    """Show other times; a POST of one asks once more, and a confirmed one moves the visit."""
    found = by_link(token)
    if not visit.is_upcoming(found, now()):
        return _to_appointment(token)
    try:
        visit_type = moving.movable_type(found, now())
    except BookingRefused as refusal:
        return _refused(request, found, token, refusal)
    visit_type.practitioner = found.practitioner
    if request.method != "POST":
        return _week(request, found, visit_type, token)
    start = start_cell(request)
    if start is None or not FIRST_CELL <= start <= LAST_CELL:
        return _week(request, found, visit_type, token, alert=lost.unknown_time(), status=422)
    if "confirmed" not in request.POST:
        return _confirm(request, found, token, start)
    return _moved(request, found, visit_type, token, start)


def _moved(request: HttpRequest, found: Appointment, visit_type: VisitType, token: str, start: int) -> HttpResponse:
    seen = request.POST.get("seen", "")
    here = _here(token)
    try:
        moving.move_for_patient(token, start, int(seen) if seen.isdecimal() and len(seen) < 6 else -1, now())
    except Taken as taken:
        return lost.taken(request, visit_type, taken.nearest, {}, here.path, here.path)
    except (TooLate, NotBookable, NotAllowed) as refusal:
        return _refused(request, by_link(token), token, refusal)
    except BookingRefused as refusal:
        alert, status = lost.explained(refusal, found.practitioner.practice.zone)
        return _week(request, found, visit_type, token, alert=alert, status=status)
    return _to_appointment(token)


def _week(
    request: HttpRequest,
    found: Appointment,
    visit_type: VisitType,
    token: str,
    *,
    alert: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    wanted = from_day(request) if request.method != "POST" else None
    page = times_page(visit_type, wanted, now(), new_patient=bool(found.new_patient), moving=found)
    here = _here(token)
    context = {
        **week_context(page, here, alert=alert, status=status),
        "chosen": chosen.chosen(found),
        "replaced": replaced(page.replacements, page.practitioner),
        "token": token,
        "patient": "",
        "persons": 1,
    }
    step = request.get_full_path() if request.method != "POST" else here.path
    return show(request, "booking/move.html", context, page.practice, status=status, step=step)


def _confirm(request: HttpRequest, found: Appointment, token: str, start: int) -> HttpResponse:
    """Ask once more: nothing is held, and nothing has moved."""
    at = instant_of(start).astimezone(found.practitioner.practice.zone)
    context: dict[str, Any] = {
        "token": token,
        "chosen": chosen.chosen(found),
        "to": words.upper_first(words.moment(instant_of(start), at.tzinfo, year=True)),  # type: ignore[arg-type]
        "start": start,
        "seen": found.sequence,
    }
    return show(request, "booking/move_confirm.html", context, found.practitioner.practice, step=_here(token).path)


def _refused(request: HttpRequest, found: Appointment, token: str, refusal: BookingRefused) -> HttpResponse:
    """Show the visit as it stands, and why it did not move."""
    if isinstance(refusal, TooLate):
        text = _("Le délai pour déplacer en ligne est passé. Téléphonez au cabinet.")
        alert = lost.alert(_("Il est trop tard pour le faire ici"), text)
    elif isinstance(refusal, NotBookable):
        text = _("Téléphonez au cabinet : il le déplace avec vous.")
        alert = lost.alert(_("Ce rendez-vous ne se déplace pas en ligne"), text)
    else:
        text = _("Rien n’a été changé par vous : voici le rendez-vous tel qu’il est maintenant.")
        alert = lost.alert(_("Le cabinet a modifié ce rendez-vous entre-temps"), text)
    return patient_s_page(request, found, token, alert=alert, status=409)


def _here(token: str) -> Here:
    return Here(reverse("booking:move", args=[token]), back=reverse("booking:appointment", args=[token]), private=True)


def _to_appointment(token: str) -> HttpResponse:
    return SeeOther(reverse("booking:appointment", args=[token]))
