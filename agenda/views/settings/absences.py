"""Absences of a practitioner: listed, added, changed, taken away."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from agenda import access
from agenda.gate import needs_key, staff_page
from agenda.settings import plan, rights
from agenda.settings.absence_form import AbsenceForm
from agenda.settings.rights import Reach
from agenda.settings.telling import absence_words
from agenda.vault import StaffRequest
from agenda.views.settings.changing import settle
from agenda.views.settings.frame import show_of
from practitioners.models import Absence


@staff_page("GET")
def absences(request: StaffRequest, practitioner: int) -> HttpResponse:
    """List what is to come and what repeats; what is over stands folded below."""
    reach = rights.days(request, practitioner)
    today = access.today(request)
    listed = [(one, absence_words(one)) for one in reach.practitioner.absences.order_by("first_day", "start_minute")]
    context = {
        "coming": [pair for pair in listed if _goes_on(pair[0], today)],
        "over": [pair for pair in reversed(listed) if not _goes_on(pair[0], today)][:50],
    }
    return show_of(request, reach, "absences", "agenda/settings/absences.html", context)


def _goes_on(one: Absence, today: date) -> bool:
    if one.repeat_weeks:
        return one.repeat_until is None or one.repeat_until >= today
    return one.last_day >= today


@staff_page("GET", "POST")
def absence(request: StaffRequest, practitioner: int, pk: int | None = None) -> HttpResponse:
    """One absence, or a new one; `?on=` says on which day."""
    reach = rights.days(request, practitioner)
    found = rights.own(reach, Absence, pk)
    if request.method == "POST":
        return _saved(request, reach, pk)
    return _page(request, reach, AbsenceForm(instance=found, initial=_initial(request)), 200)


def _initial(request: StaffRequest) -> dict[str, Any]:
    try:
        on = parse_date(request.GET.get("on", ""))
    except ValueError:
        on = None
    return {"first_day": on} if on else {}


@needs_key
def _saved(request: StaffRequest, reach: Reach, pk: int | None) -> HttpResponse:
    def write(form: AbsenceForm) -> list[Absence]:
        return [form.save()] if form.has_changed() or pk is None else []

    def done(form: AbsenceForm) -> HttpResponse:
        messages.success(request, _("L’absence est enregistrée : %(words)s.") % {"words": absence_words(form.instance)})
        return redirect("agenda:settings_absences", reach.practitioner.pk)

    return settle(
        request,
        reach,
        "absences",
        lambda: AbsenceForm(request.POST, instance=rights.own(reach, Absence, pk)),
        write,
        done,
        lambda form, status: _page(request, reach, form, status),
    )


def _page(request: StaffRequest, reach: Reach, form: AbsenceForm, status: int) -> HttpResponse:
    context = {"form": form, "absence": form.instance, "is_new": form.instance._state.adding}
    return show_of(request, reach, "absences", "agenda/settings/absence.html", context, status=status)


@staff_page("GET", "POST")
def delete_absence(request: StaffRequest, practitioner: int, pk: int) -> HttpResponse:
    """Ask once more; the times come back, cancelled visits do not (A9)."""
    reach = rights.days(request, practitioner)
    found = rights.own(reach, Absence, pk)
    if request.method == "POST":
        return _deleted(request, reach, pk)
    context = {"absence": found, "words": absence_words(found)}
    return show_of(request, reach, "absences", "agenda/settings/delete_absence.html", context)


@needs_key
def _deleted(request: StaffRequest, reach: Reach, pk: int) -> HttpResponse:
    def write(_form: Any) -> list[Absence]:
        one = rights.own(reach, Absence, pk)
        Absence.objects.filter(pk=one.pk).delete()
        return [one]

    def done(_form: Any) -> HttpResponse:
        messages.success(request, _("L’absence est supprimée : ses heures sont de nouveau réservables."))
        return redirect("agenda:settings_absences", reach.practitioner.pk)

    def again(_form: Any, _status: int) -> HttpResponse:
        return redirect("agenda:delete_absence", reach.practitioner.pk, pk)

    return settle(request, reach, "absences", plan.Nothing, write, done, again)
