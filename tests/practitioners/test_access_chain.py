"""The access log cannot be changed without being found out: every way of tampering with closed rows, one by one."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from practitioners import access_log
from practitioners.access_log import chain
from practitioners.models import AccessEvent, AccessSeal

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 9, 42, 31, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
TAG = bytes(range(16))


def shown(*appointments: int, at: datetime = NOW, action: str = "day") -> None:
    access_log.record(7, appointments, action, TAG, at)


@pytest.fixture
def log() -> str:
    """Three days of rows, closed each night; return the anchor of the second night."""
    for day in range(3):
        for minute in range(3):
            shown(10 * day + minute, 100 + minute, at=NOW + day * DAY + minute * MINUTE, action=f"d{minute}")
        chain.close(NOW + day * DAY + timedelta(hours=10))
        if day == 1:
            anchor = chain.head()
    return anchor


def broken(anchor: str = "") -> str:
    with pytest.raises(chain.Broken) as found:
        chain.verify(anchor)
    return str(found.value)


def test_a_log_that_nobody_touched_verifies(log):
    found = chain.verify()
    assert (found.links, found.rows, found.open) == (3, 18, 0)
    assert found.anchor.startswith("18:")
    assert chain.verify(log) == found == chain.verify(found.anchor)


def test_verifying_a_year_of_minutes_costs_the_queries_of_one(log, django_assert_num_queries):
    """The worker makes a link a minute: whoever verifies reads all rows at once and not link by link."""
    for minute in range(40):
        shown(500 + minute, at=NOW + 3 * DAY + minute * MINUTE)
        chain.close(NOW + 3 * DAY + (minute + 3) * MINUTE)
    with django_assert_num_queries(4):
        assert chain.verify(log).links == 43


def test_an_empty_log_verifies():
    assert chain.verify() == chain.Verified(0, 0, 0, None, "none yet")


@pytest.mark.parametrize(
    "change",
    [
        {"staff": 8}, {"appointment": 99}, {"action": "week"}, {"session_tag": bytes(16)}, {"flagged": True},
        {"hour": NOW - timedelta(hours=1)}, {"recorded": NOW.replace(second=0) + MINUTE}, {"id": 5},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_a_changed_row_is_found(log, change):
    """Also one that was moved to another minute, in or out of its link."""
    row = AccessEvent.objects.get(appointment=0)
    AccessEvent.objects.filter(pk=row.pk).update(**change)
    assert "changed or moved" in broken()


def test_a_row_moved_to_another_day_is_found(log):
    AccessEvent.objects.filter(appointment=0).update(recorded=NOW + DAY)
    assert "6 rows were closed at 2026-11-23" in broken()


@pytest.mark.parametrize("appointment", [0, 11, 22])
def test_a_deleted_row_is_found_wherever_it_stood(log, appointment):
    AccessEvent.objects.filter(appointment=appointment).delete()
    assert "6 rows were closed" in broken()
    assert "5 are there" in broken()


@pytest.mark.parametrize("at", [NOW - 400 * DAY, NOW, NOW + timedelta(hours=3), NOW + DAY, NOW + 2 * DAY])
def test_an_inserted_row_is_found_in_any_closed_minute(log, at):
    """Also in one where nothing happened."""
    minute = at.replace(second=0)
    AccessEvent.objects.create(
        staff=9, appointment=9, action="day", hour=minute.replace(minute=0), recorded=minute, session_tag=TAG
    )
    assert "7 are there" in broken()


def test_two_rows_that_changed_places_are_found(log):
    one, two = AccessEvent.objects.filter(appointment__in=(0, 2)).order_by("appointment")
    AccessEvent.objects.filter(pk=one.pk).update(recorded=two.recorded)
    AccessEvent.objects.filter(pk=two.pk).update(recorded=one.recorded)
    assert "changed or moved" in broken()


def test_a_row_put_in_the_place_of_another_is_found(log):
    AccessEvent.objects.filter(appointment=0).delete()
    AccessEvent.objects.create(
        staff=7, appointment=0, action="d0", hour=NOW.replace(minute=0, second=0), session_tag=TAG,
        recorded=NOW.replace(second=0),
    )  # fmt: skip
    assert "changed or moved" in broken()


@pytest.mark.parametrize("change", [{"rows": 7}, {"total": 7}, {"minute": NOW}, {"head": bytes(32)}, {"number": 9}])
def test_a_changed_link_is_found(log, change):
    AccessSeal.objects.filter(number=2).update(**change)
    broken()


@pytest.mark.parametrize("number", [1, 3])
def test_a_link_moved_within_quiet_minutes_is_found(log, number):
    """It covers the same rows: a minute opened again could take one more."""
    link = AccessSeal.objects.get(number=number)
    AccessSeal.objects.filter(pk=link.pk).update(minute=link.minute - 5 * MINUTE)
    assert "changed or moved" in broken()


def test_two_links_that_changed_places_are_found(log):
    one, two = AccessSeal.objects.filter(number__in=(1, 2)).order_by("number")
    AccessSeal.objects.filter(pk=one.pk).update(head=two.head, rows=two.rows)
    AccessSeal.objects.filter(pk=two.pk).update(head=one.head, rows=one.rows)
    broken()


@pytest.mark.parametrize("number", [1, 2])
def test_a_missing_link_is_found_with_and_without_its_rows(log, number):
    start = NOW + (number - 1) * DAY
    AccessSeal.objects.filter(number=number).delete()
    assert "is missing" in broken()
    AccessEvent.objects.filter(recorded__gte=start - MINUTE, recorded__lt=start + timedelta(hours=1)).delete()
    assert "is missing" in broken()


def test_an_end_that_was_cut_off_is_found_with_an_anchor_and_only_so(log):
    """What the docs say: keep anchors elsewhere."""
    anchor = chain.head()
    AccessSeal.objects.filter(number=3).delete()
    AccessEvent.objects.filter(recorded__gt=NOW + 2 * DAY - MINUTE).delete()
    assert chain.verify().rows == 12
    assert chain.verify(log).rows == 12
    assert "cut off" in broken(anchor)


def test_a_log_made_anew_is_found_with_an_anchor_even_under_the_server_secret(log):
    AccessEvent.objects.filter(appointment=0).delete()
    AccessSeal.objects.all().delete()
    chain.close(NOW + 5 * DAY)
    assert chain.verify().rows == 17
    assert "made anew" in broken(log)


def test_links_of_another_secret_are_found(log, secrets):
    secrets(b"\x01" * 32)
    assert "changed or moved" in broken()


# Closing.


def test_the_minutes_that_may_still_be_written_stay_open():
    shown(1)
    assert chain.close(NOW + MINUTE) == 0
    assert chain.verify().open == 1
    assert chain.close(NOW + 2 * MINUTE) == 1
    assert chain.close(NOW + 3 * MINUTE) == 0
    assert AccessSeal.objects.count() == 1


def test_nights_that_were_missed_are_closed_a_link_a_day():
    for day in range(4):
        shown(1, 2, at=NOW + day * DAY)
    assert chain.close(NOW + 9 * DAY) == 8
    assert list(AccessSeal.objects.order_by("number").values_list("rows", "total")) == [(2, 2), (2, 4), (2, 6), (2, 8)]
    assert chain.verify().rows == 8


def test_a_clock_that_went_back_writes_in_the_first_open_minute_and_breaks_nothing(log):
    """I8 T16"""
    shown(77, at=NOW - 3 * DAY)
    assert chain.verify().open == 1
    closed = AccessSeal.objects.order_by("-number").first()
    assert AccessEvent.objects.get(appointment=77).recorded == closed.minute + MINUTE
    chain.close(NOW + 4 * DAY)
    assert chain.verify().rows == 19


def test_a_failure_while_closing_leaves_the_chain_as_it_was(log, monkeypatch):
    for day in (3, 4):
        shown(1, at=NOW + day * DAY)
    real = chain._link
    calls = []

    def second_fails(*given):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*given)

    monkeypatch.setattr(chain, "_link", second_fails)
    with pytest.raises(KeyboardInterrupt):
        chain.close(NOW + 9 * DAY)
    monkeypatch.undo()
    assert AccessSeal.objects.count() == 3
    assert chain.close(NOW + 9 * DAY) == 2
    assert chain.verify().rows == 20


# Purging, and from there on.


def test_a_purge_leaves_a_checkpoint_from_which_verification_goes_on(log):
    """P13"""
    before = NOW + 2 * DAY
    assert chain.purge(before) == 12
    assert chain.purge(before) == 0
    found = chain.verify(chain.head())
    assert (found.links, found.rows) == (2, 6)
    assert chain.verify(log) == found, "the anchor of the checkpoint itself"
    shown(55, at=NOW + 4 * DAY)
    chain.close(NOW + 5 * DAY)
    assert chain.purge(NOW + 3 * DAY) == 6
    assert chain.verify().anchor.startswith("19:")
    assert "older than the last purge" in broken(log)


def test_nothing_is_purged_that_is_within_its_period_or_not_closed(log):
    shown(5, at=NOW + 3 * DAY)
    assert chain.purge(NOW) == 0
    assert chain.purge(NOW + 400 * DAY) == 18
    assert list(AccessEvent.objects.values_list("appointment", flat=True)) == [5]


def test_a_checkpoint_that_was_made_up_is_found(log):
    """Cutting the beginning off, as a purge would."""
    AccessSeal.objects.filter(number=1).delete()
    AccessEvent.objects.filter(recorded__lt=NOW + DAY - MINUTE).delete()
    AccessSeal.objects.filter(number=2).update(checkpoint=bytes(32))
    AccessEvent.objects.filter(recorded__lt=NOW + 2 * DAY - MINUTE).delete()
    assert "beginning was cut off" in broken()


def test_a_row_inserted_before_a_checkpoint_is_found(log):
    chain.purge(NOW + 2 * DAY)
    AccessEvent.objects.create(staff=1, appointment=1, action="day", hour=NOW, recorded=NOW, session_tag=TAG)
    assert "were inserted" in broken()


# Rotation of the server secret.


def test_the_chain_goes_over_to_a_new_secret_and_the_old_one_can_be_dropped(log, settings, secrets):
    old, new = settings.SERVER_SECRETS[0], b"\x02" * 32
    chain.purge(NOW + DAY)
    secrets(new, old)
    shown(9, at=NOW + 3 * DAY)
    chain.close(NOW + 4 * DAY)
    assert chain.verify().rows == 13, "links under both"
    chain.rekey()
    head = chain.head()
    chain.rekey()
    assert chain.head() == head
    secrets(new)
    assert chain.verify(head).rows == 13


def test_a_broken_chain_is_not_made_whole_by_a_rotation(log, settings, secrets):
    AccessEvent.objects.filter(appointment=0).delete()
    secrets(b"\x02" * 32, settings.SERVER_SECRETS[0])
    with pytest.raises(chain.Broken):
        chain.rekey()
    secrets(settings.SERVER_SECRETS[1])
    assert "5 are there" in broken()


# The command.


def test_the_command_says_sound_and_the_anchor_to_keep(log):
    out = StringIO()
    call_command("verify_access_log", anchor=log, stdout=out)
    assert "sound: 18 rows in 3 links" in out.getvalue()
    assert f"anchor to keep elsewhere: {chain.head()}" in out.getvalue()


@pytest.mark.parametrize("anchor", ["x", "12", "12:ab", "-1:" + "a" * 64])
def test_an_anchor_that_is_none_is_refused(log, anchor):
    with pytest.raises(CommandError, match="64 hexadecimal"):
        call_command("verify_access_log", anchor=anchor)


def test_the_command_fails_with_an_alarm_that_names_nobody(log):
    AccessEvent.objects.filter(appointment=102).delete()
    with pytest.raises(CommandError, match="ALARM") as alarm:
        call_command("verify_access_log")
    assert "102" not in str(alarm.value)
