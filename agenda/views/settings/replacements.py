"""Replacements: who receives in the practitioner's place, from when to when."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from agenda import access
from agenda.gate import needs_key, staff_page
from agenda.settings import rights
from agenda.settings.replacement_form import ReplacementForm
from agenda.settings.rights import Reach
from agenda.settings.saving import SAVED, delete, save
from agenda.vault import StaffRequest
from agenda.views.settings.frame import says_busy, show_of
from booking import words
from practitioners.models import Replacement


@staff_page("GET")
def replacements(request: StaffRequest, practitioner: int) -> HttpResponse:
    """List what is under way or to come, with the sentence that patients read."""
    reach = rights.whole(request, practitioner)
    today = access.today(request)
    rows = reach.practitioner.replacements.order_by("first_day", "pk")
    listed = [(one, words.replacement(one, reach.practitioner)) for one in rows]
    context = {
        "coming": [pair for pair in listed if pair[0].last_day >= today],
        "over": [pair for pair in reversed(listed) if pair[0].last_day < today][:50],
    }
    return show_of(request, reach, "replacements", "agenda/settings/replacements.html", context)


@staff_page("GET", "POST")
def replacement(request: StaffRequest, practitioner: int, pk: int | None = None) -> HttpResponse:
    """One replacement, or a new one."""
    reach = rights.whole(request, practitioner)
    found = rights.own(reach, Replacement, pk)
    if request.method == "POST":
        return _saved(request, reach, pk)
    return _page(request, reach, ReplacementForm(instance=found), 200)


@needs_key
def _saved(request: StaffRequest, reach: Reach, pk: int | None) -> HttpResponse:
    form, status = save(
        request,
        [reach.practitioner.pk],
        lambda: ReplacementForm(request.POST, instance=rights.own(reach, Replacement, pk)),
    )
    if status != SAVED:
        return _page(request, reach, form, status)
    messages.success(request, _("Le remplacement est enregistré : les patients le lisent."))
    return redirect("agenda:settings_replacements", reach.practitioner.pk)


def _page(request: StaffRequest, reach: Reach, form: ReplacementForm, status: int) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "replacement": form.instance, "is_new": form.instance._state.adding}
    return show_of(request, reach, "replacements", "agenda/settings/replacement.html", context, status=status)


@staff_page("POST")
@needs_key
@says_busy
def delete_replacement(request: StaffRequest, practitioner: int, pk: int) -> HttpResponse:
    """Take a replacement away: it was words, so nothing else changes."""
    reach = rights.whole(request, practitioner)
    delete(request, [practitioner], lambda: rights.own(reach, Replacement, pk))
    messages.success(request, _("Le remplacement est supprimé."))
    return redirect("agenda:settings_replacements", reach.practitioner.pk)
