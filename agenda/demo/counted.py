"""The numbers that two years before the demo would have left, practitioner by practitioner and month by month."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from booking.models import Appointment, MonthlyCount, MonthlyFill, MonthlyLead
from practitioners.models import Practitioner

MONTHS = 27
# How often visits end so, in percent of a month's; the rest is seen.
_ENDS = {
    Appointment.State.ABSENT: 4,
    Appointment.State.CANCELLED: 9,
    Appointment.State.CANCELLED_LATE: 2,
    Appointment.State.CANCELLED_BY_PRACTICE: 1,
}
# How many of a hundred are booked online so far ahead.
_AHEAD = (14, 12, 17, 9, 6, 2)


def months(today: date) -> list[date]:
    """Return the months that are over, the earliest first."""
    found = [today.replace(day=1)]
    while len(found) <= MONTHS:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found[:0:-1]


def count(practitioners: list[Practitioner], today: date, random: Random) -> None:
    """Insert what was counted."""
    MonthlyCount.objects.bulk_create(one for whose in practitioners for one in _counts(whose, today, random))
    MonthlyLead.objects.bulk_create(one for whose in practitioners for one in _leads(whose, today, random))
    MonthlyFill.objects.bulk_create(one for whose in practitioners for one in _fills(whose, today, random))


def _counts(whose: Practitioner, today: date, random: Random) -> Iterator[MonthlyCount]:
    for place, kind in enumerate(whose.visit_types.order_by("position", "pk")):
        for month in months(today):
            visits = max(0, round(random.gauss(260, 20) / (place + 1) ** 2))
            ends = {state: round(visits * random.uniform(0.5, 1.5) * part / 100) for state, part in _ENDS.items()}
            ends[Appointment.State.SEEN] = max(0, visits - sum(ends.values()))
            for state, amount in ends.items():
                if amount:
                    yield MonthlyCount(practitioner=whose, visit_type=kind, state=state, month=month, amount=amount)


def _leads(whose: Practitioner, today: date, random: Random) -> Iterator[MonthlyLead]:
    for place, kind in enumerate(whose.visit_types.order_by("position", "pk")):
        for month in months(today):
            for ahead, part in zip(MonthlyLead.Ahead.values, _AHEAD, strict=True):
                if amount := round(2 * part * random.uniform(0.6, 1.4) / (place + 1) ** 2):
                    yield MonthlyLead(practitioner=whose, visit_type=kind, ahead=ahead, month=month, amount=amount)


def _fills(whose: Practitioner, today: date, random: Random) -> Iterator[MonthlyFill]:
    for month in months(today):
        opened = random.randrange(6000, 8400, 5)
        end = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        used = 5 * round(opened * random.uniform(0.74, 0.93) / 5)
        yield MonthlyFill(practitioner=whose, month=month, open_minutes=opened, used_minutes=used, counted_to=end)
