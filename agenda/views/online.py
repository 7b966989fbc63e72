"""What was booked online in the last day, by network: a flood is seen as such and undone in one go."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agenda import access
from agenda.gate import needs_key, staff_page
from agenda.vault import StaffRequest, session_tag
from booking import floods, words
from booking.refusals import Busy
from clicdocteur.fields import key_from
from practitioners.access import agendas


@staff_page("GET")
def online(request: StaffRequest) -> HttpResponse:
    """Groups of one network and day, the largest first; no name is opened here. A constant number of queries."""
    zone = request.practice.zone
    found = floods.groups(agendas(request.user, access.today(request)), timezone.now())
    groups = [
        {
            "number": number,
            "stands_out": group.stands_out,
            "hours": _hours(words.moment(group.first, zone), words.moment(group.last, zone)),
            "visits": [
                {"pk": one.pk, "when": words.moment(one.start, zone, year=True), "who": one.practitioner.name}
                for one in group.visits
            ],
        }
        for number, group in enumerate(found, 1)
    ]
    context = {
        "many": [group for group in groups if group["stands_out"]],
        "few": sum(len(group.visits) for group in found if not group.stands_out),
        "heading": _("Réservé en ligne"),
        "day_page": reverse("agenda:day"),
    }
    return render(request, "agenda/online.html", context)


@staff_page("POST")
@needs_key
def undo(request: StaffRequest) -> HttpResponse:
    """Cancel the visits that were ticked, as far as they are among what the reader may see and undo (I6)."""
    granted = agendas(request.user, access.today(request))
    shown = {one.pk for group in floods.groups(granted, timezone.now()) for one in group.visits}
    ticked = shown & {key_from(one) for one in request.POST.getlist("visit")}
    try:
        done = floods.undo(ticked, timezone.now(), staff=request.user.pk, session_tag=session_tag(request))
    except Busy:
        messages.error(request, _("La base est occupée. Ce qui a été annulé l’est ; recommencez pour le reste."))
    else:
        text = ngettext(
            "%(number)d rendez-vous annulé, sans message. Son heure est libre.",
            "%(number)d rendez-vous annulés, sans message. Leurs heures sont libres.",
            done,
        )
        messages.success(request, text % {"number": done})
    return redirect("agenda:online")


def _hours(first: str, last: str) -> str:
    return first if first == last else _("de %(first)s à %(last)s") % {"first": first, "last": last}
