"""A visit moved by its patient, from the link: another time of the same practitioner and visit type, or nothing."""

from datetime import datetime

from django.db import IntegrityError
from django.http import Http404

from booking import holds, outbox, rules
from booking.links import link_hash
from booking.models import Appointment, Message
from booking.moving.standing import Spot, put
from booking.queries import ask_again, nearest_times
from booking.refusals import NotAllowed, NotBookable, Refused, Taken, TooLate
from booking.reserving import Left, keep
from booking.transactions import verb
from practitioners.models import VisitType


def movable_type(appointment: Appointment, now: datetime) -> VisitType:
    """Return the visit type under which a patient may move a visit online.

    Raises TooLate when it has begun, is over, is not booked (any more) or its deadline has passed; NotBookable when
    the type, or the practitioner's page, is not for patients (any more): then the practice moves it by telephone.
    """
    visit_type = appointment.visit_type
    deadline = visit_type.cancel_before if visit_type else 0
    if appointment.state != Appointment.State.BOOKED or rules.cancellation(appointment.start, deadline, now) != "free":
        raise TooLate
    hidden = visit_type is None or not visit_type.active or visit_type.visibility == VisitType.Visibility.STAFF
    if visit_type is None or hidden or not appointment.practitioner.published:
        raise NotBookable
    return visit_type


def move_for_patient(token: str, start_cell: int, seen: int, now: datetime) -> Appointment:
    """Move a visit to a time that its page offers; row, record and link stay. The old time is kept if the new one fails (R6).

    *seen* is the sequence that the page showed: whoever was moved by staff meanwhile is told (A16). To its own time
    nothing happens. Raises Http404, TooLate, NotBookable, NotAllowed, Refused, Taken with the nearest times, Busy.
    """
    try:
        return _move(token, start_cell, seen, now)
    except (IntegrityError, Refused) as lost:
        if isinstance(lost, Refused) and not lost.gone:
            raise
    named = Appointment.objects.select_related("visit_type__practitioner__practice")
    visit = named.get(link_hash=link_hash(token))
    assert visit.visit_type is not None  # noqa: S101 - the rule was asked for it just now
    raise Taken(nearest_times(visit.visit_type, start_cell, now, new_patient=bool(visit.new_patient), moving=visit))


@verb
def _move(token: str, start_cell: int, seen: int, now: datetime) -> Appointment:
    appointment = holds.locked_hold(token)
    if appointment.state == Appointment.State.HELD:
        raise Http404
    if appointment.sequence != seen:
        raise NotAllowed
    visit_type = movable_type(appointment, now)
    visit_type.practitioner = appointment.practitioner
    if start_cell == appointment.first_cell:
        return appointment
    slot = holds.admitted(visit_type, start_cell, ask_again(appointment, visit_type, now), [appointment.pk])
    left = Left.by(appointment)
    put(appointment, Spot(slot.start, slot.end, slot.busy_until), slot.lane, slot.location, now)
    keep(left, now, appointment)
    outbox.tell(appointment, Message.Kind.CHANGE, now, by_patient=True)
    return appointment
