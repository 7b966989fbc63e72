"""What is due from time to time: once, late if need be, never twice, and safe when the clocks change (M5 U7)."""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from booking import chores, pairing, retention, worker
from booking.models import Appointment, Chore, Message
from clicdocteur import clock
from practitioners import access_log
from practitioners.access_log import chain
from practitioners.models import Practice, Practitioner
from tests.booking.cast import NOW, Office

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Kind = Chore.Kind


@pytest.fixture
def office(transactional_db: None, time_machine: Any) -> Office:
    """Without a transaction around the test: VACUUM needs that."""
    time_machine.move_to(NOW, tick=False)
    made = Office()
    chores.prepare(NOW)
    return made


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often each chore was done, instead of doing it."""
    count: dict[str, int] = dict.fromkeys(chores.DUTIES, 0)

    def counting(kind: str) -> Any:
        return lambda now: count.__setitem__(kind, count[kind] + 1)

    duties = {kind: chores.Duty(counting(kind), duty.every, duty.at) for kind, duty in chores.DUTIES.items()}
    monkeypatch.setattr(chores, "DUTIES", duties)
    return count


def days(first: datetime, last: datetime, step: timedelta) -> list[datetime]:
    return [first + number * step for number in range((last - first) // step + 1)]


@pytest.mark.parametrize("start", [datetime(2026, 3, 26, tzinfo=UTC), datetime(2026, 10, 22, tzinfo=UTC)])
@pytest.mark.parametrize("at", [5, 150, 210, 420])
def test_a_nightly_chore_is_done_once_a_day_over_both_changes_of_the_clocks(
    office: Office, counted, monkeypatch, start, at
):
    """M5: at 02:30 on the day when that hour does not exist, and on the day when it comes twice."""
    monkeypatch.setitem(chores.DUTIES, Kind.ORDER, chores.Duty(chores.DUTIES[Kind.ORDER].do, at=at))
    Chore.objects.all().delete()
    chores.prepare(start)
    Chore.objects.exclude(kind=Kind.ORDER).delete()
    zone, done_on = office.practice.zone, []
    for now in days(start, start + timedelta(days=7), timedelta(minutes=10)):
        before = counted[Kind.ORDER]
        chores.work(now)
        if counted[Kind.ORDER] > before:
            done_on.append(now.astimezone(zone).date())
    assert len(done_on) == len(set(done_on)) == 7


def test_what_was_missed_for_two_days_is_done_once(office: Office, counted):
    """M5 U7"""
    chores.work(NOW)
    for kind in counted:
        counted[kind] = 0
    away = NOW + 2 * DAY
    for now in (away, away, away + timedelta(seconds=5)):
        chores.work(now)
    assert set(counted.values()) == {1}


def test_a_chore_is_done_by_one_worker_only(office: Office, counted):
    chores.work(NOW)
    Chore.objects.filter(kind=Kind.RETENTION).update(due=NOW, claimed_until=NOW + HOUR)
    before = counted[Kind.RETENTION]
    chores.work(NOW + timedelta(minutes=59))
    assert counted[Kind.RETENTION] == before
    # The other one died.
    chores.work(NOW + HOUR)
    assert counted[Kind.RETENTION] == before + 1


def test_two_workers_that_both_saw_a_chore_due_do_it_once(office: Office, counted, monkeypatch):
    """M5: the other one read what is due before this one's claim, and comes to it while it is being done."""
    done = []

    def and_meanwhile(now: datetime) -> None:
        done.append(now)
        if len(done) == 1:
            assert chores._one(Kind.RETENTION, now, office.practice.zone) == 0

    monkeypatch.setitem(chores.DUTIES, Kind.RETENTION, chores.Duty(and_meanwhile, HOUR))
    chores.work(NOW)
    assert done == [NOW]


def test_the_chores_themselves_can_be_done_again_at_once(office: Office):
    """M5: idempotent."""
    office.book("09:00")
    for _ in range(2):
        Chore.objects.update(due=NOW)
        assert chores.work(NOW) == len(chores.DUTIES)
        assert chores.alarms() == []
    assert Appointment.objects.get().state == "booked"
    assert pairing.is_sound()


def test_a_store_that_fails_puts_a_chore_off_for_minutes_and_is_told(office: Office, monkeypatch):
    """I8"""

    def broken(now: datetime) -> None:
        raise DatabaseError

    monkeypatch.setattr(chores, "DUTIES", {Kind.SWEEP: chores.Duty(broken, HOUR)})
    chores.work(NOW)
    row = Chore.objects.get(kind=Kind.SWEEP)
    assert (row.alarm, row.due, row.claimed_until) == (True, NOW + chores.SOON, None)


def ready(client: Client) -> tuple[int, dict[str, str]]:
    answer = client.get("/readyz")
    return answer.status_code, json.loads(answer.content)["checks"]


