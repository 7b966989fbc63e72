"""While somebody of the practice types, the time is kept, and other desks and patients see it as taken."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError

from booking.availability import Occupied, free_lane
from booking.desk.rule import look, window_at
from booking.desk.terms import Desk, Look
from booking.holds import occupy
from booking.models import Appointment
from booking.transactions import lock_agenda, verb
from clicdocteur.fields import random_key
from clicdocteur.grid import Span, cells, instant_of
from practitioners.models import Practitioner, VisitType

DESK_HOLD = timedelta(minutes=5)


def hold_for_desk(
    practitioner: Practitioner,
    start: int,
    now: datetime,
    *,
    by: Desk,
    visit_type: VisitType | None = None,
    new_patient: bool = False,
) -> Appointment | None:
    """Keep a time for five minutes while a desk types; without a type, for the one that is offered first there.

    A desk types one visit at a time: what its session held before is given back. It keeps what is free from *start* on, at
    most the whole visit; None when nothing is. Raises Busy.
    """
    try:
        return _hold(practitioner, start, now, by, visit_type, new_patient)
    except IntegrityError:
        # A freed time is kept from patients already, and whoever waits keeps their turn if nothing comes of the call.
        return None


@verb
def _hold(
    practitioner: Practitioner, start: int, now: datetime, by: Desk, visit_type: VisitType | None, new_patient: bool
) -> Appointment | None:
    lock_agenda(pk=practitioner.pk)
    drop_own(by)
    seen = look(practitioner, start, start, now, session_tag=by.session_tag)
    kind = visit_type or usual_type(seen, list(VisitType.objects.filter(practitioner=practitioner, active=True)), start)
    length = cells(kind.duration(new_patient=new_patient) + kind.buffer) if kind else 1
    window = window_at(seen, start)
    place = _largest(seen, start, length, window.rule.places if window else 1)
    if place is None:
        return None
    span, lane = place
    hold = Appointment(
        id=random_key(),
        practitioner=practitioner,
        location_id=window.rule.location if window else seen.fallback_location,
        visit_type=kind,
        start=instant_of(span.start),
        end=instant_of(span.end),
        first_cell=span.start,
        end_cell=span.end,
        lane=lane,
        state=Appointment.State.HELD,
        held_until=now + DESK_HOLD,
        network_tag=by.session_tag,
    )
    hold.save(force_insert=True)
    occupy(hold, now)
    return hold


@verb
def release_for_desk(by: Desk) -> int:
    """Give back what a desk's session holds; return how many times there were. Raises Busy."""
    return drop_own(by)


def drop_own(by: Desk) -> int:
    """Delete the holds of a session, in the transaction that is under way. To free a time needs no lock."""
    own = Appointment.objects.filter(state=Appointment.State.HELD, link_hash__isnull=True, network_tag=by.session_tag)
    return own.delete()[1].get("booking.Appointment", 0)


def usual_type(seen: Look, types: Sequence[VisitType], start: int) -> VisitType | None:
    """Return which of a practitioner's types an opening offers first at a start, or the first of all, or None without any."""
    window = window_at(seen, start)
    wanted = window.rule.visit_types if window else frozenset()
    return next((one for one in types if one.pk in wanted), types[0] if types else None)


def _largest(seen: Look, start: int, length: int, places: int) -> tuple[Span, int] | None:
    """Return the longest span from a start, up to a length, over which one lane is free; with that lane."""
    occupied = [Occupied(one.start, one.end, one.lane) for one in seen.standing]
    for end in range(start + length, start, -1):
        lane = free_lane(occupied, Span(start, end), places)
        if lane is not None:
            return Span(start, end), lane
    return None
