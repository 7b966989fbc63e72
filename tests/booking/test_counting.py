"""What is counted of a month: days ahead of what was booked online, minutes open and taken; each once, whoever counts."""

from datetime import UTC, date, datetime, timedelta

import pytest

from booking import counting, floods, retention
from booking.models import MonthlyFill, MonthlyLead, OnlineBooking
from practitioners.models import Absence, VisitType
from tests.booking.cast import MONDAY, NOW, TUESDAY

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def counted() -> dict[int, int]:
    return dict(MonthlyLead.objects.order_by("ahead").values_list("ahead", "amount"))


def fill() -> dict[str, tuple[int, int, date]]:
    """By month, of Dr Un."""
    rows = MonthlyFill.objects.filter(practitioner__slug="un").order_by("month")
    return {f"{one.month:%Y-%m}": (one.open_minutes, one.used_minutes, one.counted_to) for one in rows}


@pytest.mark.parametrize(("days", "step"), [(-3, 0), (0, 0), (1, 1), (2, 1), (3, 3), (7, 3), (8, 8), (14, 8), (15, 15), (30, 15), (31, 31), (300, 31)])  # fmt: skip
def test_days_ahead_are_counted_in_steps(days, step):
    assert counting.ahead(days) == step


def test_a_booking_is_counted_once_when_its_network_is_forgotten(office):
    office.book("09:00", MONDAY)
    office.book("09:00", TUESDAY)
    office.book("09:30", TUESDAY + 7 * DAY)
    for _ in range(2):
        floods.forget_old(NOW + timedelta(hours=23))
    assert counted() == {}
    for _ in range(2):
        floods.forget_old(NOW + timedelta(days=1, hours=1))
    assert counted() == {0: 1, 1: 1, 8: 1}
    assert not OnlineBooking.objects.exists()
    assert set(MonthlyLead.objects.values_list("month", "visit_type")) == {(date(2026, 1, 1), office.type.pk)}


def test_who_was_erased_before_is_not_counted(office):
    booked = office.book("09:00", TUESDAY)
    retention.forget([booked])
    floods.forget_old(NOW + 2 * DAY)
    assert counted() == {}


def test_days_that_are_over_are_counted_once_with_what_was_open_and_taken(office):
    office.book("09:00", MONDAY)
    office.book("09:30", TUESDAY)
    later = NOW + DAY
    assert counting.openings(later) > 0
    assert counting.openings(later) == 0
    # January begins on a Thursday, a holiday; Friday 2nd and Monday 5th are open three hours each.
    assert fill() == {"2026-01": (360, 30, MONDAY)}
    counting.openings(later + DAY)
    assert fill() == {"2026-01": (540, 60, TUESDAY)}


def test_what_is_away_or_cancelled_is_neither_open_nor_taken(office):
    Absence.objects.create(practitioner=office.one, first_day=MONDAY, last_day=MONDAY, start_minute=600, end_minute=1440)  # fmt: skip
    office.book("09:00", MONDAY)
    counting.openings(NOW + DAY)
    assert fill() == {"2026-01": (240, 30, MONDAY)}


def test_missed_nights_are_caught_up_month_by_month_and_not_for_ever(office):
    """M5"""
    counting.openings(NOW + DAY)
    counting.openings(datetime(2026, 2, 3, 0, 20, tzinfo=UTC))
    assert {month: until for month, (_open, _used, until) in fill().items()} == {
        "2026-01": date(2026, 1, 31), "2026-02": date(2026, 2, 2),
    }  # fmt: skip
    counting.openings(datetime(2027, 2, 3, 0, 20, tzinfo=UTC))
    assert min(month for month in fill() if month > "2026-02") == "2026-12"


def test_the_night_the_clocks_change_is_a_day_like_any_other(office):
    """T1 T2"""
    office.opening(weekday=6, start_minute=60, end_minute=300)
    counting.openings(datetime(2026, 3, 28, 12, tzinfo=UTC))
    before = fill()["2026-03"][0]
    counting.openings(datetime(2026, 3, 30, 12, tzinfo=UTC))
    # Saturday has nothing; of Sunday's four hours one does not exist.
    assert fill()["2026-03"][0] - before == 180


def test_counting_takes_as_many_queries_to_read_whatever_is_booked(office, django_assert_max_num_queries):
    """A18"""
    counting.openings(NOW + DAY)
    for clock in ("09:00", "09:30", "10:00", "10:30"):
        office.book(clock, TUESDAY)
    with django_assert_max_num_queries(16):
        counting.openings(NOW + 2 * DAY)


def test_a_type_that_goes_takes_its_counts_along(office):
    office.book("09:00", TUESDAY)
    floods.forget_old(NOW + 2 * DAY)
    VisitType.objects.filter(pk=office.type.pk).update(active=False)
    assert counted() == {1: 1}
