"""For the practitioner's own web site and calendar: a button to copy, and a subscription to busy times."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.html import format_html

from agenda import access
from agenda.gate import staff_page
from agenda.vault import StaffRequest
from booking import feeds
from practitioners.access import agendas
from practitioners.models import Practitioner


@staff_page("GET")
def website(request: StaffRequest) -> HttpResponse:
    """The button's code and the state of the subscription for each agenda that the reader holds."""
    return _page(request)


@staff_page("POST")
def subscribe(request: StaffRequest, practitioner: int) -> HttpResponse:
    """Make a secret address, and show it in this answer alone; a former one is dead."""
    _granted, one = access.one_agenda(request, practitioner)
    path = reverse("calendar_feed", args=[feeds.make(request.user, one)])
    return _page(request, {one.pk: f"{settings.SITE_URL}{path}"})


@staff_page("POST")
def unsubscribe(request: StaffRequest, practitioner: int) -> HttpResponse:
    """End the subscription: the address is dead at once."""
    _granted, one = access.one_agenda(request, practitioner)
    feeds.revoke(request.user, one)
    return redirect("agenda:website")


def _page(request: StaffRequest, made: dict[int, str] | None = None) -> HttpResponse:
    subscribed = feeds.subscribed(request.user)
    cards = [
        {
            "practitioner": one,
            "code": _button(one),
            "is_subscribed": one.pk in subscribed,
            "address": (made or {}).get(one.pk, ""),
        }
        for one in agendas(request.user, access.today(request))
    ]
    context = {"cards": cards, "heading": translation.gettext("Site et calendrier"), "day_page": reverse("agenda:day")}
    return render(request, "agenda/website.html", context)


def _button(practitioner: Practitioner) -> str:
    """Return a link, in the practice's language, that any site can hold: no script, no frame, nothing of ours is loaded."""
    with translation.override(settings.LANGUAGE_CODE):
        path = reverse("booking:practitioner", args=[practitioner.slug])
        words = translation.gettext("Prendre rendez-vous")
    return format_html('<a href="{}{}" rel="noreferrer">{}</a>', settings.SITE_URL, path, words)
