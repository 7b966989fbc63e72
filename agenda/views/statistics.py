"""Local statistics: managers see every practitioner, who is one sees their own. Numbers only: no name, no key needed."""

import logging

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from agenda import access
from agenda.gate import staff_page
from agenda.small_numbers import LEAST
from agenda.statistics import QUARTERS, closed
from agenda.statistics import statistics as numbers
from agenda.vault import StaffRequest
from practitioners.models import Practitioner

logger = logging.getLogger(__name__)


@staff_page("GET")
def statistics(request: StaffRequest) -> HttpResponse:
    """One quarter of each practitioner, and the ones before it as lines."""
    practitioners = _whose(request)
    offered = closed(access.today(request), request.practice)
    asked = request.GET.get("quarter", offered[0].key)
    place = next((place for place, one in enumerate(offered) if one.key == asked), None)
    if place is None:
        raise Http404
    context = {
        "numbers": numbers(practitioners, offered[place:]),
        "quarter": offered[place],
        "offered": offered[: QUARTERS // 2],
        "steps": [_("le jour même"), _("1 à 7 jours"), _("8 jours et plus")],
        "least": LEAST,
        "day_page": reverse("agenda:day"),
        "heading": _("Statistiques"),
    }
    return render(request, "agenda/statistics.html", context)


def _whose(request: StaffRequest) -> list[Practitioner]:
    """Return whose numbers the reader may see. Raises Http404, and notes it, for whoever may see nobody's."""
    everybody = Practitioner.objects.order_by("position", "name")
    if request.user.is_manager:
        return list(everybody)
    own = list(everybody.filter(pk=request.user.practitioner_id))
    if not own:
        logger.warning("staff %s asked for statistics", request.user.pk)
        raise Http404
    return own
