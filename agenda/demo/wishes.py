"""Who waits for a time to be freed: some who have no visit yet, and one of each list who would rather come earlier."""

from datetime import datetime, timedelta
from random import Random
from typing import Final

from agenda.demo import people
from booking.links import link_hash, new_token
from booking.models import Appointment, Wish
from booking.waiting_rules import EVERY_DAY, EVERY_PART, Part
from clicdocteur.fields import random_key
from clicdocteur.grid import cell_of, day_of
from patients import store
from practitioners.models import AgendaKey, Practitioner, VisitType

# On which days (bit 0 is Monday), in which parts of the day, and since how many days.
NEW: Final = ((EVERY_DAY, EVERY_PART, 9), (0b000_0100, int(Part.MORNING | Part.AFTERNOON), 4))
EARLIER: Final = (EVERY_DAY, int(Part.AFTERNOON | Part.EVENING), 2)


def leave(now: datetime, keys: dict[int, AgendaKey], random: Random) -> None:
    """Put them on the lists that are switched on."""
    wishes: list[Wish] = []
    for one in Practitioner.objects.filter(waiting_list=True).select_related("practice").order_by("position"):
        wishes += [_new(one, keys[one.pk], wanted, now, random) for wanted in NEW]
        if visit := _later(one, now):
            wishes.append(_wish(one, visit.visit_type, EARLIER, now))
            wishes[-1].appointment, wishes[-1].until = visit, day_of(visit.first_cell, one.practice.zone)
    Wish.objects.bulk_create(wishes)


def _wish(practitioner: Practitioner, kind: VisitType | None, wanted: tuple[int, int, int], now: datetime) -> Wish:
    weekdays, parts, days = wanted
    return Wish(
        id=random_key(),
        practitioner=practitioner,
        visit_type=kind,
        new_patient=False,
        weekdays=weekdays,
        parts=parts,
        since=now - timedelta(days=days),
    )


def _new(
    practitioner: Practitioner, key: AgendaKey, wanted: tuple[int, int, int], now: datetime, random: Random
) -> Wish:
    """Return the wish of somebody who has no visit, its record written as theirs would be."""
    kind = practitioner.visit_types.filter(discreet=False, active=True).order_by("position")[0]
    today, token = day_of(cell_of(now), practitioner.practice.zone), new_token()
    wish = _wish(practitioner, kind, wanted, now)
    wish.until, wish.link_hash, wish.key_version = today + timedelta(days=kind.horizon), link_hash(token), key.version
    who = people.identity(random, today, child=False)
    contact = store.Contact("email", f"attente.{wanted[2]}@example.org", "fr", token)
    wish.patient_ref = store.put(who, store.Visit(email=contact.value), contact, bytes(key.public_key), wish.pk)
    return wish


def _later(practitioner: Practitioner, now: datetime) -> Appointment | None:
    """Return a visit in three weeks or more of somebody who reads e-mail: nothing is ever sent of a discreet one."""
    coming = Appointment.objects.filter(practitioner=practitioner, state="booked", discreet=False, reach="email")
    return coming.filter(start__gt=now + timedelta(days=21)).select_related("visit_type").order_by("start").first()
