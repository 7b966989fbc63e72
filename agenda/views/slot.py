"""Booking by telephone, the time first: one form, four fields, and a word of warning."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from agenda import access
from agenda.at_desk import actor, as_typed, book, done, explained, frame, suggestions, types_of
from agenda.cautions import told
from agenda.desk_forms import PersonForm, SlotForm, sought
from agenda.gate import needs_key, staff_page, way_back
from agenda.vault import StaffRequest, session_tag
from booking import desk, words
from booking.models import Appointment
from booking.refusals import BookingRefused, Busy, Full
from clicdocteur.grid import cell_at, instant_of
from practitioners.models import Practitioner, VisitType


@dataclass(frozen=True, slots=True)
class Place:
    """A time of one agenda, as an address names it."""

    practitioner: Practitioner
    on: date
    minute: int
    start: int
    types: list[VisitType]

    @property
    def address(self) -> str:
        """Where its form is."""
        return reverse("agenda:book_slot", args=[self.practitioner.pk, self.on, self.minute])


@sensitive_post_parameters()
@staff_page("GET", "POST")
def slot(request: StaffRequest, practitioner: int, on: date, minute: int) -> HttpResponse:
    """Show the form of a time, or book it."""
    place = _place(request, practitioner, on, minute)
    if request.method == "POST":
        return _sent(request, place)
    clock = f"{place.minute // 60:02d}:{place.minute % 60:02d}"
    given = {"visit_type": request.GET.get("type"), "new_patient": "new" in request.GET, "on": place.on, "at": clock}
    return _page(request, place, SlotForm(place.types, request.practice, initial=given))


@staff_page("POST")
@needs_key
def hold(request: StaffRequest, practitioner: int, on: date, minute: int) -> HttpResponse:
    """Keep the time while somebody types, and show the form."""
    place = _place(request, practitioner, on, minute)
    kind = next((one for one in place.types if str(one.pk) == request.POST.get("visit_type")), None)
    new = bool(request.POST.get("new_patient"))
    # Busy: nothing is kept. The form says so, and works all the same.
    with suppress(Busy):
        desk.hold_for_desk(
            place.practitioner, place.start, timezone.now(), by=actor(request), visit_type=kind, new_patient=new
        )
    asked = {"type": kind.pk} if kind else {}
    return redirect(f"{place.address}?{urlencode(asked | ({'new': 1} if new else {}))}".rstrip("?"))


@staff_page("POST")
def release(request: StaffRequest) -> HttpResponse:
    """Give back what this session holds, and return to the agenda. It needs no key: nothing is opened."""
    with suppress(Busy):  # then it goes by itself within five minutes
        desk.release_for_desk(actor(request))
    return redirect(way_back(request, reverse("agenda:day")))


@needs_key
def _sent(request: StaffRequest, place: Place) -> HttpResponse:
    form = SlotForm(place.types, request.practice, request.POST)
    if {"take", "find"} & set(request.POST):
        return _page(request, place, as_typed(form, request))
    if not form.is_valid():
        return _page(request, place, form, status=422)
    at = form.cleaned_data["at"]
    chosen = _place(request, place.practitioner.pk, form.cleaned_data["on"], at.hour * 60 + at.minute)
    try:
        booked = book(request, form, chosen.start)
    except Full:
        return _page(request, chosen, form, lost=True, status=409)
    except BookingRefused as refusal:
        error, status = explained(refusal)
        return _page(request, chosen, form, error=error, status=status)
    return done(request, booked, form)


def _page(
    request: StaffRequest, place: Place, form: PersonForm, *, error: str = "", lost: bool = False, status: int = 200
) -> HttpResponse:
    """Render the form, with what is to be known of its time for the visit type that is chosen now."""
    now, at = timezone.now(), instant_of(place.start)
    seen = desk.look(place.practitioner, place.start, place.start, now, session_tag=session_tag(request))
    kind = _chosen(form) or desk.usual_type(seen, place.types, place.start)
    if kind is not None and not form.is_bound:
        form.initial["visit_type"] = kind.pk
    new = bool(form["new_patient"].value())
    judged = desk.judge(seen, kind, place.start, new_patient=new) if kind else None
    offered = bool(judged and judged.is_offered)
    looked_for = sought(request.POST if "find" in request.POST else {})
    context = {
        **frame(request, at, _("Nouveau rendez-vous")),
        "place": place,
        "form": form,
        "error": _lost(offered=offered) if lost else error,
        "moment": words.moment(at, request.practice.zone, year=True),
        "cautions": told(judged.cautions) if judged else [],
        "full": bool(judged and judged.asks),
        "offered": offered,
        "kept": _kept(request, place),
        "suggestions": suggestions(request, access.granted(request), looked_for, at),
    }
    return render(request, "agenda/book_slot.html", context, status=status)


def _lost(*, offered: bool) -> str:
    """Say why a time was not taken, and what to tick to have it all the same."""
    if offered:
        return _("Cette heure est proposée à quelqu’un. Choisissez-en une autre, ou cochez « La prendre quand même ».")
    return _("Cette heure est prise. Choisissez-en une autre, ou cochez « En surnombre, je le sais ».")


def _place(request: StaffRequest, practitioner: int, on: date, minute: int) -> Place:
    """Return the time that an address names. Raises Http404 for a foreign agenda and for an hour that is none."""
    _granted, one = access.one_agenda(request, practitioner)
    if minute >= 1440 or minute % 5:
        raise Http404
    return Place(one, on, minute, cell_at(on, minute, request.practice.zone), types_of([one]))


def _chosen(form: PersonForm) -> VisitType | None:
    value = str(form["visit_type"].value() or "")
    return next((one for pk, one in form.types.items() if str(pk) == value), None)


def _kept(request: StaffRequest, place: Place) -> str:
    """Return until when this session holds the time, or nothing."""
    held = Appointment.objects.filter(
        practitioner=place.practitioner, state=Appointment.State.HELD, link_hash__isnull=True,
        network_tag=session_tag(request), first_cell=place.start, held_until__gt=timezone.now(),
    ).first()  # fmt: skip
    return words.clock(held.held_until.astimezone(request.practice.zone)) if held and held.held_until else ""
