"""The access log: who was shown which appointments, when, on which page. Opaque ids, no patient, no address, append-only.

`record` writes it; `chain` closes its minutes, so that whoever changes it later is found out.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet

from practitioners.models import AccessEvent, AccessSeal

MINUTE = timedelta(minutes=1)
# No appointment: that the password was asked again because the hour's limit was reached.
PAST_LIMIT = "past-limit"
NO_APPOINTMENT = 0
# From a file: what was made, and what was held against it. Neither shows its reader a name that they did not bring.
IMPORTED, COMPARED = "imported", "compared"
MANY = 100


def record(
    staff_id: int,
    appointment_ids: Iterable[int],
    action: str,
    session_tag: bytes,
    now: datetime,
    *,
    flagged: bool = False,
) -> None:
    """Note that these appointments were shown: one row per session, appointment, action and hour, in one insert.

    A minute that is closed stays closed: if the clock went back, the row is noted in the first minute that is open.
    """
    appointments = set(appointment_ids)
    if not appointments:
        return
    if len(appointments) > MANY:
        # A page of hundreds that is looked at all day writes once an hour: asking what is noted costs less than writing it.
        noted = AccessEvent.objects.filter(session_tag=session_tag, action=action, hour=hour_of(now))
        appointments -= set(noted.values_list("appointment", flat=True))
    hour, recorded = hour_of(now), now.astimezone(UTC).replace(second=0, microsecond=0)
    closed = AccessSeal.objects.order_by("-number").values_list("minute", flat=True).first()
    if closed is not None:
        recorded = max(recorded, closed + MINUTE)
    # Looking again within the hour meets the unique constraint and adds nothing.
    AccessEvent.objects.bulk_create(
        (
            AccessEvent(
                staff=staff_id,
                appointment=appointment,
                action=action,
                hour=hour,
                recorded=recorded,
                session_tag=session_tag,
                flagged=flagged,
            )
            for appointment in appointments
        ),
        ignore_conflicts=True,
    )


class Batch(NamedTuple):
    """What one session did to many appointments in one minute."""

    staff: int
    session_tag: bytes
    at: datetime
    appointments: tuple[int, ...]


def batches(action: str, since: datetime) -> list[Batch]:
    """Return what was done by one action since an instant, session by session and minute by minute, the latest first. One query."""
    rows = AccessEvent.objects.filter(action=action, recorded__gte=since).order_by(
        "-recorded", "session_tag", "appointment"
    )
    found: dict[tuple[int, bytes, datetime], list[int]] = {}
    for staff, tag, at, appointment in rows.values_list("staff", "session_tag", "recorded", "appointment"):
        found.setdefault((staff, bytes(tag), at), []).append(appointment)
    return [Batch(*key, tuple(appointments)) for key, appointments in found.items()]


def displayed_in(staff_id: int, hour: datetime) -> QuerySet[AccessEvent]:
    """Return what a member of the staff was shown, or did, in an hour (see `hour_of`): what the limit counts."""
    return AccessEvent.objects.filter(staff=staff_id, hour=hour).exclude(action__in=(IMPORTED, COMPARED))


def lift_limit(staff_id: int, session_tag: bytes, now: datetime) -> None:
    """Note that the password was asked again past the limit: this session goes on until the hour is over, flagged."""
    record(staff_id, [NO_APPOINTMENT], PAST_LIMIT, session_tag, now, flagged=True)


def limit_is_lifted(staff_id: int, session_tag: bytes, now: datetime) -> bool:
    """Whether the password was asked again in this session and hour."""
    noted = AccessEvent.objects.filter(staff=staff_id, hour=hour_of(now), action=PAST_LIMIT, session_tag=session_tag)
    return noted.exists()


def hour_of(moment: datetime) -> datetime:
    """Return the hour of an instant, of UTC, by which displays are noted and counted."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
