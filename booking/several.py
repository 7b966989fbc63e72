"""Several visits at once, in one commit: cancelled, or told that the practice is late. All of them, or none."""

from collections.abc import Mapping
from datetime import datetime

from booking import outbox, schedule
from booking.appointments import become, free, hush_if_told
from booking.models import Appointment, Message
from booking.moving.standing import Seen, Standing
from booking.refusals import NotAllowed
from booking.transactions import lock_agendas, verb
from practitioners import access_log

# So many stand on one page; nobody chooses more by hand.
MOST = 200


def cancel_several(
    asked: Mapping[int, Seen], now: datetime, *, staff: int, session_tag: bytes, tell: bool = True
) -> dict[int, tuple[Appointment, Standing]]:
    """Cancel visits for the practice, as their screen showed them; return each as it is, and where it stood.

    Each patient is told a minute later, unless the practice does it itself. Raises NotAllowed, and changes nothing, when
    one of them changed meanwhile, is gone or is not to come any more; Busy.
    """
    done = _cancel(asked, now, staff, session_tag, tell)
    for appointment, _before in done.values():
        hush_if_told(appointment)
    return done


@verb
def _cancel(
    asked: Mapping[int, Seen], now: datetime, staff: int, session_tag: bytes, tell: bool
) -> dict[int, tuple[Appointment, Standing]]:
    done = {}
    for appointment in _as_shown(asked):
        before = Standing.of(appointment)
        become(appointment, Appointment.State.CANCELLED_BY_PRACTICE, now)
        free(appointment, now)
        if tell:
            outbox.tell(appointment, Message.Kind.CANCELLATION, now, after=schedule.AFTER_ACTION)
        else:
            outbox.remind(appointment, now)
        done[appointment.pk] = appointment, before
    access_log.record(staff, asked, f"to {Appointment.State.CANCELLED_BY_PRACTICE}"[:20], session_tag, now)
    return done


@verb
def tell_late(
    asked: Mapping[int, Seen], minutes: int, now: datetime, *, staff: int, session_tag: bytes
) -> list[Appointment]:
    """Have the patients of visits to come told, a minute later, that the practice runs late; return those appointments.

    Whoever cannot be written to is noted as to be called. Raises NotAllowed, and tells nobody, when one of them changed
    meanwhile or is here already; Busy.
    """
    found = _as_shown(asked)
    for appointment in found:
        outbox.tell(appointment, Message.Kind.LATE, now, after=schedule.AFTER_ACTION, minutes=minutes)
    access_log.record(staff, asked, "told-late", session_tag, now)
    return found


def _as_shown(asked: Mapping[int, Seen]) -> list[Appointment]:
    """Lock the agendas and return these appointments by time. Raises NotAllowed unless all are to come, as their screen showed.

    Who is here already is not treated with a crowd.
    """
    named = Appointment.objects.filter(pk__in=asked)
    lock_agendas(set(named.values_list("practitioner_id", flat=True)))
    rows = named.select_related("practitioner__practice", "visit_type", "location")
    found = list(rows.order_by("start", "pk"))
    changed = any(
        Seen(one.state, one.sequence) != asked[one.pk] or one.state != Appointment.State.BOOKED for one in found
    )
    if len(asked) > MOST or {one.pk for one in found} != set(asked) or changed:
        raise NotAllowed
    return found
