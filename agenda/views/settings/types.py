"""Visit types of a practitioner: their order, each one, whether it is offered, and the private link of some."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from agenda.gate import needs_key, staff_page
from agenda.settings import order, rights
from agenda.settings.keeping import coming, openings_for_it_alone, why_a_type_stays
from agenda.settings.rights import Reach
from agenda.settings.saving import SAVED, delete, note, save
from agenda.settings.type_form import SECTIONS, VisitTypeForm, kept_length
from agenda.vault import StaffRequest
from agenda.views.settings.frame import says_busy, sections, show_of
from booking import words
from booking.plan_changes import under_lock
from booking.views.practice import about
from practitioners.models import Opening, VisitType


@staff_page("GET")
def types(request: StaffRequest, practitioner: int) -> HttpResponse:
    """List the types in the order in which patients read them."""
    reach = rights.whole(request, practitioner)
    listed = [(one, about(one)) for one in reach.practitioner.visit_types.order_by("position", "name")]
    context = {
        "offered": [pair for pair in listed if pair[0].active],
        "withdrawn": [pair for pair in listed if not pair[0].active],
    }
    return show_of(request, reach, "types", "agenda/settings/types.html", context)


@staff_page("POST")
@needs_key
@says_busy
def move_type(request: StaffRequest, practitioner: int, pk: int) -> HttpResponse:
    """Move a type one place up or down among those that are offered."""
    reach = rights.whole(request, practitioner)

    def write() -> None:
        # Those that are not offered stand behind, so that a step is a step that one sees.
        rows = VisitType.objects.filter(practitioner=practitioner).order_by("-active", "position", "name")
        order.step(rows, pk, request.POST.get("way", ""))

    under_lock([practitioner], write)
    return redirect(f"{reverse('agenda:settings_types', args=[reach.practitioner.pk])}#t{pk}")


@staff_page("GET", "POST")
def visit_type(request: StaffRequest, practitioner: int, pk: int | None = None) -> HttpResponse:
    """One type, or a new one."""
    reach = rights.whole(request, practitioner)
    found = _type(reach, pk)
    if request.method == "POST":
        return _saved(request, reach, pk)
    return _page(request, reach, VisitTypeForm(instance=found), 200)


def _type(reach: Reach, pk: int | None) -> VisitType:
    """Return a type of this practitioner, or a new one, which comes last. Raises Http404 for another's."""
    found = rights.own(reach, VisitType, pk)
    if pk is None:
        found.position = reach.practitioner.visit_types.count()
    return found


@needs_key
def _saved(request: StaffRequest, reach: Reach, pk: int | None) -> HttpResponse:
    form, status = save(
        request, [reach.practitioner.pk], lambda: VisitTypeForm(request.POST, instance=_type(reach, pk))
    )
    if status != SAVED:
        return _page(request, reach, form, status)
    saved = form.instance
    messages.success(request, _("« %(name)s » est enregistré.") % {"name": saved.name})
    if pk and form.changes_length and (booked := coming(visit_type=saved).count()):
        messages.info(request, kept_length(booked))
    if saved.visibility == VisitType.Visibility.LINK and not saved.link_hash:
        messages.info(request, _("Créez maintenant le lien à remettre à vos patients."))
    elif pk or saved.visibility != VisitType.Visibility.LINK:
        return redirect("agenda:settings_types", reach.practitioner.pk)
    return redirect("agenda:settings_type", reach.practitioner.pk, saved.pk)


def _page(request: StaffRequest, reach: Reach, form: VisitTypeForm, status: int) -> HttpResponse:
    one = form.instance
    context = {"form": form, "sections": sections(form, SECTIONS), "type": one, "is_new": one._state.adding}
    return show_of(request, reach, "types", "agenda/settings/type.html", context, status=status)


@staff_page("GET", "POST")
def offer_type(request: StaffRequest, practitioner: int, pk: int) -> HttpResponse:
    """Offer a type again; or say what it means before it is not offered any more (A5)."""
    reach = rights.whole(request, practitioner)
    found = _type(reach, pk)
    if request.method == "POST":
        return _offered(request, reach, pk)
    visits = list(coming(visit_type=found).values_list("start", flat=True))
    zone = request.practice.zone
    context = {
        "type": found,
        "count": len(visits),
        "first": words.moment(visits[0], zone, year=True) if visits else "",
        "last": words.moment(visits[-1], zone, year=True) if visits else "",
        "only": [_when(one) for one in openings_for_it_alone(found)],
        "why": why_a_type_stays(found),
    }
    return show_of(request, reach, "types", "agenda/settings/withdraw_type.html", context)


def _when(opening: Opening) -> str:
    """Return « samedi 9 h–12 h », or the date of an opening that stands on one day."""
    day = opening.get_weekday_display() if opening.on is None else words.day(opening.on, year=True)
    return f"{day} {words.minute_of_day(opening.start_minute)}–{words.minute_of_day(opening.end_minute)}"


@needs_key
@says_busy
def _offered(request: StaffRequest, reach: Reach, pk: int) -> HttpResponse:
    active = request.POST.get("offered") == "yes"

    def write() -> VisitType:
        one = _type(reach, pk)
        if one.active != active:
            one.active = active
            one.save(update_fields=["active"])
            note(request, one, [{"changed": {"fields": ["active"]}}])
        return one

    one = under_lock([reach.practitioner.pk], write)
    if active:
        messages.success(request, _("« %(name)s » est de nouveau proposé.") % {"name": one.name})
    else:
        messages.success(
            request, _("« %(name)s » n’est plus proposé. Les rendez-vous pris restent.") % {"name": one.name}
        )
    return redirect("agenda:settings_types", reach.practitioner.pk)


@staff_page("POST")
@needs_key
@says_busy
def delete_type(request: StaffRequest, practitioner: int, pk: int) -> HttpResponse:
    """Delete a type that nobody ever booked and nothing needs; another stays, and it is said why."""
    reach = rights.whole(request, practitioner)
    if why := delete(request, [practitioner], lambda: _type(reach, pk), why_a_type_stays):
        messages.error(request, why)
        return redirect("agenda:settings_type", reach.practitioner.pk, pk)
    messages.success(request, _("Le motif est supprimé."))
    return redirect("agenda:settings_types", reach.practitioner.pk)
