"""Reconciliation of the two stores: orphans go, and nothing that somebody may need ever does (P5 P6 I2)."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, OperationalError

from booking import appointments, pairing, sweep
from booking.models import Appointment, Orphan
from booking.refusals import Busy
from booking.sweep import Alarm
from patients import store
from patients.models import PatientRecord
from patients.models import StoreCheck as PatientsCheck
from patients.store import boxes
from practitioners.models import StoreCheck as AgendaCheck
from tests.booking.cast import NOW, Office, identity

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def orphan(office: Office) -> int:
    """A record whose appointment was never committed."""
    ref = store.put(identity(), store.Visit(), None, bytes(office.key_one.public_key), 5)
    return store.Reference(5, ref).record


def bulk(office: Office, number: int) -> None:
    """Many records that no appointment knows, of the real lengths."""
    one = PatientRecord.objects.get(pk=orphan(office))
    PatientRecord.objects.bulk_create(
        PatientRecord(identity_box=one.identity_box, visit_box=one.visit_box, contact_box=one.contact_box)
        for _ in range(number - 1)
    )


def alarm(at: datetime) -> str:
    """What the sweep says when it stops, having deleted nothing."""
    before = store.record_ids()
    with pytest.raises(Alarm) as stopped:
        sweep.sweep(at)
    assert store.record_ids() == before
    return str(stopped.value)


def test_an_orphan_goes_in_the_second_pass_an_hour_after_the_first(office: Office):
    booked, lost = office.book(), orphan(office)
    assert sweep.sweep(NOW) == sweep.Report(records=2, missing=0, waiting=1, deleted=0)
    assert sweep.sweep(NOW + HOUR - SECOND) == sweep.Report(records=2, missing=0, waiting=1, deleted=0)
    assert lost in store.record_ids()
    assert sweep.sweep(NOW + HOUR) == sweep.Report(records=2, missing=0, waiting=0, deleted=1)
    assert store.record_ids() == {appointments.reference(booked).record}
    assert not Orphan.objects.exists()
    assert sweep.sweep(NOW + 2 * HOUR) == sweep.Report(records=1, missing=0, waiting=0, deleted=0)


def test_a_pass_in_between_does_not_begin_the_hour_anew(office: Office):
    orphan(office)
    for minutes in (0, 30, 59):
        assert sweep.sweep(NOW + timedelta(minutes=minutes)).deleted == 0
    assert sweep.sweep(NOW + HOUR).deleted == 1


def test_an_orphan_that_finds_its_appointment_between_the_passes_stays(office: Office):
    """A booking that the first pass saw half-way."""
    booked = office.book()
    ref = booked.patient_ref
    Appointment.objects.filter(pk=booked.pk).update(patient_ref=None)
    assert sweep.sweep(NOW).waiting == 1
    Appointment.objects.filter(pk=booked.pk).update(patient_ref=ref)
    assert sweep.sweep(NOW + HOUR) == sweep.Report(records=1, missing=0, waiting=0, deleted=0)
    assert not Orphan.objects.exists()


def test_the_agenda_is_read_again_before_each_deletion(office: Office, monkeypatch):
    """The appointment's commit arrives while the sweep is at work, after it listed both stores."""
    booked, lost = office.book(), orphan(office)
    ref = booked.patient_ref
    Appointment.objects.filter(pk=booked.pk).update(patient_ref=None)
    sweep.sweep(NOW)
    real, calls = sweep._known, []

    def known() -> set[int]:
        found = real()
        calls.append(len(found))
        if len(calls) == 1:
            Appointment.objects.filter(pk=booked.pk).update(patient_ref=ref)
        return found

    monkeypatch.setattr(sweep, "_known", known)
    assert sweep.sweep(NOW + HOUR).deleted == 1
    assert calls == [0, 1, 1]  # once for the listing, then before each of the two deletions
    assert store.record_ids() == {appointments.reference(booked).record}
    assert lost not in store.record_ids()


def test_an_appointment_whose_record_is_missing_is_counted_and_kept(office: Office):
    """P6"""
    booked = office.book()
    PatientRecord.objects.all().delete()
    assert sweep.sweep(NOW) == sweep.Report(records=0, missing=1, waiting=0, deleted=0)
    assert Appointment.objects.get().pk == booked.pk


def test_nothing_is_deleted_with_another_secret(office: Office, secrets):
    """P5"""
    office.book()
    orphan(office)
    sweep.sweep(NOW)
    secrets(b"\x01" * 32)
    assert "wrong secret" in alarm(NOW + HOUR)


def test_nothing_is_deleted_when_one_reference_does_not_open(office: Office):
    """P5: a damaged row may be the very one whose record would go."""
    booked, other = office.book(), office.book("10:00")
    orphan(office)
    sweep.sweep(NOW)
    ref = bytes(booked.patient_ref or b"")
    for damaged in (ref[:-1] + bytes([ref[-1] ^ 1]), b"", bytes(other.patient_ref or b"")):
        Appointment.objects.filter(pk=booked.pk).update(patient_ref=damaged)
        assert "does not open" in alarm(NOW + HOUR)
    Appointment.objects.filter(pk=booked.pk).update(patient_ref=ref)
    assert sweep.sweep(NOW + HOUR).deleted == 1


