"""How a patient is reached: what the server can read of it, for whom, and how it goes."""

from contextlib import suppress

from django.db import DatabaseError

from booking import channels, outbox, words
from booking.models import Appointment, Wish
from booking.refusals import Busy
from booking.transactions import lock_agenda, verb
from patients import store
from practitioners.models import AgendaKey


def hush_if_told(appointment: Appointment) -> None:
    """Hush a cancelled visit, unless something is still to be sent: then the worker does, once it has left."""
    if appointment.state in Appointment.CANCELLED and not outbox.is_waiting(appointment):
        hush(appointment)


def hush(appointment: Appointment) -> None:
    """Take from the server what it can read of a visit that is over or cancelled: nothing is left to send.

    A contact that was corrected and that staff have not seen yet is sealed to them; one of a visit that staff cancelled is
    put away sealed until the night, for they may undo it. The cancellation stands even if the patients store is down just
    now: `tidy` hushes what was missed.
    """
    if appointment.patient_ref is None:
        return
    known = reference(appointment)
    try:
        contact = store.read_contact(known)
        if contact is None or contact.correction:
            return
        if contact.corrected or appointment.state in Appointment.BY_STAFF:
            _seal_away(appointment)
        else:
            store.silence([known])
    except (DatabaseError, store.NotOpened, Busy):
        return


@verb
def _seal_away(appointment: Appointment) -> None:
    """Seal a contact to the agenda's current key, under the lock that a renewal of that key takes too.

    While that key is altered the contact stays as it is: nobody would ever open it.
    """
    lock_agenda(pk=appointment.practitioner_id)
    key = AgendaKey.objects.filter(practitioner=appointment.practitioner_id, retired=False, altered=False).first()
    known = reference(appointment)
    contact = store.read_contact(known)
    if key is None or contact is None:
        return
    if contact.corrected:
        store.correct(known, contact, bytes(key.public_key), readable=False)
    else:
        store.shelve(known, contact, bytes(key.public_key))


def reference(appointment: Appointment | Wish) -> store.Reference:
    """Return what the patients store is asked with."""
    return store.Reference(appointment.pk, bytes(appointment.patient_ref or b""))


def forget_left(left: store.Reference | None) -> None:
    """Let go of a record that an appointment has left for another. If that fails now, the sweep finds it."""
    if left is not None:
        with suppress(DatabaseError, store.NotOpened):
            store.forget([left])


def contact_of(appointment: Appointment | Wish) -> store.Contact | None:
    """Return what the server can read of an appointment's contact, or None."""
    if appointment.patient_ref is None:
        return None
    try:
        return store.read_contact(reference(appointment))
    except store.NotOpened:
        return None


def reach(visit: store.Visit, *, discreet: bool) -> Appointment.Reach:
    """Return by which means a patient can be told something: their e-mail, an SMS to a mobile, a call, or nothing at all."""
    if discreet or not (visit.email or visit.phone):
        return Appointment.Reach.NOBODY
    if visit.email:
        return Appointment.Reach.EMAIL
    by_sms = channels.sms_is_on() and words.is_mobile(visit.phone)
    return Appointment.Reach.SMS if by_sms else Appointment.Reach.CALL


def reach_of(contact: store.Contact | None) -> Appointment.Reach:
    """Return by which means somebody can be told something whose contact the server has already, or not at all."""
    if contact is None:
        return Appointment.Reach.NOBODY
    return reach(store.Visit(**{contact.channel: contact.value}), discreet=False)


def readable_contact(appointment: Appointment, visit: store.Visit, language: str, token: str) -> store.Contact | None:
    """Return what the server may read so that it can write to the patient; nothing of a discreet visit."""
    way = reach(visit, discreet=appointment.discreet)
    if way == Appointment.Reach.EMAIL:
        return store.Contact("email", visit.email, language, token)
    if way == Appointment.Reach.SMS:
        return store.Contact("phone", visit.phone, language, token)
    return None
