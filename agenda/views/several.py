"""Several appointments at once: cancelled, or told that the practice is late. Shown once more before anything is done."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agenda import access, several, undo
from agenda.gate import needs_key, staff_page, way_back
from agenda.queries import appointments_between
from agenda.several import LateForm
from agenda.vault import StaffRequest, session_tag
from agenda.visits import Visit, visit
from booking import identities, outbox, words
from booking.models import Appointment
from booking.moving import Seen, Standing
from booking.refusals import Busy, NotAllowed
from booking.several import cancel_several, tell_late
from booking.undoing import Step
from practitioners.models import Practitioner

State = Appointment.State


@staff_page("POST")
@needs_key
def cancel(request: StaffRequest) -> HttpResponse:
    """Show what is chosen in the list and ask once more; then cancel all of it, or nothing."""
    onward = way_back(request, reverse("agenda:day"))
    if "confirmed" in request.POST:
        return _cancelled(request, onward)
    found = [one for one in access.appointments(request, several.picked(request)) if one.state == State.BOOKED]
    if not found:
        messages.warning(request, _("Cochez dans la liste des rendez-vous à venir, puis recommencez."))
        return redirect(onward)
    context = {**_shown(request, found), "onward": onward, "day_page": onward, "heading": _("Rendez-vous cochés")}
    return render(request, "agenda/cancel_several.html", context)


def _cancelled(request: StaffRequest, onward: str) -> HttpResponse:
    asked = several.as_shown(request)
    access.appointments(request, asked)
    now = timezone.now()
    who: dict[str, Any] = {"staff": request.user.pk, "session_tag": session_tag(request)}
    try:
        done = cancel_several(asked, now, tell="tell" in request.POST, **who)
    except NotAllowed:
        messages.error(request, _("Un de ces rendez-vous a changé entre-temps à un autre poste. Rien n’a été annulé."))
        return redirect(onward)
    except Busy:
        messages.error(request, _("La base est occupée : rien n’a été annulé. Recommencez."))
        return redirect(onward)
    undo.remember(request, undo.CANCELLED, [undo.step(one, before) for one, before in done.values()], now)
    number = len(done)
    told = ngettext("%(number)d rendez-vous annulé.", "%(number)d rendez-vous annulés.", number) % {"number": number}
    messages.success(request, told)
    return redirect(onward)


@staff_page("GET", "POST")
def late(request: StaffRequest, practitioner: int, on: date) -> HttpResponse:
    """Say by how much, and to whom of those still to come; then have them told."""
    granted, one = access.one_agenda(request, practitioner)
    form = LateForm(request.POST if request.method == "POST" else None)
    return (
        _tell(request, granted, one, on, form) if request.method == "POST" else _late(request, granted, one, on, form)
    )


@needs_key
def _tell(
    request: StaffRequest, granted: Sequence[Practitioner], whose: Practitioner, on: date, form: LateForm
) -> HttpResponse:
    asked = several.as_shown(request)
    if not asked:
        form.add_error(None, _("Cochez au moins un rendez-vous."))
    if not form.is_valid():
        return _late(request, granted, whose, on, form)
    access.appointments(request, asked)
    now = timezone.now()
    who: dict[str, Any] = {"staff": request.user.pk, "session_tag": session_tag(request)}
    try:
        told = tell_late(asked, form.cleaned_data["minutes"], now, **who)
    except NotAllowed:
        messages.error(
            request, _("Un de ces rendez-vous a changé entre-temps à un autre poste. Personne n’est prévenu.")
        )
        return redirect(request.get_full_path())
    except Busy:
        messages.error(request, _("La base est occupée : personne n’est prévenu. Recommencez."))
        return redirect(request.get_full_path())
    undo.remember(request, undo.LATE, [_as_it_was(one) for one in told], now)
    messages.success(request, _summary(told))
    return redirect(way_back(request, reverse("agenda:day")))


def _late(
    request: StaffRequest, granted: Sequence[Practitioner], whose: Practitioner, on: date, form: LateForm
) -> HttpResponse:
    """Show the form, with who is still to come."""
    now = timezone.now()
    found = [
        one
        for one in appointments_between([whose.pk], on, on, request.practice.zone, now, freed=False)
        if one.state == State.BOOKED and one.start > now
    ]
    context = {
        **_shown(request, found),
        "form": form,
        "whose": whose,
        "others": [other for other in granted if other != whose],
        "on": on,
        "moment": words.day(on, year=True),
        "day_page": reverse("agenda:day", args=[on]),
        "onward": way_back(request, reverse("agenda:day", args=[on])),
        "heading": _("Prévenir d’un retard"),
    }
    return render(request, "agenda/late.html", context, status=422 if form.is_bound else 200)


def _as_it_was(appointment: Appointment) -> Step:
    """Return a step after which the appointment stands as before: only messages are taken back."""
    return Step(appointment.pk, Standing.of(appointment), Seen(appointment.state, appointment.sequence))


def _summary(told: list[Appointment]) -> str:
    ways = [outbox.means(one) for one in told]
    called = ways.count(Appointment.Reach.CALL)
    written = len(ways) - called - ways.count(Appointment.Reach.NOBODY)
    said = {"written": written, "called": called}
    return _("Retard noté : %(written)d à prévenir par message, %(called)d à appeler.") % said


def _shown(request: StaffRequest, found: list[Appointment]) -> dict[str, Any]:
    """Return the chosen appointments as a page shows them, with what it has to post."""
    now, zone = timezone.now(), request.practice.zone
    shown = identities.show(found, request.vault, "several", now) if request.vault else {}
    visits: list[Visit] = [visit(one, zone, now, shown) for one in found]
    return {
        "chosen": [
            {
                "visit": one,
                "day": words.day(one.appointment.start.astimezone(zone).date()),
                "pick": pick,
                "call": outbox.means(one.appointment) == Appointment.Reach.CALL,
            }
            for one, pick in zip(visits, several.shown(found), strict=True)
        ]
    }
