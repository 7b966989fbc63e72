"""One appointment: who, when, what; and its changes of state."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from agenda import access, at_desk, counted, post, undo
from agenda.forms import MarkForm
from agenda.gate import needs_key, staff_page, way_back
from agenda.moves import CONFIRMED, cancelling_tells
from agenda.vault import StaffRequest, session_tag
from agenda.visits import visit
from booking import appointments, identities, lapses, words
from booking.models import Appointment, Message
from booking.moving import Standing
from booking.refusals import BookingRefused, Busy, NotAllowed


@staff_page("GET")
def appointment(request: StaffRequest, pk: int) -> HttpResponse:
    """Everything about one appointment, actions in order of use."""
    found = access.appointment(request, pk)
    context = about(request, found)
    shown = context["visit"].shown
    others = at_desk.nearby(request, found, shown.record.identity) if shown and shown.record else []
    zone = request.practice.zone
    context["nearby"] = [{"pk": one.pk, "said": words.moment(one.start, zone)} for one in others]
    context["offers"] = at_desk.offers(found, shown)
    context |= counted.about(request, found, shown)
    if found.is_reserve:
        local = found.start.astimezone(zone)
        at = [found.practitioner_id, local.date(), local.hour * 60 + local.minute]
        context["book_over"] = reverse("agenda:book_slot", args=at)
    return render(request, "agenda/appointment.html", context)


@staff_page("GET")
def confirm(request: StaffRequest, pk: int, becomes: str) -> HttpResponse:
    """Ask again before the time is given back: once somebody else has it, that cannot be undone."""
    found = access.appointment(request, pk)
    context = about(request, found)
    if becomes not in CONFIRMED or becomes not in {move.to for move in context["visit"].moves}:
        raise Http404
    cancels = becomes == Appointment.State.CANCELLED_BY_PRACTICE
    telling = cancelling_tells(found, timezone.now()) if cancels else ""
    return render(request, "agenda/confirm.html", {**context, "becomes": becomes, "telling": telling})


@staff_page("POST")
@needs_key
def mark(request: StaffRequest, pk: int) -> HttpResponse:
    """Change the state, unless another desk was faster."""
    found = access.appointment(request, pk)
    page = reverse("agenda:appointment", args=[pk])
    form = MarkForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Ce changement n’existe pas. Rien n’a été changé."))
        return redirect(page)
    becomes, seen = form.cleaned_data["becomes"], form.cleaned_data["seen"]
    if becomes in CONFIRMED and not form.cleaned_data["confirmed"]:
        return redirect("agenda:confirm", pk, becomes)
    now, sequence = timezone.now(), form.cleaned_data["sequence"]
    who: dict[str, Any] = {"staff": request.user.pk, "session_tag": session_tag(request)}
    before = Standing.of(found)
    try:
        # What is noted for undoing was read just now: the verb refuses if it is not so any more.
        marked = appointments.mark(
            pk, becomes, seen, now, sequence=found.sequence if sequence is None else sequence, **who
        )
    except NotAllowed:
        messages.error(
            request,
            _("Ce rendez-vous a changé entre-temps à un autre poste. Rien n’a été changé : voici son état actuel."),
        )
        return redirect(page)
    except Busy:
        messages.error(request, _("La base est occupée : rien n’a été changé. Recommencez."))
        return redirect(page)
    assert request.vault is not None  # noqa: S101 - needs_key
    lapses.count_absence(marked, request.vault, now)
    undo.remember(request, undo.MARKED if marked.is_live else undo.CANCELLED, [undo.step(marked, before)], now)
    messages.success(request, _("Noté : %(state)s.") % {"state": Appointment.State(becomes).label})
    return redirect(way_back(request, page))


@staff_page("POST")
@needs_key
def count(request: StaffRequest, pk: int) -> HttpResponse:
    """Count an absence or a late cancellation, or count it no longer: the desk decides, and it is noted who did."""
    found = access.appointment(request, pk)
    assert request.vault is not None  # noqa: S101 - needs_key
    try:
        if request.POST.get("counted") == "yes":
            lapses.count(found.pk, request.vault, timezone.now(), by=at_desk.actor(request))
            messages.success(request, _("C’est compté."))
        else:
            lapses.uncount(found.pk, timezone.now(), by=at_desk.actor(request))
            messages.success(request, _("Ce n’est plus compté."))
    except Busy:
        messages.error(request, _("La base est occupée : rien n’a été changé. Recommencez."))
    except BookingRefused:
        messages.error(request, _("Ce rendez-vous ne se compte pas : il a changé, ou cette fiche ne s’ouvre pas."))
    return redirect("agenda:appointment", pk)


def about(request: StaffRequest, found: Appointment) -> dict[str, Any]:
    """Return what a page about one appointment shows; its identity only if the session is unlocked."""
    now, zone = timezone.now(), request.practice.zone
    shown = identities.show([found], request.vault, "appointment", now) if request.vault else {}
    day = found.start.astimezone(zone).date()
    return {
        "visit": visit(found, zone, now, shown),
        "told": post.of_visit(_told(found), now),
        "day": words.day(day, year=True),
        "day_page": reverse("agenda:day", args=[day]),
        "heading": _("Rendez-vous"),
    }


def _told(found: Appointment) -> Iterable[Message]:
    """What was and will be told of an appointment."""
    rows = Message.objects.filter(appointment=found).select_related("practitioner__practice").order_by("due", "pk")
    return rows if not found.discreet else rows.none()
