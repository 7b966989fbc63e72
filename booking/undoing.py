"""Undoing the last action of a desk. What came after it stays: nothing is written over, nobody's time is taken back."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError

from booking import lapses, outbox, schedule
from booking.appointments import become, forget_left, free, reference
from booking.availability import OVERBOOKING, Occupied, free_lane, overbooking_lane
from booking.desk.rule import look, window_at
from booking.holds import give_way_to
from booking.models import Appointment, Lapse, Message
from booking.moving.standing import Seen, Standing, hand_over, put
from booking.refusals import NotAllowed
from booking.transactions import lock_agendas, verb
from clicdocteur.grid import Span
from patients import store
from practitioners import access_log
from practitioners.keys import Vault
from practitioners.models import Practitioner

# After that the screen has long shown something else, and so have others'.
FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Step:
    """What one action did to one appointment: where it stood before (None: it was made), and what it was left as."""

    appointment: int
    before: Standing | None
    left: Seen


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of it: the appointments that stand as before, and those whose time is somebody else's by now."""

    back: list[int]
    taken: list[int]


def undo(steps: Sequence[Step], since: datetime, now: datetime, *, vault: Vault) -> Undone:
    """Put appointments back to where and what they were, in one commit, and note who did; the action was done at *since*.

    A time that somebody else has by now is not taken back (R9): that appointment stays as it is, and is named in the answer.
    Messages that have not left are withdrawn; whoever was told already is told of this too.
    Raises NotAllowed, and changes nothing, when one of them changed since the action; Closed, NotBookable; Busy.
    """
    outcome, restored, left = _undo(steps, since, now, vault)
    for record in left:
        forget_left(record)
    for appointment in restored:
        keys = vault.keys(appointment.practitioner_id, appointment.key_version or 0)
        # The visit stands in any case; without its contact the patient is told by telephone.
        with suppress(DatabaseError, store.NotOpened):
            store.take_down(reference(appointment), keys)
        lapses.count_absence(appointment, vault, now)
    return outcome


@verb
def _undo(
    steps: Sequence[Step], since: datetime, now: datetime, vault: Vault
) -> tuple[Undone, list[Appointment], list[store.Reference]]:
    by_pk = {step.appointment: step for step in steps}
    named = Appointment.objects.filter(pk__in=by_pk)
    where = {step.before.practitioner for step in steps if step.before}
    lock_agendas(where | set(named.values_list("practitioner_id", flat=True)))
    rows = named.select_related("practitioner__practice", "visit_type", "location")
    found = list(rows.order_by("pk"))
    if len(found) != len(by_pk) or any(Seen(one.state, one.sequence) != by_pk[one.pk].left for one in found):
        raise NotAllowed
    practitioners = Practitioner.objects.select_related("practice").in_bulk(where)
    back, taken = [], []
    left: list[store.Reference] = []
    for appointment in found:
        before = by_pk[appointment.pk].before
        if before is None:
            left += _unmake(appointment, since, now)
        elif (lane := _way_back(appointment, before, practitioners[before.practitioner], now)) is None:
            taken.append(appointment.pk)
            continue
        else:
            left += _return(appointment, before, practitioners[before.practitioner], lane, now, vault)
            _untell(appointment, since, now)
        back.append(appointment.pk)
    access_log.record(vault.staff.pk, back, "undone", vault.session_tag, now)
    gone = {pk for pk in back if by_pk[pk].before is None}
    return Undone(back, taken), [one for one in found if one.pk in set(back) - gone], left


def _unmake(appointment: Appointment, since: datetime, now: datetime) -> list[store.Reference]:
    """Delete an appointment that was made by mistake; return its record, which goes once the agenda has committed.

    If its patient was told already it is cancelled instead: their link must not lead to nothing.
    """
    if outbox.withdraw(appointment, since, now, Message.Kind.CONFIRMATION) or outbox.was_reminded(appointment):
        become(appointment, Appointment.State.CANCELLED_BY_PRACTICE, now)
        free(appointment)
        outbox.tell(appointment, Message.Kind.CANCELLATION, now, after=schedule.AFTER_ACTION)
        return []
    left = [] if appointment.patient_ref is None else [reference(appointment)]
    # The row is kept in memory as it was: its id is still needed.
    Appointment.objects.filter(pk=appointment.pk).delete()
    return left


def _way_back(appointment: Appointment, before: Standing, practitioner: Practitioner, now: datetime) -> int | None:
    """Return the lane in which an appointment can stand where it stood, or None when somebody else has the time."""
    if _stands(appointment, before):
        return before.lane
    seen = look(practitioner, before.first, before.first, now, leaving_out=appointment.pk)
    spot, standing = (
        Span(before.first, before.busy_until),
        # Whoever was only asked about it makes way: what was undone was a slip.
        [Occupied(one.start, one.end, one.lane) for one in seen.standing if not one.is_offered],
    )
    if not any(one.lane == before.lane and Span(one.start, one.end).overlaps(spot) for one in standing):
        return before.lane
    if before.lane >= OVERBOOKING:
        return overbooking_lane(standing, spot)
    window = window_at(seen, before.first)
    return free_lane(standing, spot, window.rule.places if window else 1)


def _return(
    appointment: Appointment, before: Standing, practitioner: Practitioner, lane: int, now: datetime, vault: Vault
) -> list[store.Reference]:
    """Put an appointment back; return the record that it leaves behind if it goes back to another practitioner."""
    other, stands = practitioner.pk != appointment.practitioner_id, _stands(appointment, before)
    left = hand_over(appointment, practitioner, vault) if other else None
    appointment.visit_type_id = before.visit_type
    appointment.state, appointment.cancel_reason = before.state, before.cancel_reason
    Lapse.objects.filter(appointment=appointment).delete()
    appointment.arrived_at, appointment.discreet = before.arrived_at, before.discreet
    if stands:
        appointment.save(update_fields=["state", "cancel_reason", "arrived_at"])
    else:
        give_way_to(before.practitioner, before.first, before.busy_until, lane)
        put(appointment, before.spot, lane, before.location, now)
    return [left] if left else []


def _untell(appointment: Appointment, since: datetime, now: datetime) -> None:
    """Take back what the action told and what has not left; who was told is told how the visit stands now."""
    outbox.withdraw(appointment, since, now, Message.Kind.LATE)
    if outbox.withdraw(appointment, since, now, Message.Kind.CHANGE, Message.Kind.CANCELLATION):
        outbox.tell(appointment, Message.Kind.CHANGE, now, after=schedule.AFTER_ACTION)


def _stands(appointment: Appointment, before: Standing) -> bool:
    """Whether an appointment still has its cells, and only its state is to change."""
    now = Standing.of(appointment)
    return appointment.is_live and (now.practitioner, now.spot) == (before.practitioner, before.spot)
