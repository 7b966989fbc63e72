"""Booking by telephone, the person first: who it is and what for, then the first free times."""

from datetime import datetime

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from agenda import access
from agenda.at_desk import as_typed, book, done, explained, frame, said_days, suggestions, types_of
from agenda.bar import FIRST_DAY, LAST_DAY
from agenda.desk_forms import FirstTimesForm, PersonForm, sought
from agenda.gate import needs_key, staff_page
from agenda.vault import StaffRequest
from booking import desk
from booking.desk import Proposed
from booking.refusals import BookingRefused, Full
from clicdocteur.grid import OutOfRange, day_of, instant_of


@sensitive_post_parameters()
@staff_page("GET", "POST")
def person(request: StaffRequest) -> HttpResponse:
    """Ask who it is and what for; propose the first free times; book the one that is chosen."""
    if request.method == "POST":
        return _sent(request)
    return _page(request, FirstTimesForm(types_of(access.granted(request)), request.practice))


@needs_key
def _sent(request: StaffRequest) -> HttpResponse:
    form = FirstTimesForm(types_of(access.granted(request)), request.practice, request.POST)
    if "take" in request.POST:
        return _taken(request, as_typed(form, request))
    if "find" in request.POST:
        return _page(request, as_typed(form, request))
    if not form.is_valid():
        return _page(request, form, status=422)
    start = form.cleaned_data["start"]
    return _page(request, form, times=_times(form)) if start is None else _chosen(request, form, start)


def _taken(request: StaffRequest, form: FirstTimesForm) -> HttpResponse:
    """Show the form with somebody who was here before; if it says all that is needed, with the first free times."""
    complete = FirstTimesForm(list(form.types.values()), request.practice, form.initial)
    if complete.is_valid():
        return _page(request, complete, times=_times(complete))
    return _page(request, form)


def _chosen(request: StaffRequest, form: FirstTimesForm, start: int) -> HttpResponse:
    try:
        booked = book(request, form, _served(start, request))
    except Full:
        error = _("Cette heure vient d’être prise. Voici les heures encore libres.")
        return _page(request, form, times=_times(form), error=error, status=409)
    except BookingRefused as refusal:
        error, status = explained(refusal)
        return _page(request, form, times=_times(form), error=error, status=status)
    return done(request, booked, form)


def _page(
    request: StaffRequest,
    form: PersonForm,
    *,
    times: list[Proposed] | None = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    looked_for = sought(request.POST if "find" in request.POST else {})
    context = {
        **frame(request, timezone.now(), _("Nouveau rendez-vous")),
        "form": form,
        "error": error,
        "asked": times is not None,
        "today": access.today(request),
        "days": said_days(times or [], request),
        "suggestions": suggestions(request, access.granted(request), looked_for),
    }
    return render(request, "agenda/book_person.html", context, status=status)


def _times(form: FirstTimesForm) -> list[Proposed]:
    from_day = form.cleaned_data["on"] or FIRST_DAY
    return desk.first_times(form.chosen_type, from_day, timezone.now(), new_patient=form.cleaned_data["new_patient"])


def _served(start: int, request: StaffRequest) -> int:
    """Return a start that lies in the years that the agenda serves. Raises Http404."""
    try:
        day = day_of(start, request.practice.zone)
    except OutOfRange:
        raise Http404 from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Http404
    return start


@sensitive_post_parameters()
@staff_page("POST")
def alike(request: StaffRequest) -> HttpResponse:
    """Who is like what is being typed: a piece of a page, for a script. A locked session gets an empty one."""
    found = suggestions(request, access.granted(request), sought(request.POST), _at(request))
    return render(request, "agenda/_alike.html", {"suggestions": found})


def _at(request: StaffRequest) -> datetime | None:
    """Return the time of the form that asks, if it has one."""
    try:
        return instant_of(int(request.POST.get("cell", "")))
    except ValueError:
        return None
