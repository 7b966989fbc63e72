"""The same visit every week: conflicts are shown first, then those that were chosen are booked in one commit."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from booking.desk.rule import judge, look
from booking.desk.taking import copies
from booking.desk.terms import Booked, Desk, Judgement, Wanted
from booking.models import Appointment
from clicdocteur.grid import LAST_DAY, cell_at
from practitioners.keys import Vault
from practitioners.models import VisitType

MOST_WEEKS = 52


def preview(source: Appointment, visit_type: VisitType, weeks: int, now: datetime) -> list[Judgement]:
    """Return what the same hour of the wall clock would be in each of the weeks after *source* (T3). Three queries.

    Raises ValueError unless *weeks* is 1 to 52.
    """
    if not 1 <= weeks <= MOST_WEEKS:
        raise ValueError("1 to 52 weeks")
    practitioner = visit_type.practitioner
    zone = practitioner.practice.zone
    local = source.start.astimezone(zone)
    days = [local.date() + timedelta(weeks=number) for number in range(1, weeks + 1)]
    starts = [cell_at(day, local.hour * 60 + local.minute, zone) for day in days if day < LAST_DAY]
    if not starts:
        return []
    seen = look(practitioner, starts[0], starts[-1], now)
    return [judge(seen, visit_type, start, new_patient=False) for start in starts]


def book_series(
    source: Appointment, wanted: Sequence[Wanted], token: str, vault: Vault, now: datetime, *, by: Desk
) -> list[Booked]:
    """Book the chosen visits for whoever comes to *source*, each with a record of its own, in one commit.

    Raises as `copy_to`; Full names every start that meanwhile has no place left, and then none is booked.
    """
    return copies(source, wanted, token, vault, now, by)
