"""What is free on a day, what is admitted, and the reasons why not: case by case."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.availability import (
    MAX_LISTED_DAYS,
    Ask,
    DaySlots,
    Occupied,
    Reason,
    Refusal,
    Slot,
    admit,
    first_free,
    list_slots,
    nearest,
)
from clicdocteur.grid import FIRST_CELL, LAST_CELL, instant_of
from practitioners.openings import Plan
from tests.pure.cast import DAWN, MONDAY, PARIS, absence, ask, at, busy, hours, opening, plan, wall, walls

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
SPRING = date(2026, 3, 29)
AUTUMN = date(2026, 10, 25)


def day(plan_: Plan, occupied: list[Occupied], ask_: Ask, on: date = MONDAY, taken: int = 0) -> DaySlots:
    (found,) = list_slots(plan_, occupied, ask_, on, on, {on: taken})
    return found


def reason(plan_: Plan, occupied: list[Occupied], ask_: Ask, on: date = MONDAY) -> Reason | None:
    return day(plan_, occupied, ask_, on).reason


def refused(plan_: Plan, occupied: list[Occupied], ask_: Ask, start: int) -> Reason:
    answer = admit(plan_, occupied, ask_, start, {})
    assert isinstance(answer, Refusal)
    return answer.reason


def admitted(plan_: Plan, occupied: list[Occupied], ask_: Ask, start: int) -> Slot:
    answer = admit(plan_, occupied, ask_, start, {})
    assert isinstance(answer, Slot)
    return answer


# A free day, a taken place


def test_a_free_morning_offers_every_step() -> None:
    found = day(plan(opening(location=7, id=3)), [], ask())
    assert walls(found) == hours("9:00", "11:45")
    assert found.reason is None
    nine = at(MONDAY, "9:00")
    assert found.slots[0] == Slot(nine, nine + 3, nine + 3, location=7, opening=3, lane=0)


def test_a_taken_place_is_not_offered_and_its_neighbours_are() -> None:
    found = day(plan(opening()), [busy(MONDAY, "10:00-10:15")], ask())
    assert walls(found) == [time for time in hours("9:00", "11:45") if time != "10:00"]


def test_every_day_asked_has_its_entry() -> None:
    found = list_slots(plan(opening()), [], ask(), MONDAY - 2 * DAY, MONDAY + 100 * DAY, {})
    assert [entry.day for entry in found] == [MONDAY + n * DAY for n in range(-2, 101)]
    assert all(bool(entry.slots) is (entry.reason is None) for entry in found)
    assert list_slots(plan(opening()), [], ask(), MONDAY, MONDAY - DAY, {}) == []


def test_an_opening_for_other_types_is_closed_to_this_one() -> None:
    """A2: the type of another opening."""
    mixed = plan(opening("9:00-10:00", visit_types=frozenset({2})), opening("14:00-14:30", id=2))
    assert walls(day(mixed, [], ask())) == ["14:00", "14:15"]
    assert reason(plan(opening(visit_types=frozenset({2}))), [], ask()) is Reason.CLOSED
    assert refused(mixed, [], ask(), at(MONDAY, "9:00")) is Reason.CLOSED


# Reasons


def test_a_day_without_openings_is_closed_and_a_holiday_says_so() -> None:
    """A10."""
    assert reason(plan(opening()), [], ask(), MONDAY + DAY) is Reason.CLOSED
    assert reason(plan(opening(), holidays=frozenset({MONDAY})), [], ask()) is Reason.HOLIDAY


def test_a_practitioner_who_works_on_a_holiday_offers_slots() -> None:
    """A10: overridden by the caller, who leaves the holiday out, or by a one-off opening."""
    one_off = opening("9:00-9:30", id=2, on=MONDAY)
    assert walls(day(plan(opening(), one_off, holidays=frozenset({MONDAY})), [], ask())) == ["09:00", "09:15"]


def test_walk_in_hours_give_no_slots_and_say_so() -> None:
    walk_in = plan(opening(without_appointment=True))
    assert reason(walk_in, [], ask()) is Reason.WITHOUT_APPOINTMENT
    assert refused(walk_in, [], ask(), at(MONDAY, "9:00")) is Reason.WITHOUT_APPOINTMENT


def test_an_absence_takes_every_visit_that_it_touches() -> None:
    """A8."""
    away = plan(opening(), absences=(absence(MONDAY, MONDAY, "9:40-11:05"),))
    assert walls(day(away, [], ask())) == ["09:00", "09:15", "11:15", "11:30", "11:45"]
    assert refused(away, [], ask(), at(MONDAY, "9:30")) is Reason.ABSENT


def test_the_last_day_of_an_absence_is_away_and_the_next_is_not() -> None:
    """A8."""
    away = plan(opening(), absences=(absence(MONDAY - 2 * DAY, MONDAY, repeat_weeks=2, repeat_until=MONDAY),))
    assert reason(away, [], ask()) is Reason.ABSENT
    assert reason(away, [], ask(), MONDAY + WEEK) is None


def test_a_full_day_is_full_and_a_day_with_scraps_has_no_gap() -> None:
    """A12."""
    morning = plan(opening())
    assert reason(morning, [busy(MONDAY, "9:00-12:00")], ask()) is Reason.FULL
    scraps = [busy(MONDAY, "9:30-10:00"), busy(MONDAY, "10:15-12:00")]
    assert reason(morning, scraps, ask(45)) is Reason.NO_GAP
    assert walls(day(morning, scraps, ask(15))) == ["09:00", "09:15", "10:00"]


def test_the_grid_stays_whatever_was_booked_first() -> None:
    """A12: a visit of 20 minutes at 9:00 does not move the starts to 9:20, 9:35…"""
    assert walls(day(plan(opening()), [busy(MONDAY, "9:00-9:20")], ask())) == hours("9:30", "11:45")


def test_a_visit_longer_than_the_window_has_no_gap() -> None:
    """A13."""
    short = plan(opening("9:00-9:30"))
    assert reason(short, [], ask(45)) is Reason.NO_GAP
    assert refused(short, [], ask(45), at(MONDAY, "9:00")) is Reason.NO_GAP


def test_a_visit_that_would_end_after_the_window_is_refused() -> None:
    """A13."""
    morning = plan(opening())
    assert walls(day(morning, [], ask(30)))[-1] == "11:30"
    assert refused(morning, [], ask(30), at(MONDAY, "11:45")) is Reason.NO_GAP


@pytest.mark.parametrize("start", ["9:05", "9:10", "11:50"])
def test_a_start_between_two_steps_is_off_the_grid(start: str) -> None:
    """A2."""
    assert refused(plan(opening()), [], ask(), at(MONDAY, start)) is Reason.OFF_GRID


@pytest.mark.parametrize("start", ["8:45", "12:00", "20:00"])
def test_a_start_outside_the_hours_is_closed(start: str) -> None:
    """A2."""
    assert refused(plan(opening()), [], ask(), at(MONDAY, start)) is Reason.CLOSED


def test_a_start_in_the_past_or_beyond_the_horizon_is_refused() -> None:
    """A2."""
    noon = ask(now=datetime(2026, 1, 12, 10, 0, 1, tzinfo=UTC), horizon_days=7)  # a second past 11:00 in Paris
    assert walls(day(plan(opening()), [], noon)) == ["11:15", "11:30", "11:45"]
    assert refused(plan(opening()), [], noon, at(MONDAY, "11:00")) is Reason.PAST
    assert refused(plan(opening()), [], noon, at(MONDAY - WEEK, "9:00")) is Reason.PAST
    assert admitted(plan(opening()), [], noon, at(MONDAY + WEEK, "9:00"))
    assert refused(plan(opening()), [], noon, at(MONDAY + 2 * WEEK, "9:00")) is Reason.BEYOND_HORIZON


def test_the_evening_of_a_day_is_past() -> None:
    assert reason(plan(opening()), [], ask(now=datetime(2026, 1, 12, 19, 0, tzinfo=UTC))) is Reason.PAST


# Room, buffers, places


def test_a_buffer_keeps_the_cells_after_a_visit_free() -> None:
    """A11: back to back with different buffers."""
    morning = plan(opening())
    booked = [busy(MONDAY, "10:00-10:15")]
    assert "09:45" in walls(day(morning, booked, ask(15)))
    assert "09:45" not in walls(day(morning, booked, ask(15, buffer=5)))
    assert admitted(morning, booked, ask(15, buffer=5), at(MONDAY, "10:15")).busy_until == at(MONDAY, "10:35")


def test_a_buffer_may_overrun_the_window_and_an_absence_but_no_visit() -> None:
    """A11: buffer at the window's edge."""
    away = plan(opening(), absences=(absence(MONDAY, MONDAY, "12:00-14:00"),))
    last = at(MONDAY, "11:45")
    assert admitted(away, [], ask(15, buffer=10), last)
    assert refused(away, [busy(MONDAY, "12:05-12:20")], ask(15, buffer=10), last) is Reason.NO_GAP


