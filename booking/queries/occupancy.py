"""What is taken: the one query behind listing and admission.

It reads spans from the appointments rather than their cells: four times fewer rows, and an expired hold is told by its
own row. The cells say the same, and the database refuses what they forbid.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from booking.availability import Ask, Occupied
from booking.models import Appointment
from clicdocteur.grid import CELLS_PER_DAY, cell_at, cell_of, cells, day_of
from clicdocteur.prepared import Prepared
from practitioners.models import Practice, VisitType


@dataclass(frozen=True, slots=True)
class Occupancy:
    """The taken spans of one practitioner, and the first cell and type of each visit."""

    zone: ZoneInfo
    spans: list[Occupied] = field(default_factory=list)
    starts: list[tuple[int, int | None]] = field(default_factory=list)

    def taken(self, visit_type: VisitType) -> Mapping[date, int]:
        """Visits of a type by practice day, for its daily maximum; without one nobody asks, so nothing is counted."""
        if visit_type.max_per_day is None:
            return {}
        return Counter(day_of(start, self.zone) for start, kind in self.starts if kind == visit_type.pk)


def occupancy(
    practitioners: Collection[int],
    practice: Practice,
    first: date,
    last: date,
    now: datetime,
    leaving_out: Collection[int] = (),
    *,
    for_staff: bool = False,
) -> dict[int, Occupancy]:
    """Return by practitioner what is taken between two practice days, inclusive, and a day beyond. One query.

    Holds that have expired count as free. *leaving_out* are the ids of appointments that do not stand in the way.
    Staff have a freed time at once (*for_staff*), unless somebody of the waiting list is being asked about it.
    """
    zone = practice.zone
    since = cell_at(first, 0, zone) - CELLS_PER_DAY
    until = cell_at(last, 0, zone) + 2 * CELLS_PER_DAY
    found = {practitioner: Occupancy(zone) for practitioner in practitioners}
    for pk, practitioner, start, end, lane, visit_type in (_FOR_STAFF if for_staff else _TAKEN).rows(
        list(practitioners), since, until, now
    ):
        if pk not in leaving_out:
            of_one = found[practitioner]
            of_one.spans.append(Occupied(start, end, lane))
            of_one.starts.append((start, visit_type))
    return found


def _taken(practitioners: list[int], since: int, until: int, now: datetime) -> QuerySet[Appointment, Any]:
    """Live visits that start between two cells."""
    return (
        Appointment.objects.filter(
            practitioner__in=practitioners, first_cell__gte=since, first_cell__lt=until, state__in=Appointment.LIVE
        )
        .exclude(state=Appointment.State.HELD, held_until__lte=now)
        .values_list("id", "practitioner_id", "first_cell", "end_cell", "lane", "visit_type_id")
    )


def _taken_for_staff(practitioners: list[int], since: int, until: int, now: datetime) -> QuerySet[Appointment, Any]:
    """The same, without the freed times that nobody was asked about yet."""
    return _taken(practitioners, since, until, now).exclude(Appointment.RESERVE, extensions=0)


_TAKEN, _FOR_STAFF = Prepared(_taken), Prepared(_taken_for_staff)


def ask_for(visit_type: VisitType, now: datetime, *, new_patient: bool, persons: int = 1) -> Ask:
    """Return the question that a patient asks of availability for a visit type, for one or several of a family."""
    return Ask(
        visit_type=visit_type.pk,
        duration=cells(visit_type.duration(new_patient=new_patient, persons=persons)),
        buffer=cells(visit_type.buffer),
        notice=timedelta(minutes=visit_type.notice),
        horizon_days=visit_type.horizon,
        max_per_day=visit_type.max_per_day,
        now=now,
    )


def ask_again(appointment: Appointment, visit_type: VisitType, now: datetime) -> Ask:
    """Return the question of a patient who moves a visit: as long as it was booked, whatever became of its type (A4)."""
    asked = ask_for(visit_type, now, new_patient=bool(appointment.new_patient))
    end = cell_of(appointment.end)
    return replace(asked, duration=end - appointment.first_cell, buffer=appointment.end_cell - end)