def test_readyz_is_red_when_no_worker_ever_ran_or_none_has_for_a_while(office: Office, client: Client, time_machine):
    """U7"""
    assert ready(client) == (503, {**ready(client)[1], "worker": "never seen"})
    worker.once(NOW)
    assert ready(client)[1]["worker"] == "ok"
    assert ready(client)[0] == 200
    time_machine.move_to(NOW + 2 * DAY, tick=False)
    status, checks = ready(client)
    assert status == 503
    assert checks["worker"] == "silent", "and not since when: anybody may ask"
    worker.once(timezone.now())
    assert ready(client)[0] == 200


def test_readyz_names_the_chores_that_wait_for_a_person(office: Office, client: Client):
    """P5 P6: the stores do not belong together any more."""
    from patients.models import StoreCheck

    worker.once(NOW)
    StoreCheck.objects.update(pairing=b"x" * 16)
    Chore.objects.update(due=NOW)
    chores.work(NOW)
    assert set(chores.alarms()) == {"retention", "sweep", "order"}
    assert ready(client)[1]["worker"] == "alarm: order, retention, sweep"


def test_a_display_is_closed_within_minutes_and_its_anchor_is_said_once(office: Office, caplog):
    """An hour in which the log could be changed unseen would be long."""
    caplog.set_level(logging.INFO, "booking.chores")
    access_log.record(7, [1], "day", bytes(16), NOW)
    for minute in range(6):
        chores.work(NOW + timedelta(minutes=minute))
    assert chain.verify() == chain.Verified(1, 1, 0, None, chain.head())
    assert [line for line in caplog.messages if "anchor" in line] == [
        f"log: access log: 1 rows closed, 0 purged; anchor {chain.head()}"
    ]


# Summaries.


def test_a_practitioner_who_wants_it_gets_numbers_each_morning_once(office: Office, settings):
    settings.EMAIL_HOST = "127.0.0.1"
    Practitioner.objects.filter(pk=office.one.pk).update(summary_email="dr@example.org")
    morning = datetime(2026, 1, 6, 6, 0, tzinfo=UTC)
    Chore.objects.filter(kind=Kind.SUMMARIES).update(due=morning)
    for now in (morning - timedelta(minutes=1), morning, morning, morning + HOUR):
        chores.work(now)
    assert list(Message.objects.values_list("kind", "practitioner_id", "appointment_id")) == [
        ("summary", office.one.pk, None)
    ]


def test_before_set_up_the_worker_idles(transactional_db: None):
    assert worker.once(NOW) == 0
    assert not Practice.objects.exists()


# A clock that jumps.


def test_a_clock_that_wakes_up_in_another_year_purges_and_sends_nothing(office: Office, monkeypatch, time_machine):
    """T16 I8: neither the identity of a visit to come nor its reminder is lost, and the next right hour goes on by itself."""
    monkeypatch.setattr(clock, "is_kept", lambda: False)
    booked = office.book("09:00")
    worker.once(NOW)
    time_machine.move_to(NOW + 400 * DAY, tick=False)
    assert worker.once(NOW + 400 * DAY) == 0
    assert Appointment.objects.get().patient_ref == booked.patient_ref
    assert chores.alarms() == ["beat"]
    time_machine.move_to(NOW + HOUR, tick=False)
    worker.once(NOW + HOUR)
    assert chores.alarms() == []
    assert Chore.objects.get(kind=Kind.RETENTION).done == NOW + HOUR
    assert retention.purge(NOW + HOUR)["identities"] == 0


def test_after_a_long_pause_work_goes_on_when_a_time_server_vouches_or_a_day_later(office: Office, monkeypatch):
    """T16"""
    later = NOW + 20 * DAY
    chores.beat(NOW)
    assert chores.beat(later), "kept: a pause is a pause"
    monkeypatch.setattr(clock, "is_kept", lambda: None)
    later += 20 * DAY
    assert not chores.beat(later)
    assert not chores.beat(later + 23 * HOUR), "no sign of life is missing meanwhile"
    assert chores.silent_since(later + 23 * HOUR) is None
    assert chores.beat(later + 25 * HOUR)
    assert chores.alarms() == []
    assert chores.beat(later + 26 * HOUR)


def test_what_a_wrong_year_put_off_or_left_claimed_comes_back(office: Office, counted):
    """T16: otherwise nothing would be purged until that year."""
    chores.beat(NOW)
    Chore.objects.filter(kind=Kind.RETENTION).update(due=NOW + 400 * DAY, claimed_until=NOW + 400 * DAY)
    Chore.objects.filter(kind=Kind.ORDER).update(due=NOW + 400 * DAY)
    chores.prepare(NOW)
    chores.work(NOW)
    assert counted[Kind.RETENTION] == 1
    assert counted[Kind.ORDER] == 0
    assert Chore.objects.get(kind=Kind.ORDER).due < NOW + DAY