def test_a_buffer_after_midnight_meets_the_visits_of_the_next_day() -> None:
    """T9, A11."""
    evening = plan(opening("23:00-24:00"))
    tomorrow = [busy(MONDAY + DAY, "0:05-0:20")]
    assert walls(day(evening, tomorrow, ask(15, buffer=10)))[-1] == "23:30"
    assert walls(day(evening, [], ask(15, buffer=10)))[-1] == "23:45"


def test_an_opening_with_two_places_takes_two_visits_at_once() -> None:
    two = plan(opening(places=2))
    nine = at(MONDAY, "9:00")
    assert admitted(two, [], ask(), nine).lane == 0
    assert admitted(two, [busy(MONDAY, "9:00-9:15", 0)], ask(), nine).lane == 1
    assert admitted(two, [busy(MONDAY, "9:00-9:15", 1)], ask(), nine).lane == 0
    assert refused(two, [busy(MONDAY, "9:00-9:15", 0), busy(MONDAY, "9:00-9:15", 1)], ask(), nine) is Reason.FULL


def test_a_visit_keeps_to_one_lane() -> None:
    """Two half-free lanes do not make a place: nobody changes tables in the middle."""
    two = plan(opening(places=2))
    crossed = [busy(MONDAY, "9:00-9:15", 0), busy(MONDAY, "9:15-9:30", 1)]
    assert refused(two, crossed, ask(30), at(MONDAY, "9:00")) is Reason.NO_GAP


