"""Many visits of many people at once, from a file: judged in their order, taken in one transaction, and nobody is told."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import IntegrityError

from booking.appointments import current_key, reach, readable_contact
from booking.desk.holding import drop_own
from booking.desk.rule import judge_span, look
from booking.desk.taking import visit_of
from booking.desk.terms import Coming, Desk, Judgement, Look, Standing
from booking.holds import occupy_all
from booking.links import new_token
from booking.models import Appointment
from booking.refusals import Full, NotAllowed
from booking.transactions import lock_agendas, verb
from clicdocteur.grid import CELLS_PER_DAY, Span, cells
from patients import store
from patients.models import PatientRecord
from practitioners import access_log
from practitioners.models import AgendaKey, VisitType

# A date further ahead than this is a mistake of the file: no plan is asked about it.
FARTHEST = timedelta(days=2 * 366)
# One statement takes so many visits' cells: a database gives up on a condition of thousands.
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Arrival:
    """A visit that comes in: a type, a start (a cell), its own length in minutes, and who comes."""

    visit_type: VisitType
    start: int
    minutes: int
    coming: Coming
    overbook: bool = False


def foresee(arrivals: Sequence[Arrival], now: datetime, by: Desk) -> list[Judgement]:
    """Return what each would be, as if those before it were booked already. Three queries a practitioner."""
    judged: dict[int, Judgement] = {}
    for numbers in _by_agenda(arrivals).values():
        starts = [arrivals[number].start for number in numbers]
        agenda = arrivals[numbers[0]].visit_type.practitioner
        seen = look(agenda, min(starts), max(starts), now, session_tag=by.session_tag)
        near = _Nearby(seen)
        for number in numbers:
            judged[number] = near.judge(arrivals[number])
    return [judged[number] for number in range(len(arrivals))]


def bring_in(
    arrivals: Sequence[Arrival], known: Collection[int], now: datetime, *, by: Desk, remind: bool
) -> list[Appointment]:
    """Book them all in one commit, or none. Nothing is sent; with *remind* the worker plans their reminders as anybody's.

    *known* are the appointments that stood at these very starts when the file was compared with them: if there are others by
    now, somebody brings in the same file, and NotAllowed is raised. Raises Full when a time was taken meanwhile, NotBookable, Busy.
    """
    try:
        return _bring_in(arrivals, known, now, by, remind)
    except IntegrityError:
        raise Full([one.start for one in arrivals]) from None


def standing_at(arrivals: Iterable[Arrival]) -> list[Appointment]:
    """Return the appointments of any state, with an identity, at the very starts of these, by time. One query."""
    wanted = {(one.visit_type.practitioner_id, one.start) for one in arrivals}
    if not wanted:
        return []
    starts = [start for _agenda, start in wanted]
    rows = Appointment.objects.filter(
        Appointment.PEOPLED,
        practitioner__in={agenda for agenda, _start in wanted},
        first_cell__gte=min(starts),
        first_cell__lte=max(starts),
    )
    found = rows.select_related("practitioner__practice").order_by("start", "pk")
    return [one for one in found if (one.practitioner_id, one.first_cell) in wanted]


@verb
def _bring_in(
    arrivals: Sequence[Arrival], known: Collection[int], now: datetime, by: Desk, remind: bool
) -> list[Appointment]:
    lock_agendas({one.visit_type.practitioner_id for one in arrivals})
    arrivals = _as_they_are(arrivals)
    if {one.pk for one in standing_at(arrivals)} != set(known):
        raise NotAllowed
    drop_own(by)
    judged = foresee(arrivals, now, by)
    full = [one.start for one, asked in zip(judged, arrivals, strict=True) if one.is_full and not asked.overbook]
    if full:
        raise Full(full)
    keys = {agenda: current_key(agenda) for agenda in sorted({one.visit_type.practitioner_id for one in arrivals})}
    made = [
        _sealed(one, asked, keys[asked.visit_type.practitioner_id], remind)
        for one, asked in zip(judged, arrivals, strict=True)
    ]
    # By their random keys in both stores: the order of the file is in neither.
    visits = sorted((visit for visit, _record in made), key=lambda one: one.pk)
    Appointment.objects.bulk_create(visits)
    _occupy(visits, now)
    over = [visit.pk for (visit, _record), one in zip(made, judged, strict=True) if one.is_full]
    for action, some in ((access_log.IMPORTED, [visit.pk for visit in visits]), ("overbooked", over)):
        access_log.record(by.staff, some, action, by.session_tag, now)
    # Last, so that all that can refuse has spoken, and before the agenda commits (booking.appointments says why).
    store.insert(record for _visit, record in made)
    return visits


def _as_they_are(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """Read the types as they are now, under the lock (R15). Raises NotAllowed when one is not offered any more."""
    pks = {one.visit_type.pk for one in arrivals}
    types = VisitType.objects.select_related("practitioner__practice").filter(active=True).in_bulk(pks)
    if set(types) != pks:
        raise NotAllowed
    return [replace(one, visit_type=types[one.visit_type.pk]) for one in arrivals]


def _sealed(judged: Judgement, asked: Arrival, key: AgendaKey, remind: bool) -> tuple[Appointment, PatientRecord]:
    """Return an appointment and its record, both unsaved."""
    token, coming = new_token(), asked.coming
    visit = visit_of(judged, key, token)
    visit.reach = reach(coming.visit, discreet=visit.discreet)
    contact = readable_contact(visit, coming.visit, coming.language, token)
    if contact is not None:
        contact = replace(contact, reminders=remind)
    record, visit.patient_ref = store.prepare(coming.identity, coming.visit, contact, bytes(key.public_key), visit.pk)
    return visit, record


def _occupy(visits: Sequence[Appointment], now: datetime) -> None:
    """Write their cells, agenda by agenda in the order of the locks, each in ascending order."""
    theirs: dict[int, list[Appointment]] = defaultdict(list)
    for one in sorted(visits, key=lambda one: (one.practitioner_id, one.first_cell)):
        theirs[one.practitioner_id].append(one)
    for some in theirs.values():
        for at in range(0, len(some), _AT_ONCE):
            occupy_all(some[at : at + _AT_ONCE], now)


def _by_agenda(arrivals: Sequence[Arrival]) -> dict[int, list[int]]:
    numbers: dict[int, list[int]] = defaultdict(list)
    for number, one in enumerate(arrivals):
        numbers[one.visit_type.practitioner_id].append(number)
    return numbers


class _Nearby:
    """What stands in an agenda, by day, so that each visit is held against its neighbours and not against a whole year."""

    def __init__(self, seen: Look) -> None:
        self.seen = seen
        self.by_day: dict[int, list[Standing]] = defaultdict(list)
        for one in seen.standing:
            self.by_day[one.start // CELLS_PER_DAY].append(one)

    def judge(self, asked: Arrival) -> Judgement:
        """Judge a visit; one that will be booked stands from now on."""
        day = asked.start // CELLS_PER_DAY
        near = [one for around in (day - 1, day, day + 1) for one in self.by_day[around]]
        visit = Span(asked.start, asked.start + cells(asked.minutes))
        busy_until = visit.end + cells(asked.visit_type.buffer)
        seen = replace(self.seen, standing=near)
        found = judge_span(seen, asked.visit_type, visit, busy_until, new_patient=False)
        if found.lane is not None or asked.overbook:
            lane = found.spare if found.lane is None else found.lane
            self.by_day[day].append(Standing(visit.start, busy_until, lane, asked.visit_type.pk, False, False))
        return found
