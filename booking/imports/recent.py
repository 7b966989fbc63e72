"""What was brought in lately, and taking it out again: known from the access log, which says who made what and when.

So nothing else is kept of an import, and an appointment does not say where it came from.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from booking import undoing
from booking.models import Appointment
from booking.moving import Seen
from booking.undoing import Step, Undone
from practitioners import access_log
from practitioners.keys import Vault
from practitioners.models import Practitioner

# For so long an import is offered to be taken out, and so many go in one transaction.
KEPT = timedelta(days=30)
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Brought:
    """One import: a handle for pages, whose, when (the minute), and what of it is as it came in and still to come."""

    handle: str
    staff: int
    at: datetime
    left: tuple[int, ...]


def recent(practitioners: Collection[Practitioner], now: datetime) -> list[Brought]:
    """Return the imports of the last thirty days into these agendas, the latest first. Two queries."""
    batches = access_log.batches(access_log.IMPORTED, now - KEPT)
    left = set(
        Appointment.objects.filter(
            pk__in=[pk for one in batches for pk in one.appointments],
            practitioner__in=[one.pk for one in practitioners],
            state=Appointment.State.BOOKED,
            sequence=0,
            start__gt=now,
        ).values_list("pk", flat=True)
    )
    found = [
        Brought(_handle(one), one.staff, one.at, tuple(pk for pk in one.appointments if pk in left)) for one in batches
    ]
    return [one for one in found if one.left]


def remove(one: Brought, vault: Vault, now: datetime) -> int:
    """Take out what an import brought in: the appointments with their records, as undoing does it; return how many.

    What was marked, moved or cancelled since stays. A patient who was written to already is told, and their link still
    leads somewhere: such an appointment is cancelled instead. Interrupted, it goes on when it is asked again. Raises Busy.
    """
    done = 0
    for at in range(0, len(one.left), AT_ONCE):
        steps = [Step(pk, None, Seen(Appointment.State.BOOKED, 0)) for pk in one.left[at : at + AT_ONCE]]
        gone: Undone = undoing.undo(steps, one.at, now, vault=vault)
        done += len(gone.back)
    return done


def _handle(one: access_log.Batch) -> str:
    """Return a name for an import that an address or a form may carry."""
    return hashlib.sha256(one.session_tag + one.at.isoformat().encode()).hexdigest()[:24]
