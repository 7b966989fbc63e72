"""The worker's first duty: what is due is claimed, looked at once more, put into words and sent; never twice.

A message is *claimed* by an update that counts, so that one worker has it. Just before it is handed to the mail server
or the gateway the row becomes *handed*, again by an update that counts. A worker that dies before that leaves a claim,
which another takes over when its time is up; one that dies after it leaves a message of which nobody knows whether it
left: *doubtful*, never sent again, and shown to the practice.
"""

import logging
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import DatabaseError

from booking import addresses, appointments, channels, codes, letters, limits, outbox, summaries, words
from booking.channels import Doubtful, NotSent
from booking.delivery import claims, offers
from booking.delivery.claims import bring_back
from booking.delivery.parcels import Parcel
from booking.delivery.ways import Ways
from booking.judgement import Verdict, judge
from booking.letters import Letter, Told
from booking.links import link_hash
from booking.models import Appointment, Message
from clicdocteur.grid import cell_of, day_of
from patients import store

__all__ = ["Ways", "bring_back", "work"]

logger = logging.getLogger(__name__)
Kind, State, Channel, Error = Message.Kind, Message.State, Message.Channel, Message.Error
BATCH: Final = 25


def work(now: datetime, ways: Ways) -> int:
    """Send what is due, a batch at most; return how many messages came to an end or were put off. Raises DatabaseError."""
    claims.release(now)
    pks = claims.due(now, BATCH)
    try:
        return sum(_one(pk, now, ways) for pk in pks)
    finally:
        ways.close()


def _one(pk: int, now: datetime, ways: Ways) -> int:
    message = claims.claim(pk, now)
    if message is None:
        return 0
    parcel = Parcel([message])
    try:
        _deliver(parcel, now, ways)
    except claims.Lost:
        logger.warning("message %s was taken back or over while it was being sent: it did not leave", pk)
    except NotSent as failure:
        _failed(parcel, failure, now, ways)
    except Doubtful:
        logger.warning("message %s was handed over and no answer came", pk)
        _doubt(parcel, now)
    except DatabaseError as failure:
        logger.warning("message %s: a store failed (%s)", pk, type(failure).__name__)
        _broken_off(parcel, Error.CONTACT, now)
    except Exception as fault:
        logger.error("message %s could not be made", pk, exc_info=fault)  # noqa: TRY400 - the filter drops its text
        _broken_off(parcel, Error.FAULT, now)
    _let_go(parcel)
    return len(parcel.messages)


def _deliver(parcel: Parcel, now: datetime, ways: Ways) -> None:
    """Judge, look for the contact, and send; or settle a message that is not to be sent."""
    (message,) = parcel.messages
    verdict = judge(message, now)
    if verdict is Verdict.DROP:
        _drop(message)
    elif verdict is Verdict.EXPIRE:
        claims.close([message], State.FAILED, now, error=message.error or Error.EXPIRED)
    elif message.offer is not None:
        if offers.finds_contact(parcel, message, message.offer, now):
            _send(parcel, now, ways)
        else:
            _drop(message)
    elif message.appointment is None:
        _send_summary(parcel, now, ways)
    elif _finds_contact(parcel, message, message.appointment):
        _send(parcel, now, ways)
    elif outbox.needs_a_call(message):
        claims.to_call(message)
    else:
        claims.drop(message)


def _drop(message: Message) -> None:
    """Delete what nobody needs any more; a time that was not offered is the next one's."""
    if message.offer is not None:
        offers.end(message.offer)
    claims.drop(message)


def _finds_contact(parcel: Parcel, message: Message, visit: Appointment) -> bool:
    """Read the contact, and choose the channel. Raises NotSent where it cannot be read just now."""
    try:
        contact = store.read_contact(appointments.reference(visit)) if visit.patient_ref else None
    except store.NotOpened:
        raise NotSent(Error.CONTACT, again=True) from None
    if contact is None or not contact.value:
        return False
    if contact.token and link_hash(contact.token) != bytes(visit.link_hash or b""):
        # A correction is under way, or died between the two stores: its link is not the visit's.
        raise NotSent(Error.CONTACT, again=True)
    if message.kind == Kind.REMINDER and not contact.reminders:
        return False
    parcel.contact, parcel.channel = contact, channels.way(contact.channel, contact.value)
    parcel.told = [Told(visit, contact.token)]
    return bool(parcel.channel)


def _send(parcel: Parcel, now: datetime, ways: Ways) -> None:
    """Send a parcel by its channel, unless that is at rest."""
    assert parcel.contact is not None  # noqa: S101 - the caller has just found it
    first, contact = parcel.messages[0], parcel.contact
    if (until := ways.opens(parcel.channel, now)) is not None:
        claims.give_back(parcel.messages, until)
        return
    if first.kind in Message.TOGETHER:
        _take_along(parcel, now)
    if first.offer is not None and not offers.may_leave(parcel, first, now):
        _drop(first)
        return
    name = addresses.message_id(first.pk)
    if first.kind == Kind.CODE:
        _count_code(parcel, now, ways)
    if parcel.channel == Channel.EMAIL:
        ways.email(_letter(parcel, contact, now), contact.value, name, parcel.hand)
    else:
        _count_sms(parcel, now)
        text = _text(parcel, contact)
        ways.sms(words.phone_link(contact.value), text, name.strip("<>"), parcel.hand)
    ways.worked(parcel.channel)
    claims.close(parcel.messages, State.SENT, now, channel=parcel.channel)


