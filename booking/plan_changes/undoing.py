"""Undoing a change of plan within ten minutes: the plan stands as before, and so do the visits whose times are still free."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from booking import undoing
from booking.models import Appointment
from booking.moving.standing import Seen, Standing
from booking.plan_changes.locking import under_lock
from booking.plan_changes.outside import visits_outside
from booking.refusals import NotAllowed
from booking.undoing import Step
from practitioners import plan_rows
from practitioners.keys import Vault
from practitioners.models import PlanChange, Practitioner

FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of it: visits that stand as before, those whose time is somebody else's, those that changed since.

    `outside` are visits that were booked into the hours which are gone again: they stay.
    """

    back: list[int] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    outside: list[Appointment] = field(default_factory=list)


def last_change(practitioner: int, now: datetime) -> PlanChange | None:
    """Return the last change of a plan if it can still be undone. One query."""
    last = PlanChange.objects.filter(practitioner=practitioner, at__gt=now - FOR).order_by("-at", "-pk").first()
    return None if last is None or last.undone else last


def undo_change(pk: int, practitioner: int, now: datetime, *, vault: Vault) -> Undone:
    """Put the plan back, and the visits that the change moved or cancelled, in one commit; messages that wait are withdrawn.

    A time that somebody else has by now is not taken back (R9). Raises NotAllowed, and changes nothing, when it is too late,
    when the plan was changed again since, or when a place of it is gone; Busy.
    """

    def both() -> Undone:
        last = last_change(practitioner, now)
        if last is None or last.pk != pk or not plan_rows.holds(practitioner, last.after):
            raise NotAllowed
        agenda = Practitioner.objects.select_related("practice").get(pk=practitioner)
        before = {visit.pk for visit in visits_outside([agenda], now)}
        try:
            plan_rows.put_back(practitioner, last.before)
        except LookupError:
            raise NotAllowed from None
        PlanChange.objects.filter(pk=last.pk).update(undone=True)
        steps = [_read(step) for step in last.steps]
        standing = _standing([step.appointment for step in steps])
        same = [step for step in steps if standing.get(step.appointment) == step.left]
        done = undoing.undo(same, last.at, now, vault=vault) if same else undoing.Undone([], [])
        agenda = Practitioner.objects.select_related("practice").get(pk=practitioner)
        outside = [visit for visit in visits_outside([agenda], now) if visit.pk not in before | set(done.taken)]
        changed = [step.appointment for step in steps if step not in same]
        return Undone(done.back, done.taken, changed, outside)

    return under_lock([practitioner], both)


def _read(step: list[Any]) -> Step:
    pk, before, state, sequence = step
    return Step(int(pk), Standing.load(before), Seen(state, sequence))


def _standing(appointments: list[int]) -> dict[int, Seen]:
    rows = Appointment.objects.filter(pk__in=appointments).values_list("pk", "state", "sequence")
    return {pk: Seen(state, sequence) for pk, state, sequence in rows}
