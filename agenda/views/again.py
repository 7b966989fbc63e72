"""The same person again: to be seen again, with another practitioner, or every week. Each visit gets a record of its own."""

from datetime import date, datetime, time

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from agenda import access
from agenda.at_desk import actor, explained, made, said_days, say, types_of
from agenda.cautions import told
from agenda.desk_forms import AgainForm, WeeksForm
from agenda.gate import needs_key, staff_page, way_back
from agenda.vault import StaffRequest
from agenda.views.appointments import about
from booking import desk, words
from booking.desk import Judgement, Wanted
from booking.links import TOKEN, new_token
from booking.models import Appointment
from booking.refusals import BookingRefused, Full
from clicdocteur.grid import instant_of
from practitioners.models import VisitType

# How much later each choice is: weeks and months.
LATER = {"week": (1, 0), "month": (0, 1), "quarter": (0, 3)}


@staff_page("GET", "POST")
def again(request: StaffRequest, pk: int) -> HttpResponse:
    """Propose times for the same person, here or with another practitioner; book the one that is chosen."""
    found = _with_person(request, pk)
    if request.method == "POST":
        return _again_sent(request, found)
    return _again_page(request, found)


@needs_key
def _again_sent(request: StaffRequest, found: Appointment) -> HttpResponse:
    """Copy the visit to the chosen time."""
    kind = next((one for one in _types(request) if str(one.pk) == request.POST.get("type")), None)
    try:
        start = int(request.POST.get("start", ""))
        instant_of(start)
    except ValueError:
        raise Http404 from None
    if kind is None or request.vault is None:
        raise Http404
    wanted = Wanted(kind.pk, start, overbook="overbook" in request.POST)
    try:
        booked = desk.copy_to(found, wanted, _token(request), request.vault, timezone.now(), by=actor(request))
    except Full:
        return _again_page(
            request, found, error=_("Cette heure vient d’être prise. Voici les heures encore libres."), status=409
        )
    except BookingRefused as refusal:
        error, status = explained(refusal)
        return _again_page(request, found, error=error, status=status)
    made(request, [booked])
    say(request, [booked])
    return redirect(way_back(request, reverse("agenda:appointment", args=[booked.appointment.pk])))


def _again_page(request: StaffRequest, found: Appointment, *, error: str = "", status: int = 200) -> HttpResponse:
    types = _types(request)
    asked = request.GET or request.POST
    local = found.start.astimezone(request.practice.zone)
    initial = {"type": found.visit_type_id, "on": local.date()}
    form = AgainForm(types, asked) if "in" in asked else AgainForm(types, initial=initial)
    wish, kind = _wish(form, local), _kind(form, types)
    if wish is not None:
        # The day that was meant stands in its field, to go on from there.
        form = AgainForm(types, {**asked.dict(), "on": wish.date()})
    times = desk.times_around(kind, wish, timezone.now(), new_patient=False) if wish and kind else []
    context = {
        **about(request, found),
        "form": form,
        "error": error,
        "choices": _choices(found, kind.pk if kind else found.visit_type_id, str(asked.get("in", ""))),
        "asked": wish is not None,
        "kind": kind,
        "days": said_days(times, request),
        # A time that was lost meanwhile leads back to the same question.
        "carried": {name: asked[name] for name in ("in", "on") if asked.get(name)},
        "token": new_token(),
        "heading": _("Revoir"),
        "day_page": reverse("agenda:appointment", args=[found.pk]),
        "back": _("Retour au rendez-vous"),
    }
    if form.is_bound and not form.is_valid():
        status = 422
    return render(request, "agenda/again.html", context, status=status)


def _wish(form: forms.Form, local: datetime) -> datetime | None:
    """Return about when, in the practice's zone; None while nothing was chosen."""
    if not form.is_bound or not form.is_valid():
        return None
    if form.cleaned_data["in"] == "day":
        on: date = form.cleaned_data["on"]
        return datetime.combine(on, time(local.hour, local.minute), local.tzinfo)
    weeks, months = LATER[form.cleaned_data["in"]]
    return desk.later(local, weeks, months)


def _kind(form: forms.Form, types: list[VisitType]) -> VisitType | None:
    chosen = str(form["type"].value() or "")
    return next((one for one in types if str(one.pk) == chosen), None)


