"""Rows and lanes: arithmetic alone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from agenda import grid_css, layout
from agenda.layout import Frame, Place, Stretch

PARIS = ZoneInfo("Europe/Paris")
DAY = date(2026, 11, 23)
FRAME = Frame(7, 20)


def at(day: date, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}:00").replace(tzinfo=PARIS).astimezone(UTC)


def test_the_usual_hours_are_drawn_and_more_only_when_something_is_there():
    assert layout.frame([]) == Frame(7, 20)
    assert layout.frame([Stretch(8 * 60, 19 * 60)]) == Frame(7, 20)
    assert layout.frame([Stretch(6 * 60 + 30, 21 * 60 + 5)]) == Frame(6, 22)
    assert layout.frame([Stretch(0, 1440)]) == Frame(0, 24)


def test_a_visit_stands_at_its_wall_time_in_winter_and_in_summer():
    for day in (DAY, date(2026, 6, 22)):
        one = layout.stretch(at(day, "09:15"), at(day, "09:45"), day, PARIS)
        assert one == Stretch(555, 585)
        assert layout.place(one, FRAME) == Place(27, 6)


def test_a_visit_over_midnight_is_cut_to_each_day():
    """T10"""
    start, end, tomorrow = at(DAY, "23:00"), at(DAY + timedelta(days=1), "02:00"), DAY + timedelta(days=1)
    assert layout.stretch(start, end, DAY, PARIS) == Stretch(1380, 1440)
    assert layout.stretch(start, end, tomorrow, PARIS) == Stretch(0, 120)
    assert layout.stretch(start, end, DAY - timedelta(days=1), PARIS) is None
    assert layout.stretch(at(DAY, "23:00"), at(tomorrow, "00:00"), tomorrow, PARIS) is None


def test_a_visit_in_the_hour_that_happens_twice_has_its_length():
    """T2: 2:45 summer time to 2:15 winter time is half an hour."""
    start = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    one = layout.stretch(start, start + timedelta(minutes=30), date(2026, 10, 25), PARIS)
    assert one == Stretch(165, 195)


def test_what_lies_outside_the_frame_is_kept_within_it():
    assert layout.place(Stretch(0, 1440), FRAME) == Place(0, FRAME.rows)


def test_overlapping_visits_stand_side_by_side_and_others_have_the_whole_width():
    apart, first, second, chained = Stretch(480, 500), Stretch(540, 570), Stretch(550, 580), Stretch(570, 600)
    places = layout.pack([apart, first, second, chained], FRAME)
    assert [(place.lane, place.lanes) for place in places] == [(0, 1), (0, 2), (1, 2), (0, 2)]


def test_places_come_back_in_the_order_given():
    late, early = Stretch(600, 630), Stretch(480, 510)
    assert [place.row for place in layout.pack([late, early], FRAME)] == [36, 12]


visits = st.lists(
    st.tuples(st.integers(84, 230), st.integers(1, 24)).map(lambda pair: Stretch(pair[0] * 5, (pair[0] + pair[1]) * 5)),
    max_size=25,
)


@given(visits)
def test_no_two_visits_of_one_lane_ever_overlap(stretches):
    places = layout.pack(stretches, Frame(0, 24))
    assert len(places) == len(stretches)
    for index, place in enumerate(places):
        for other_index in range(index):
            other = places[other_index]
            if place.lane == other.lane:
                one, two = stretches[index], stretches[other_index]
                assert one.end <= two.start or two.end <= one.start


@given(visits)
def test_every_place_has_its_classes_in_the_sheet(stretches):
    frame = layout.frame(stretches)
    for place in layout.pack(stretches, frame):
        assert 0 <= place.row < grid_css.ROWS
        assert 1 <= place.rows <= grid_css.ROWS
        assert 1 <= place.lanes <= layout.MOST_LANES


def test_the_sheet_of_positions_is_what_the_script_makes():
    assert grid_css.FILE.read_text(encoding="utf-8") == grid_css.text(), "run: python -m agenda.grid_css"
