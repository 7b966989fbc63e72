"""A practitioner's public page: what it says, how it will look, and whether it is online."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from agenda.gate import needs_key, staff_page
from agenda.second_factor import needs_recent
from agenda.settings import rights
from agenda.settings.checklist import checklist
from agenda.settings.keeping import coming
from agenda.settings.page_form import (
    SECTIONS,
    PageForm,
    saved_words,
    sheet_waits,
    what_keeps_it_offline,
    what_leaves_it_empty,
)
from agenda.settings.rights import Reach
from agenda.settings.saving import SAVED, note, save
from agenda.vault import StaffRequest
from agenda.views.settings.frame import says_busy, sections, show_of
from booking.plan_changes import under_lock
from booking.queries import page_of
from booking.views.page import show as show_public
from booking.views.practice import page_context
from practitioners import keys
from practitioners.models import AgendaKey, KeyHolder, Location, Practitioner
from practitioners.validators import luhn_fits

NOWHERE = "#main"


@staff_page("GET", "POST")
def page(request: StaffRequest, practitioner: int) -> HttpResponse:
    """The page's words as a form, beside what the Order recommends and the button that puts it online."""
    reach = rights.whole(request, practitioner)
    if request.method == "POST":
        return _saved(request, reach)
    return _page(request, reach, PageForm(instance=reach.practitioner), 200)


@needs_key
def _saved(request: StaffRequest, reach: Reach) -> HttpResponse:
    pk = reach.practitioner.pk
    form, status = save(
        request,
        [pk],
        lambda: PageForm(request.POST, instance=Practitioner.objects.select_related("practice").get(pk=pk)),
    )
    if status != SAVED:
        return _page(request, reach, form, status)
    saved = form.instance
    messages.success(request, saved_words(saved))
    if saved.rpps and not luhn_fits(saved.rpps):
        messages.warning(request, _("Le numéro RPPS est enregistré, mais sa clé de contrôle est fausse : relisez-le."))
    return redirect("agenda:settings_page", pk)


def _page(request: StaffRequest, reach: Reach, form: PageForm, status: int) -> HttpResponse:
    one = form.instance
    lacks = "" if one.published else what_keeps_it_offline(one)
    context = {
        "form": form,
        "sections": sections(form, SECTIONS),
        "items": checklist(one, request.practice, list(_places(one))),
        "lacks": lacks,
        "empty": "" if one.published or lacks else what_leaves_it_empty(one),
        "sheet_waits": lacks == "sheet" and sheet_waits(one),
        "may_set_practice": request.user.is_manager,
    }
    return show_of(request, reach, "page", "agenda/settings/page.html", context, status=status)


def _places(practitioner: Practitioner) -> Any:
    return Location.objects.filter(openings__practitioner=practitioner).distinct()


@staff_page("POST")
def preview(request: StaffRequest, practitioner: int) -> HttpResponse:
    """Show the public page as it was typed. Nothing is saved, and nobody else can reach it."""
    reach = rights.whole(request, practitioner)
    form = PageForm(request.POST, instance=reach.practitioner)
    faults = 0 if form.is_valid() else sum(name is not None and name != "__all__" for name in form.errors)
    typed = form.instance
    found = page_context(page_of(typed, timezone.now()))
    context = {
        **found,
        "rows": [_leading_nowhere(row) for row in found["rows"]],
        "next": found["next"] and {**found["next"], "address": NOWHERE},
        "faults": faults,
        "is_online": reach.practitioner.published,
    }
    return show_public(request, "agenda/settings/preview.html", context, request.practice)


def _leading_nowhere(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row whose links stay on the page: of what is not saved yet there is nothing to book."""
    return {**row, "address": NOWHERE, "ways": [way._replace(address=NOWHERE) for way in row["ways"]]}


@staff_page("POST")
@needs_key
@needs_recent
@says_busy
def make_key(request: StaffRequest, practitioner: int) -> HttpResponse:
    """Make the first key of an agenda for whoever asks; the sheet is next. An agenda that has one keeps it."""
    reach = rights.whole(request, practitioner)
    pk = reach.practitioner.pk

    def write() -> bool:
        if AgendaKey.objects.filter(practitioner=pk).exists():
            return False
        keys.new_agenda_key(reach.practitioner, [KeyHolder.objects.get(staff=request.user)])
        return True

    if under_lock([pk], write):
        messages.success(request, _("La clé de cet agenda est faite. Faites maintenant sa feuille de secours."))
        return redirect("agenda:sheet", pk)
    messages.info(request, _("Cet agenda a déjà une clé."))
    return redirect("agenda:settings_page", pk)


@staff_page("GET", "POST")
def publish(request: StaffRequest, practitioner: int) -> HttpResponse:
    """Put the page online, or ask before it is taken off: what is booked stays."""
    reach = rights.whole(request, practitioner)
    if request.method == "POST":
        return _published(request, reach)
    return show_of(
        request,
        reach,
        "page",
        "agenda/settings/unpublish.html",
        {"coming": coming(practitioner=reach.practitioner).count()},
    )


@needs_key
@says_busy
def _published(request: StaffRequest, reach: Reach) -> HttpResponse:
    pk, online = reach.practitioner.pk, request.POST.get("online") == "yes"

    def write() -> bool:
        one = Practitioner.objects.get(pk=pk)
        if online and not keys.publishable(one):
            return False
        if one.published != online:
            one.published = online
            one.save(update_fields=["published"])
            note(request, one, [{"changed": {"fields": ["published"]}}])
        return True

    if not under_lock([pk], write):
        messages.error(
            request,
            _("Cette page ne peut pas encore être publiée : il faut sa clé et sa feuille de secours confirmée."),
        )
    elif online:
        messages.success(request, _("La page est publiée : les patients peuvent réserver."))
    else:
        messages.success(
            request, _("La page n’est plus publiée : plus rien n’est réservable. Les rendez-vous pris restent.")
        )
    return redirect(reverse("agenda:settings_page", args=[pk]))
