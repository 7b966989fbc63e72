"""Paper: a day or a week as it was chosen, and the lists for the day when nothing answers."""

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from agenda import access
from agenda.at_desk import day_notes
from agenda.gate import staff_page
from agenda.looking import initials
from agenda.paper import Paper, PaperForm, printed_at, sheets, usual
from agenda.paper import rescue as rescue_sheets
from agenda.vault import StaffRequest


@staff_page("GET")
def lists(request: StaffRequest, on: date) -> HttpResponse:
    """The lists of a day or a week as they go on paper, with the form that chooses what is on them."""
    _granted, chosen = access.chosen_agendas(request)
    asked = PaperForm(request.GET) if "span" in request.GET else None
    paper = asked.chosen if asked else Paper(initials=initials(request))
    with_notes = "note" in paper.columns and not paper.initials
    found = sheets(request, chosen, on, paper)
    days = [part.day for sheet in found for part in sheet.parts]
    notes = day_notes(request, chosen, min(days), max(days)) if days and with_notes else {}
    context = {
        "sheets": [sheet for sheet in found if sheet.says_something(notes)],
        "left_out": [sheet.title for sheet in found if not sheet.says_something(notes)],
        "paper": paper,
        "initials": paper.initials,
        "columns": sorted(set(paper.columns) - (set() if paper.with_phone else {"phone"})),
        "paper_form": PaperForm(initial=usual(paper)),
        "print_address": reverse("agenda:print", args=[on]),
        "chosen": chosen if "p" in request.GET else [],
        "printed": printed_at(request),
        "day_notes": notes,
        "day_page": reverse("agenda:list", args=[on]),
        "heading": _("Imprimer"),
        "back": _("Retour à la liste"),
    }
    return render(request, "agenda/print.html", context)


@staff_page("GET")
def rescue(request: StaffRequest) -> HttpResponse:
    """Everybody's names and telephones of the next three working days, in one go. Noted, and told to managers."""
    agendas, masked = access.agendas(request), initials(request)
    # Somebody else sees this screen: one key more shows the names first.
    shown = request.vault is not None and not masked
    context = {
        "sheets": rescue_sheets(request, agendas, access.today(request)) if shown else [],
        "masked": masked,
        "columns": ["phone", "what"],
        "day_notes": {},
        "printed": printed_at(request),
        "day_page": reverse("agenda:day"),
        "heading": _("Listes de secours"),
    }
    return render(request, "agenda/rescue.html", context)
