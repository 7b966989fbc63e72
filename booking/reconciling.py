"""What two stores that were restored know of each other: said in full, never settled in silence."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from booking.appointments import reference
from booking.models import Appointment, Message, Wish
from patients import store


@dataclass(frozen=True, slots=True)
class Differences:
    """Live and past visits whose record is missing; records that no visit knows; references that do not open.

    `missing` are the visits to come among the first, in their order: somebody will stand at the door.
    """

    missing: tuple[Appointment, ...]
    missing_past: int
    orphans: int
    closed: int

    @property
    def none(self) -> bool:
        """Whether the stores agree."""
        return not (self.missing or self.missing_past or self.orphans or self.closed)


def doubt_messages(now: datetime) -> int:
    """After a restore: whatever was due may have left already, and is not sent a second time. Returns how many rows."""
    waiting = Message.objects.filter(state__in=Message.UNSENT).exclude(state=Message.State.QUEUED, due__gt=now)
    return waiting.update(state=Message.State.DOUBTFUL, claimed_until=None, closed=now)


def compare(now: datetime, leave_out: Collection[int] = ()) -> Differences:
    """Compare the stores; nothing is changed. `leave_out` are records that nobody needs to know."""
    records = store.record_ids() - set(leave_out)
    known, missing, closed = set(), [], 0
    rows = Appointment.objects.filter(patient_ref__isnull=False).select_related("practitioner").order_by("start", "pk")
    for appointment in rows.iterator():
        try:
            record = reference(appointment).record
        except store.NotOpened:
            closed += 1
            continue
        known.add(record)
        if record not in records:
            missing.append(appointment)
    for wish in Wish.objects.filter(patient_ref__isnull=False).order_by("pk").iterator():
        try:
            known.add(reference(wish).record)
        except store.NotOpened:
            closed += 1
    coming = tuple(one for one in missing if one.is_live and one.end > now)
    return Differences(coming, len(missing) - len(coming), len(records - known), closed)
