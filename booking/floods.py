"""Many bookings at once from one network: seen by the practice as a number and an hour, and undone together."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from booking import counting
from booking.appointments import free, hush
from booking.models import Appointment, Message, OnlineBooking
from booking.transactions import lock_agenda, verb
from practitioners import access_log
from practitioners.models import Practitioner

# How long it is known what was booked together; and from how many on a group stands out.
KEPT: Final = timedelta(days=1)
MANY: Final = 4


@dataclass(frozen=True, slots=True)
class Group:
    """What one network booked in a day, in the order of the visits."""

    tag: str
    first: datetime
    last: datetime
    visits: tuple[Appointment, ...]

    @property
    def stands_out(self) -> bool:
        """Whether it is more than a family books."""
        return len(self.visits) >= MANY


def groups(practitioners: Iterable[Practitioner], now: datetime) -> list[Group]:
    """Return what was booked online in the last day in these agendas and still stands, the largest groups first. One query."""
    rows = OnlineBooking.objects.filter(
        hour__gt=now - KEPT,
        appointment__practitioner__in=list(practitioners),
        appointment__state=Appointment.State.BOOKED,
        appointment__start__gt=now,
    ).select_related("appointment__practitioner__practice")
    together: dict[str, list[OnlineBooking]] = {}
    for row in rows.order_by("appointment__start", "pk"):
        together.setdefault(bytes(row.network_tag).hex(), []).append(row)
    found = [
        Group(tag, min(one.hour for one in rows), max(one.hour for one in rows), tuple(one.appointment for one in rows))
        for tag, rows in together.items()
    ]
    return sorted(found, key=lambda group: (-len(group.visits), group.first, group.tag))


def undo(pks: Collection[int], now: datetime, *, staff: int, session_tag: bytes) -> int:
    """Cancel these visits for the practice and free their times; return how many. Nobody is written to: who would it be?

    What changed meanwhile is left as it is. Each is noted in the access log. Run again, it goes on. Raises Busy.
    """
    done = 0
    for pk in sorted(pks):
        with suppress(Appointment.DoesNotExist):
            appointment = _undo(pk, now, staff, session_tag)
            if appointment is not None:
                hush(appointment)
                done += 1
    return done


@verb
def _undo(pk: int, now: datetime, staff: int, session_tag: bytes) -> Appointment | None:
    lock_agenda(appointments=pk)
    appointment = Appointment.objects.get(pk=pk)
    if appointment.state != Appointment.State.BOOKED or appointment.start <= now:
        return None
    appointment.state = Appointment.State.CANCELLED_BY_PRACTICE
    free(appointment, now)
    Message.objects.filter(appointment=appointment, state__in=Message.WAITING).delete()
    OnlineBooking.objects.filter(appointment=appointment).delete()
    access_log.record(staff, [pk], "to cancelled_by_practice"[:20], session_tag, now)
    return appointment


def forget_old(now: datetime) -> int:
    """Forget what was booked together more than a day ago; return how many. How far ahead it was is counted first."""
    with transaction.atomic():
        rows = OnlineBooking.objects.select_for_update(of=("self",), skip_locked=True).filter(hour__lte=now - KEPT)
        old = list(rows.select_related("appointment__practitioner__practice"))
        counting.leads(old)
        return OnlineBooking.objects.filter(pk__in=[one.pk for one in old]).delete()[0]
