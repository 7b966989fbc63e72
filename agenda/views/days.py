"""The day and the week of one or several practitioners, and the list of a day."""

from datetime import date, timedelta

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from agenda import access
from agenda.at_desk import day_notes
from agenda.bar import bar
from agenda.forms import DayForm
from agenda.gate import staff_page
from agenda.lists import day_lists
from agenda.looking import initials, looked_at
from agenda.paper import Paper, PaperForm, usual
from agenda.screen import sheet
from agenda.vault import StaffRequest
from booking import words


@staff_page("GET")
def day(request: StaffRequest, on: date | None = None) -> HttpResponse:
    """Several practitioners side by side, on one day."""
    granted, chosen = access.chosen_agendas(request)
    today = access.today(request)
    on = on or today
    grid = sheet([(one, on) for one in chosen], request.practice, looked_at(request, "day"))
    context = {
        "bar": bar("day", on, today, granted, chosen),
        "sheet": grid,
        "day_notes": day_notes(request, chosen, on, on),
    }
    return render(request, "agenda/grid.html", context)


@staff_page("GET")
def week(request: StaffRequest, on: date, practitioner: int | None = None) -> HttpResponse:
    """The week of each practitioner, from Monday; days of the week-end when something is there."""
    if practitioner is None:
        granted, chosen = access.chosen_agendas(request)
    else:
        granted, one = access.one_agenda(request, practitioner)
        chosen = [one]
    monday = on - timedelta(days=on.weekday())
    days = [(one, monday + timedelta(days=number)) for one in chosen for number in range(7)]
    grid = sheet(days, request.practice, looked_at(request, "week"))
    title = _("Semaine du %(day)s") % {
        "day": words.day_in_month(monday, year=monday.year != access.today(request).year)
    }
    context = {
        "bar": bar("week", on, access.today(request), granted, chosen, title),
        "sheet": grid,
        "day_notes": day_notes(request, chosen, monday, monday + timedelta(days=6)),
    }
    return render(request, "agenda/grid.html", context)


@staff_page("GET")
def day_list(request: StaffRequest, on: date) -> HttpResponse:
    """The same day as a list: for ears, for small screens, for paper."""
    granted, chosen = access.chosen_agendas(request)
    today = access.today(request)
    lists = day_lists(chosen, request.practice, on, request.vault, timezone.now())
    context = {
        "bar": bar("list", on, today, granted, chosen),
        "today": today,
        "lists": lists,
        "paper_form": PaperForm(initial=usual(Paper(initials=initials(request)))),
        "print_address": reverse("agenda:print", args=[on]),
        "day_notes": day_notes(request, chosen, on, on),
    }
    return render(request, "agenda/list.html", context)


@staff_page("GET")
def go(request: StaffRequest) -> HttpResponse:
    """Go to the day of the date field, in the view that it was asked in."""
    form = DayForm(request.GET)
    if not form.is_valid():
        raise Http404
    _granted, chosen = access.chosen_agendas(request)
    address = reverse(f"agenda:{form.cleaned_data['view'] or 'day'}", args=[form.cleaned_data["day"]])
    query = urlencode([("p", one.pk) for one in chosen]) if "p" in request.GET else ""
    return redirect(f"{address}?{query}" if query else address)
