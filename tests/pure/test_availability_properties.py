"""What holds for every plan: generated plans, bookings and questions, under eight frozen dates (T13)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.availability import Ask, Occupied, Slot, admit, list_slots, nearest
from clicdocteur.grid import cell_at, cell_of, cells, day_of, instant_of
from practitioners.openings import AbsenceRule, OpeningRule, Plan, absent_spans, check_absence, check_opening, windows
from tests.pure.cast import FROZEN, PARIS, plan, wall

DAYS = 12
ZONES = [PARIS, ZoneInfo("Indian/Reunion"), ZoneInfo("America/St_Johns"), ZoneInfo("Asia/Kathmandu")]
MINUTES = st.integers(0, 288).map(lambda cell: cell * 5)

every_frozen_date = pytest.mark.parametrize("now", FROZEN, ids=str)
few = settings(max_examples=50, deadline=None, derandomize=True)


@dataclass(frozen=True)
class Case:
    """One question with all that it depends on."""

    plan: Plan
    occupied: list[Occupied]
    ask: Ask
    taken: dict[date, int]
    first: date
    last: date

    def listed(self) -> list[Slot]:
        answers = list_slots(self.plan, self.occupied, self.ask, self.first, self.last, self.taken)
        return [slot for answer in answers for slot in answer.slots]

    def admits(self, start: int) -> Slot | None:
        answer = admit(self.plan, self.occupied, self.ask, start, self.taken)
        return answer if isinstance(answer, Slot) else None


@st.composite
def opening_rules(draw: st.DrawFn, number: int, today: date) -> OpeningRule:
    start, end = sorted(draw(st.tuples(MINUTES, MINUTES).filter(lambda pair: pair[0] != pair[1])))
    weekly = draw(st.integers(0, 3))  # three out of four
    on = None if weekly else today + timedelta(days=draw(st.integers(0, DAYS)))
    released = draw(st.sampled_from([None, None, None, 0, 2]))
    rule = OpeningRule(
        id=number,
        practitioner=1,
        location=1,
        weekday=None if on else draw(st.integers(0, 6)),
        on=on,
        replaces=on is not None and draw(st.booleans()),
        start_minute=start,
        end_minute=end,
        parity=draw(st.sampled_from(["every", "every", "odd", "even"])),
        visit_types=draw(st.sampled_from([frozenset(), frozenset({1}), frozenset({2})])),
        step=draw(st.sampled_from([5, 10, 15, 20, 30, 45])),
        places=draw(st.sampled_from([1, 1, 2, 3])),
        released_days=released,
        released_minute=None if released is None else 450,
        without_appointment=draw(st.integers(0, 7)) == 0,
    )
    assert check_opening(rule) == []
    return rule


@st.composite
def absence_rules(draw: st.DrawFn, today: date) -> AbsenceRule:
    start, end = sorted(draw(st.tuples(MINUTES, MINUTES).filter(lambda pair: pair[0] != pair[1])))
    first = today + timedelta(days=draw(st.integers(-20, DAYS)))
    rule = AbsenceRule(
        id=1,
        practitioner=1,
        first_day=first,
        last_day=first + timedelta(days=draw(st.sampled_from([0, 0, 1, 3]))),
        start_minute=start,
        end_minute=end,
        repeat_weeks=draw(st.integers(0, 2)),
    )
    assert check_absence(rule) == []
    return rule


@st.composite
def cases(draw: st.DrawFn, now: datetime) -> Case:
    zone = draw(st.sampled_from(ZONES))
    today = day_of(cell_of(now), zone)
    origin = cell_at(today, 0, zone)
    openings = [draw(opening_rules(number, today)) for number in range(draw(st.integers(1, 5)))]
    spans = st.tuples(st.integers(0, DAYS * 288), st.integers(1, 24), st.sampled_from([0, 0, 0, 1, 2, 100, 101]))
    booked = draw(st.lists(spans, max_size=40))
    return Case(
        plan=Plan(
            practitioner=1,
            zone=zone,
            openings=tuple(openings),
            absences=tuple(draw(st.lists(absence_rules(today), max_size=2))),
            holidays=frozenset({today + timedelta(days=draw(st.integers(0, DAYS)))}),
        ),
        occupied=[Occupied(origin + at, origin + at + length, lane) for at, length, lane in booked],
        ask=Ask(
            visit_type=1,
            duration=draw(st.integers(1, 12)),
            buffer=draw(st.integers(0, 3)),
            notice=timedelta(minutes=draw(st.sampled_from([0, 30, 61, 24 * 60]))),
            horizon_days=draw(st.integers(0, DAYS)),
            max_per_day=draw(st.sampled_from([None, None, 1])),
            now=now,
        ),
        taken={today + timedelta(days=2): 1},
        first=today - timedelta(days=1),
        last=today + timedelta(days=DAYS),
    )


@every_frozen_date
@few
@given(data=st.data())
def test_what_is_listed_is_what_is_admitted(now: datetime, data: st.DataObject) -> None:
    """A1, A2, I7."""
    case = data.draw(cases(now))
    listed = {slot.start: slot for slot in case.listed()}
    low, high = cell_at(case.first, 0, case.plan.zone), cell_at(case.last, 1440, case.plan.zone)
    asked = set(list(listed)[:40]) | set(data.draw(st.lists(st.integers(low, high - 1), max_size=30)))
    asked |= {start + 1 for start in list(listed)[:20] if start + 1 < high}
    assert {start: case.admits(start) for start in asked} == {start: listed.get(start) for start in asked}


@every_frozen_date
@few
@given(data=st.data())
def test_the_masks_agree_with_counting_cell_by_cell(now: datetime, data: st.DataObject) -> None:
    """The rule again, slowly and with sets: an opening lets a start pass, or it does not."""
    case = data.draw(cases(now))
    assert {slot.start for slot in case.listed()} == slowly(case)


def slowly(case: Case) -> set[int]:
    """Return the free starts, one by one and cell by cell."""
    zone, ask = case.plan.zone, case.ask
    today = day_of(cell_of(ask.now), zone)
    horizon = today + timedelta(days=ask.horizon_days)
    away = {cell for span in absent_spans(case.plan, case.first, case.last) for cell in range(span.start, span.end)}
    lanes: dict[int, set[int]] = {}
    for start, end, lane in case.occupied:
        for cell in range(start, end):
            lanes.setdefault(cell, set()).add(lane)
    free = set()
    for window in windows(case.plan, today, min(case.last, horizon)):
        rule = window.rule
        if rule.without_appointment or (rule.visit_types and ask.visit_type not in rule.visit_types):
            continue
        if window.released_at and ask.now < window.released_at:
            continue
        if ask.max_per_day is not None and case.taken.get(window.day, 0) >= ask.max_per_day:
            continue
        for start in range(window.span.start, window.span.end - ask.duration + 1, cells(rule.step)):
            visit, whole = range(start, start + ask.duration), range(start, start + ask.duration + ask.buffer)
            ahead = instant_of(start) >= ask.now + ask.notice
            fits = all(len(lanes.get(cell, ())) < rule.places for cell in whole) and any(
                all(lane not in lanes.get(cell, ()) for cell in whole) for lane in range(rule.places)
            )
            if ahead and fits and not away & set(visit):
                free.add(start)
    return free


@every_frozen_date
@few
@given(data=st.data())
def test_no_slot_meets_an_occupied_cell_of_its_lane(now: datetime, data: st.DataObject) -> None:
    """I1."""
    case = data.draw(cases(now))
    places = {rule.id: rule.places for rule in case.plan.openings}
    for slot in case.listed():
        assert slot.lane < places[slot.opening]
        assert slot.end - slot.start == case.ask.duration
        assert slot.busy_until - slot.end == case.ask.buffer
        for other in case.occupied:
            shared = max(slot.start, other.start) < min(slot.busy_until, other.end)
            assert not (shared and slot.lane == other.lane)


@every_frozen_date
@few
@given(data=st.data())
def test_starts_are_listed_once_in_order_and_at_real_wall_times(now: datetime, data: st.DataObject) -> None:
    """T1, T2, A14."""
    case = data.draw(cases(now))
    starts = [slot.start for slot in case.listed()]
    assert starts == sorted(set(starts))
    for start in starts:
        shown = instant_of(start).astimezone(case.plan.zone)
        assert cell_of(shown) == start
        assert day_of(start, case.plan.zone) <= case.last


@every_frozen_date
@few
@given(data=st.data())
def test_a_new_booking_only_ever_takes_starts_away(now: datetime, data: st.DataObject) -> None:
    """A12: the grid does not move with what is booked."""
    case = data.draw(cases(now))
    before = case.listed()
    if not before:
        return
    chosen = data.draw(st.sampled_from(before))
    booked = [*case.occupied, Occupied(chosen.start, chosen.busy_until, chosen.lane)]
    after = replace(case, occupied=booked).listed()
    assert {slot.start for slot in after} <= {slot.start for slot in before}
    assert not [slot for slot in after if (slot.start, slot.lane) == (chosen.start, chosen.lane)]


@every_frozen_date
@few
@given(data=st.data())
def test_booking_whatever_is_nearest_never_shares_a_cell_of_a_lane(now: datetime, data: st.DataObject) -> None:
    """I1, R13: book until nothing is left, or ten times."""
    case = replace(data.draw(cases(now)), occupied=[])
    held: set[tuple[int, int]] = set()
    for _ in range(10):
        found = nearest(case.plan, case.occupied, case.ask, cell_of(now), 1, case.taken)
        if not found:
            break
        (slot,) = found
        mine = {(cell, slot.lane) for cell in range(slot.start, slot.busy_until)}
        assert not held & mine
        held |= mine
        case.occupied.append(Occupied(slot.start, slot.busy_until, slot.lane))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    # Clocks in these zones change between midnight and 4:00.
    hours=st.tuples(st.integers(48, 287), st.integers(49, 288)).filter(lambda pair: pair[0] < pair[1]),
    step=st.sampled_from([5, 15, 20, 45]),
    zone=st.sampled_from(ZONES),
    weekday=st.sampled_from([0, 5, 6]),
)
def test_wall_times_are_the_same_before_and_after_a_change_of_clocks(
    hours: tuple[int, int], step: int, zone: ZoneInfo, weekday: int
) -> None:
    """T3."""
    rule = OpeningRule(
        id=1, practitioner=1, location=1, weekday=weekday, step=step, start_minute=hours[0] * 5, end_minute=hours[1] * 5
    )
    asked = Ask(visit_type=1, duration=1, horizon_days=365, now=datetime(2026, 1, 1, tzinfo=zone))
    found = list_slots(plan(rule, zone=zone), [], asked, date(2026, 1, 2), date(2026, 12, 30), {})
    shown = {tuple(wall(slot, zone) for slot in answer.slots) for answer in found if answer.slots}
    expected = tuple(f"{at // 60:02}:{at % 60:02}" for at in range(rule.start_minute, rule.end_minute, step))
    assert shown == {expected}
