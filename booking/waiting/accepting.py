"""Accepting what was offered: the reserve becomes the visit, or the visit moves to where the reserve stands.

The offer's token is then the visit's own, as a hold's is the appointment's, so that a repeated form finds what it made.
"""

from datetime import datetime

from django.db.models import QuerySet
from django.http import Http404

from booking import outbox, retention
from booking.availability import Slot
from booking.contacts import contact_of, reach_of, reference
from booking.holds import occupy, place
from booking.links import TOKEN, link_hash
from booking.models import Appointment, Message, OccupiedCell, Offer, Wish
from booking.moving.standing import Spot, put
from booking.pairing import is_sound
from booking.refusals import BookingRefused, NotBookable
from booking.reserving import Left, keep
from booking.transactions import lock_agenda, verb
from booking.waiting.leaving import end
from booking.waiting.matching import time_for
from patients import store


class Gone(BookingRefused):
    """The time that was offered is somebody else's by now, or the offer is over: nothing was changed."""


def open_offer(token: str) -> Offer:
    """Return the offer that a link opens, over or not, with its wish, its place and whoever receives. Raises Http404."""
    if not TOKEN.fullmatch(token):
        raise Http404
    found = _offers().filter(link_hash=link_hash(token)).first()
    if found is None:
        raise Http404
    return found


def page_token(offer: Offer, token: str) -> str:
    """Return the token of the page of the visit that an accepted offer led to, or nothing where it is not known."""
    visit = offer.place
    if visit is None or bytes(visit.link_hash or b"") == link_hash(token):
        return token if visit else ""
    contact = contact_of(visit)
    return contact.token if contact else ""


def accept(token: str, now: datetime) -> str:
    """Accept an offer, and return the token of the visit's page. Twice is once.

    Raises Http404, Gone when the time is lost, NotBookable, Busy.
    """
    offer = _accept(token, now)
    return page_token(offer, token)


@verb
def _accept(token: str, now: datetime) -> Offer:
    lock_agenda(appointments__offers__link_hash=link_hash(token))
    offer = open_offer(token)
    if offer.accepted:
        return offer
    wish, reserve = offer.wish, offer.place
    if not is_sound():
        raise NotBookable
    # Read under the lock: staff may have booked over it, the worker may have ended it.
    if wish is None or reserve is None or not offer.is_open(now) or not reserve.is_reserve:
        raise Gone
    slot = time_for(wish, reserve, now)
    if slot is None:
        raise Gone
    Offer.objects.filter(pk=offer.pk).update(accepted=True, wish=None)
    offer.accepted = True
    if wish.appointment is not None:
        _move(wish.appointment, reserve, slot, now)
        offer.place = wish.appointment
        Offer.objects.filter(pk=offer.pk).update(place=wish.appointment)
        wish.delete()
    else:
        _book(wish, reserve, slot, token, now)
    return offer


@verb
def decline(token: str) -> None:
    """Leave a time to the next; the wish stays. Raises Http404, Busy."""
    lock_agenda(appointments__offers__link_hash=link_hash(token))
    Offer.objects.filter(pk=open_offer(token).pk, accepted=False).update(ended=True)


def withdraw_by_offer(token: str, now: datetime) -> None:
    """Take the wish back that an offer was made to; the time goes to the next. Raises Http404, Busy."""
    _withdraw_by_offer(token, now)
    retention.afterwards(now)


@verb
def _withdraw_by_offer(token: str, now: datetime) -> None:
    lock_agenda(appointments__offers__link_hash=link_hash(token))
    end(open_offer(token).wish, now)


def _book(wish: Wish, reserve: Appointment, slot: Slot, token: str, now: datetime) -> None:
    """Make the reserve the visit: the wish's record is its own from now on, under a reference of its own."""
    OccupiedCell.objects.filter(appointment=reserve).delete()
    place(reserve, slot, reserve.practitioner.practice)
    reserve.visit_type, reserve.new_patient = wish.visit_type, wish.new_patient
    reserve.state, reserve.held_until, reserve.extensions, reserve.sequence = Appointment.State.BOOKED, None, 0, 0
    reserve.key_version, reserve.link_hash = wish.key_version, link_hash(token)
    record = reference(wish)
    reserve.patient_ref = store.handed_over(record, reserve.pk)
    reserve.reach = reach_of(store.read_contact(record))
    # Whoever accepts reads what is sent to them: the offer came that way.
    reserve.proof = Appointment.Proof.PROVEN if reserve.practitioner.contact_code else Appointment.Proof.NONE
    reserve.save()
    occupy(reserve, now)
    wish.delete()
    outbox.tell(reserve, Message.Kind.CONFIRMATION, now, by_patient=True)
    # Last, and before the agenda commits: the link that the server sends is the visit's.
    store.relink(reference(reserve), token)


def _move(visit: Appointment, reserve: Appointment, slot: Slot, now: datetime) -> None:
    """Move a visit to where a reserve stands; what it leaves is offered in its turn."""
    left = Left.by(visit)
    reserve.delete()
    put(visit, Spot(slot.start, slot.end, slot.busy_until), slot.lane, slot.location, now)
    outbox.tell(visit, Message.Kind.CHANGE, now, by_patient=True)
    keep(left, now, visit)


def _offers() -> QuerySet[Offer]:
    return Offer.objects.select_related(
        "wish__practitioner__practice",
        "wish__visit_type",
        "wish__appointment__practitioner__practice",
        "wish__appointment__visit_type",
        "wish__appointment__location",
        "place__practitioner__practice",
        "place__location",
        "place__visit_type",
    )
