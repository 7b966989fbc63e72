"""What a staff member may see, and the note of what they saw."""

from datetime import UTC, date, datetime, timedelta

import pytest

from practitioners import access, access_log, keys
from practitioners.models import AccessEvent
from tests.practitioners.cast import holder_of

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, 42, 31, tzinfo=UTC)
TAG = bytes(range(16))


def test_each_sees_the_agendas_granted_to_them_in_the_practice_s_order(house):
    keys.grant(house.key_one, house.private_one(), holder_of(house.bruno))
    seen = {
        member.login: [p.slug for p in access.agendas(member, TODAY)]
        for member in (house.alice, house.bruno, house.chloe)
    }
    assert seen == {"alice": ["un"], "bruno": ["un", "deux"], "chloe": []}


def test_somebody_removed_sees_nothing(house):
    """P12"""
    house.alice.is_active = False
    assert access.agendas(house.alice, TODAY) == []


@pytest.mark.parametrize("days", [-1, 1])
def test_an_agenda_is_seen_on_the_dates_of_its_grant_alone(house, days):
    keys.grant(house.key_one, house.private_one(), holder_of(house.chloe), TODAY, TODAY)
    assert access.agendas(house.chloe, TODAY) == [house.one]
    assert access.agendas(house.chloe, TODAY + timedelta(days=days)) == []


@pytest.mark.django_db
@pytest.mark.parametrize("shown", [1, 3])
def test_what_was_shown_is_noted_in_one_insert_per_hour(shown, django_assert_num_queries):
    """After one look at what is closed already."""
    with django_assert_num_queries(2):
        access_log.record(7, range(1, shown + 1), "day", TAG, NOW)
    assert AccessEvent.objects.count() == shown
    event = AccessEvent.objects.get(appointment=1)
    assert (event.staff, event.action, event.hour, bytes(event.session_tag)) == (
        7, "day", datetime(2026, 11, 23, 9, tzinfo=UTC), TAG,
    )  # fmt: skip
    assert (event.recorded, event.flagged) == (datetime(2026, 11, 23, 9, 42, tzinfo=UTC), False)


@pytest.mark.django_db
def test_looking_again_adds_a_row_only_for_another_hour_page_session_or_appointment():
    access_log.record(7, [1], "day", TAG, NOW)
    access_log.record(7, [1], "day", TAG, NOW + timedelta(minutes=10))
    assert AccessEvent.objects.count() == 1
    access_log.record(7, [1], "day", TAG, NOW + timedelta(minutes=20))
    access_log.record(7, [1], "week", TAG, NOW)
    access_log.record(7, [1], "day", bytes(16), NOW)
    access_log.record(7, [1, 2], "day", TAG, NOW)
    assert AccessEvent.objects.count() == 5


@pytest.mark.django_db
def test_nothing_shown_notes_nothing():
    access_log.record(7, [], "day", TAG, NOW)
    assert not AccessEvent.objects.exists()
