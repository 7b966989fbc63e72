"""Booking for somebody on the telephone or at the counter, in one transaction with the sealed record."""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError
from django.http import Http404

from booking import identities, outbox, schedule
from booking.appointments import contact_of, current_key, reach, readable_contact
from booking.desk.holding import drop_own
from booking.desk.rule import judge, look
from booking.desk.terms import Booked, Coming, Desk, Judgement, Wanted
from booking.holds import give_way, occupy_all
from booking.links import link_hash, new_token
from booking.models import Appointment, Message
from booking.refusals import Closed, Full
from booking.transactions import lock_agenda, verb
from clicdocteur.fields import random_key
from clicdocteur.grid import instant_of
from patients import store
from patients.models import PatientRecord
from practitioners import access_log
from practitioners.keys import Vault
from practitioners.models import AgendaKey, VisitType

logger = logging.getLogger(__name__)


def book_at_desk(wanted: Wanted, coming: Coming, token: str, now: datetime, *, by: Desk) -> Booked:
    """Book a time for somebody whom staff have on the telephone. *token* is of the form, and of the patient's link.

    A repeated form finds what it booked and changes nothing (R8). What a patient holds stays theirs: like every other time
    that has no place left it takes `overbook`, or Full is raised (R12, A19). Raises Http404, Full, NotBookable, Busy.
    """
    return take_all([wanted], coming, token, now, by)[0]


def copy_to(source: Appointment, wanted: Wanted, token: str, vault: Vault, now: datetime, *, by: Desk) -> Booked:
    """Book another visit for whoever comes to *source*, with the same practitioner or another one, in a record of its own.

    Names, birth date, contact and the staff's note come along, sealed to the other agenda's key. The session must hold both
    agendas. Raises as `book_at_desk`; Closed when the identity does not open; Http404 without the other agenda's key.
    """
    return copies(source, [wanted], token, vault, now, by)[0]


def copies(
    source: Appointment, wanted: Sequence[Wanted], token: str, vault: Vault, now: datetime, by: Desk
) -> list[Booked]:
    """Book several such visits, of one type, all or none."""
    held = VisitType.objects.filter(pk=wanted[0].visit_type, practitioner__in=vault.practitioners())
    if not held.exists():
        logger.warning("staff %s would copy to an agenda without a grant", by.staff)
        raise Http404
    return take_all(wanted, _carried(source, vault, now), token, now, by)


def _carried(source: Appointment, vault: Vault, now: datetime) -> Coming:
    """Open what a new visit takes over from another one. Raises Closed."""
    shown = identities.show([source], vault, "copied", now).get(source.pk)
    if shown is None or shown.record is None:
        raise Closed(shown.why if shown else "missing")
    visit, contact = shown.record.visit or store.Visit(), contact_of(source)
    carried = store.Visit(email=visit.email, phone=visit.phone, note=visit.note)
    return Coming(shown.record.identity, carried, contact.language if contact else "fr")


def take_all(wanted: Sequence[Wanted], coming: Coming, token: str, now: datetime, by: Desk) -> list[Booked]:
    """Book visits of one type for one person, all in one commit or none. Raises as `book_at_desk`."""
    try:
        return _take_all(wanted, coming, token, now, by)
    except IntegrityError:
        raise Full([one.start for one in wanted]) from None


@verb
def _take_all(wanted: Sequence[Wanted], coming: Coming, token: str, now: datetime, by: Desk) -> list[Booked]:
    visit_type = _locked_type(wanted[0].visit_type)
    before = Appointment.objects.filter(link_hash=link_hash(token)).first()
    if before is not None:
        return [Booked(before)]
    drop_own(by)
    judged = _judged(visit_type, wanted, now, by)
    key = current_key(visit_type.practitioner_id)
    tokens = [token, *(new_token() for _ in wanted[1:])]
    booked = [
        Booked(visit_of(one, key, link, new_patient=asked.new_patient), one.cautions, one.is_full)
        for one, asked, link in zip(judged, wanted, tokens, strict=True)
    ]
    records = [_sealed(one.appointment, coming, key, link) for one, link in zip(booked, tokens, strict=True)]
    Appointment.objects.bulk_create([one.appointment for one in booked])
    give_way([one.appointment for one in booked])
    occupy_all([one.appointment for one in booked], now)
    _note(booked, by, now)
    _tell([one.appointment for one in booked], now)
    # Last, so that all that can refuse has spoken, and before the agenda commits (booking.appointments says why).
    store.insert(records)
    return booked


def _tell(booked: Sequence[Appointment], now: datetime) -> None:
    """Have the patient told as after a booking online. A series is confirmed in one message, for its rows are due at once."""
    for one in booked:
        if one.reach != Appointment.Reach.NOBODY:
            outbox.tell(one, Message.Kind.CONFIRMATION, now, after=schedule.AFTER_ACTION)


def _locked_type(pk: int) -> VisitType:
    """Lock the agenda first, then read the type as it is now (R15). Raises Http404 for one that is not offered."""
    lock_agenda(visit_types=pk)
    found = VisitType.objects.select_related("practitioner__practice").filter(pk=pk, active=True).first()
    if found is None:
        raise Http404
    return found


def _judged(visit_type: VisitType, wanted: Sequence[Wanted], now: datetime, by: Desk) -> list[Judgement]:
    """Judge each start under the lock. Raises Full for those that nobody said to overbook."""
    starts = [one.start for one in wanted]
    seen = look(visit_type.practitioner, min(starts), max(starts), now, session_tag=by.session_tag)
    judged = [judge(seen, visit_type, one.start, new_patient=one.new_patient) for one in wanted]
    full = [one.start for one, asked in zip(judged, wanted, strict=True) if one.asks and not asked.overbook]
    if full:
        raise Full(full)
    return judged


def visit_of(judged: Judgement, key: AgendaKey, token: str, *, new_patient: bool | None = None) -> Appointment:
    """Return an appointment as it was judged, unsaved and without its record; None when nobody said whether the patient is new."""
    return Appointment(
        id=random_key(),
        practitioner=judged.visit_type.practitioner,
        location_id=judged.location,
        visit_type=judged.visit_type,
        time_zone=judged.visit_type.practitioner.practice.time_zone,
        start=instant_of(judged.start),
        end=instant_of(judged.end),
        first_cell=judged.start,
        end_cell=judged.busy_until,
        lane=judged.spare if judged.lane is None else judged.lane,
        state=Appointment.State.BOOKED,
        new_patient=new_patient,
        discreet=judged.visit_type.discreet,
        key_version=key.version,
        link_hash=link_hash(token),
    )


def _sealed(appointment: Appointment, coming: Coming, key: AgendaKey, token: str) -> PatientRecord:
    """Return the record of an appointment, unsaved, and let the appointment point to it."""
    appointment.reach = reach(coming.visit, discreet=appointment.discreet)
    contact = readable_contact(appointment, coming.visit, coming.language, token)
    record, appointment.patient_ref = store.prepare(
        coming.identity, coming.visit, contact, bytes(key.public_key), appointment.pk
    )
    return record


def _note(booked: Sequence[Booked], by: Desk, now: datetime) -> None:
    """Write in the access log who made what; overbooking by name, and in the server's log too (A19)."""
    for action, overbooked in (("created", False), ("overbooked", True)):
        made = [one.appointment.pk for one in booked if one.overbooked is overbooked]
        access_log.record(by.staff, made, action, by.session_tag, now)
    for one in booked:
        if one.overbooked:
            logger.info("staff %s overbooked with appointment %s", by.staff, one.appointment.pk)