@pytest.mark.parametrize("restored", [AgendaCheck, PatientsCheck])
def test_nothing_is_deleted_when_one_store_was_restored(office: Office, restored):
    """P5 P6: its pairing is the one of last night's backup."""
    orphan(office)
    sweep.sweep(NOW)
    backup = restored.objects.get()
    pairing.renew()  # the next night's
    restored.objects.all().delete()
    backup.save(force_insert=True)
    assert pairing.state() == "apart"
    assert "apart" in alarm(NOW + HOUR)


@pytest.mark.parametrize("replaced", [AgendaCheck, PatientsCheck])
def test_nothing_is_deleted_when_one_store_is_new(office: Office, replaced):
    orphan(office)
    sweep.sweep(NOW)
    replaced.objects.all().delete()
    assert "apart" in alarm(NOW + HOUR)


def test_nothing_is_deleted_in_stores_that_were_never_paired(office: Office):
    orphan(office)
    sweep.sweep(NOW)
    for check in (AgendaCheck, PatientsCheck):
        check.objects.all().delete()
    assert "not set up" in alarm(NOW + HOUR)


@pytest.mark.parametrize(("orphans", "goes"), [(20, True), (21, False)])
def test_more_than_twenty_orphans_among_few_records_are_an_alarm(office: Office, orphans, goes):
    bulk(office, orphans)
    sweep.sweep(NOW)
    if goes:
        assert sweep.sweep(NOW + HOUR).deleted == orphans
    else:
        assert "restored" in alarm(NOW + HOUR)


@pytest.mark.parametrize(("records", "goes"), [(2200, True), (2100, True), (2099, False)])
def test_more_than_twenty_go_when_they_are_one_in_a_hundred_at_most(office: Office, monkeypatch, records, goes):
    """21 orphans. The other records are only counted: nobody has two thousand visits on one Tuesday."""
    bulk(office, 21)
    living = set(range(1, records - 20))
    real_ids, real_known = store.record_ids, sweep._known
    monkeypatch.setattr(store, "record_ids", lambda: real_ids() | living)
    monkeypatch.setattr(sweep, "_known", lambda: real_known() | living)
    sweep.sweep(NOW)
    if goes:
        assert sweep.sweep(NOW + HOUR).deleted == 21
    else:
        assert "restored" in alarm(NOW + HOUR)


def test_an_alarm_names_no_record_and_no_appointment(office: Office):
    bulk(office, 25)
    sweep.sweep(NOW)
    said = alarm(NOW + HOUR)
    assert not [record for record in store.record_ids() if str(record) in said]
    booked = office.book()
    Appointment.objects.update(patient_ref=b"x" * boxes.REF_LENGTH)
    assert str(booked.pk) not in alarm(NOW + HOUR)


def test_a_crash_between_the_two_writes_leaves_an_orphan_and_no_appointment(office: Office, monkeypatch):
    """I2: the record is written, the agenda's commit fails; the hold stands, and the sweep clears up."""
    token = office.hold("09:00")
    real = store.put

    def put_and_crash(*given: object, **named: object) -> bytes:
        real(*given, **named)
        raise DatabaseError("the agenda went away")

    monkeypatch.setattr(store, "put", put_and_crash)
    with pytest.raises(DatabaseError):
        appointments.book(token, appointments.Submission(identity(), store.Visit(email="z@example.org"), "fr"), NOW)
    monkeypatch.undo()
    left = Appointment.objects.get()
    assert (left.state, left.patient_ref, left.key_version) == ("held", None, None)
    assert PatientRecord.objects.count() == 1
    booked = appointments.book(
        token, appointments.Submission(identity(), store.Visit(email="z@example.org"), "fr"), NOW
    )
    sweep.sweep(NOW)
    assert sweep.sweep(NOW + HOUR).deleted == 1
    assert store.record_ids() == {appointments.reference(booked).record}


def test_a_lost_lock_after_the_record_is_asked_again_and_leaves_one_orphan(transactional_db, monkeypatch):
    """R16 I2: the second attempt writes a record of its own, and that one is the appointment's."""
    office, real, tried = Office(), Appointment.save, []

    def save(self: Appointment, *given: object, **named: object) -> None:
        if self.state == "booked":
            tried.append(self.patient_ref)
            if len(tried) == 1:
                raise OperationalError("database is locked")
        real(self, *given, **named)

    token = office.hold("09:00")
    monkeypatch.setattr(Appointment, "save", save)
    booked = appointments.book(
        token, appointments.Submission(identity(), store.Visit(email="z@example.org"), "fr"), NOW
    )
    assert len(tried) == 2
    assert Appointment.objects.get().state == "booked"
    sweep.sweep(NOW)
    assert sweep.sweep(NOW + HOUR).deleted == 1
    assert store.record_ids() == {appointments.reference(booked).record}


def test_the_patients_store_down_at_booking_is_said_and_changes_nothing(transactional_db, monkeypatch):
    """I8 U8 R16: a full disk, a store that is away. The hold stands, and the form can be sent again."""
    office, tried = Office(), []
    token = office.hold("09:00")

    def fails(*given: object, **named: object) -> None:
        tried.append(1)
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(PatientRecord, "save", fails)
    with pytest.raises(Busy):
        appointments.book(token, appointments.Submission(identity(), store.Visit(email="z@example.org"), "fr"), NOW)
    assert len(tried) == 2
    monkeypatch.undo()
    assert Appointment.objects.get().state == "held"
    assert not PatientRecord.objects.exists()
    assert appointments.book(token, appointments.Submission(identity(), store.Visit(), "fr"), NOW).state == "booked"
