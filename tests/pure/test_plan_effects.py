"""What a plan means for booked visits, and where they could go: pure arithmetic (A6 A7)."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.plan_changes.effects import OFFERED, Board, Booked, unheld
from clicdocteur.grid import Span, cell_at
from practitioners.openings import AbsenceRule, OpeningRule, Plan

PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2026, 1, 5)
NOW = datetime(2026, 1, 5, 8, 0, tzinfo=PARIS)
TYPE, PLACE = 5, 9


def opening(**fields: object) -> OpeningRule:
    given_ = {"id": 1, "practitioner": 1, "location": PLACE, "start_minute": 540, "end_minute": 720, "step": 15}
    return OpeningRule(**{**given_, **({} if "on" in fields else {"weekday": 0}), **fields})  # type: ignore[arg-type]


def plan(
    *openings: OpeningRule, absences: tuple[AbsenceRule, ...] = (), holidays: frozenset[date] = frozenset()
) -> Plan:
    return Plan(practitioner=1, zone=PARIS, openings=openings, absences=absences, holidays=holidays)


def visit(
    clock: int, minutes: int = 30, *, on: date = MONDAY, buffer: int = 0, pk: int = 1, lane: int = 0, **fields: int
) -> Booked:
    first = cell_at(on, clock, PARIS)
    end = first + minutes // 5
    return Booked(
        pk, Span(first, end), end + buffer // 5, lane, fields.get("location", PLACE), fields.get("visit_type", TYPE)
    )


@pytest.mark.parametrize(
    ("one", "held"),
    [
        (visit(540), True),
        (visit(690), True),
        (visit(705), False),
        (visit(690, buffer=15), True),
        (visit(535), False),
        (visit(540, location=8), False),
        (visit(540, on=MONDAY + timedelta(days=1)), False),
    ],
)
def test_a_visit_is_held_when_one_window_holds_all_of_it_at_its_place(one: Booked, held: bool):
    """A6; the buffer may run over (A11)."""
    assert (unheld(plan(opening()), [one]) == set()) is held


def test_two_windows_that_touch_do_not_hold_a_visit_between_them():
    halves = plan(opening(end_minute=600), opening(id=2, start_minute=600))
    assert unheld(halves, [visit(585)]) == {1}


def test_an_opening_for_other_types_does_not_hold_it():
    assert unheld(plan(opening(visit_types=frozenset({6}))), [visit(540)]) == {1}
    assert unheld(plan(opening(visit_types=frozenset({5, 6}))), [visit(540)]) == set()


def test_an_absence_takes_what_it_meets_by_five_minutes_and_nothing_else():
    """A7 A8"""
    away = AbsenceRule(id=1, practitioner=1, first_day=MONDAY, last_day=MONDAY, start_minute=595, end_minute=625)
    visits = [visit(540, pk=1), visit(570, pk=2), visit(600, pk=3), visit(625, pk=4)]
    assert unheld(plan(opening(), absences=(away,)), visits) == {2, 3}


def test_a_holiday_takes_what_no_one_off_opening_gives_back():
    """A10"""
    closed = frozenset({MONDAY})
    assert unheld(plan(opening(), holidays=closed), [visit(540)]) == {1}
    assert unheld(plan(opening(), opening(id=2, on=MONDAY), holidays=closed), [visit(540)]) == set()


def test_times_are_offered_from_the_visit_s_own_start_on_in_its_own_length():
    """A4: as long as it was booked, whatever its type says by now."""
    board = Board(plan(opening()), [], {}, NOW)
    times = board.times(visit(600, 45))
    assert times[0].start == cell_at(MONDAY, 600, PARIS)
    assert {slot.end - slot.start for slot in times} == {9}
    assert len(times) == OFFERED
    assert times == sorted(times)


def test_who_has_found_a_time_takes_it_from_the_next():
    board = Board(plan(opening(end_minute=600)), [], {}, NOW)
    first, second = visit(540, 60, pk=1), visit(540, 60, pk=2)
    board.take(first, board.times(first)[0])
    assert board.times(second)[0].start == cell_at(MONDAY + timedelta(days=7), 540, PARIS)
    assert board.admit(second, cell_at(MONDAY, 540, PARIS)) is None


def test_the_daily_maximum_holds_for_moved_visits_too():
    """T12"""
    board = Board(plan(opening()), [visit(540, pk=7)], {TYPE: 1}, NOW)
    assert board.times(visit(600))[0].start == cell_at(MONDAY + timedelta(days=7), 540, PARIS)


def test_a_visit_without_a_type_finds_nothing():
    board = Board(plan(opening()), [], {}, NOW)
    nameless = visit(600)._replace(visit_type=None)
    assert (board.times(nameless), board.admit(nameless, nameless.span.start)) == ([], None)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(108, 140), st.sampled_from([15, 20, 30, 45])), min_size=1, max_size=6),
    st.integers(1, 3),
)
def test_whatever_is_offered_is_admitted_and_held(wanted: list[tuple[int, int]], places: int):
    """I7 for moved visits: what is listed can be taken, and the plan then holds it."""
    board, chosen = Board(plan(opening(places=places)), [], {}, NOW), []
    for pk, (cell, minutes) in enumerate(wanted):
        one = visit(cell * 5, minutes, pk=pk)
        slot = board.times(one)[0]
        assert board.admit(one, slot.start) == slot
        board.take(one, slot)
        chosen.append(Booked(pk, Span(slot.start, slot.end), slot.busy_until, slot.lane, slot.location, TYPE))
    assert unheld(plan(opening(places=places)), sorted(chosen, key=lambda one: one.span.start)) == set()
    taken = [(one.lane, cell) for one in chosen for cell in range(one.span.start, one.busy_until)]
    assert len(taken) == len(set(taken))
