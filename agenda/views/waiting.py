"""The waiting room, and the sheet of keys."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from agenda import access
from agenda.bar import plain_bar
from agenda.gate import staff_page
from agenda.shortcuts import KEYS
from agenda.vault import StaffRequest
from agenda.versions import key_of, versions
from agenda.waiting import rooms


@staff_page("GET")
def waiting(request: StaffRequest) -> HttpResponse:
    """Who is here, for whom, and since when; for every agenda of the reader."""
    granted, today, now = access.agendas(request), access.today(request), timezone.now()
    numbers = versions([(one, today) for one in granted], request.practice, now)
    context = {
        "bar": plain_bar("waiting", today, _("Salle d’attente")),
        "rooms": rooms(granted, request.practice, today, request.vault, now),
        "days": [(key_of(one, day), number) for (one, day), number in numbers.items()],
    }
    return render(request, "agenda/waiting.html", context)


@staff_page("GET")
def keys_sheet(request: StaffRequest) -> HttpResponse:
    """Every key, by what it is for."""
    context = {"groups": KEYS, "day_page": reverse("agenda:day"), "heading": _("Aide")}
    return render(request, "agenda/help.html", context)
