"""Leaving a wish on a waiting list, and taking it back: by its own link, from the visit's page, or by the desk."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import IntegrityError
from django.http import Http404

from booking import channels, erasures, holds, limits, retention
from booking.appointments import contact_of, current_key
from booking.links import TOKEN, link_hash
from booking.models import Appointment, Wish
from booking.moving import movable_type
from booking.refusals import NotBookable, TooMany
from booking.transactions import lock_agenda, verb
from clicdocteur.fields import random_key
from clicdocteur.grid import LAST_DAY, cell_of, day_of
from patients import store
from practitioners import access_log
from practitioners.models import Practitioner, VisitType

# Wishes that one network, and one contact with one practitioner, may leave in a day; and that one list may hold.
PER_NETWORK: Final = 6
PER_CONTACT: Final = 2
PER_LIST: Final = 300
DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Wanted:
    """On which days (bit 0 is Monday) and in which parts of the day somebody would come, and whether they are new here."""

    weekdays: int
    parts: int
    new_patient: bool | None = None


def ways(practitioner: Practitioner) -> list[str]:
    """Return by what an offer can reach somebody: the contacts that the practitioner asks for and this instance writes to."""
    on = {"email": channels.mail_is_on(), "phone": channels.sms_is_on()}
    either = practitioner.contact == Practitioner.Contact.EITHER
    return [way for way, is_on in on.items() if is_on and (either or practitioner.contact == way)]


def is_open_for(visit_type: VisitType) -> bool:
    """Whether a practitioner has a waiting list for a type: nothing is ever sent of a discreet one."""
    practitioner = visit_type.practitioner
    return practitioner.waiting_list and not visit_type.discreet and bool(ways(practitioner))


def leave(
    visit_type: VisitType,
    wanted: Wanted,
    identity: store.Identity,
    visit: store.Visit,
    token: str,
    now: datetime,
    *,
    language: str,
    network: str,
) -> None:
    """Leave a wish; *token* is of the form, and of the link that withdraws it. A repeated form changes nothing (R8).

    Raises Http404 when there is no list, TooMany, NotBookable, Busy.
    """
    try:
        _leave(visit_type, wanted, (identity, visit, language), token, now, network)
    except IntegrityError:
        if not Wish.objects.filter(link_hash=link_hash(token)).exists():
            raise


@verb
def _leave(
    asked: VisitType,
    wanted: Wanted,
    who: tuple[store.Identity, store.Visit, str],
    token: str,
    now: datetime,
    network: str,
) -> None:
    lock_agenda(pk=asked.practitioner_id)
    if Wish.objects.filter(link_hash=link_hash(token)).exists():
        return
    visit_type = VisitType.objects.select_related("practitioner__practice").filter(pk=asked.pk, active=True).first()
    if visit_type is None or not visit_type.practitioner.published or not is_open_for(visit_type):
        raise Http404
    identity, visit, language = who
    if wanted.new_patient and not visit_type.accepts_new:
        raise NotBookable
    _count(visit_type.practitioner_id, (visit.email or visit.phone).casefold(), network)
    key = current_key(visit_type.practitioner_id)
    wish = Wish(
        id=random_key(),
        practitioner_id=visit_type.practitioner_id,
        visit_type=visit_type,
        new_patient=wanted.new_patient,
        weekdays=wanted.weekdays,
        parts=wanted.parts,
        since=now,
        until=_last_day(visit_type, now),
        key_version=key.version,
        link_hash=link_hash(token),
    )
    channel, value = ("email", visit.email) if visit.email else ("phone", visit.phone)
    contact = store.Contact(channel, value, language, token)
    # Last, and before the agenda commits (booking.appointments says why).
    wish.patient_ref = store.put(identity, visit, contact, bytes(key.public_key), wish.pk)
    wish.save(force_insert=True)


@verb
def leave_earlier(token: str, wanted: Wanted, now: datetime) -> None:
    """Wish for an earlier time of a visit, from its page; a second wish replaces the first, and keeps its age.

    Raises Http404, TooLate, NotBookable where its patient cannot move it online or nothing can be sent, Busy.
    """
    visit = holds.locked_hold(token)
    if visit.state == Appointment.State.HELD:
        raise Http404
    visit_type = movable_type(visit, now)
    visit_type.practitioner = visit.practitioner
    contact = contact_of(visit)
    if not is_open_for(visit_type) or contact is None or not channels.way(contact.channel, contact.value):
        raise NotBookable
    wish = Wish.objects.filter(appointment=visit).first() or Wish(id=random_key(), appointment=visit, since=now)
    wish.practitioner_id, wish.visit_type, wish.new_patient = visit.practitioner_id, visit_type, visit.new_patient
    wish.weekdays, wish.parts = wanted.weekdays, wanted.parts
    wish.until = day_of(visit.first_cell, visit.practitioner.practice.zone)
    wish.save(force_insert=wish._state.adding)


@verb
def withdraw_earlier(token: str) -> None:
    """Take the wish for an earlier time back; the visit stands. Raises Http404, Busy."""
    visit = holds.locked_hold(token)
    Wish.objects.filter(appointment=visit).delete()


def by_link(token: str) -> Wish:
    """Return the wish that its link opens. Raises Http404."""
    named = Wish.objects.select_related("practitioner__practice", "visit_type")
    wish = named.filter(link_hash=link_hash(token)).first() if TOKEN.fullmatch(token) else None
    if wish is None:
        raise Http404
    return wish


def withdraw(token: str, now: datetime) -> None:
    """Take a wish back: erasing it, its record and its link. A second time changes nothing. Raises Busy."""
    _withdraw(token, now)
    retention.afterwards(now)


@verb
def _withdraw(token: str, now: datetime) -> None:
    lock_agenda(wishes__link_hash=link_hash(token))
    end(Wish.objects.filter(link_hash=link_hash(token)).first(), now)


def remove(pk: int, practitioner: int, now: datetime, *, staff: int, session_tag: bytes) -> None:
    """Take a wish off the list for the practice, and note who did. Raises Http404, Busy."""
    _remove(pk, practitioner, now, staff, session_tag)
    retention.afterwards(now)


@verb
def _remove(pk: int, practitioner: int, now: datetime, staff: int, session_tag: bytes) -> None:
    lock_agenda(pk=practitioner)
    wish = Wish.objects.filter(pk=pk, practitioner=practitioner).first()
    if wish is None:
        raise Http404
    access_log.record(staff, [wish.appointment_id or wish.pk], "unlisted", session_tag, now)
    end(wish, now)


def end(wish: Wish | None, now: datetime) -> None:
    """Erase a wish, in the transaction that is under way; what it was offered goes to the next."""
    if wish is None:
        return
    if wish.patient_ref is not None:
        erasures.note([wish], now)
    retention.forget_wishes([wish])


def _count(practitioner: int, contact: str, network: str) -> None:
    """Count by network, contact and list. Raises TooMany, which takes the counts back."""
    within = limits.hit("wish", network, limit=PER_NETWORK, seconds=DAY) and limits.hit(
        "wish-contact", str(practitioner), contact, limit=PER_CONTACT, seconds=DAY
    )
    if not within or Wish.objects.filter(practitioner=practitioner).count() >= PER_LIST:
        raise TooMany


def _last_day(visit_type: VisitType, now: datetime) -> date:
    today = day_of(cell_of(now), visit_type.practitioner.practice.zone)
    return min(today + timedelta(days=visit_type.horizon), LAST_DAY)
