"""The practice's page, and each practitioner's."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from booking import waiting, words
from booking.access import patient_page
from booking.queries import PractitionerPage, front_page, practitioner_page
from booking.views.page import Link, now, show
from clicdocteur.grid import instant_of
from practitioners.models import Practitioner, Replacement, VisitType
from practitioners.openings import Window


@patient_page("GET")
def practice(request: HttpRequest) -> HttpResponse:
    """Show who receives here, each with the next free time."""
    found = front_page(now())
    zone = found.practice.zone
    cards = [
        {
            "practitioner": card.practitioner,
            "next": words.moment(card.next_start, zone) if card.next_start else "",
            "bookable": card.bookable,
        }
        for card in found.cards
    ]
    return show(request, "booking/practice.html", {"cards": cards, "zone": words.all_times(zone)}, found.practice)


@patient_page("GET")
def practitioner(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one practitioner: what can be booked, where, and when next."""
    found = practitioner_page(slug, now())
    return show(request, "booking/practitioner.html", page_context(found), found.practice)


def page_context(found: PractitionerPage) -> dict[str, Any]:
    """Return what the template of a practitioner's page shows; the agenda's preview shows the same."""
    return {
        "practitioner": found.practitioner,
        "locations": found.locations,
        "rows": [_row(found.practitioner, one) for one in found.types],
        "next": _next(found),
        "waiting_lists": [one for one in found.types if waiting.is_open_for(one)],
        "walk_ins": [_walk_in(found, window) for window in found.walk_ins],
        "facts": list(_facts(found.practitioner)),
        "replaced": replaced(found.replacements, found.practitioner),
    }


def replaced(found: Iterable[Replacement], practitioner: Practitioner) -> list[dict[str, str]]:
    """Return who stands in for a practitioner, each as a sentence and what else the practice says of it."""
    return [{"words": words.replacement(one, practitioner), "text": one.text} for one in found]


def about(visit_type: VisitType, *, new_patient: bool | None = None, persons: int = 1) -> str:
    """Return how long a visit lasts and where it takes place: « 20 min · au cabinet »; several persons one after the other."""
    durations = {visit_type.duration_known, visit_type.duration_new} if visit_type.accepts_new else set()
    if new_patient is not None or len(durations) < 2:
        length = words.duration(visit_type.duration(new_patient=bool(new_patient), persons=persons))
    else:
        length = _("%(shorter)s ou %(longer)s") % {
            "shorter": words.duration(min(durations)),
            "longer": words.duration(max(durations)),
        }
    said = [length, visit_type.get_place_display()]
    if not visit_type.accepts_new:
        said.append(_("patients déjà suivis"))
    return " · ".join(said)


def asks_first(visit_type: VisitType) -> bool:
    """Whether the patient says new or known before choosing a time, because the durations differ."""
    return visit_type.accepts_new and visit_type.duration_new != visit_type.duration_known


def _row(practitioner: Practitioner, visit_type: VisitType) -> dict[str, Any]:
    """Return a visit type as a row: one link, or two where the duration depends on the answer."""
    address = reverse("booking:times", args=[practitioner.slug, visit_type.slug])
    ways = []
    if asks_first(visit_type):
        ways = [
            Link(f"{address}?patient=known", _("Déjà suivi : %(duration)s") % _length(visit_type.duration_known)),
            Link(f"{address}?patient=new", _("Première fois : %(duration)s") % _length(visit_type.duration_new)),
        ]
    return {"type": visit_type, "address": address, "about": about(visit_type), "ways": ways}


def _length(minutes: int) -> dict[str, str]:
    return {"duration": words.duration(minutes)}


def _next(found: PractitionerPage) -> dict[str, str] | None:
    """Return the next free time as a link to its week."""
    if found.next_start is None or found.next_type is None:
        return None
    zone = found.practice.zone
    address = reverse("booking:times", args=[found.practitioner.slug, found.next_type.slug])
    first = found.next_start.astimezone(zone).date()
    return {"address": f"{address}?from={first.isoformat()}", "moment": words.moment(found.next_start, zone)}


def _walk_in(found: PractitionerPage, window: Window) -> str:
    """Return hours without appointment as a line: « mardi 24 novembre, de 9 h à 11 h 30 »."""
    zone = found.practice.zone
    start, end = (instant_of(cell).astimezone(zone) for cell in (window.span.start, window.span.end))
    return _("%(day)s, de %(start)s à %(end)s") % {
        "day": words.day(window.day),
        "start": words.clock(start),
        "end": words.clock(end),
    }


def _facts(practitioner: Practitioner) -> Iterator[dict[str, str]]:
    """Yield what a sober page says besides, where the practice filled it in."""
    named = (
        (_("En cas d’urgence"), practitioner.emergency),
        (_("Accès"), practitioner.access),
        (_("Secteur et honoraires"), practitioner.sector),
        (_("Paiement"), practitioner.payment),
        (_("Langues"), practitioner.languages),
        (_("Titres et diplômes"), practitioner.titles),
        (_("Numéro RPPS"), practitioner.rpps),
    )
    return ({"name": name, "text": text} for name, text in named if text)
