"""Cells, spans and masks."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clicdocteur.grid import (
    CELLS_PER_DAY,
    FIRST_CELL,
    LAST_CELL,
    OutOfRange,
    Span,
    cell_at,
    cell_of,
    cells,
    day_of,
    first_cell_from,
    instant_of,
    is_on_grid,
    positions,
    smear,
    stride,
    union,
)
from tests.pure.cast import PARIS

SPRING = date(2026, 3, 29)
AUTUMN = date(2026, 10, 25)


def utc(hour: int, minute: int = 0, day: date = SPRING) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def test_a_cell_is_five_minutes_of_the_epoch() -> None:
    assert cell_of(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=365 * 40)) == 365 * 40 * CELLS_PER_DAY
    assert cell_of(utc(9, 4)) == cell_of(utc(9)) == cell_of(utc(9, 5)) - 1


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        cell_of(datetime(2026, 1, 5, 9, 0))  # noqa: DTZ001


def test_the_first_cell_from_an_instant_never_starts_before_it() -> None:
    assert instant_of(first_cell_from(utc(9))) == utc(9)
    assert instant_of(first_cell_from(utc(9) + timedelta(microseconds=1))) == utc(9, 5)


def test_only_whole_cells_are_on_the_grid() -> None:
    assert is_on_grid(utc(9, 5))
    assert not is_on_grid(utc(9, 5) + timedelta(seconds=1))


@pytest.mark.parametrize("minutes", [-5, 1, 7, 44])
def test_minutes_that_do_not_fill_cells_are_refused(minutes: int) -> None:
    with pytest.raises(ValueError, match="whole cells"):
        cells(minutes)


@given(st.integers(FIRST_CELL, LAST_CELL))
def test_a_cell_and_its_instant_say_the_same(cell: int) -> None:
    assert cell_of(instant_of(cell)) == cell
    assert is_on_grid(instant_of(cell))


@pytest.mark.parametrize(
    ("minute", "expected"),
    [(115, utc(0, 55)), (120, utc(1)), (150, utc(1)), (175, utc(1)), (180, utc(1)), (185, utc(1, 5))],
)
def test_a_wall_time_that_does_not_exist_is_the_change_of_the_clocks(minute: int, expected: datetime) -> None:
    """T1."""
    assert instant_of(cell_at(SPRING, minute, PARIS)) == expected


@pytest.mark.parametrize(("minute", "hour"), [(60, -1), (120, 0), (180, 2), (240, 3)])
def test_a_wall_time_that_happens_twice_is_the_first(minute: int, hour: int) -> None:
    """T2."""
    assert instant_of(cell_at(AUTUMN, minute, PARIS)) == utc(0, day=AUTUMN) + timedelta(hours=hour)


def test_24_00_is_the_next_midnight() -> None:
    """T9."""
    for day in (SPRING, AUTUMN, date(2026, 1, 5)):
        assert cell_at(day, 1440, PARIS) == cell_at(day + timedelta(days=1), 0, PARIS)


@pytest.mark.parametrize("name", ["Asia/Kathmandu", "America/St_Johns", "Pacific/Marquesas", "Pacific/Kiritimati"])
@given(day=st.dates(date(2000, 1, 1), date(2099, 12, 31)), minute=st.integers(0, 287).map(lambda cell: cell * 5))
def test_zones_with_odd_offsets_stay_on_the_grid(name: str, day: date, minute: int) -> None:
    """T7: +5:45, -3:30 and -2:30, -9:30, +14."""
    zone = ZoneInfo(name)
    shown = instant_of(cell_at(day, minute, zone)).astimezone(zone)
    # In a gap the clocks show the end of the gap; else exactly what was asked.
    asked = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001
    exists = asked.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == asked
    assert (shown.replace(tzinfo=None) == asked) is exists


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1999, 12, 31), date(2100, 1, 1), date(9999, 12, 31)])
def test_days_outside_the_calendar_are_refused(day: date) -> None:
    """T15."""
    with pytest.raises(OutOfRange):
        cell_at(day, 0, PARIS)


@pytest.mark.parametrize("cell", [FIRST_CELL - 1, LAST_CELL + 1, -(10**30), 10**30])
def test_cells_outside_the_calendar_are_refused(cell: int) -> None:
    """T15."""
    with pytest.raises(OutOfRange):
        instant_of(cell)


@pytest.mark.parametrize("minute", [-5, 1445])
def test_minutes_outside_the_day_are_refused(minute: int) -> None:
    with pytest.raises(ValueError, match="outside the day"):
        cell_at(SPRING, minute, PARIS)


def test_every_supported_day_fits_in_every_zone() -> None:
    for zone in (ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Etc/GMT+12")):
        assert cell_at(date(2000, 1, 1), 0, zone) >= FIRST_CELL
        assert cell_at(date(2099, 12, 31), 1440, zone) <= LAST_CELL


def test_half_past_midnight_in_paris_is_the_day_of_paris() -> None:
    """T11."""
    half_past = datetime(2026, 1, 6, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    assert day_of(cell_of(half_past), PARIS) == date(2026, 1, 6)


def test_spans_that_follow_one_another_do_not_overlap() -> None:
    assert not Span(1, 3).overlaps(Span(3, 5))
    assert Span(1, 4).overlaps(Span(3, 5))
    assert Span(3, 5).overlaps(Span(1, 9))
    assert not Span(3, 3).overlaps(Span(1, 9))


def test_a_span_contains_what_ends_with_it() -> None:
    assert Span(1, 5).contains(Span(2, 5))
    assert not Span(1, 5).contains(Span(2, 6))
    assert not Span(1, 5).contains(Span(0, 5))


def test_a_mask_leaves_out_what_comes_before_its_origin() -> None:
    assert Span(10, 13).mask(10) == 0b111
    assert Span(10, 13).mask(8) == 0b11100
    assert Span(10, 13).mask(12) == 0b1
    assert Span(10, 13).mask(20) == 0


SPANS = st.lists(st.tuples(st.integers(-20, 120), st.integers(-20, 120)), max_size=6)


@given(SPANS, st.integers(-5, 40), st.integers(0, 80))
def test_a_union_holds_exactly_the_cells_of_its_spans(spans: list[tuple[int, int]], start: int, length: int) -> None:
    frame = Span(start, start + length)
    expected = {cell - start for low, high in spans for cell in range(low, high) if start <= cell < frame.end}
    assert set(positions(union(spans, frame))) == expected


@given(st.sets(st.integers(0, 60)), st.integers(1, 40))
def test_smearing_marks_every_start_that_would_meet_the_mask(cells_set: set[int], length: int) -> None:
    mask = sum(1 << cell for cell in cells_set)
    expected = {start for start in range(61) if cells_set & set(range(start, start + length))}
    assert set(positions(smear(mask, length))) == expected


def test_a_stride_begins_at_its_origin() -> None:
    assert list(positions(stride(10, 3))) == [0, 3, 6, 9]
    assert stride(0, 3) == 0
