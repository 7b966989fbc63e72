"""What scripts ask without anybody having touched anything: whether something changed, and the column that did.

They send X-Timer, so that neither counts as use.
"""

import re
from datetime import date

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from agenda import access
from agenda.at_desk import day_notes
from agenda.bar import FIRST_DAY, LAST_DAY
from agenda.gate import staff_page
from agenda.layout import Frame
from agenda.looking import looked_at
from agenda.screen import sheet
from agenda.vault import StaffRequest
from agenda.versions import key_of, versions
from practitioners.models import Practitioner

# The weeks of ten practitioners.
MOST = 70
_KEY = re.compile(r"([0-9]{1,19})-([0-9]{4})([0-9]{2})([0-9]{2})")
_HOURS = re.compile(r"([0-9]|1[0-9]|2[0-3])-([0-9]|1[0-9]|2[0-4])")


@staff_page("GET")
def version(request: StaffRequest) -> HttpResponse:
    """Return a number for each practitioner's day that is asked with `on`: another one when something changed on it."""
    granted = {one.pk: one for one in access.agendas(request)}
    asked = [_asked(key, granted) for key in request.GET.getlist("on")[: MOST + 1]]
    if len(asked) > MOST:
        raise Http404
    found = versions(asked, request.practice, timezone.now())
    return JsonResponse({key_of(practitioner, day): number for (practitioner, day), number in found.items()})


@staff_page("GET")
def column(request: StaffRequest, practitioner: int, on: date) -> HttpResponse:
    """Return one column of a grid that shows these hours; 409 when something now lies outside them."""
    _granted, one = access.one_agenda(request, practitioner)
    page = "week" if request.GET.get("view") == "week" else "day"
    hours = _HOURS.fullmatch(request.GET.get("hours", ""))
    within = Frame(int(hours[1]), int(hours[2])) if hours else Frame(0, 24)
    grid = sheet([(one, on)], request.practice, looked_at(request, page), within)
    if not grid.columns or grid.frame != within:
        return HttpResponse(status=409)
    context = {"sheet": grid, "column": grid.columns[0], "view": page, "day_notes": day_notes(request, [one], on, on)}
    return render(request, "agenda/_column.html", context)


def _asked(key: str, granted: dict[int, Practitioner]) -> tuple[Practitioner, date]:
    """Return what a key names. Raises Http404 for a foreign agenda and for no day."""
    found = _KEY.fullmatch(key)
    try:
        if found is None:
            raise Http404
        day = date(int(found[2]), int(found[3]), int(found[4]))
        if not FIRST_DAY <= day <= LAST_DAY:
            raise Http404
        return granted[int(found[1])], day
    except (KeyError, ValueError):
        raise Http404 from None
