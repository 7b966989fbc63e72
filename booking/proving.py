"""A contact proven by a code: the form is sealed at once, beside a hold that lives a little longer, and six digits admit it.

Nothing waits for mail: the code is a message of the queue like any other. Where this server could not send it, the patient
books without, and the agenda says *contact not proven*; so a mail server that is down is never the end of a booking.
"""

from datetime import datetime, timedelta
from typing import Final

from django.http import Http404

from booking import appointments, channels, codes, holds, outbox, rules
from booking.links import link_hash
from booking.models import Appointment, Message
from booking.refusals import NoMoreCodes, NotAllowed, NotBookable, TooMany, WrongCode
from booking.transactions import verb
from patients import store
from practitioners.models import Practitioner

Proof, State = Appointment.Proof, Message.State
# A code that has not left by then is not coming soon: the worker looks every two seconds.
SLOW: Final = timedelta(seconds=30)


def is_asked(practitioner: Practitioner, visit: store.Visit, *, discreet: bool) -> bool:
    """Whether this form needs a code: the practitioner asks for one, and it can be sent."""
    way = appointments.reach(visit, discreet=discreet)
    on = {Appointment.Reach.EMAIL: channels.mail_is_on(), Appointment.Reach.SMS: channels.sms_is_on()}
    return practitioner.contact_code and on.get(way, False)


def submit(token: str, form: appointments.Submission, now: datetime) -> Appointment:
    """Take a form that was filled in: book it, or keep it sealed beside its hold and have a code sent.

    Sent again it replaces what was typed; the same contact is not written to twice. Raises as `appointments.book`, NoMoreCodes.
    """
    hold = Appointment.objects.select_related("practitioner").filter(link_hash=link_hash(token)).first()
    if hold is None:
        raise Http404
    if not is_asked(hold.practitioner, form.visit, discreet=hold.discreet):
        return appointments.book(token, form, now)
    waiting, left = appointments.or_taken(token, now, lambda: _submit(token, form, now))
    appointments.forget_left(left)
    return waiting


@verb
def _submit(token: str, form: appointments.Submission, now: datetime) -> tuple[Appointment, store.Reference | None]:
    hold = holds.locked_hold(token)
    if hold.state != Appointment.State.HELD:
        return hold, None
    holds.reclaim(hold, now)
    left = appointments.reference(hold) if hold.awaits_code else None
    key = appointments.fill(hold, form.visit, form.new_patient)
    contact = appointments.readable_contact(hold, form.visit, form.language, token)
    if left is None:
        hold.held_until = max(hold.held_until or now, now + rules.CODE_LIFETIME)
    _have_sent(hold, contact, now)
    # Last, as every record is written (booking.admitting says why).
    hold.patient_ref = store.put(form.identity, form.visit, contact, bytes(key.public_key), hold.pk)
    hold.save(update_fields=["key_version", "new_patient", "reach", "patient_ref", "held_until", "codes_sent"])
    return hold, left


def confirm(token: str, typed: str, now: datetime) -> Appointment:
    """Book what awaits its code. A repeated call changes nothing. Raises WrongCode, NoMoreCodes, and as `appointments.book`."""
    done = appointments.or_taken(token, now, lambda: _confirm(token, typed, now))
    if isinstance(done, int):
        raise WrongCode(done)
    return done


@verb
def _confirm(token: str, typed: str, now: datetime) -> Appointment | int:
    """Return the appointment, or how many tries are left: a try that fails is counted, so nothing may be rolled back."""
    hold, contact = _awaiting(token)
    if contact is None:
        return hold
    if hold.code_tries >= codes.MOST_TRIES:
        raise NoMoreCodes
    if not codes.fits(typed, hold.pk, hold.codes_sent, contact.value):
        hold.code_tries += 1
        hold.save(update_fields=["code_tries"])
        return codes.MOST_TRIES - hold.code_tries
    return _admit(hold, contact, now, Proof.PROVEN)


def confirm_without(token: str, now: datetime) -> Appointment:
    """Book without a code, because this server could not send it: marked as not proven. Raises NotAllowed when it could."""
    return appointments.or_taken(token, now, lambda: _confirm_without(token, now))


