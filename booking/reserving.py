"""A time that somebody leaves is kept from the public for a while: for the waiting list, or so that nobody can tell who left.

What is kept is an appointment that nobody has, a *reserve*: it occupies its cells, so that the one rule neither lists nor
admits them, and it expires by itself, so that a worker that is dead keeps no time from anybody. Staff see it as free.
"""

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from booking import schedule, waiting_rules
from booking.availability import OVERBOOKING
from booking.holds import occupy
from booking.models import Appointment
from booking.queries import next_for, the_practice
from clicdocteur.fields import random_key
from clicdocteur.grid import Span, cell_of, day_of, instant_of

# The longest delay of a time that nobody waits for.
LONGEST_DELAY = waiting_rules.LONGEST_DELAY


class Left(NamedTuple):
    """A time that somebody left: whose agenda, where, and its cells."""

    practitioner: int
    location: int
    first: int
    end: int
    lane: int

    @classmethod
    def by(cls, appointment: Appointment) -> "Left":
        """Return the time that an appointment has, its buffer included, before it leaves it."""
        return cls(
            appointment.practitioner_id,
            appointment.location_id,
            appointment.first_cell,
            appointment.end_cell,
            appointment.lane,
        )


def keep(left: Left, now: datetime, to: Appointment | None = None) -> Appointment | None:
    """Keep a time that was left just now, in the transaction and under the lock that freed it; return the reserve, if any.

    *to* is where its visit went: a time that it still touches is simply free.
    """
    went = to is not None and to.practitioner_id == left.practitioner
    if left.lane >= OVERBOOKING or (
        went and to is not None and Span(to.first_cell, to.end_cell).overlaps(Span(left.first, left.end))
    ):
        return None
    until = _until(left, now)
    if until is None:
        return None
    reserve = Appointment(
        id=random_key(),
        practitioner_id=left.practitioner,
        location_id=left.location,
        start=instant_of(left.first),
        end=instant_of(left.end),
        first_cell=left.first,
        end_cell=left.end,
        lane=left.lane,
        state=Appointment.State.HELD,
        held_until=until,
    )
    reserve.save(force_insert=True)
    occupy(reserve, now)
    return reserve


def turn(start: datetime, now: datetime) -> datetime | None:
    """Return until when a time is kept for whom the list offers it to next: now, or when offers may leave again.

    None when that would be too near to the visit.
    """
    practice = the_practice()
    assert practice is not None  # noqa: S101 - somebody had an appointment
    zone, leaves = practice.zone, now + schedule.AFTER_ACTION
    if not schedule.in_hours(leaves, zone):
        day = day_of(cell_of(leaves), zone)
        leaves = schedule.opening(day, zone)
        leaves = leaves if leaves > now else schedule.opening(day + timedelta(days=1), zone)
    if waiting_rules.life(start, leaves) is None:
        return None
    return leaves + waiting_rules.TURN


def _until(left: Left, now: datetime) -> datetime | None:
    """Return until when a time is kept: for the waiting list, for a random while if it is far ahead, or not at all."""
    start = instant_of(left.first)
    if waiting_rules.life(start, now) is None:
        return None
    delay = timedelta(0)
    if start - now > waiting_rules.AT_ONCE_WITHIN and LONGEST_DELAY:
        delay = timedelta(seconds=secrets.randbelow(int(LONGEST_DELAY.total_seconds())))
    waits = turn(start, now) if next_for(left.practitioner, start, now) else None
    until = max(now + delay, waits or now)
    return until if until > now else None
