"""When messages leave, over every change of the clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking import schedule

PARIS, REUNION = ZoneInfo("Europe/Paris"), ZoneInfo("Indian/Reunion")


def paris(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=PARIS)


VISIT = paris(date(2026, 1, 20), 14)


@pytest.mark.parametrize(
    ("ahead", "by_email", "by_sms"),
    [(30, [7, 1], [2]), (8, [7, 1], [2]), (7, [1], [1]), (2, [1], [1]), (1, [], []), (0, [], [])],
)
def test_reminders_go_by_the_days_between_booking_and_visit(ahead, by_email, by_sms):
    """M4: booked more than 7 days ahead, D-7 and D-1 by e-mail, D-2 by SMS; later D-1; the day before, none."""
    booked = paris(date(2026, 1, 20) - timedelta(days=ahead), 11)
    for sms, before in ((False, by_email), (True, by_sms)):
        due = schedule.reminders(VISIT, booked, PARIS, by_sms=sms)
        assert due == [paris(date(2026, 1, 20) - timedelta(days=days), 9) for days in before]


def test_no_reminder_is_ever_due_before_the_booking():
    for hours in range(1, 24 * 12):
        booked = VISIT - timedelta(hours=hours)
        for sms in (False, True):
            assert all(booked < due < VISIT for due in schedule.reminders(VISIT, booked, PARIS, by_sms=sms))


@pytest.mark.parametrize("visit", [date(2026, 3, 30), date(2026, 3, 29), date(2026, 10, 26), date(2026, 10, 25)])
def test_the_hour_is_the_wall_s_on_days_when_the_clocks_change(visit):
    """M5"""
    due = schedule.reminders(paris(visit, 10), paris(visit - timedelta(days=20), 10), PARIS, by_sms=False)
    assert [one.astimezone(PARIS).hour for one in due] == [9, 9]
    for one in due:
        assert schedule.in_hours(one, PARIS)
        assert not schedule.in_hours(one - timedelta(seconds=1), PARIS)


def test_a_practice_overseas_has_hours_of_its_own():
    """M9 T8"""
    assert schedule.in_hours(datetime(2026, 7, 1, 5, 0, tzinfo=UTC), REUNION)
    assert not schedule.in_hours(datetime(2026, 7, 1, 16, 0, tzinfo=UTC), REUNION)


def test_a_reminder_is_late_in_the_evening_of_its_day_or_when_the_visit_begins():
    """M4 U7: never late."""
    due = paris(date(2026, 1, 19), 9)
    assert schedule.reminder_ends(due, VISIT, PARIS) == paris(date(2026, 1, 19), 20)
    early = paris(date(2026, 1, 19), 12)
    assert schedule.reminder_ends(due, early, PARIS) == early


def test_the_delays_between_attempts_grow_and_come_to_an_end():
    delays, attempts = [], 0
    while (at := schedule.next_attempt(attempts, VISIT)) is not None:
        delays.append(at - VISIT)
        attempts += 1
    assert delays == sorted(delays)
    assert delays[0] == timedelta(minutes=1)
    assert timedelta(hours=24) < sum(delays, timedelta()) < timedelta(days=3)
