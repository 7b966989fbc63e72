"""What is freed is offered, one wish after the other; the worker does it. Then the time is public again.

A reserve keeps the time (`booking.reserving`). While an offer lives it is extended; when the last has ended, or nobody is
left to ask, it goes. Every step is asked anew under the agenda's lock, so that two workers make one offer.
"""

import logging
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from booking import reserving, schedule, waiting_rules
from booking.models import Appointment, Message, Offer, Wish
from booking.queries import next_for
from booking.refusals import Busy
from booking.transactions import lock_agenda, verb
from booking.waiting.matching import time_for
from clicdocteur.fields import random_key

logger = logging.getLogger(__name__)
MOST: Final = 50


def work(now: datetime) -> int:
    """Offer the freed times whose turn it is; return how many offers were made. For the worker; one query if there are none."""
    done = 0
    for pk in list(_waiting(now).order_by("pk").values_list("pk", flat=True)[:MOST]):
        try:
            done += _next(pk, now)
        except Busy:
            logger.warning("a freed time could not be offered just now")
    return done


def _waiting(now: datetime) -> QuerySet[Appointment]:
    """Return the reserves that nobody is being asked about. One that was not wanted (`sequence`) is not asked for again."""
    asked = Offer.objects.filter(ended=False, accepted=False, expires__gt=now, place__isnull=False).values("place")
    return (
        Appointment.objects.filter(Appointment.RESERVE, held_until__gt=now)
        .filter(Q(extensions__gt=0) | Q(sequence=0))
        .exclude(pk__in=asked)
    )


@verb
def _next(pk: int, now: datetime) -> int:
    """Make the next offer of a reserve, or let it go; return how many were made."""
    lock_agenda(appointments=pk)
    reserve = _waiting(now).filter(pk=pk).select_related("practitioner__practice").first()
    if reserve is None:
        return 0
    Offer.objects.filter(place=reserve, ended=False, accepted=False).update(ended=True)
    life = waiting_rules.life(reserve.start, now)
    wishes = next_for(reserve.practitioner_id, reserve.start, now) if life else []
    wish = next((one for one in wishes if time_for(one, reserve, now) is not None), None)
    if wish is None or life is None:
        _let_go(reserve)
        return 0
    if not schedule.in_hours(now + schedule.AFTER_ACTION, reserve.practitioner.practice.zone):
        _wait_for_hours(reserve, now)
        return 0
    _offer(wish, reserve, now, now + life)
    return 1


def _let_go(reserve: Appointment) -> None:
    """Nobody is left to ask: the time is public again; one that nobody was asked about keeps its random delay."""
    if reserve.extensions:
        reserve.delete()
    else:
        Appointment.objects.filter(pk=reserve.pk).update(sequence=1)


def _wait_for_hours(reserve: Appointment, now: datetime) -> None:
    """Keep a time for whom it will be offered to when offers may leave again; or let it go when that is too near."""
    until = reserving.turn(reserve.start, now)
    if until is None:
        reserve.delete()
    elif reserve.held_until is None or reserve.held_until < until:
        Appointment.objects.filter(pk=reserve.pk).update(held_until=until)


def _offer(wish: Wish, reserve: Appointment, now: datetime, expires: datetime) -> None:
    """Write the offer, and have it told a minute later: whoever freed the time by a slip has taken it back by then."""
    offer = Offer.objects.create(
        id=random_key(), wish=wish, place=reserve, start=reserve.start, made=now, expires=expires
    )
    Message.objects.create(
        appointment_id=wish.appointment_id,
        practitioner_id=reserve.practitioner_id,
        kind=Message.Kind.OFFER,
        offer=offer,
        due=now + schedule.AFTER_ACTION,
    )
    Appointment.objects.filter(pk=reserve.pk).update(
        held_until=expires + waiting_rules.TURN, extensions=reserve.extensions + 1
    )