def _choices(found: Appointment, kind: int | None, chosen: str) -> list[dict[str, object]]:
    """Return the links to 1 week, 1 month and 3 months later, each with its key."""
    address = reverse("agenda:again", args=[found.pk])
    return [
        {
            "address": f"{address}?{urlencode({'in': name, 'type': kind or ''})}",
            "label": label,
            "key": key,
            "chosen": name == chosen,
        }
        for name, label, key in (
            ("week", _("Dans 1 semaine"), pgettext("key", "s")),
            ("month", _("Dans 1 mois"), pgettext("key", "m")),
            ("quarter", _("Dans 3 mois"), pgettext("key", "t")),
        )
    ]


# Every week.


@staff_page("GET", "POST")
def series(request: StaffRequest, pk: int) -> HttpResponse:
    """Show what the same hour of each week would meet; book those that are chosen, in one commit."""
    found = _with_person(request, pk)
    if found.visit_type is None or not found.visit_type.active:
        raise Http404
    if request.method == "POST":
        return _series_sent(request, found)
    form = WeeksForm(request.GET) if "weeks" in request.GET else WeeksForm(initial={"weeks": 8})
    return _series_page(request, found, form)


@needs_key
def _series_sent(request: StaffRequest, found: Appointment) -> HttpResponse:
    form = WeeksForm(request.POST)
    if not form.is_valid() or request.vault is None:
        return _series_page(request, found, form)
    chosen = _chosen(request, _preview(request, found, form))
    if not chosen:
        return _series_page(request, found, form, error=_("Cochez au moins une date."), status=422)
    try:
        booked = desk.book_series(found, chosen, _token(request), request.vault, timezone.now(), by=actor(request))
    except Full as full:
        error = _("Une heure vient d’être prise. Rien n’a été noté : revoyez les dates marquées.")
        return _series_page(request, found, form, error=error, lost=full.starts, status=409)
    except BookingRefused as refusal:
        error, status = explained(refusal)
        return _series_page(request, found, form, error=error, status=status)
    made(request, booked)
    say(request, booked)
    return redirect("agenda:appointment", found.pk)


def _chosen(request: StaffRequest, judged: list[Judgement]) -> list[Wanted]:
    """Return what was ticked. What the page showed as taken was ticked as overbooking, and is sent as such."""
    plain, over = set(request.POST.getlist("on")), set(request.POST.getlist("over"))
    return [
        Wanted(one.visit_type.pk, one.start, overbook=str(one.start) in over)
        for one in judged
        if str(one.start) in plain | over
    ]


def _preview(request: StaffRequest, found: Appointment, form: forms.Form) -> list[Judgement]:
    assert found.visit_type is not None  # noqa: S101 - asked before
    kind = next((one for one in _types(request) if one.pk == found.visit_type_id), None)
    if kind is None:
        raise Http404
    return desk.preview(found, kind, form.cleaned_data["weeks"], timezone.now())


def _series_page(
    request: StaffRequest,
    found: Appointment,
    form: forms.Form,
    *,
    error: str = "",
    lost: tuple[int, ...] = (),
    status: int = 200,
) -> HttpResponse:
    zone = request.practice.zone
    judged = _preview(request, found, form) if form.is_bound and form.is_valid() else []
    ticked = set(request.POST.getlist("on") + request.POST.getlist("over"))
    rows = [
        {
            "start": one.start,
            "when": words.moment(instant_of(one.start), zone, year=True),
            "cautions": told(one.cautions),
            "full": one.asks,
            "offered": one.is_offered,
            "lost": one.start in lost,
            "ticked": str(one.start) in ticked if request.method == "POST" else not one.cautions,
        }
        for one in judged
    ]
    context = {
        **about(request, found),
        "form": form,
        "error": error,
        "rows": rows,
        "token": new_token(),
        "heading": _("Série"),
        "day_page": reverse("agenda:appointment", args=[found.pk]),
        "back": _("Retour au rendez-vous"),
    }
    if form.is_bound and not form.is_valid():
        status = 422
    return render(request, "agenda/series.html", context, status=status)


# Both.


def _with_person(request: StaffRequest, pk: int) -> Appointment:
    """Return a visit to which somebody belongs. Raises Http404 for any other."""
    found = access.appointment(request, pk)
    if not found.has_person:
        raise Http404
    return found


def _types(request: StaffRequest) -> list[VisitType]:
    return types_of(access.granted(request))


def _token(request: StaffRequest) -> str:
    typed = request.POST.get("token", "")
    return typed if TOKEN.fullmatch(typed) else new_token()
