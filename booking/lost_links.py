"""A lost link is sent again, only to the contact on file; whoever asks learns nothing, not even from how long it takes.

The page writes one row and answers; the worker opens it, looks through all contacts that the server can read, and writes
messages for those that match. A request that finds nothing leaves nothing.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from django.db import transaction

from booking import limits, words
from booking.appointments import reference
from booking.models import Appointment, LostLink, Message
from booking.refusals import TooMany
from clicdocteur.fields import random_key
from patients import store

# How often one network may ask in an hour, and how often one contact is answered in a day.
PER_NETWORK, PER_CONTACT = 6, 3
HOUR, DAY = 3600, 86_400


def ask(channel: str, value: str, network: str, now: datetime) -> None:
    """Note that somebody lost a link. Always the same work, whoever it is. Raises TooMany."""
    if not limits.hit("lost", network, limit=PER_NETWORK, seconds=HOUR):
        raise TooMany
    pk = random_key()
    LostLink.objects.create(id=pk, box=store.close_asked(pk, channel, value), asked=now)


def answer(now: datetime) -> int:
    """Look for what was asked, and have the links sent; return how many requests there were. For the worker."""
    rows = list(LostLink.objects.order_by("asked", "pk")[:20])
    return sum(_one(row, now) for row in rows)


def _one(row: LostLink, now: datetime) -> int:
    with transaction.atomic():
        if not LostLink.objects.filter(pk=row.pk).delete()[0]:
            return 0  # another worker has it
        try:
            channel, value = store.open_asked(row.pk, bytes(row.box))
        except store.NotOpened:
            return 1
        wanted = _key(channel, value)
        found = [visit for visit in _upcoming(now) if wanted == visit[1]]
        if found and limits.hit("lost-answer", *wanted, limit=PER_CONTACT, seconds=DAY):
            _tell((visit for visit, _key in found), now)
    return 1


def _upcoming(now: datetime) -> Iterable[tuple[Appointment, tuple[str, str]]]:
    """Yield the visits to come whose contact the server can read, with that contact as it is compared."""
    booked = Appointment.objects.filter(
        state=Appointment.State.BOOKED, start__gt=now, patient_ref__isnull=False, discreet=False
    )
    rows = booked.order_by("pk").iterator(chunk_size=500)
    while some := list(islice(rows, 500)):
        contacts = store.read_contacts(reference(one) for one in some)
        for visit in some:
            contact = contacts.get(visit.pk)
            if contact is not None and contact.token:
                yield visit, _key(contact.channel, contact.value)


def _tell(visits: Iterable[Appointment], now: datetime) -> None:
    for visit in visits:
        Message.objects.filter(appointment=visit, kind=Message.Kind.LINK, state=Message.State.QUEUED).delete()
        Message.objects.create(
            appointment=visit, practitioner_id=visit.practitioner_id, kind=Message.Kind.LINK, due=now
        )


def _key(channel: str, value: str) -> tuple[str, str]:
    return channel, value.strip().casefold() if channel == "email" else words.phone_link(value)
