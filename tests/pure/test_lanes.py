"""Lanes: the place that a visit gets, and the ones that only staff take."""

import pytest

from booking.availability import OVERBOOKING, Occupied, free_lane, overbooking_lane
from clicdocteur.grid import Span

SPAN = Span(100, 106)


@pytest.mark.parametrize(
    ("occupied", "places", "lane"),
    [
        ([], 1, 0),
        ([(94, 100, 0), (106, 112, 0)], 1, 0),
        ([(105, 106, 0)], 1, None),
        ([(100, 101, 0)], 2, 1),
        # Beside one another in turn: each cell has a place left, and no lane is free all along.
        ([(100, 103, 0), (103, 106, 1)], 2, None),
        # Somebody overbooked counts as much as anybody: the place is gone.
        ([(100, 106, OVERBOOKING)], 1, None),
        ([(100, 106, OVERBOOKING)], 2, 0),
        ([(100, 106, 0), (100, 106, 1), (100, 106, 2)], 3, None),
    ],
)
def test_the_lowest_lane_that_is_free_all_along(occupied, places, lane):
    """I1 I7: the same arithmetic that lists times for patients."""
    assert free_lane([Occupied(*one) for one in occupied], SPAN, places) == lane


@pytest.mark.parametrize(
    ("occupied", "lane"),
    [
        ([], 100),
        ([(100, 106, 0)], 100),
        ([(100, 101, 100)], 101),
        ([(94, 100, 100), (106, 110, 100)], 100),
        ([(100, 101, 100), (105, 106, 102)], 101),
    ],
)
def test_staff_s_own_lanes_begin_at_a_hundred(occupied, lane):
    assert overbooking_lane([Occupied(*one) for one in occupied], SPAN) == lane
