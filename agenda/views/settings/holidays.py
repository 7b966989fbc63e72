"""The public holidays of a year: computed, and what this practitioner does on each (A10)."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from agenda import access
from agenda.gate import needs_key, staff_page
from agenda.settings import rights
from agenda.settings.dates import holiday_names
from agenda.settings.replacement_form import HolidaysForm
from agenda.settings.rights import Reach
from agenda.vault import StaffRequest
from agenda.views.settings.changing import settle
from agenda.views.settings.frame import show_of
from booking import words
from practitioners.models import Practitioner
from practitioners.openings import Plan, absent_spans, windows
from practitioners.queries import plans

FIRST_YEAR, LAST_YEAR = 2001, 2098


@dataclass(frozen=True, slots=True)
class Holiday:
    """One holiday, and whether the practitioner receives on it."""

    day: date
    name: str
    words: str
    receives: bool
    away: bool
    is_over: bool


@staff_page("GET", "POST")
def holidays(request: StaffRequest, practitioner: int) -> HttpResponse:
    """List a year's holidays; a POST says whether all of them are worked."""
    reach = rights.days(request, practitioner)
    if request.method == "POST":
        # It is a rule for all years, not the hours of a day.
        return _saved(request, rights.whole(request, practitioner))
    return _page(request, reach, HolidaysForm(instance=reach.practitioner), 200)


@needs_key
def _saved(request: StaffRequest, reach: Reach) -> HttpResponse:
    def make() -> HolidaysForm:
        one = Practitioner.objects.select_related("practice").get(pk=reach.practitioner.pk)
        return HolidaysForm(request.POST, instance=one)

    def write(form: HolidaysForm) -> list[Practitioner]:
        return [form.save()] if form.has_changed() else []

    def done(form: HolidaysForm) -> HttpResponse:
        if form.instance.works_holidays:
            messages.success(request, _("Les jours fériés sont des jours ordinaires : la semaine habituelle y vaut."))
        else:
            messages.success(request, _("Les jours fériés sont fermés, sauf ceux qui ont leurs propres heures."))
        return redirect("agenda:settings_holidays", reach.practitioner.pk)

    return settle(
        request, reach, "holidays", make, write, done, lambda form, status: _page(request, reach, form, status)
    )


def _page(request: StaffRequest, reach: Reach, form: HolidaysForm, status: int) -> HttpResponse:
    today = access.today(request)
    year = _year(request.GET.get("year", ""), today.year)
    here = reverse("agenda:settings_holidays", args=[reach.practitioner.pk])
    context = {
        "form": form,
        "year": year,
        "days": _days(reach.practitioner, year, today),
        "zone": request.practice.get_holiday_zone_display(),
        "earlier": f"{here}?year={max(FIRST_YEAR, year - 1)}",
        "later": f"{here}?year={min(LAST_YEAR, year + 1)}",
    }
    return show_of(request, reach, "holidays", "agenda/settings/holidays.html", context, status=status)


def _year(typed: str, otherwise: int) -> int:
    """Return the year of an address. Raises Http404 for what is none (T15)."""
    if not typed:
        return otherwise
    if not (typed.isascii() and typed.isdigit() and len(typed) == 4 and FIRST_YEAR <= int(typed) <= LAST_YEAR):
        raise Http404
    return int(typed)


def _days(practitioner: Practitioner, year: int, today: date) -> list[Holiday]:
    names = holiday_names(practitioner.practice.holiday_zone, year)
    first, last = date(year, 1, 1), date(year, 12, 31)
    plan_of = plans([practitioner], practitioner.practice, first, last)[practitioner.pk]
    return [_holiday(plan_of, day, name, today) for day, name in names.items()]


def _holiday(of: Plan, day: date, name: str, today: date) -> Holiday:
    open_then = windows(of, day, day)
    away = absent_spans(of, day, day)
    covered = bool(open_then) and all(any(span.contains(one.span) for span in away) for one in open_then)
    return Holiday(
        day, name, words.upper_first(words.day(day)), bool(open_then) and not covered, bool(away), day < today
    )