@pytest.mark.parametrize("lane", [100, 107])
def test_overbooking_counts_against_the_places(lane: int) -> None:
    """I1: lanes from 100 are the staff's own, and fill a cell like any other."""
    extra = busy(MONDAY, "9:00-9:15", lane)
    assert refused(plan(opening()), [extra], ask(), at(MONDAY, "9:00")) is Reason.FULL
    assert admitted(plan(opening(places=2)), [extra], ask(), at(MONDAY, "9:00")).lane == 0


def test_the_last_of_thirty_places_is_given_and_then_none() -> None:
    group = plan(opening(places=30))
    filled = [busy(MONDAY, "9:00-9:15", lane) for lane in range(29)]
    assert admitted(group, filled, ask(), at(MONDAY, "9:00")).lane == 29
    assert refused(group, [*filled, busy(MONDAY, "9:00-9:15", 29)], ask(), at(MONDAY, "9:00")) is Reason.FULL


def test_a_visit_may_move_into_its_own_time() -> None:
    """R7: its own cells are left out of the question."""
    own, other = busy(MONDAY, "10:00-10:30"), busy(MONDAY, "11:00-11:30")
    quarter_past = at(MONDAY, "10:15")
    assert refused(plan(opening()), [own, other], ask(30), quarter_past) is Reason.NO_GAP
    assert admitted(plan(opening()), [other], ask(30), quarter_past)


