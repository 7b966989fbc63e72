"""What was booked online since yesterday: each by somebody, and seven by one hand, to be seen and undone under « Réservé en ligne »."""

from datetime import datetime, timedelta
from random import Random
from typing import Final

from booking.models import Appointment, OnlineBooking
from practitioners.models import Practitioner

AT_ONCE, ALONE = 7, 12
HOURS_AGO: Final = 2


def note(now: datetime, random: Random) -> int:
    """Note some of the visits of the coming week as booked online; return how many."""
    soon = Appointment.objects.filter(
        state=Appointment.State.BOOKED, start__gt=now + timedelta(days=1), start__lt=now + timedelta(days=8)
    ).order_by("start", "practitioner__position", "lane")
    grabbed = list(soon.filter(practitioner=Practitioner.objects.order_by("position").first()))
    grabbed = sorted(random.sample(grabbed, min(AT_ONCE, len(grabbed))), key=lambda one: one.start)
    others = list(soon.exclude(pk__in=[one.pk for one in grabbed]))
    others = random.sample(others, min(ALONE, len(others)))
    hour, tag = now.replace(minute=0, second=0, microsecond=0), random.randbytes(16)
    rows = [
        OnlineBooking(appointment=one, hour=hour - timedelta(hours=HOURS_AGO), network_tag=tag) for one in grabbed
    ] + [
        OnlineBooking(
            appointment=one, hour=hour - timedelta(hours=random.randrange(20)), network_tag=random.randbytes(16)
        )
        for one in others
    ]
    OnlineBooking.objects.bulk_create(rows)
    return len(rows)
