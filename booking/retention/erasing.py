"""Erasing somebody at their own wish or at the practice's, giving a hold back, and erasing again after a restore."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.http import Http404

from booking import erasures, pairing, rules
from booking.appointments import free, reference
from booking.holds import locked_hold
from booking.models import Appointment, Lapse, Wish
from booking.retention.forgetting import empty_journal, forget, forget_wishes
from booking.transactions import lock_agenda, verb
from patients import store
from practitioners import access_log

# For so long after its expiry a form that awaits its code is still there.
UNPROVEN_GRACE = timedelta(minutes=30)


def erase(token: str, now: datetime) -> None:
    """Erase a patient at their own wish, by their link. A visit to come is cancelled first, explicitly.

    The agenda keeps an anonymous slot; the link dies with the identity. Raises Http404, Busy.
    """
    _erase(token, now)
    afterwards(now)


@verb
def _erase(token: str, now: datetime) -> None:
    appointment = locked_hold(token)
    if appointment.state == Appointment.State.HELD:
        _drop(appointment)
        return
    if appointment.state == Appointment.State.BOOKED:
        deadline = appointment.visit_type.cancel_before if appointment.visit_type else 0
        outcome = rules.cancellation(appointment.start, deadline, now)
        if outcome != "past":
            appointment.state = Appointment.State.CANCELLED if outcome == "free" else Appointment.State.CANCELLED_LATE
            free(appointment, now)
    _erased([appointment], now)


@verb
def give_back(token: str) -> None:
    """Give a held time back, with the form if it was sealed already. What is no hold any more stays. Raises Http404, Busy."""
    hold = locked_hold(token)
    if hold.state == Appointment.State.HELD:
        _drop(hold)


def forget_unproven(now: datetime) -> int:
    """Delete the holds, and what was sealed of their forms, whose code was not typed in time; return how many.

    The grace is for a message that is slow and a patient who has to choose another time: nothing is typed again meanwhile.
    """
    if not pairing.is_sound():
        return 0
    late = Appointment.objects.filter(
        state=Appointment.State.HELD, patient_ref__isnull=False, held_until__lte=now - UNPROVEN_GRACE
    )
    gone = sum(_forget_unproven(pk, now) for pk in late.values_list("pk", flat=True))
    if gone:
        empty_journal()
    return gone


@verb
def _forget_unproven(pk: int, now: datetime) -> int:
    """Look again under the lock: the code may just have been typed."""
    lock_agenda(appointments=pk)
    hold = Appointment.objects.filter(
        pk=pk, state=Appointment.State.HELD, held_until__lte=now - UNPROVEN_GRACE
    ).first()  # fmt: skip
    if hold is None:
        return 0
    try:
        _drop(hold)
    except store.NotOpened:
        return 0  # under another secret, or damaged: the sweep raises the alarm
    return 1


def _drop(hold: Appointment) -> None:
    """Delete a hold: its record first, as in `forget`, then all that is left of it."""
    if hold.patient_ref is not None:
        store.forget([reference(hold)])
    hold.delete()


def erase_for(pk: int, now: datetime, *, staff: int, session_tag: bytes) -> None:
    """Erase a patient for the practice, at their request; note who did. A visit to come is cancelled with it.

    Raises Http404 when there is nobody to erase (a hold, or erased already), Busy.
    """
    _erase_for(pk, now, staff, session_tag)
    afterwards(now)


@verb
def _erase_for(pk: int, now: datetime, staff: int, session_tag: bytes) -> None:
    lock_agenda(appointments=pk)
    appointment = Appointment.objects.filter(pk=pk).first()
    if appointment is None or not appointment.has_person:
        raise Http404
    if appointment.state == Appointment.State.BOOKED and now < appointment.start:
        appointment.state = Appointment.State.CANCELLED_BY_PRACTICE
        free(appointment, now)
    access_log.record(staff, [pk], "erased", session_tag, now)
    _erased([appointment], now)


def _erased(appointments: Sequence[Appointment], now: datetime) -> None:
    """Forget for good, what was counted of these visits included; a purge leaves that until its year is over."""
    erasures.note(appointments, now)
    Lapse.objects.filter(appointment__in=appointments).delete()
    forget(appointments)


def replay(records: Collection[int], now: datetime) -> int:
    """Erase again what had been erased when a backup still held it; return how many appointments and wishes were tied to it.

    A visit to come is cancelled, as it was then. What does not open is left to `purge` and the sweep to count.
    """
    again = []
    for appointment in Appointment.objects.filter(patient_ref__isnull=False).order_by("pk").iterator():
        with suppress(store.NotOpened):
            if reference(appointment).record in records:
                again.append(appointment)
    wishes = [one for one in Wish.objects.filter(patient_ref__isnull=False).order_by("pk") if _is_of(one, records)]
    with transaction.atomic():
        forget_wishes(wishes)
        for appointment in again:
            if appointment.state == Appointment.State.BOOKED and now < appointment.start:
                appointment.state = Appointment.State.CANCELLED
                free(appointment)
        Lapse.objects.filter(appointment__in=again).delete()
        forget(again)
    for record in records:
        store.drop_orphan(record)
    return len(again) + len(wishes)


def _is_of(wish: Wish, records: Collection[int]) -> bool:
    """Whether a wish's record is among these; one that does not open is not."""
    with suppress(store.NotOpened):
        return reference(wish).record in records
    return False


def afterwards(now: datetime) -> None:
    """What an erasure leaves to do once it is committed: no page as it was before, and no backup that brings it back."""
    empty_journal()
    if not connection.in_atomic_block:
        erasures.keep_beside_backups(now)
