"""What is counted of a month besides its visits: how far ahead they were booked online, and how full the days were.

Numbers only, raised when what they count is over: a day after a booking, the night after a day. Each counts once.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import F, Max

from booking.filling import room_and_used
from booking.models import MonthlyFill, MonthlyLead, OnlineBooking
from booking.queries import occupancy, the_practice
from clicdocteur.grid import CELL_MINUTES, MINUTES_PER_DAY, Span, cell_at
from practitioners.models import Practice, Practitioner
from practitioners.openings import absent_spans, windows
from practitioners.queries import plans

# How many days a worker that was away catches up; what lies further back stays uncounted rather than guessed.
CATCH_UP: Final = 62
_DAY = timedelta(days=1)


def leads(bookings: Iterable[OnlineBooking]) -> None:
    """Raise the count of each booking's practitioner, type, days ahead and month. In the transaction that forgets them."""
    counted: Counter[tuple[int, int, int, date]] = Counter()
    for one in bookings:
        visit = one.appointment
        # Whose type is forgotten by now was erased: nothing is left to count.
        if visit.visit_type_id is not None:
            zone = visit.practitioner.practice.zone
            booked, on = one.hour.astimezone(zone).date(), visit.start.astimezone(zone).date()
            counted[visit.practitioner_id, visit.visit_type_id, ahead((on - booked).days), booked.replace(day=1)] += 1
    for (practitioner, visit_type, days, month), number in sorted(counted.items()):
        row, _made = MonthlyLead.objects.get_or_create(
            practitioner_id=practitioner, visit_type_id=visit_type, ahead=days, month=month
        )
        MonthlyLead.objects.filter(pk=row.pk).update(amount=F("amount") + number)


def ahead(days: int) -> int:
    """Return the step that so many days belong to."""
    return max(step for step in MonthlyLead.Ahead.values if step <= max(0, days))


def openings(now: datetime) -> int:
    """Count the days that are over and not counted yet; return how many, practitioner by practitioner."""
    practice = the_practice()
    if practice is None:
        return 0
    yesterday = now.astimezone(practice.zone).date() - _DAY
    last = dict(MonthlyFill.objects.values_list("practitioner").annotate(Max("counted_to")))
    start = yesterday.replace(day=1)
    practitioners = list(Practitioner.objects.order_by("pk"))
    due = {one.pk: max(last.get(one.pk, start - _DAY) + _DAY, yesterday - _DAY * CATCH_UP) for one in practitioners}
    first = min(due.values(), default=now.date())
    if first > yesterday:
        return 0
    counted = _filled(practitioners, practice, first, yesterday, now)
    return sum(_raise(pk, day, *minutes) for (pk, day), minutes in sorted(counted.items()) if day >= due[pk])


def _filled(
    practitioners: list[Practitioner], practice: Practice, first: date, last: date, now: datetime
) -> dict[tuple[int, date], tuple[int, int]]:
    """Return the open and the taken minutes of each practitioner's days. Two queries."""
    known = plans(practitioners, practice, first, last)
    taken = occupancy([one.pk for one in practitioners], practice, first, last, now)
    found = {}
    for pk, plan in known.items():
        open_here, away = windows(plan, first, last), absent_spans(plan, first, last)
        for day in (first + _DAY * number for number in range((last - first).days + 1)):
            frame = Span(cell_at(day, 0, plan.zone), cell_at(day, MINUTES_PER_DAY, plan.zone))
            of_day = [one for one in open_here if one.day == day]
            visits = [one for one in taken[pk].spans if frame.start <= one.start < frame.end]
            room, used = room_and_used(frame, of_day, away, visits)
            found[pk, day] = room * CELL_MINUTES, used * CELL_MINUTES
    return found


def _raise(practitioner: int, day: date, opened: int, used: int) -> int:
    month = day.replace(day=1)
    row, _made = MonthlyFill.objects.get_or_create(
        practitioner_id=practitioner, month=month, defaults={"counted_to": month - _DAY}
    )
    # Another worker may have counted this day meanwhile.
    return MonthlyFill.objects.filter(pk=row.pk, counted_to__lt=day).update(
        open_minutes=F("open_minutes") + opened, used_minutes=F("used_minutes") + used, counted_to=day
    )