def test_overlapping_windows_give_no_start_twice_and_the_first_wins() -> None:
    """A14: same hours, and one within the other."""
    both = plan(opening("9:00-12:00", id=5), opening("10:00-11:00", id=2, location=9), opening("9:00-12:00", id=7))
    found = day(both, [], ask())
    assert walls(found) == hours("9:00", "11:45")
    assert {slot.opening for slot in found.slots} == {5}


def test_overlapping_windows_with_other_steps_join_their_starts() -> None:
    """A14."""
    both = plan(opening("9:00-10:00", id=1, step=30), opening("9:10-10:00", id=2, step=20))
    found = day(both, [], ask(10))
    assert [(wall(slot), slot.opening) for slot in found.slots] == [
        ("09:00", 1),
        ("09:10", 2),
        ("09:30", 1),
        ("09:50", 2),
    ]


def test_the_wider_of_two_overlapping_openings_still_takes_a_second_visit() -> None:
    """A14: the first window is full, the second has another place."""
    both = plan(opening(id=1), opening(id=2, places=2))
    assert admitted(both, [busy(MONDAY, "9:00-9:15")], ask(), at(MONDAY, "9:00"))[-2:] == (2, 1)


# Notice, release, maximum, horizon


def test_notice_is_elapsed_time_over_a_week_end() -> None:
    """A15: 65 h after Friday 16:40 is Monday 9:40; 68 h after is too late for the morning."""
    friday = datetime(2026, 1, 9, 15, 40, tzinfo=UTC)
    assert walls(day(plan(opening()), [], ask(now=friday, notice=timedelta(hours=65))))[0] == "09:45"
    assert reason(plan(opening()), [], ask(now=friday, notice=timedelta(hours=68))) is Reason.TOO_SOON


def test_notice_over_midnight_is_exact_to_the_cell() -> None:
    """A15: 10 h from 23:00 is 9:00; a second later it is 9:05, so the next step."""
    eleven = datetime(2026, 1, 11, 22, 0, tzinfo=UTC)
    ten_hours = timedelta(hours=10)
    assert walls(day(plan(opening()), [], ask(now=eleven, notice=ten_hours)))[0] == "09:00"
    late = ask(now=eleven + timedelta(seconds=1), notice=ten_hours)
    assert walls(day(plan(opening()), [], late))[0] == "09:15"
    assert refused(plan(opening()), [], late, at(MONDAY, "9:00")) is Reason.TOO_SOON


@pytest.mark.parametrize(("on", "first"), [(SPRING, "10:00"), (AUTUMN, "08:00"), (date(2026, 3, 22), "09:00")])
def test_notice_over_the_change_of_clocks_is_elapsed_hours(on: date, first: str) -> None:
    """T3: 12 h after 21:00 the evening before."""
    evening = instant_of(at(on - DAY, "21:00"))
    sunday = plan(opening("7:00-12:00", weekday=6, step=60))
    assert walls(day(sunday, [], ask(now=evening, notice=timedelta(hours=12)), on))[0] == first


def test_slots_are_released_at_their_hour_on_the_wall() -> None:
    same_day = plan(opening(released_days=0, released_minute=450))
    half_past_seven = datetime(2026, 1, 12, 6, 30, tzinfo=UTC)
    before = day(same_day, [], ask(now=half_past_seven - timedelta(seconds=1)))
    assert (before.reason, before.released_at) == (Reason.NOT_RELEASED, half_past_seven)
    assert admit(same_day, [], ask(), at(MONDAY, "9:00"), {}) == Refusal(Reason.NOT_RELEASED, half_past_seven)
    after = day(same_day, [], ask(now=half_past_seven))
    assert (walls(after), after.released_at) == (hours("9:00", "11:45"), None)


def test_a_day_announces_what_will_be_released_beside_what_is_free() -> None:
    both = plan(opening("9:00-9:30"), opening("14:00-15:00", id=2, released_days=0, released_minute=450))
    found = day(both, [], ask())
    assert walls(found) == ["09:00", "09:15"]
    assert found.released_at == datetime(2026, 1, 12, 6, 30, tzinfo=UTC)


