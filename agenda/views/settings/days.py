"""Single days: a week of dates as it will be, and the hours of one day changed for this day only."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from agenda import access
from agenda.bar import FIRST_DAY, LAST_DAY
from agenda.gate import needs_key, staff_page
from agenda.settings import plan, rights
from agenda.settings.dates import holiday_names, own_days, picture_of
from agenda.settings.day_form import Day, back_to_usual
from agenda.settings.rights import Reach
from agenda.vault import StaffRequest
from agenda.views.settings.changing import settle
from agenda.views.settings.frame import show_of
from booking import words

_WEEK = timedelta(days=7)


@staff_page("GET")
def days(request: StaffRequest, practitioner: int) -> HttpResponse:
    """A week of dates with a way to change each day; and the days that have hours of their own."""
    reach = rights.days(request, practitioner)
    today = access.today(request)
    shown = _asked(request.GET.get("from", ""), today)
    monday = shown - timedelta(days=shown.weekday())
    here = reverse("agenda:settings_days", args=[reach.practitioner.pk])
    context = {
        "picture": picture_of(reach.practitioner, monday),
        "title": _("Semaine du %(day)s") % {"day": words.day(monday, year=True)},
        "earlier": f"{here}?from={max(FIRST_DAY, monday - _WEEK)}",
        "later": f"{here}?from={min(LAST_DAY, monday + _WEEK)}",
        "monday": monday,
        "own": own_days(reach.practitioner, today),
    }
    return show_of(request, reach, "days", "agenda/settings/days.html", context)


def _asked(typed: str, today: date) -> date:
    """Return the day of an address. Raises Http404 for what is none, or is outside the calendar (T15)."""
    if not typed:
        return today
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        raise Http404 from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Http404
    return day


@staff_page("GET", "POST")
def day(request: StaffRequest, practitioner: int, on: date) -> HttpResponse:
    """The hours of one day. `?usual` offers the usual ones on a holiday."""
    reach = rights.days(request, practitioner)
    if request.method == "POST":
        return _more(request, reach, on) if "more" in request.POST else _saved(request, reach, on)
    return _page(request, reach, Day(reach.practitioner, on, usual="usual" in request.GET), 200)


def _more(request: StaffRequest, reach: Reach, on: date) -> HttpResponse:
    """One row more in the form. Nothing is saved yet."""
    form = Day(reach.practitioner, on, request.POST)
    form.rows = [row for row in form.rows if row.is_new is False or row["start_minute"].value()]
    return _page(request, reach, form, 200)


@needs_key
def _saved(request: StaffRequest, reach: Reach, on: date) -> HttpResponse:
    one = reach.practitioner

    def done(_form: Any) -> HttpResponse:
        messages.success(request, _("Les heures du %(day)s sont enregistrées.") % {"day": words.day(on)})
        return redirect(f"{reverse('agenda:settings_days', args=[one.pk])}?from={on}")

    if "usual" in request.POST:
        return settle(
            request,
            reach,
            "days",
            plan.Nothing,
            lambda _form: back_to_usual(one, on),
            done,
            lambda _form, status: _page(request, reach, Day(one, on), status),
        )
    return settle(
        request,
        reach,
        "days",
        lambda: Day(one, on, request.POST),
        lambda form: form.save(),
        done,
        lambda form, status: _page(request, reach, form, status),
    )


def _page(request: StaffRequest, reach: Reach, form: Day, status: int) -> HttpResponse:
    practice = request.practice
    context = {
        "form": form,
        "on": form.on,
        "title": words.upper_first(words.day(form.on, year=True)),
        "holiday": holiday_names(practice.holiday_zone, form.on.year).get(form.on, "") if form.is_holiday else "",
        "has_usual": bool(form.usual),
        "monday": form.on - timedelta(days=form.on.weekday()),
    }
    return show_of(request, reach, "days", "agenda/settings/day.html", context, status=status)
