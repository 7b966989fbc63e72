"""The coming weeks at a glance: of each practitioner's days, how much is open and how much of it is taken."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from booking import words
from booking.availability import Occupied
from booking.filling import room_and_used
from booking.queries import occupancy
from clicdocteur.grid import CELL_MINUTES, CELLS_PER_DAY, MINUTES_PER_DAY, Span, cell_at
from practitioners.models import Absence, Practice, Practitioner
from practitioners.openings import Plan, Window, absent_spans, windows
from practitioners.queries import plans

WEEKS = 6
# Bars are drawn in steps of five percent.
STEP = 5


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a practitioner. `percent` is None when nothing is open; `free` says how much is left."""

    day: date
    percent: int | None
    free: str
    note: str

    @property
    def said(self) -> str:
        """The day without its weekday, which the column says."""
        return words.day_in_month(self.day)

    @property
    def level(self) -> int:
        """The bar's length in percent, in whole steps; what is begun shows."""
        return min(100, -(-(self.percent or 0) // STEP) * STEP)


@dataclass(frozen=True, slots=True)
class Weeks:
    """The weeks of one practitioner, each from Monday; as many days of each as anything happens on."""

    practitioner: Practitioner
    weeks: list[list[Day]]


def weeks(practitioners: Sequence[Practitioner], practice: Practice, first: date, now: datetime) -> list[Weeks]:
    """Return the six weeks from a Monday on. Two queries, whatever is booked."""
    days = [first + timedelta(days=number) for number in range(7 * WEEKS)]
    found = plans(practitioners, practice, days[0], days[-1])
    taken = occupancy([one.pk for one in practitioners], practice, days[0], days[-1], now, for_staff=True)
    drawn = {one.pk: _days(found[one.pk], taken[one.pk].spans, days) for one in practitioners}
    shown = [
        weekday
        for weekday in range(7)
        if weekday < 5 or any(of_one[place].percent is not None for of_one in drawn.values() for place in range(weekday, len(days), 7))
    ]  # fmt: skip
    return [
        Weeks(one, [[drawn[one.pk][week * 7 + weekday] for weekday in shown] for week in range(WEEKS)])
        for one in practitioners
    ]


def _days(plan: Plan, spans: Sequence[Occupied], days: Sequence[date]) -> list[Day]:
    open_here: dict[date, list[Window]] = {}
    for window in windows(plan, days[0], days[-1]):
        if not window.rule.without_appointment:
            open_here.setdefault(window.day, []).append(window)
    away = absent_spans(plan, days[0], days[-1])
    visits = sorted(spans)
    found = []
    for day in days:
        frame = Span(cell_at(day, 0, plan.zone), cell_at(day, MINUTES_PER_DAY, plan.zone))
        # No visit lasts a day: those that began the evening before may reach in.
        since = bisect_left(visits, frame.start - CELLS_PER_DAY, key=lambda one: one.start)
        until = bisect_left(visits, frame.end, key=lambda one: one.start)
        found.append(_day(plan, day, frame, open_here.get(day, []), away, visits[since:until]))
    return found


def _day(
    plan: Plan, day: date, frame: Span, open_here: list[Window], away: list[Span], visits: Sequence[Occupied]
) -> Day:
    room, used = room_and_used(frame, open_here, away, visits)
    if not room:
        return Day(day, None, "", _why_closed(plan, day, frame, was_open=bool(open_here)))
    left = max(0, room - used) * CELL_MINUTES
    return Day(day, round(100 * used / room), words.duration(left) if left else "", "")


def _why_closed(plan: Plan, day: date, frame: Span, *, was_open: bool) -> str:
    if day in plan.holidays:
        return _("férié")
    if was_open:
        return next(
            (
                str(Absence.Reason(rule.reason).label)
                for rule in plan.absences
                if any(one.overlaps(frame) for one in absent_spans(replace(plan, absences=(rule,)), day, day))
            ),
            "",
        )
    return ""
