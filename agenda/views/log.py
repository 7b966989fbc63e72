"""Reading is accountable: a day of the access log for managers, and who opened one appointment."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from agenda import access
from agenda.bar import FIRST_DAY, LAST_DAY
from agenda.gate import staff_page
from agenda.vault import StaffRequest
from booking import words
from booking.models import Appointment
from practitioners.access_log import chain, reading


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: when, who, what, and of how many appointments, by their opaque ids."""

    when: str
    name: str
    what: str
    ids: tuple[int, ...] = ()


@staff_page("GET")
def log(request: StaffRequest, on: date | None = None) -> HttpResponse:
    """One day for managers: who was shown how many appointments, and what stands out. No patient's name."""
    access.manager(request)
    today, zone = access.today(request), request.practice.zone
    on, anchor = on or today, chain.head()
    flagged = [
        Line(words.clock_full(one.at), one.name, action_words(one.action), one.appointments)
        for one in reading.flagged(on, zone)
    ]
    context = {
        "readers": reading.readers(on, zone),
        "flagged": flagged,
        "day": words.day(on, year=True),
        "earlier": reverse("agenda:log", args=[max(FIRST_DAY, on - timedelta(days=1))]),
        "later": reverse("agenda:log", args=[min(LAST_DAY, on + timedelta(days=1))]) if on < today else "",
        "kept": request.practice.log_kept,
        "anchor": anchor if anchor != chain.NONE_YET else "",
        "day_page": reverse("agenda:day"),
        "heading": _("Journal des accès"),
    }
    return render(request, "agenda/log.html", context)


@staff_page("GET")
def opened(request: StaffRequest, pk: int) -> HttpResponse:
    """Who opened one appointment, for whoever holds its agenda: a patient can be told on request."""
    found = access.appointment(request, pk)
    zone = request.practice.zone
    lines = [
        Line(
            _("%(day)s, %(hours)s") % {"day": words.day(one.day, year=True), "hours": _hours(one)},
            one.name,
            ", ".join(map(action_words, one.actions)),
        )
        for one in reading.openings_of(found.pk, zone)
    ]
    context = {
        "lines": lines,
        "when": words.moment(found.start, zone, year=True),
        "kept": request.practice.log_kept,
        "day_page": reverse("agenda:appointment", args=[pk]),
        "heading": _("Qui a ouvert ce rendez-vous"),
        "back": _("Retour au rendez-vous"),
    }
    return render(request, "agenda/opened.html", context)


def action_words(action: str) -> str:
    """Return an action of the log as people read it."""
    for state in Appointment.State:
        if action == f"to {state}"[:20]:
            return _("noté « %(state)s »") % {"state": state.label}
    return {
        "day": _("agenda du jour"),
        "week": _("agenda de la semaine"),
        "list": _("liste du jour"),
        "plan": _("changement d’heures qui le touche"),
        "appointment": _("fiche du rendez-vous"),
        "thief": _("page « Ce que voit un voleur »"),
        "search": _("recherche d’un patient"),
        "copied": _("repris dans un autre rendez-vous"),
        "attestation": _("attestation de présence"),
        "created": _("créé"),
        "imported": _("créé depuis un fichier"),
        "compared": _("comparé à un fichier"),
        "overbooked": _("mis en surnombre"),
        "note": _("note modifiée"),
        "day-note": _("note du jour modifiée"),
        "new-link": _("nouveau lien donné"),
        "messages": _("page des messages"),
        "called": _("appel noté"),
        "sent again": _("message renvoyé"),
        "moved": _("déplacé"),
        "undone": _("dernière action défaite"),
        "told-late": _("prévenu d’un retard"),
        "counted": _("absence ou annulation tardive comptée"),
        "uncounted": _("absence ou annulation tardive plus comptée"),
        "waiting-list": _("liste d’attente"),
        "unlisted": _("retiré de la liste d’attente"),
        "waiting": _("salle d’attente"),
        "several": _("plusieurs rendez-vous à la fois"),
        "print": _("liste à imprimer"),
        reading.RESCUE: _("listes de secours"),
        "export": _("sorti dans un fichier (copie ou export)"),
        "erased": _("identité effacée"),
        "past-limit": _("mot de passe redemandé : limite atteinte"),
    }.get(action, action)


def _hours(one: reading.Opening) -> str:
    first, last = words.clock_full(one.first), words.clock_full(one.last)
    return first if first == last else f"{first}–{last}"
