"""The practice, and the places where it receives."""

from typing import Any, cast

from django.contrib import messages
from django.forms import modelform_factory
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from agenda import access
from agenda.admin.practice import PracticeAdmin
from agenda.gate import needs_key, staff_page
from agenda.second_factor import needs_recent
from agenda.settings.keeping import why_a_place_stays
from agenda.settings.practice_form import PlaceForm, PracticeForm
from agenda.settings.saving import SAVED, delete, save
from agenda.vault import StaffRequest
from agenda.views.settings.frame import sections, show
from booking.plan_changes import visits_outside
from practitioners.models import Location, Opening, Practice, Practitioner


def _names(groups: Any) -> list[tuple[Any, list[str]]]:
    """Return the admin's fieldsets as (title, names): what is added there is set here too."""
    found = []
    for title, options in groups:
        names = [name for one in options["fields"] for name in (one if isinstance(one, (tuple, list)) else (one,))]
        found.append((title or _("Le cabinet"), names))
    return found


def _form_class() -> type[PracticeForm]:
    fields = [name for _title, names in _names(PracticeAdmin.fieldsets) for name in names if name != "zone_confirmed"]
    return cast("type[PracticeForm]", modelform_factory(Practice, form=PracticeForm, fields=fields))


@staff_page("GET", "POST")
def practice(request: StaffRequest) -> HttpResponse:
    """Show the practice as a form; a change of its security asks for the second factor."""
    access.manager(request)
    if request.method == "POST":
        return _practice_saved(request)
    return _practice(request, _form_class()(instance=request.practice), 200)


@needs_key
@needs_recent
def _practice_saved(request: StaffRequest) -> HttpResponse:
    everybody = list(Practitioner.objects.order_by("pk").values_list("pk", flat=True))
    before = _outside()
    form, status = save(
        request, everybody, lambda: _form_class()(request.POST, instance=Practice.objects.get(pk=request.practice.pk))
    )
    if status != SAVED:
        return _practice(request, form, status)
    messages.success(request, _("Le cabinet est enregistré."))
    if form.other_territory:
        messages.warning(request, _("Le fuseau horaire et les jours fériés ne sont pas ceux du même territoire."))
    if left := len(_outside() - before):
        text = _(
            "%(count)d rendez-vous sont maintenant hors des heures de réception. Ils restent valables : voyez-les dans l’agenda."
        )
        messages.warning(request, text % {"count": left})
    return redirect("agenda:settings_practice")


def _outside() -> set[int]:
    everybody = Practitioner.objects.select_related("practice")
    return {visit.pk for visit in visits_outside(everybody, timezone.now())}


def _practice(request: StaffRequest, form: PracticeForm, status: int) -> HttpResponse:
    groups = sections(form, _names(PracticeAdmin.fieldsets))
    if not form.is_bound or "time_zone" not in form.changed_data:
        # The confirmation is asked where there is something to confirm.
        groups = [(title, [one for one in fields if one.name != "zone_confirmed"]) for title, fields in groups]
    context = {"form": form, "sections": groups}
    return show(request, "agenda/settings/practice.html", context, heading=_("Cabinet"), status=status)


@staff_page("GET")
def places(request: StaffRequest) -> HttpResponse:
    """List where the practice receives."""
    access.manager(request)
    rows = Location.objects.prefetch_related("openings__practitioner")
    listed = [(one, sorted({opening.practitioner.name for opening in one.openings.all()})) for one in rows]
    return show(request, "agenda/settings/places.html", {"places": listed}, heading=_("Lieux"))


@staff_page("GET", "POST")
def place(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """One place, or a new one."""
    access.manager(request)
    found = _place(request, pk)
    if request.method == "POST":
        return _place_saved(request, pk)
    return _place_page(request, PlaceForm(instance=found), 200)


def _place(request: StaffRequest, pk: int | None) -> Location:
    if pk is None:
        return Location(practice=request.practice)
    return get_object_or_404(Location, pk=pk)


@needs_key
def _place_saved(request: StaffRequest, pk: int | None) -> HttpResponse:
    receiving = Opening.objects.filter(location=pk).order_by("practitioner").values_list("practitioner", flat=True)
    form, status = save(
        request, set(receiving) if pk else [], lambda: PlaceForm(request.POST, instance=_place(request, pk))
    )
    if status != SAVED:
        return _place_page(request, form, status)
    messages.success(request, _("« %(label)s » est enregistré.") % {"label": form.instance.label})
    return redirect("agenda:settings_places")


def _place_page(request: StaffRequest, form: PlaceForm, status: int) -> HttpResponse:
    context = {"form": form, "place": form.instance, "is_new": form.instance._state.adding}
    return show(request, "agenda/settings/place.html", context, heading=_("Lieux"), status=status)


@staff_page("GET", "POST")
def delete_place(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask once more; a place that is used stays, and the page says why."""
    access.manager(request)
    found = _place(request, pk)
    if request.method == "POST":
        return _place_deleted(request, pk)
    context = {"place": found, "why": why_a_place_stays(found)}
    return show(request, "agenda/settings/delete_place.html", context, heading=_("Lieux"))


@needs_key
def _place_deleted(request: StaffRequest, pk: int) -> HttpResponse:
    everybody = list(Practitioner.objects.order_by("pk").values_list("pk", flat=True))
    if why := delete(request, everybody, lambda: _place(request, pk), why_a_place_stays):
        messages.error(request, why)
        return redirect("agenda:delete_place", pk)
    messages.success(request, _("Le lieu est supprimé."))
    return redirect("agenda:settings_places")
