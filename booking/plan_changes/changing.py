"""A change of when a practitioner receives, in one commit with what is decided for the visits that it touches.

Asking what it touches is trying it: the change is written, the visits are looked at under the new plan, and if anything is
left to decide all of it goes back. So what the preview says is what the commit does (R14).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from booking import outbox, schedule
from booking.appointments import become, free, hush_if_told
from booking.availability import MAX_HORIZON_DAYS
from booking.holds import give_way_to
from booking.models import Appointment, Message, OccupiedCell
from booking.moving.standing import Seen, Spot, Standing, put
from booking.plan_changes import ending
from booking.plan_changes.effects import Board
from booking.plan_changes.locking import under_lock
from booking.plan_changes.outside import booked, visits_outside
from booking.plan_changes.terms import By, Decision, Decisions, Done, Problem, Touched, Undecided, What
from clicdocteur.grid import CELLS_PER_DAY, LAST_DAY, cell_of, day_of
from practitioners import access_log, plan_rows
from practitioners.models import PlanChange, Practitioner, VisitType
from practitioners.queries import plans

T = TypeVar("T")


def change(
    practitioner: int,
    write: Callable[[], T],
    now: datetime,
    *,
    by: By,
    decisions: Decisions | None = None,
    tell: bool = True,
) -> tuple[T, Done]:
    """Write a change under the practitioner's lock and follow what is decided for the visits that it leaves outside.

    Visits that were outside already are no news. With *tell* patients hear of a move or a cancellation ten minutes later.
    Patients who are filling in a form for a time that is gone are told so when they send it.
    Raises Undecided when anything is left to decide, Busy, and whatever *write* raises: then nothing has changed.
    """

    def both() -> tuple[T, Done]:
        agenda = _fresh(practitioner)
        rows = plan_rows.rows_of(practitioner)
        before = {visit.pk for visit in visits_outside([agenda], now)}
        written = write()
        agenda = _fresh(practitioner)
        touched = [visit for visit in visits_outside([agenda], now) if visit.pk not in before]
        done = _follow(agenda, touched, decisions or {}, now, by=by, tell=tell)
        ended = ending.end_holds(agenda, now)
        return written, _keep(agenda, rows, done, now, by, ended)

    written, done = under_lock([practitioner], both)
    for visit in done.cancelled:
        hush_if_told(visit)
    return written, done


def _fresh(practitioner: int) -> Practitioner:
    return Practitioner.objects.select_related("practice").get(pk=practitioner)


class _Followed:
    """What was done with the touched visits, and where those stood that went elsewhere."""

    def __init__(self) -> None:
        self.visits: dict[What, list[Appointment]] = {what: [] for what in What}
        self.before: dict[int, Standing] = {}


def _follow(
    agenda: Practitioner, touched: list[Appointment], decisions: Decisions, now: datetime, *, by: By, tell: bool
) -> _Followed:
    """Do what is decided, or raise Undecided with what is not."""
    problems = {visit.pk: problem for visit in touched if (problem := _problem(visit, decisions.get(visit.pk), by))}
    done = _Followed()
    for visit in touched:
        decision = decisions.get(visit.pk)
        done.visits[decision.what if decision else What.KEEP].append(visit)
    places = {}
    if done.visits[What.MOVE] and not problems:
        board = _board(agenda, touched, done.visits[What.KEEP], now)
        places = _places(board, done.visits[What.MOVE], decisions, problems)
    if problems:
        raise Undecided(_asked(agenda, touched, problems, now))
    done.before = {visit.pk: Standing.of(visit) for what in (What.MOVE, What.CANCEL) for visit in done.visits[what]}
    for visit in done.visits[What.CANCEL]:
        _cancel(visit, now, tell=tell)
    # All go before any arrives: two visits may change places.
    OccupiedCell.objects.filter(appointment__in=places).delete()
    for visit in done.visits[What.MOVE]:
        _move(visit, places[visit.pk], agenda, now, tell=tell)
    _log(done, by, now)
    return done


def _problem(visit: Appointment, decision: Decision | None, by: By) -> Problem | None:
    """Return why what is decided for a visit cannot be followed, whatever the times are."""
    if decision is None:
        return Problem.NEW
    if Seen(visit.state, visit.sequence) != Seen(decision.state, decision.sequence):
        return Problem.CHANGED
    if decision.what == What.KEEP:
        return None
    if not by.may_act:
        return Problem.NOT_YOURS
    return Problem.HERE if visit.state != Appointment.State.BOOKED else None


def _places(
    board: Board, moving: list[Appointment], decisions: Decisions, problems: dict[int, Problem]
) -> dict[int, tuple[Spot, int, int]]:
    """Return by id the cells, lane and place that each visit goes to; one that cannot is noted among the problems."""
    found = {}
    for visit in moving:
        to = decisions[visit.pk].to
        slot = None if to is None else board.admit(booked(visit), to)
        if slot is None:
            problems[visit.pk] = Problem.TAKEN
            continue
        board.take(booked(visit), slot)
        found[visit.pk] = (Spot(slot.start, slot.end, slot.busy_until), slot.lane, slot.location)
    return found


def _asked(
    agenda: Practitioner, touched: list[Appointment], problems: dict[int, Problem], now: datetime
) -> list[Touched]:
    """Return what is to be decided: each visit with times that are free, each of which is offered first to one of them only."""
    board = _board(agenda, touched, touched, now)
    found = []
    for visit in touched:
        times = board.times(booked(visit))
        if times:
            board.take(booked(visit), times[0])
        found.append(Touched(visit, times, problems.get(visit.pk)))
    return found


def _board(agenda: Practitioner, touched: list[Appointment], kept: list[Appointment], now: datetime) -> Board:
    """Return the agenda under the new plan, without the touched visits that do not stay. Three queries."""
    practice = agenda.practice
    since = cell_of(now) - CELLS_PER_DAY
    standing = Appointment.objects.filter(practitioner=agenda, first_cell__gte=since, state__in=Appointment.LIVE)
    going = {visit.pk for visit in touched} - {visit.pk for visit in kept}
    rows = (
        standing.exclude(state=Appointment.State.HELD, held_until__lte=now)
        .exclude(Appointment.RESERVE)
        .exclude(pk__in=going)
    )
    today = day_of(cell_of(now), practice.zone)
    last = min(today + timedelta(days=MAX_HORIZON_DAYS), LAST_DAY)
    plan = plans([agenda], practice, today, last)[agenda.pk]
    maxima = dict(VisitType.objects.filter(practitioner=agenda).values_list("pk", "max_per_day"))
    return Board(plan, map(booked, rows), maxima, now)


def _cancel(visit: Appointment, now: datetime, *, tell: bool) -> None:
    become(visit, Appointment.State.CANCELLED_BY_PRACTICE, now)
    free(visit)
    if tell:
        outbox.tell(visit, Message.Kind.CANCELLATION, now, after=schedule.AFTER_PLAN_CHANGE)
    else:
        outbox.remind(visit, now)


def _move(visit: Appointment, place: tuple[Spot, int, int], agenda: Practitioner, now: datetime, *, tell: bool) -> None:
    spot, lane, location = place
    give_way_to(agenda.pk, spot.first, spot.busy_until, lane)
    put(visit, spot, lane, location, now)
    if tell:
        outbox.tell(visit, Message.Kind.CHANGE, now, after=schedule.AFTER_PLAN_CHANGE)
    else:
        outbox.remind(visit, now)


def _log(done: _Followed, by: By, now: datetime) -> None:
    moved = [visit.pk for visit in done.visits[What.MOVE]]
    cancelled = [visit.pk for visit in done.visits[What.CANCEL]]
    access_log.record(by.staff, moved, "moved", by.session_tag, now)
    access_log.record(by.staff, cancelled, f"to {Appointment.State.CANCELLED_BY_PRACTICE}"[:20], by.session_tag, now)


def _keep(agenda: Practitioner, rows: plan_rows.Rows, done: _Followed, now: datetime, by: By, ended: int) -> Done:
    """Keep what the change replaced, so that it can be undone; a change that changes nothing leaves nothing."""
    visits = done.visits
    told = (visits[What.KEEP], visits[What.MOVE], visits[What.CANCEL], ended)
    before, after = plan_rows.difference(rows, plan_rows.rows_of(agenda.pk))
    if not before:
        return Done(None, *told)
    steps = [_step(visit, done.before[visit.pk]) for visit in (*visits[What.MOVE], *visits[What.CANCEL])]
    kept = PlanChange.objects.create(
        practitioner=agenda, staff=by.staff, at=now, before=before, after=after, steps=steps
    )
    return Done(kept.pk, *told)


def _step(visit: Appointment, before: Standing) -> list[Any]:
    """Return what `undoing` needs of a visit. Ids are text: JSON's numbers are shorter than ours."""
    return [str(visit.pk), before.dump(), visit.state, visit.sequence]
