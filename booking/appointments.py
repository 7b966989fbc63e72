"""What may happen to an appointment: one verb, one transaction each."""

from datetime import datetime

from django.http import Http404

from booking import holds, outbox, reserving, rules, schedule
from booking.admitting import (
    ADMITTED,
    BOOKINGS_PER_CONTACT,
    FILLED,
    Submission,
    admit,
    book,
    current_key,
    fill,
    may_book,
    or_taken,
)
from booking.contacts import (
    contact_of,
    forget_left,
    hush,
    hush_if_told,
    reach,
    readable_contact,
    reference,
)
from booking.links import link_hash, new_token
from booking.models import Appointment, Lapse, Message, OccupiedCell, Wish
from booking.refusals import NotAllowed, TooLate
from booking.transactions import lock_agenda, verb
from patients import store
from practitioners import access_log

# How a patient is reached is part of what happens to a visit: whoever asks the verbs finds both here.
__all__ = [
    "ADMITTED",
    "BOOKINGS_PER_CONTACT",
    "FILLED",
    "Submission",
    "admit",
    "become",
    "book",
    "cancel",
    "choose_reminders",
    "contact_of",
    "correct_contact",
    "current_key",
    "fill",
    "forget_left",
    "free",
    "hush",
    "hush_if_told",
    "mark",
    "may_book",
    "or_taken",
    "reach",
    "readable_contact",
    "reference",
]


def cancel(token: str, reason: str, now: datetime) -> Appointment:
    """Cancel for the patient: on time, or late once the deadline has passed. Cancelling twice changes nothing.

    Raises Http404, TooLate once the visit has begun, Busy.
    """
    appointment = _cancel(token, reason, now)
    hush_if_told(appointment)
    return appointment


@verb
def _cancel(token: str, reason: str, now: datetime) -> Appointment:
    appointment = _locked(token)
    if appointment.state != Appointment.State.BOOKED:
        if appointment.state in Appointment.CANCELLED:
            return appointment
        raise TooLate
    deadline = appointment.visit_type.cancel_before if appointment.visit_type else 0
    outcome = rules.cancellation(appointment.start, deadline, now)
    if outcome == "past":
        raise TooLate
    appointment.state = Appointment.State.CANCELLED if outcome == "free" else Appointment.State.CANCELLED_LATE
    appointment.cancel_reason = reason
    free(appointment, now)
    outbox.tell(appointment, Message.Kind.CANCELLATION, now, by_patient=True)
    return appointment


def free(appointment: Appointment, now: datetime | None = None) -> None:
    """Save an appointment's freed state and give its cells back, in the transaction that is under way.

    With *now* the time is kept from the public for a while (`booking.reserving`); without, nobody could have it anyway.
    """
    appointment.sequence += 1
    appointment.save(update_fields=["state", "cancel_reason", "arrived_at", "sequence"])
    OccupiedCell.objects.filter(appointment=appointment).delete()
    Wish.objects.filter(appointment=appointment).delete()
    if now is not None:
        reserving.keep(reserving.Left.by(appointment), now)


def correct_contact(token: str, visit: store.Visit, now: datetime, *, language: str) -> str:
    """Replace the patient's contact, and the link with it: the old link dies. Returns the new token.

    Raises Http404, TooLate when the visit is over or cancelled, NotBookable, Busy.
    """
    return _correct_contact(token, visit, language, now)


@verb
def _correct_contact(token: str, visit: store.Visit, language: str, now: datetime) -> str:
    appointment = _locked(token)
    if not appointment.is_live or appointment.end <= now or appointment.patient_ref is None:
        raise TooLate
    key = current_key(appointment.practitioner_id)
    renewed = new_token()
    appointment.link_hash = link_hash(renewed)
    appointment.reach = reach(visit, discreet=appointment.discreet)
    # What was proven is the former contact.
    appointment.proof = appointment.proof and Appointment.Proof.UNPROVEN
    appointment.save(update_fields=["link_hash", "reach", "proof"])
    outbox.remind(appointment, now)
    channel = "email" if visit.email else "phone"
    contact = store.Contact(channel, visit.email or visit.phone, language, renewed)
    readable = readable_contact(appointment, visit, language, renewed) is not None
    store.correct(reference(appointment), contact, bytes(key.public_key), readable=readable)
    return renewed


@verb
def choose_reminders(token: str, *, on: bool) -> None:
    """Note whether this patient wants reminders, where the server has a contact to send them to. Raises Http404, Busy."""
    appointment = _locked(token)
    if appointment.patient_ref is not None:
        store.choose_reminders(reference(appointment), on=on)


def mark(
    pk: int, becomes: str, seen: str, now: datetime, *, staff: int, session_tag: bytes, sequence: int | None = None
) -> Appointment:
    """Change the state for staff, and note who did; *seen* is the state that their screen showed, with its *sequence*.

    Raises NotAllowed when the appointment changed meanwhile or the state does not follow; Http404; Busy.
    """
    appointment = _mark(pk, becomes, (seen, sequence), now, staff, session_tag)
    hush_if_told(appointment)
    return appointment


@verb
def _mark(
    pk: int, becomes: str, seen: tuple[str, int | None], now: datetime, staff: int, session_tag: bytes
) -> Appointment:
    practitioner = Appointment.objects.filter(pk=pk).values_list("practitioner_id", flat=True).first()
    if practitioner is None:
        raise Http404
    lock_agenda(pk=practitioner)
    rows = Appointment.objects.select_related("practitioner__practice", "visit_type", "location")
    appointment = rows.get(pk=pk)
    state, sequence = seen
    moved = appointment.practitioner_id != practitioner or sequence not in (None, appointment.sequence)
    if moved or appointment.state != state or not _follows(state, becomes):
        raise NotAllowed
    become(appointment, becomes, now)
    # Whatever was counted of it was of the state that it had.
    Lapse.objects.filter(appointment=appointment).delete()
    if becomes in Appointment.LIVE:
        appointment.save(update_fields=["state", "arrived_at"])
    else:
        free(appointment, now)
        excused = becomes == Appointment.State.EXCUSED
        outbox.tell(appointment, Message.Kind.CANCELLATION, now, after=schedule.AFTER_ACTION, by_patient=excused)
    access_log.record(staff, [appointment.pk], f"to {becomes}"[:20], session_tag, now)
    return appointment


def become(appointment: Appointment, state: str, now: datetime) -> None:
    """Set a state, unsaved, with the moment since when the patient waits; who goes back from the consultation still waits."""
    appointment.state = state
    if state == Appointment.State.ARRIVED:
        appointment.arrived_at = appointment.arrived_at or now
    elif state not in (Appointment.State.IN_CONSULTATION, Appointment.State.SEEN):
        appointment.arrived_at = None


def _follows(state: str, following: str) -> bool:
    try:
        return rules.may_become(rules.Actor.STAFF, rules.State(state), rules.State(following))
    except ValueError:
        return False


def _locked(token: str) -> Appointment:
    appointment = holds.locked_hold(token)
    if appointment.state == Appointment.State.HELD:
        raise Http404
    return appointment
