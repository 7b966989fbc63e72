"""What staff should know of a time, from the same plan, occupancy and lanes that patients are asked by."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from booking.availability import Occupied, free_lane, overbooking_lane
from booking.desk.terms import Caution, Judgement, Look, Standing
from booking.models import Appointment
from clicdocteur.grid import CELLS_PER_DAY, Span, cell_of, cells, day_of, instant_of
from practitioners.models import Location, Practitioner, VisitType
from practitioners.openings import Plan, Window, absent_spans, windows
from practitioners.queries import plans

# A date further ahead than this is more often a slip of the finger than a wish.
FAR = timedelta(days=366)


def look(
    practitioner: Practitioner,
    first: int,
    last: int,
    now: datetime,
    *,
    session_tag: bytes = b"",
    leaving_out: int | None = None,
) -> Look:
    """Return what an agenda looks like around the starts from *first* to *last*, cells. Three queries.

    Expired holds are left out, and so are the holds of the desk that asks (by its session) and the appointment
    *leaving_out*, which does not stand in its own way. Verbs lock the agenda first and look afterwards (R15).
    """
    practice = practitioner.practice
    days = day_of(first, practice.zone), day_of(last, practice.zone)
    plan = plans([practitioner], practice, *days)[practitioner.pk]
    rows = (
        Appointment.objects.filter(
            practitioner=practitioner,
            # Whole practice days, for their maximum; no visit lasts a day.
            first_cell__gte=first - 2 * CELLS_PER_DAY,
            first_cell__lt=last + 2 * CELLS_PER_DAY,
            state__in=Appointment.LIVE,
        )
        .exclude(state=Appointment.State.HELD, held_until__lte=now)
        .exclude(Q(pk=leaving_out) if leaving_out else Q(pk__in=[]))
        # A freed time is staff's at once, unless somebody is being asked about it.
        .exclude(Appointment.RESERVE, extensions=0)
        .values_list("first_cell", "end_cell", "lane", "visit_type", "state", "link_hash", "network_tag")
    )
    return Look(plan, list(_standing(rows.iterator(), session_tag)), _usual_location(practitioner, plan), now)


def _standing(rows: Iterable[tuple[Any, ...]], own: bytes) -> Iterator[Standing]:
    for start, end, lane, visit_type, state, link, tag in rows:
        is_hold = state == Appointment.State.HELD
        is_offered = is_hold and link is None and tag is None
        is_typed = is_hold and link is None and not is_offered
        if not (is_typed and bytes(tag or b"") == own):
            yield Standing(start, end, lane, visit_type, is_hold, is_typed, is_offered)


def _usual_location(practitioner: Practitioner, plan: Plan) -> int:
    """Return where a visit outside all openings takes place: where the practitioner receives, or else the practice."""
    if plan.openings:
        return plan.openings[0].location
    return Location.objects.filter(practice=practitioner.practice_id).order_by("label").values_list("pk", flat=True)[0]


def judge(seen: Look, visit_type: VisitType, start: int, *, new_patient: bool) -> Judgement:
    """Return what a visit of this type at this start would be, and what is to be known of it. No query."""
    visit = Span(start, start + cells(visit_type.duration(new_patient=new_patient)))
    return judge_span(seen, visit_type, visit, visit.end + cells(visit_type.buffer), new_patient=new_patient)


def judge_span(seen: Look, visit_type: VisitType, visit: Span, busy_until: int, *, new_patient: bool) -> Judgement:
    """Return the same of a visit that has its length already, and its buffer: one that moves keeps both (A4)."""
    start, busy = visit.start, Span(visit.start, busy_until)
    window = _window(seen, visit_type, visit)
    places = window.rule.places if window else 1
    occupied = [Occupied(one.start, one.end, one.lane) for one in seen.standing]
    lane = free_lane(occupied, busy, places)
    cautions = [
        *_of_the_date(seen, start),
        *_of_the_plan(seen, visit_type, visit, window),
        *_of_the_type(seen, visit_type, start, new_patient=new_patient),
    ]
    if lane is None:
        lane = free_lane([Occupied(*one[:3]) for one in seen.standing if not one.is_offered], busy, places)
        cautions += _in_the_way(seen, busy) if lane is None else [Caution.OFFERED]
    return Judgement(
        visit_type,
        start,
        visit.end,
        busy.end,
        window.rule.location if window else seen.fallback_location,
        lane,
        overbooking_lane(occupied, busy),
        tuple(cautions),
    )


def window_at(seen: Look, start: int) -> Window | None:
    """Return the opening in which a start falls, or None."""
    day = day_of(start, seen.plan.zone)
    return next((one for one in windows(seen.plan, day, day) if one.span.start <= start < one.span.end), None)


def _window(seen: Look, visit_type: VisitType, visit: Span) -> Window | None:
    """Return the opening in which a visit begins; of several, one that is for it."""
    day = day_of(visit.start, seen.plan.zone)
    here = [one for one in windows(seen.plan, day, day) if one.span.start <= visit.start < one.span.end]
    return max(here, key=lambda one: (_offers(one, visit_type), one.span.contains(visit)), default=None)


def _offers(window: Window, visit_type: VisitType) -> bool:
    types = window.rule.visit_types
    return not window.rule.without_appointment and (not types or visit_type.pk in types)


def _of_the_date(seen: Look, start: int) -> Iterator[Caution]:
    if start < cell_of(seen.now):
        yield Caution.PAST
    elif instant_of(start) > seen.now + FAR:
        yield Caution.FAR


def _of_the_plan(seen: Look, visit_type: VisitType, visit: Span, window: Window | None) -> Iterator[Caution]:
    day = day_of(visit.start, seen.plan.zone)
    if window is None:
        yield Caution.HOLIDAY if day in seen.plan.holidays else Caution.CLOSED
    else:
        yield from _of_the_window(seen, visit_type, visit, window)
    if any(span.overlaps(visit) for span in absent_spans(seen.plan, day, day_of(visit.end, seen.plan.zone))):
        yield Caution.ABSENT


def _of_the_window(seen: Look, visit_type: VisitType, visit: Span, window: Window) -> Iterator[Caution]:
    rule = window.rule
    if rule.without_appointment:
        yield Caution.WITHOUT_APPOINTMENT
    elif not _offers(window, visit_type):
        yield Caution.OTHER_TYPE
    if window.released_at is not None and window.released_at > seen.now:
        yield Caution.NOT_RELEASED
    if not window.span.contains(visit):
        yield Caution.ENDS_AFTER
    if (visit.start - window.span.start) % cells(rule.step):
        yield Caution.OFF_STEPS


def _of_the_type(seen: Look, visit_type: VisitType, start: int, *, new_patient: bool) -> Iterator[Caution]:
    if new_patient and not visit_type.accepts_new:
        yield Caution.NEW_PATIENT
    if visit_type.max_per_day is None:
        return
    zone = seen.plan.zone
    same_day = [
        one
        for one in seen.standing
        if one.visit_type == visit_type.pk and day_of(one.start, zone) == day_of(start, zone)
    ]
    if len(same_day) >= visit_type.max_per_day:
        yield Caution.DAILY_MAXIMUM


def _in_the_way(seen: Look, busy: Span) -> Iterator[Caution]:
    """Say who has the time: somebody who comes, a patient who is booking, another desk."""
    met = [one for one in seen.standing if Span(one.start, one.end).overlaps(busy)]
    if any(not one.is_hold for one in met):
        yield Caution.TAKEN
    if any(one.is_hold and not (one.is_typed or one.is_offered) for one in met):
        yield Caution.HELD
    if any(one.is_typed for one in met):
        yield Caution.TYPED
