"""What a thief sees: today on an unlocked screen, and the same rows as they lie on the disk, side by side."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from agenda import access
from agenda.gate import staff_page
from agenda.stored import sides
from agenda.vault import StaffRequest
from booking import words


@staff_page("GET")
def thief(request: StaffRequest) -> HttpResponse:
    """One of the reader's agendas (`p`, or the first that has visits). Locked, the page has the thief's side only."""
    granted, chosen = access.chosen_agendas(request)
    both = sides(chosen, request.practice, access.today(request), request.vault, timezone.now())
    context = {
        "heading": _("Ce que voit un voleur"),
        "day_page": reverse("agenda:day"),
        "granted": granted,
        "sides": both,
        "chosen": both.practitioner if both else chosen[0] if len(chosen) == 1 else None,
        "day": words.day(both.day, year=True) if both else "",
    }
    return render(request, "agenda/thief.html", context)
