"""The waiting list's rules."""

from datetime import UTC, datetime, timedelta

import pytest

from booking.waiting_rules import EVERY_DAY, EVERY_PART, Part, life, suits

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)  # a Monday


@pytest.mark.parametrize(
    ("ahead", "lives"),
    [
        (timedelta(hours=2, minutes=59), None),
        (timedelta(hours=3), timedelta(minutes=45)),
        (timedelta(hours=8), timedelta(hours=2)),
        (timedelta(hours=16), timedelta(hours=4)),
        (timedelta(days=30), timedelta(hours=4)),
        (timedelta(hours=-1), None),
    ],
)
def test_an_offer_lives_a_quarter_of_the_time_left_four_hours_at_most_and_none_is_made_within_three(ahead, lives):
    assert life(NOON + ahead, NOON) == lives


def test_a_wish_is_for_days_and_parts_of_the_day():
    assert suits(EVERY_DAY, EVERY_PART, NOON)
    assert suits(0b1, Part.AFTERNOON, NOON)
    assert not suits(0b1, Part.MORNING, NOON)
    assert not suits(0b10, EVERY_PART, NOON)
    assert suits(0b1, Part.MORNING, NOON - timedelta(minutes=1))
    assert suits(0b1, Part.EVENING, NOON.replace(hour=17))
    assert not suits(0b1, Part.AFTERNOON, NOON.replace(hour=17))