def _letter(parcel: Parcel, contact: store.Contact, now: datetime) -> Letter:
    """Put a parcel into an e-mail."""
    first = parcel.messages[0]
    if first.kind == Kind.CODE:
        return letters.code_letter(_code(parcel, contact), first.practitioner.practice, contact.language)
    return letters.letter(first.kind, parcel.told, contact.language, now, first.minutes)


def _text(parcel: Parcel, contact: store.Contact) -> str:
    """Put a parcel into an SMS."""
    first = parcel.messages[0]
    if first.kind == Kind.CODE:
        return letters.code_short(_code(parcel, contact), contact.language)
    return letters.short(first.kind, parcel.told, contact.language, first.minutes)


def _code(parcel: Parcel, contact: store.Contact) -> str:
    """Return the digits of the sending that the hold counts by now; they are in no row."""
    hold = parcel.told[0].visit
    return codes.code(hold.pk, hold.codes_sent, contact.value)


def _count_code(parcel: Parcel, now: datetime, ways: Ways) -> None:
    """Count a code once, however often it is tried. Raises NotSent when this contact had too many today."""
    contact = parcel.contact
    if contact is None or parcel.messages[0].attempts > 1:
        return
    value = contact.value.casefold() if contact.channel == "email" else words.phone_link(contact.value)
    if not ways.codes.admits(value, now):
        raise NotSent(Error.CODES, again=False)


def _take_along(parcel: Parcel, now: datetime) -> None:
    """Claim what else is to be told to the same contact now: one message with all of it (M8)."""
    assert parcel.contact is not None  # noqa: S101 - the caller has just found it
    (mine,) = parcel.messages
    others = list(claims.due_together(mine, now))
    visits = {one.appointment_id: one.appointment for one in others if one.appointment and one.appointment.patient_ref}
    contacts = store.read_contacts(appointments.reference(visit) for visit in visits.values() if visit)
    for other in others:
        contact, visit = contacts.get(other.appointment_id or 0), other.appointment
        if visit is None or contact is None or not _same(contact, parcel.contact):
            continue
        if mine.kind == Kind.REMINDER and not contact.reminders:
            continue
        if link_hash(contact.token) != bytes(visit.link_hash or b"") or judge(other, now) is not Verdict.SEND:
            continue
        if (claimed := claims.claim(other.pk, now)) is not None and claimed.appointment is not None:
            parcel.messages.append(claimed)
            parcel.told.append(Told(claimed.appointment, contact.token))
    parcel.told.sort(key=lambda one: one.visit.start)


def _same(one: store.Contact, other: store.Contact) -> bool:
    return (one.channel, one.value.casefold()) == (other.channel, other.value.casefold())


def _count_sms(parcel: Parcel, now: datetime) -> None:
    """Count an SMS of the practice's day. Raises NotSent past the day's maximum."""
    day = day_of(cell_of(now), parcel.messages[0].practitioner.practice.zone)
    if not limits.hit("sms", day.isoformat(), limit=settings.SMS_PER_DAY, seconds=172_800):
        raise NotSent(Error.CAP, again=True)


def _send_summary(parcel: Parcel, now: datetime, ways: Ways) -> None:
    """Send a practitioner's summary of the day to the address that the practice gave, if it still does."""
    (message,) = parcel.messages
    to, parcel.channel = message.practitioner.summary_email, Channel.EMAIL
    if not to or not channels.mail_is_on():
        claims.drop(message)
    elif (until := ways.opens(parcel.channel, now)) is not None:
        claims.give_back([message], until)
    else:
        letter = summaries.letter(message.practitioner, now)
        ways.email(letter, to, addresses.message_id(message.pk), parcel.hand)
        ways.worked(parcel.channel)
        claims.close([message], State.SENT, now, channel=parcel.channel)


def _failed(parcel: Parcel, failure: NotSent, now: datetime, ways: Ways) -> None:
    """Put a message off, or give it up; leave a channel alone that is out of order."""
    if failure.rest:
        ways.failed(parcel.channel, now)
    if failure.again:
        claims.put_back(parcel.messages, failure.why, now)
    elif parcel.messages[0].offer is not None:
        _drop(parcel.messages[0])
    else:
        claims.close(parcel.messages, State.FAILED, now, error=failure.why, channel=parcel.channel)


def _broken_off(parcel: Parcel, why: str, now: datetime) -> None:
    """Have a message tried again that something on our side broke off; one that was being handed over may have left."""
    if parcel.handed:
        _doubt(parcel, now)
    else:
        claims.put_back(parcel.messages, why, now)


def _doubt(parcel: Parcel, now: datetime) -> None:
    claims.close(parcel.messages, State.DOUBTFUL, now, error=Error.UNREACHABLE, channel=parcel.channel)


def _let_go(parcel: Parcel) -> None:
    """Empty the contact boxes that were kept for these messages alone: nothing more is to be sent."""
    for message in parcel.messages:
        if message.appointment is not None:
            appointments.hush_if_told(message.appointment)
