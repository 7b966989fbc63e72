"""Offers of the waiting list: to whom, by a link of their own, one a day for each contact."""

from datetime import datetime

from booking import appointments, channels, limits
from booking.channels import NotSent
from booking.delivery.parcels import Parcel
from booking.letters import Told
from booking.links import link_hash, new_token
from booking.models import Message, Offer
from clicdocteur.grid import cell_of, day_of
from patients import store

PER_CONTACT = 1
_TWO_DAYS = 172_800


def finds_contact(parcel: Parcel, message: Message, offer: Offer, now: datetime) -> bool:
    """Read the contact of whoever waits, and give the offer the link that is about to be sent.

    Each attempt has another link: what certainly did not leave opens nothing. Raises NotSent where it cannot be read just now.
    """
    wish, place = offer.wish, offer.place
    if wish is None or place is None:
        return False
    try:
        contact = store.read_contact(appointments.reference(wish.appointment or wish))
    except store.NotOpened:
        raise NotSent(Message.Error.CONTACT, again=True) from None
    if contact is None or not contact.value:
        return False
    token = new_token()
    alive = Offer.objects.filter(pk=offer.pk, ended=False, accepted=False, expires__gt=now)
    if not alive.update(link_hash=link_hash(token)):
        return False
    # What it would be: the reserve says no more than when and where.
    place.visit_type = wish.visit_type
    parcel.contact, parcel.channel = contact, channels.way(contact.channel, contact.value)
    parcel.told = [Told(place, token, offer.expires)]
    return bool(parcel.channel)


def may_leave(parcel: Parcel, message: Message, now: datetime) -> bool:
    """Count the offers that a contact has on a day of the practice; another attempt of the same one is not counted again."""
    assert parcel.contact is not None  # noqa: S101 - the caller has just found it
    if message.attempts > 1:
        return True
    day = day_of(cell_of(now), message.practitioner.practice.zone)
    named = (day.isoformat(), parcel.contact.channel, parcel.contact.value.casefold())
    return limits.hit("offer", *named, limit=PER_CONTACT, seconds=_TWO_DAYS)


def end(offer: Offer) -> None:
    """Leave the time to the next."""
    Offer.objects.filter(pk=offer.pk, accepted=False).update(ended=True)
