"""Moving a visit: choose a time from a list, or come with one from the grid; see what it meets; do it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from agenda import access, undo
from agenda.bar import LAST_DAY
from agenda.cautions import told
from agenda.free import Need, free_times
from agenda.gate import needs_key, staff_page, way_back
from agenda.looking import CUT
from agenda.moving import MoveForm, PlaceForm, telling, types_there
from agenda.vault import StaffRequest, session_tag
from agenda.views.appointments import about
from booking import moving, words
from booking.desk import Caution
from booking.models import Appointment
from booking.moving import MOVABLE, Moved, Target
from booking.refusals import BookingRefused, Busy, NotAllowed, NotBookable, Warned
from clicdocteur.fields import key_from
from clicdocteur.grid import cell_of, instant_of
from practitioners.models import Practitioner

# What a page of free times goes through.
DAYS = 14


@staff_page("GET", "POST")
def move(request: StaffRequest, pk: int) -> HttpResponse:
    """Without a time: a list of free ones. With one: what it meets, and the button. A POST moves."""
    found = access.appointment(request, pk)
    if found.state not in MOVABLE:
        messages.error(request, _("Ce rendez-vous ne se déplace pas : il a eu lieu, ou il est annulé."))
        return redirect("agenda:appointment", pk)
    granted = access.agendas(request)
    if request.method == "POST":
        return _move(request, found, granted)
    if "time" not in request.GET:
        return _choose(request, found, granted)
    form = PlaceForm(granted, request.GET)
    if not form.is_valid():
        return _choose(request, found, granted, form)
    return _confirm(request, found, form)


@staff_page("POST")
def cut(request: StaffRequest) -> HttpResponse:
    """Note which appointment is to be pasted elsewhere, or that none is. Nothing has moved."""
    asked = request.POST.get("appointment", "")
    if not asked:
        request.session.pop(CUT, None)
    elif (pk := key_from(asked)) is not None:
        request.session[CUT] = str(access.appointment(request, pk).pk)
    return HttpResponse(status=204)


def _choose(
    request: StaffRequest, found: Appointment, granted: Sequence[Practitioner], form: PlaceForm | None = None
) -> HttpResponse:
    """List free times of one practitioner, fourteen days at once; any other can be typed."""
    wanted = request.GET.get("practitioner", "")
    whose = next((one for one in granted if str(one.pk) == wanted), found.practitioner)
    now = timezone.now()
    first = min(max(_day(request) or access.today(request), access.today(request)), LAST_DAY)
    last = first + min(timedelta(days=DAYS - 1), LAST_DAY - first)
    length = cell_of(found.end) - found.first_cell
    need = Need(length, found.end_cell - cell_of(found.end), _type_there(found, whose))
    # A day whose only free start is the visit's own has nothing to choose.
    own = found.start if whose.pk == found.practitioner_id else None
    days = [
        {
            "title": words.day(one.day),
            "times": [
                (words.clock_full(at), _address(found, practitioner=whose.pk, day=one.day, time=f"{at:%H:%M}"))
                for at in one.starts
                if at != own
            ],
        }
        for one in free_times(whose, need, first, last, now, [found.pk])
        if one.starts != [own]
    ]
    context = {
        **about(request, found),
        "whose": whose,
        "others": [(one, _address(found, practitioner=one.pk)) for one in granted] if len(granted) > 1 else [],
        "days": days,
        "between": words.upper_first(words.days_between(first, last)),
        "later": _address(found, practitioner=whose.pk, day=last + timedelta(days=1)) if last < LAST_DAY else "",
        "form": form or PlaceForm(granted, initial={"day": found.start.astimezone(request.practice.zone).date()}),
    }
    return render(request, "agenda/move.html", context, status=422 if form else 200)


def _confirm(
    request: StaffRequest,
    found: Appointment,
    form: PlaceForm,
    met: Sequence[str] | None = None,
) -> HttpResponse:
    """Show where it goes and what it meets there. *met* is what the verb found that the screen had not shown."""
    practitioner, zone, now = form.cleaned_data["practitioner"], request.practice.zone, timezone.now()
    to = form.target(zone)
    other = practitioner.pk != found.practitioner_id
    kinds, kind = types_there(found, practitioner) if other else ([], None)
    chosen = form.cleaned_data["kind"] or kind
    late = met is not None
    if met is None:
        there = Target(to.practitioner, to.first, chosen.pk if chosen else None)
        try:
            met = moving.look_ahead(found, there, now, session_tag=session_tag(request))
        except NotAllowed:
            messages.error(request, _("Ce praticien n’a pas de motif pour ce rendez-vous."))
            return redirect("agenda:move", found.pk)
    start = instant_of(to.first)
    context = {
        **about(request, found),
        "to": words.moment(start, zone, year=True),
        "whose": practitioner if other else None,
        "kinds": kinds,
        "chosen": chosen,
        "met": met,
        "warnings": told(Caution(one) for one in met),
        "is_late": late,
        "form": form,
        "telling": telling(found, start, now),
        "tell": request.POST.get("tell") if late else "on",
        "onward": way_back(request, ""),
    }
    return render(request, "agenda/move_confirm.html", context, status=409 if late else 200)


@needs_key
def _move(request: StaffRequest, found: Appointment, granted: Sequence[Practitioner]) -> HttpResponse:
    form = MoveForm(granted, request.POST)
    if not form.is_valid():
        messages.error(request, _("Cette heure n’existe pas. Rien n’a été déplacé."))
        return redirect("agenda:move", found.pk)
    now, given = timezone.now(), form.cleaned_data
    assert request.vault is not None  # noqa: S101 - needs_key
    try:
        moved = moving.move_for_staff(
            found.pk,
            form.target(request.practice.zone),
            form.shown,
            now,
            vault=request.vault,
            accepted=given["accepted"],
            tell=given["tell"],
        )
    except Warned as warned:
        return _confirm(request, found, form, warned.met)
    except BookingRefused as refusal:
        messages.error(request, _why(refusal))
        return redirect("agenda:appointment", found.pk)
    return _moved(request, moved)


def _moved(request: StaffRequest, moved: Moved) -> HttpResponse:
    appointment, zone = moved.appointment, request.practice.zone
    now = timezone.now()
    request.session.pop(CUT, None)
    undo.remember(request, undo.MOVED, [undo.step(appointment, moved.before)], now)
    messages.success(request, _("Déplacé : %(when)s.") % {"when": words.moment(appointment.start, zone)})
    day = reverse("agenda:day", args=[appointment.start.astimezone(zone).date()])
    return redirect(way_back(request, f"{day}#v{appointment.pk}"))


def _why(refusal: BookingRefused) -> str:
    if isinstance(refusal, Busy):
        return _("La base est occupée : rien n’a été déplacé. Recommencez.")
    if isinstance(refusal, NotAllowed):
        return _("Ce rendez-vous a changé entre-temps à un autre poste. Rien n’a été changé : voici son état actuel.")
    if isinstance(refusal, NotBookable):
        return _("L’agenda d’arrivée n’a pas de clé utilisable. Rien n’a été déplacé.")
    return _("Cette fiche ne s’ouvre pas dans votre session. Rien n’a été déplacé.")


def _type_there(found: Appointment, whose: Practitioner) -> int | None:
    kind = found.visit_type if whose.pk == found.practitioner_id else types_there(found, whose)[1]
    return kind.pk if kind else None


def _day(request: StaffRequest) -> date | None:
    try:
        return date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return None


def _address(found: Appointment, **query: Any) -> str:
    return f"{reverse('agenda:move', args=[found.pk])}?{urlencode(query)}"
