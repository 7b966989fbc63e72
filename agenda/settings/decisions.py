"""What is decided for the visits that a change touches: read from a form, and shown in one."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.http import QueryDict
from django.utils.translation import gettext as _

from agenda.vault import StaffRequest
from agenda.visits import Visit, visit
from booking import identities, words
from booking.identities import PastLimit, Shown
from booking.models import Appointment
from booking.plan_changes import Decision, Decisions, Problem, Touched, What
from clicdocteur.fields import key_from
from clicdocteur.grid import instant_of

# The names of the preview's own fields; everything else on it is the form that waits.
_OWN = re.compile(r"visit-.*|all|decided|back|csrfmiddlewaretoken|unlock_password")
_NAME = re.compile(r"visit-([0-9]{1,19})")
_SEEN = re.compile(r"([a-z_]{1,24})\.([0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class Row:
    """A touched visit on the preview: who and when, what is chosen, the times that it could go to."""

    visit: Visit
    day: str
    what: str
    to: int | None
    times: list[tuple[str, str]]
    problem: str
    may_move: bool
    may_cancel: bool

    @property
    def seen(self) -> str:
        """What this screen shows of it, for the commit to compare."""
        return f"{self.visit.appointment.state}.{self.visit.appointment.sequence}"


def read(posted: QueryDict) -> Decisions | None:
    """Return what was decided; None when nothing was asked yet. What makes no sense decides nothing."""
    if "decided" not in posted:
        return None
    found = {}
    for name in posted:
        matched = _NAME.fullmatch(name)
        seen = _SEEN.fullmatch(posted.get(f"{name}-seen", ""))
        what = posted.get(name, "")
        pk = key_from(matched[1]) if matched else None
        if pk is not None and seen and what in list(What):
            found[pk] = Decision(What(what), seen[1], int(seen[2]), _start(posted, name))
    return found


def _start(posted: QueryDict, name: str) -> int | None:
    """Return the time (a cell) to which a visit was to go, if one was chosen."""
    to = posted.get(f"{name}-to", "")
    return int(to) if re.fullmatch(r"[0-9]{1,9}", to) else None


def tells(posted: QueryDict) -> bool:
    """Whether patients hear of it: unless it was unticked on a preview that was sent."""
    return "decided" not in posted or "visit-tell" in posted


def waiting(posted: QueryDict) -> list[tuple[str, str]]:
    """Return the fields of the form that waits, for the preview to carry."""
    return [(name, value) for name, values in posted.lists() if not _OWN.fullmatch(name) for value in map(str, values)]


def rows(request: StaffRequest, touched: Iterable[Touched], now: datetime, *, may_act: bool) -> tuple[list[Row], bool]:
    """Return the preview's rows, with names where they may be shown; and whether the hourly limit kept them back."""
    listed = list(touched)
    shown, is_past = _names(request, [one.appointment for one in listed], now) if may_act else ({}, False)
    posted = request.POST
    return [_row(request, one, shown, posted, now, may_act=may_act) for one in listed], is_past


def _names(request: StaffRequest, visits: list[Appointment], now: datetime) -> tuple[Mapping[int, Shown], bool]:
    """Open who comes. Past the limit they stay closed: the form that waits must not be lost for a password."""
    if request.vault is None:
        return {}, False
    try:
        return identities.show(visits, request.vault, "plan", now), False
    except PastLimit:
        return {}, True


def _row(
    request: StaffRequest, one: Touched, shown: Mapping[int, Shown], posted: QueryDict, now: datetime, *, may_act: bool
) -> Row:
    appointment, zone = one.appointment, request.practice.zone
    here = appointment.state != Appointment.State.BOOKED
    may_cancel = may_act and not here
    may_move = may_cancel and bool(one.times)
    name = f"visit-{appointment.pk}"
    what = posted.get("all") or posted.get(name) or What.KEEP
    if (what == What.MOVE and not may_move) or (what == What.CANCEL and not may_cancel) or what not in list(What):
        what = What.KEEP
    return Row(
        visit=visit(appointment, zone, now, dict(shown)),
        day=words.day(appointment.start.astimezone(zone).date(), year=True),
        what=what,
        to=None if "all" in posted else _start(posted, name),
        times=[(str(slot.start), words.moment(instant_of(slot.start), zone)) for slot in one.times],
        problem=_said(one.problem) if "decided" in posted else "",
        may_move=may_move,
        may_cancel=may_cancel,
    )


def _said(problem: Problem | None) -> str:
    if problem is None:
        return ""
    return {
        Problem.NEW: _("Pris entre-temps : il n’était pas sur la liste."),
        Problem.CHANGED: _("Changé entre-temps à un autre poste : voici où il en est."),
        Problem.TAKEN: _("Cette heure n’est plus libre : choisissez-en une autre."),
        Problem.NOT_YOURS: _("Seule une personne qui a la clé de cet agenda peut le déplacer ou l’annuler."),
        Problem.HERE: _("Ce patient est arrivé : son rendez-vous reste."),
    }[problem]
