"""Calendar subscriptions: when somebody is busy, and never with whom, for what, or how many."""

from datetime import datetime, timedelta
from typing import Final

from booking.calendars import Busy, busy_calendar
from booking.links import link_hash, new_token
from booking.models import Appointment
from practitioners.access import agendas
from practitioners.keys import practice_day
from practitioners.models import CalendarFeed, Practitioner, Staff

BEFORE, AFTER = timedelta(days=7), timedelta(days=90)
LIVE: Final = tuple(state for state in Appointment.LIVE if state != Appointment.State.HELD)


def make(staff: Staff, practitioner: Practitioner) -> str:
    """Make a member's subscription to an agenda, or a new address for it; the former address is dead. Returns the token."""
    token = new_token()
    CalendarFeed.objects.update_or_create(
        staff_id=staff.pk, practitioner=practitioner, defaults={"token_hash": link_hash(token)}
    )
    return token


def revoke(staff: Staff, practitioner: Practitioner) -> int:
    """End a member's subscription; return how many there were."""
    return CalendarFeed.objects.filter(staff_id=staff.pk, practitioner=practitioner).delete()[0]


def subscribed(staff: Staff) -> set[int]:
    """Return the practitioners that a member is subscribed to."""
    return set(CalendarFeed.objects.filter(staff_id=staff.pk).values_list("practitioner_id", flat=True))


def read(token: str, now: datetime) -> bytes | None:
    """Return the calendar behind a token, or None. Who lost the agenda, or left, lost the subscription with it (P12)."""
    found = CalendarFeed.objects.filter(token_hash=link_hash(token)).select_related("staff", "practitioner").first()
    if found is None or found.practitioner not in agendas(found.staff, practice_day()):
        return None
    spans = Appointment.objects.filter(
        practitioner=found.practitioner, state__in=LIVE, end__gt=now - BEFORE, start__lt=now + AFTER
    )
    return busy_calendar(Busy(*span) for span in spans.order_by("start", "end").values_list("start", "end"))
