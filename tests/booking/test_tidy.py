"""`manage.py tidy`, end to end on real stores: what a quiet hour does, and what stops it."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from booking import chores, pairing
from booking.models import Appointment, Orphan
from clicdocteur import clock
from patients import store
from patients.models import PatientRecord
from patients.models import StoreCheck as PatientsCheck
from practitioners import access_log
from practitioners.access_log import chain
from practitioners.models import AccessEvent, Practice
from tests.booking.cast import NOW, Office, identity

HOUR = timedelta(hours=1)


@pytest.fixture
def office(transactional_db: None, time_machine: Any) -> Office:
    """Without a transaction around the test: VACUUM needs that."""
    time_machine.move_to(NOW, tick=False)
    return Office()


def tidy(*arguments: str) -> str:
    out = StringIO()
    call_command("tidy", *arguments, stdout=out)
    return out.getvalue()


def orphans(office: Office, number: int = 1) -> None:
    for _ in range(number):
        store.put(identity(), store.Visit(), None, bytes(office.key_one.public_key), 5)


def test_under_a_date_that_jumped_nothing_is_purged_until_somebody_has_looked(office, time_machine, monkeypatch):
    """T16 I8: as the worker would."""
    monkeypatch.setattr(clock, "is_kept", lambda: False)
    booked = office.book("09:00")
    chores.beat(NOW)
    time_machine.move_to(booked.end + timedelta(days=400), tick=False)
    with pytest.raises(CommandError, match="days after the worker's last sign of life"):
        tidy()
    assert PatientRecord.objects.exists()
    assert "identities 1" in tidy("--date-is-right")
    assert not PatientRecord.objects.exists()


def test_tidy_drops_sweeps_purges_and_rewrites_and_says_how_many_of_each(office, time_machine):
    booked = office.book("09:00")
    office.hold("10:00")
    orphans(office)
    first = tidy()
    assert "holds dropped: 0; counters: 0" in first
    assert "purged: silenced 0, visits 0, identities 0, closed 0" in first
    assert "records 2, missing 0, orphans waiting 1, deleted 0" in first
    assert "rewritten in key order" in first
    time_machine.move_to(NOW + 3 * HOUR, tick=False)
    second = tidy()
    assert "holds dropped: 1" in second
    assert "records 2, missing 0, orphans waiting 0, deleted 1" in second
    assert list(Appointment.objects.values_list("pk", flat=True)) == [booked.pk]
    time_machine.move_to(booked.end + timedelta(days=120), tick=False)
    third = tidy()
    assert "counters: 1" in third
    assert "visits 1, identities 1" in third
    assert not PatientRecord.objects.exists()
    assert pairing.is_sound()


def test_tidy_again_at_once_changes_nothing(office):
    booked = office.book("09:00")
    tidy()
    rows = [list(model.objects.order_by("pk").values()) for model in (Appointment, PatientRecord)]
    assert "orphans waiting 0, deleted 0" in tidy()
    assert [list(model.objects.order_by("pk").values()) for model in (Appointment, PatientRecord)] == rows
    assert store.open_many({store.Reference(booked.pk, bytes(booked.patient_ref)): [office.private_one()]})[booked.pk]


def test_tidy_leaves_no_free_page_and_no_journal_behind(office):
    """I3: what was deleted is not on the disk any more."""
    office.book("09:00")
    tidy()
    for name in ("default", "patients"):
        connection = connections[name]
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                assert cursor.execute("PRAGMA freelist_count").fetchone() == (0,)
                assert cursor.execute("PRAGMA secure_delete").fetchone() == (1,)
                found = cursor.execute("PRAGMA journal_mode").fetchone(), cursor.execute("PRAGMA page_size").fetchone()
            assert found == ((("wal",), (4096,)) if name == "default" else (("truncate",), (16384,)))


def refused(*arguments: str) -> str:
    """What tidy says when it stops, having purged and swept nothing."""
    before = store.record_ids(), set(Appointment.objects.values_list("pk", "visit_type", "patient_ref"))
    with pytest.raises(CommandError) as stopped:
        tidy(*arguments)
    assert (store.record_ids(), set(Appointment.objects.values_list("pk", "visit_type", "patient_ref"))) == before
    return str(stopped.value)


def test_tidy_touches_nothing_under_another_secret_even_when_told_to_accept(office, secrets, time_machine):
    """P5 I8"""
    office.book()
    orphans(office)
    tidy()
    time_machine.move_to(NOW + timedelta(days=400), tick=False)
    secrets(b"\x01" * 32)
    assert "wrong secret" in refused()
    assert "right secret file back" in refused("--accept-stores")


def test_tidy_touches_nothing_after_a_restore_until_somebody_accepts_the_stores(office, time_machine):
    """P5 P6"""
    office.book()
    orphans(office)
    backup = PatientsCheck.objects.get()
    tidy()
    PatientsCheck.objects.all().delete()
    backup.save(force_insert=True)
    time_machine.move_to(NOW + timedelta(days=400), tick=False)
    assert "apart" in refused()
    said = tidy("--accept-stores")
    assert "visits 1, identities 1" in said
    assert pairing.is_sound()


def test_tidy_stops_with_an_alarm_when_too_many_would_go(office, time_machine):
    office.book()
    orphans(office, 21)
    tidy()
    time_machine.move_to(NOW + HOUR, tick=False)
    assert refused().startswith("ALARM")
    assert Orphan.objects.count() == 21
    assert pairing.is_sound()


def test_tidy_says_so_when_a_reference_does_not_open_and_purges_the_others_all_the_same(office, time_machine):
    office.book("09:00")
    other = office.book("10:00")
    Appointment.objects.filter(pk=other.pk).update(patient_ref=b"\x01" * 37)
    time_machine.move_to(NOW + timedelta(days=400), tick=False)
    with pytest.raises(CommandError, match=r"^ALARM.*does not open"):
        tidy()
    assert PatientRecord.objects.count() == 1


def test_tidy_before_set_up_says_so(office):
    PatientsCheck.objects.all().delete()
    assert "apart" in refused()


def test_tidy_closes_the_access_log_and_says_the_anchor_to_keep(office, time_machine):
    access_log.record(7, [1, 2], "day", bytes(16), NOW)
    time_machine.move_to(NOW + HOUR, tick=False)
    said = tidy()
    assert "access log: 2 rows closed, 0 purged; anchor 2:" in said
    assert chain.head() in said
    time_machine.move_to(NOW + timedelta(days=364), tick=False)
    assert "0 purged" in tidy()
    time_machine.move_to(NOW + timedelta(days=366), tick=False)
    assert "access log: 0 rows closed, 2 purged; anchor 2:" in tidy()
    assert chain.verify().rows == 0


def test_the_practice_s_own_period_counts_for_the_access_log(office, time_machine):
    Practice.objects.update(log_kept=180)
    access_log.record(7, [1], "day", bytes(16), NOW)
    time_machine.move_to(NOW + timedelta(days=181), tick=False)
    assert "1 rows closed, 1 purged" in tidy()


def test_an_access_log_that_does_not_verify_is_an_alarm_of_a_rotation_and_keeps_nothing_else_waiting(
    office, time_machine, settings, secrets
):
    access_log.record(7, [1, 2], "day", bytes(16), NOW)
    time_machine.move_to(NOW + HOUR, tick=False)
    tidy()
    AccessEvent.objects.filter(appointment=1).delete()
    secrets(settings.SERVER_SECRETS[0], b"\x02" * 32)
    out, wrong = StringIO(), StringIO()
    call_command("tidy", stdout=out, stderr=wrong)
    assert "ALARM, the access log does not verify" in wrong.getvalue()
    assert "rewritten in key order" in out.getvalue()