def test_an_absence_releases_nothing() -> None:
    rule = opening(released_days=0, released_minute=450)
    found = day(plan(rule, absences=(absence(MONDAY, MONDAY),)), [], ask())
    assert (found.reason, found.released_at) == (Reason.ABSENT, None)


def test_the_daily_maximum_counts_on_the_practice_day() -> None:
    """T12: the count of the day before in UTC is not the count of this day in Nouméa."""
    noumea = ZoneInfo("Pacific/Noumea")
    early = plan(opening("8:00-9:00"), zone=noumea)  # 8:00 there is 21:00 UTC on Sunday
    asked = ask(now=datetime(2026, 1, 9, 0, 0, tzinfo=UTC), max_per_day=2)
    start = at(MONDAY, "8:00", noumea)
    assert instant_of(start).date() == MONDAY - DAY
    assert isinstance(admit(early, [], asked, start, {MONDAY - DAY: 2, MONDAY: 1}), Slot)
    assert admit(early, [], asked, start, {MONDAY: 2}) == Refusal(Reason.DAILY_MAXIMUM)
    assert day(early, [], asked, taken=2).reason is Reason.DAILY_MAXIMUM


def test_the_horizon_counts_days_of_the_practice_from_its_today() -> None:
    """T11: at 0:30 on Monday in Paris it is Sunday in UTC, and a horizon of 7 days holds next Monday."""
    half_past_midnight = ask(now=datetime(2026, 1, 11, 23, 30, tzinfo=UTC), horizon_days=7)
    assert reason(plan(opening()), [], half_past_midnight, MONDAY + WEEK) is None
    an_hour_before = ask(now=datetime(2026, 1, 11, 22, 30, tzinfo=UTC), horizon_days=7)
    assert reason(plan(opening()), [], an_hour_before, MONDAY + WEEK) is Reason.BEYOND_HORIZON
    assert reason(plan(opening()), [], half_past_midnight, MONDAY - DAY) is Reason.PAST


# Change of clocks, end of the day


def test_no_slot_starts_at_a_time_that_does_not_exist() -> None:
    """T1."""
    night = plan(opening("1:00-4:00", weekday=6, step=30))
    sunday = ask(30, now=datetime(2026, 3, 20, 5, 0, tzinfo=UTC))
    found = day(night, [], sunday, SPRING)
    assert walls(found) == ["01:00", "01:30", "03:00", "03:30"]
    assert len({slot.start for slot in found.slots}) == 4
    assert reason(plan(opening("2:00-3:00", weekday=6)), [], sunday, SPRING) is Reason.CLOSED


def test_a_time_that_happens_twice_is_two_instants_that_do_not_overlap() -> None:
    """T2."""
    night = plan(opening("1:00-4:00", weekday=6, step=30))
    found = day(night, [], ask(30, now=datetime(2026, 10, 20, 5, 0, tzinfo=UTC)), AUTUMN)
    assert walls(found) == ["01:00", "01:30", "02:00", "02:30", "02:00", "02:30", "03:00", "03:30"]
    assert all(one.end <= following.start for one, following in zip(found.slots, found.slots[1:], strict=False))


def test_a_visit_that_would_cross_midnight_is_refused() -> None:
    """T9: 60 minutes at 23:30."""
    evening = plan(opening("22:00-24:00", step=30))
    assert walls(day(evening, [], ask(60))) == ["22:00", "22:30", "23:00"]
    assert refused(evening, [], ask(60), at(MONDAY, "23:30")) is Reason.NO_GAP


# First free, nearest


def test_the_first_free_slot_may_be_weeks_away() -> None:
    full = [busy(MONDAY + n * WEEK, "9:00-12:00") for n in range(5)]
    found = first_free(plan(opening()), full, ask(), {})
    assert isinstance(found, Slot)
    assert found.start == at(MONDAY + 5 * WEEK, "9:00")


