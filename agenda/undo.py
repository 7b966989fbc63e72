"""The last action of this session, for as long as it can be undone: opaque ids, cells and states in the session row.

One action at a time: the next one, or ten minutes, and it is history. Whoever writes a verb's view says what it did with
`remember`; undoing itself is `booking.undoing`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from agenda.vault import StaffRequest
from booking import undoing
from booking.models import Appointment
from booking.moving import Seen, Standing
from booking.undoing import Step

KEY = "undo"
MOVED, MARKED, CANCELLED, MADE, LATE = "moved", "marked", "cancelled", "made", "late"


@dataclass(frozen=True, slots=True)
class Action:
    """What was done last: its kind, when, and to which appointments."""

    kind: str
    at: datetime
    steps: list[Step]

    @property
    def label(self) -> str:
        """The button that undoes it."""
        number = len(self.steps)
        if self.kind == CANCELLED and number > 1:
            return _("Défaire %(number)d annulations") % {"number": number}
        if self.kind == MADE and number > 1:
            return _("Défaire %(number)d créations") % {"number": number}
        return {
            MOVED: _("Défaire le déplacement"),
            MARKED: _("Défaire le changement d’état"),
            CANCELLED: _("Défaire l’annulation"),
            MADE: _("Défaire la création"),
            LATE: _("Défaire l’annonce du retard"),
        }[self.kind]


def remember(request: StaffRequest, kind: str, steps: Iterable[Step], now: datetime) -> None:
    """Note what this session did just now, in place of whatever it did before."""
    kept = [
        [str(step.appointment), step.before and step.before.dump(), step.left.state, step.left.sequence]
        for step in steps
    ]
    request.session[KEY] = {"kind": kind, "at": int(now.timestamp()), "steps": kept}


def step(appointment: Appointment, before: Standing | None) -> Step:
    """Return what a verb did to an appointment, as it left it; *before* is None when it was made."""
    return Step(appointment.pk, before, Seen(appointment.state, appointment.sequence))


def forget(request: StaffRequest) -> None:
    """Let go of the last action: something was done that cannot be undone, or it has been."""
    request.session.pop(KEY, None)


def last(request: StaffRequest, now: datetime) -> Action | None:
    """Return what can still be undone, or None."""
    kept = request.session.get(KEY)
    at = kept and datetime.fromtimestamp(kept["at"], UTC)
    if not kept or not at or now - at >= undoing.FOR:
        return None
    return Action(kept["kind"], at, [_step(*one) for one in kept["steps"]])


def _step(pk: str, before: dict[str, Any] | None, state: str, sequence: int) -> Step:
    return Step(int(pk), Standing.load(before) if before else None, Seen(state, sequence))
