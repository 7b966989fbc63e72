"""The entry of the settings: what can be set, of the practice and of each practitioner."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from agenda import access
from agenda.gate import needs_key, staff_page
from agenda.settings import order, rights
from agenda.settings.page_form import NewPractitionerForm
from agenda.settings.saving import changed, note
from agenda.vault import StaffRequest
from agenda.views.settings.frame import show, tabs
from booking.plan_changes import under_lock
from practitioners.models import Practitioner


@staff_page("GET")
def entry(request: StaffRequest) -> HttpResponse:
    """List what the reader may set; nobody is sent away, for whoever may set nothing is told so."""
    reached = rights.reach(request)
    about = _about([one.practitioner.pk for one in reached])
    cards = [{"reach": one, "tabs": tabs(one), **about[one.practitioner.pk]} for one in reached]
    context = {"cards": cards, "day_page": reverse("agenda:day"), "back": _("Retour à l’agenda")}
    return show(request, "agenda/settings/entry.html", context)


def _about(practitioners: list[int]) -> dict[int, dict[str, Any]]:
    """Return by practitioner what the entry says of them. One query."""
    counted = Practitioner.objects.filter(pk__in=practitioners).annotate(
        offered=Count("visit_types", Q(visit_types__active=True), distinct=True),
        opened=Count("openings", distinct=True),
    )
    return {one.pk: {"types": one.offered, "has_week": bool(one.opened)} for one in counted.order_by()}


@staff_page("GET", "POST")
def new_practitioner(request: StaffRequest) -> HttpResponse:
    """Ask for somebody new who receives. Their page begins unpublished."""
    access.manager(request)
    if request.method == "POST":
        return _made(request)
    return _form(request, NewPractitionerForm(), 200)


@needs_key
def _made(request: StaffRequest) -> HttpResponse:
    form = NewPractitionerForm(request.POST)
    if not form.is_valid():
        return _form(request, form, 422)
    form.instance.practice = request.practice
    form.instance.position = Practitioner.objects.count()
    made = form.save()
    note(request, made, changed(form, new=True), new=True)
    return redirect("agenda:settings_page", made.pk)


def _form(request: StaffRequest, form: NewPractitionerForm, status: int) -> HttpResponse:
    return show(
        request, "agenda/settings/new_practitioner.html", {"form": form}, heading=_("Nouveau praticien"), status=status
    )


@staff_page("POST")
@needs_key
def move_practitioner(request: StaffRequest, practitioner: int) -> HttpResponse:
    """Move a practitioner one place up or down, on the practice's page and in the agenda."""
    access.manager(request)

    def write() -> None:
        rows = Practitioner.objects.order_by("position", "name")
        order.step(rows, practitioner, request.POST.get("way", ""))

    under_lock([practitioner], write)
    return redirect("agenda:settings")