def test_without_any_opening_the_search_ends_with_a_reason() -> None:
    """T14."""
    assert first_free(plan(), [], ask(horizon_days=100_000), {}) == Refusal(Reason.CLOSED)
    assert first_free(plan(), [], ask(horizon_days=-5), {}) == Refusal(Reason.BEYOND_HORIZON)


def test_the_search_names_the_reason_that_came_nearest_to_a_booking() -> None:
    """T14."""
    full = [busy(MONDAY, "9:00-12:00")]
    assert first_free(plan(opening()), full, ask(horizon_days=6), {}) == Refusal(Reason.FULL)
    later = opening(released_days=0, released_minute=450)
    answer = first_free(plan(later), [], ask(horizon_days=6), {})
    assert answer == Refusal(Reason.NOT_RELEASED, datetime(2026, 1, 12, 6, 30, tzinfo=UTC))


def test_the_nearest_slots_lie_on_both_sides_by_time() -> None:
    booked = [busy(MONDAY, "10:00-10:30")]
    found = nearest(plan(opening()), booked, ask(), at(MONDAY, "10:00"), 4, {})
    assert [wall(slot) for slot in found] == ["09:15", "09:30", "09:45", "10:30"]
    assert [wall(slot) for slot in nearest(plan(opening()), booked, ask(), at(MONDAY, "10:00"), 1, {})] == ["09:45"]


def test_the_nearest_slots_may_be_on_other_days_and_fewer_than_asked() -> None:
    one_off = plan(opening("9:00-9:30", on=MONDAY + DAY), opening("9:00-9:30", on=MONDAY + 3 * DAY, id=2))
    found = nearest(one_off, [], ask(), at(MONDAY, "10:00"), 3, {})
    assert [instant_of(slot.start).astimezone(PARIS).day for slot in found] == [13, 13, 15]
    assert len(nearest(one_off, [], ask(), at(MONDAY, "10:00"), 99, {})) == 4
    assert nearest(one_off, [], ask(), at(MONDAY, "10:00"), -1, {}) == []


# Absurd questions


@pytest.mark.parametrize("on", [date(1, 1, 1), date(1969, 12, 31), date(9999, 12, 31)])
def test_absurd_days_have_an_entry_and_cost_nothing(on: date) -> None:
    """T15."""
    assert reason(plan(opening()), [], ask(), on) in {Reason.PAST, Reason.BEYOND_HORIZON}


def test_a_hundred_thousand_days_are_refused() -> None:
    """T15."""
    with pytest.raises(ValueError, match="days asked"):
        list_slots(plan(opening()), [], ask(), MONDAY, MONDAY + MAX_LISTED_DAYS * DAY, {})
    assert len(list_slots(plan(), [], ask(), MONDAY, MONDAY + (MAX_LISTED_DAYS - 1) * DAY, {})) == MAX_LISTED_DAYS


@pytest.mark.parametrize("start", [-(10**30), -1, 0, FIRST_CELL, FIRST_CELL - 1, LAST_CELL, LAST_CELL + 1, 10**30])
def test_absurd_starts_are_refused_with_a_reason(start: int) -> None:
    """T15, A2."""
    expected = Reason.PAST if start < at(MONDAY, "0:00") else Reason.BEYOND_HORIZON
    assert refused(plan(opening()), [], ask(), start) is expected


def test_an_absurd_notice_and_horizon_are_bounded() -> None:
    """T15."""
    endless = ask(notice=timedelta(days=900_000_000), horizon_days=10**12)
    assert refused(plan(opening()), [], endless, at(MONDAY, "9:00")) is Reason.TOO_SOON


@pytest.mark.parametrize(("duration", "buffer"), [(0, 0), (-1, 0), (1, -1)])
def test_a_visit_without_length_is_no_question(duration: int, buffer: int) -> None:
    with pytest.raises(ValueError, match="one cell"):
        Ask(visit_type=1, duration=duration, buffer=buffer, horizon_days=1, now=DAWN)
