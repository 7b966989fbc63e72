"""The coming weeks at a glance, and where a new appointment can begin."""

from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from agenda import access
from agenda.addresses import book_address, minute_of
from agenda.bar import LAST_DAY, bar
from agenda.free import Need, free_times
from agenda.gate import staff_page
from agenda.glance import WEEKS, weeks
from agenda.moving import PlaceForm
from agenda.vault import StaffRequest
from booking import words
from practitioners.models import Practitioner

# On the page of a new appointment: so many days are gone through, and so many times of each practitioner shown.
AHEAD, MOST = 6, 12


@staff_page("GET")
def coming_weeks(request: StaffRequest, on: date | None = None) -> HttpResponse:
    """Six weeks of each practitioner: how full each day is, and the way to it."""
    granted, chosen = access.chosen_agendas(request)
    today = access.today(request)
    on = on or today
    monday = on - timedelta(days=on.weekday())
    found = weeks(chosen, request.practice, monday, timezone.now())
    last = monday + timedelta(days=7 * WEEKS - 1)
    title = _("Du %(first)s au %(last)s") % {"first": words.day_in_month(monday), "last": words.day_in_month(last)}
    context = {
        "bar": bar("weeks", on, today, granted, chosen, title),
        "found": found,
        "weekdays": [words.weekday(one.day) for one in found[0].weeks[0]] if found else [],
        "today": today,
    }
    return render(request, "agenda/weeks.html", context)


@staff_page("GET")
def new(request: StaffRequest, on: date) -> HttpResponse:
    """The first free times of each practitioner from a day on, as links; any other time can be typed."""
    granted, chosen = access.chosen_agendas(request)
    form = PlaceForm(granted, request.GET if "time" in request.GET else None)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        return redirect(book_address(given["practitioner"].pk, given["day"], minute_of(given["time"])))
    today = access.today(request)
    context = {
        "bar": bar("day", on, today, granted, chosen, _("Nouveau rendez-vous")),
        "rows": [(one, _first_times(request, one, max(on, today))) for one in chosen],
        "form": form,
        "on": on,
    }
    return render(request, "agenda/new.html", context, status=422 if form.is_bound else 200)


def _first_times(
    request: StaffRequest, practitioner: Practitioner, first: date
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the days with their first free times, each with the address where it is booked; twelve at most."""
    last = first + min(timedelta(days=AHEAD), LAST_DAY - first)
    left, days = MOST, []
    for one in free_times(practitioner, Need(1), first, last, timezone.now()):
        starts = one.starts[:left]
        left -= len(starts)
        days.append(
            (
                words.day(one.day),
                [(words.clock_full(at), book_address(practitioner.pk, one.day, minute_of(at.time()))) for at in starts],
            )
        )
        if not left:
            break
    return days