@verb
def _confirm_without(token: str, now: datetime) -> Appointment:
    hold, contact = _awaiting(token)
    if contact is None:
        return hold
    if not could_not_send(hold, now):
        raise NotAllowed
    return _admit(hold, contact, now, Proof.UNPROVEN)


def send_again(token: str, now: datetime) -> None:
    """Have another code sent, unless one is still on its way. Raises Http404, NoMoreCodes, NotBookable, Busy."""
    _send_again(token, now)


@verb
def _send_again(token: str, now: datetime) -> None:
    hold, contact = _awaiting(token)
    if contact is not None and not outbox.is_waiting(hold):
        _have_sent(hold, None, now)
        hold.save(update_fields=["codes_sent"])


def correct(token: str, visit: store.Visit, now: datetime, *, language: str) -> Appointment:
    """Send the code to another contact; names stay sealed as they were typed. One that no code reaches books as not proven.

    Raises as `appointments.book`, NoMoreCodes.
    """
    return appointments.or_taken(token, now, lambda: _correct(token, visit, language, now))


@verb
def _correct(token: str, visit: store.Visit, language: str, now: datetime) -> Appointment:
    hold, before = _awaiting(token)
    if before is None:
        return hold
    key = appointments.fill(hold, visit, None)
    contact = appointments.readable_contact(hold, visit, language, token)
    if is_asked(hold.practitioner, visit, discreet=hold.discreet):
        _have_sent(hold, contact, now)
        hold.save(update_fields=["key_version", "reach", "codes_sent"])
    else:
        proof = Proof.NONE if hold.reach == Appointment.Reach.NOBODY else Proof.UNPROVEN
        holds.reclaim(hold, now)
        appointments.admit(hold, visit.email or visit.phone, now, proof)
        hold.save(update_fields=[*appointments.FILLED, *appointments.ADMITTED])
    channel, value = ("email", visit.email) if visit.email else ("phone", visit.phone)
    written = store.Contact(channel, value, language, token)
    store.correct(appointments.reference(hold), written, bytes(key.public_key), readable=contact is not None)
    return hold


def could_not_send(hold: Appointment, now: datetime) -> bool:
    """Whether this server did not manage to send the last code: it failed, was put off, or no worker took it in time."""
    last = last_code(hold)
    if last is None or last.state in (State.FAILED, State.DOUBTFUL):
        return True
    if last.state == State.SENT:
        return False
    return last.again is not None or bool(last.error) or now >= last.due + SLOW


def last_code(hold: Appointment) -> Message | None:
    """Return the message of the last code, as it stands."""
    return Message.objects.filter(appointment=hold, kind=Message.Kind.CODE).order_by("-due", "pk").first()


def _awaiting(token: str) -> tuple[Appointment, store.Contact | None]:
    """Return what awaits its code, locked, with the contact; None with what is booked already. Raises Http404, NotBookable."""
    hold = holds.locked_hold(token)
    if hold.state != Appointment.State.HELD:
        return hold, None
    if not hold.awaits_code:
        raise Http404
    try:
        contact = store.read_contact(appointments.reference(hold))
    except store.NotOpened:
        contact = None
    if contact is None:
        raise NotBookable
    return hold, contact


def _admit(hold: Appointment, contact: store.Contact, now: datetime, proof: str) -> Appointment:
    holds.reclaim(hold, now)
    appointments.admit(hold, contact.value, now, proof)
    hold.save(update_fields=[*appointments.FILLED, *appointments.ADMITTED])
    return hold


def _have_sent(hold: Appointment, contact: store.Contact | None, now: datetime) -> None:
    """Have a code sent, counted and unsaved; not to the contact that has one already. Raises NoMoreCodes, TooMany."""
    if contact is not None:
        if not appointments.may_book(hold, contact.value):
            raise TooMany
        before = appointments.contact_of(hold) if hold.awaits_code else None
        if before is not None and (before.channel, before.value) == (contact.channel, contact.value):
            return
    if hold.codes_sent >= codes.MOST_SENT:
        raise NoMoreCodes
    hold.codes_sent += 1
    # The former code still fits, and one that has not left is no longer needed.
    Message.objects.filter(appointment=hold, kind=Message.Kind.CODE).delete()
    outbox.tell(hold, Message.Kind.CODE, now, by_patient=True)
