"""What is kept, how long, and how it goes (P2 P13): at the boundaries, twice, and interrupted."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.http import Http404

from booking import appointments, retention
from booking.access import by_link
from booking.models import Appointment, MonthlyCount
from patients import store
from patients.models import PatientRecord
from practitioners import periods
from practitioners.models import Practice
from tests.booking.cast import NOW, Office

SECOND = timedelta(seconds=1)
NOTHING = {"silenced": 0, "visits": 0, "identities": 0, "closed": 0, "notes": 0, "lapses": 0, "wishes": 0}


def record(office: Office, booked: Appointment) -> store.Record:
    """What staff see."""
    found = store.open_many({appointments.reference(booked): [office.private_one()]})[booked.pk]
    assert isinstance(found, store.Record), found
    return found


def test_the_contact_goes_when_the_visit_is_over_and_not_a_second_before(office: Office):
    booked = office.book()
    assert retention.purge(booked.end - SECOND) == NOTHING
    assert appointments.contact_of(booked) is not None
    assert retention.purge(booked.end) == {**NOTHING, "silenced": 1}
    assert appointments.contact_of(booked) is None
    assert record(office, booked).visit == store.Visit(email="zenobie@example.org")


@pytest.mark.parametrize("days", [1, 3, 4, 6])
def test_the_contact_goes_however_many_nights_were_missed(office: Office, days):
    """I4 U7: nothing about the person of a past visit."""
    booked = office.book()
    retention.purge(booked.end + timedelta(days=days))
    assert appointments.contact_of(booked) is None


def test_the_visit_goes_seven_days_after_it_and_the_identity_stays(office: Office):
    booked = office.book()
    week = booked.end + timedelta(days=7)
    retention.purge(week - SECOND)
    assert record(office, booked).visit is not None
    assert Appointment.objects.get().visit_type == office.type
    assert retention.purge(week) == {**NOTHING, "visits": 1}
    assert record(office, booked).visit is None
    assert record(office, booked).identity.persons[0].last_name == "Kowalczyk-N’Diaye"
    assert Appointment.objects.get().visit_type is None
    assert by_link(booked.token).pk == booked.pk


def test_the_identity_and_its_link_go_120_days_after_the_visit_and_an_anonymous_slot_stays(office: Office):
    booked = office.book()
    end = booked.end + timedelta(days=120)
    retention.purge(end - SECOND)
    assert record(office, booked).identity.persons
    assert retention.purge(end) == {**NOTHING, "identities": 1}
    assert not PatientRecord.objects.exists()
    left = Appointment.objects.get()
    assert (left.start, left.end, left.state, left.lane) == (booked.start, booked.end, "booked", 0)
    assert (left.patient_ref, left.key_version, left.link_hash, left.visit_type, left.new_patient) == (None,) * 5
    with pytest.raises(Http404):
        by_link(booked.token)


def test_a_purge_that_was_never_run_does_everything_at_once(office: Office):
    office.book()
    assert retention.purge(NOW + timedelta(days=400)) == {**NOTHING, "visits": 1, "identities": 1}
    assert not PatientRecord.objects.exists()


@pytest.mark.parametrize("days", [2, 9, 122])
def test_a_second_purge_finds_nothing_and_touches_nothing(office: Office, days):
    """P13"""
    office.book()
    office.book("10:00")
    at = NOW + timedelta(days=days)
    retention.purge(at)
    rows = [list(model.objects.order_by("pk").values()) for model in (Appointment, PatientRecord)]
    assert retention.purge(at) == NOTHING
    assert [list(model.objects.order_by("pk").values()) for model in (Appointment, PatientRecord)] == rows


def test_a_cancelled_visit_s_contact_goes_at_the_next_purge_if_the_store_was_down(office: Office, monkeypatch):
    booked = office.book()

    def down(*given: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(store, "silence", down)
    assert appointments.cancel(booked.token, "", NOW).state == "cancelled"
    monkeypatch.undo()
    assert appointments.contact_of(booked) is not None
    assert retention.purge(NOW)["silenced"] == 1
    assert appointments.contact_of(booked) is None


@pytest.mark.parametrize("verb", ["empty_visit", "forget"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_interrupted_purge_is_simply_run_again(office: Office, monkeypatch, verb, when):
    """P13: killed in the middle of its second batch, on either side of the patients store's write."""
    monkeypatch.setattr(retention.purging, "BATCH", 2)
    for clock in ("09:00", "09:30", "10:00"):
        office.book(clock, contact={"email": f"p{clock[1]}{clock[3]}@example.org"})
    at: datetime = NOW + timedelta(days=9 if verb == "empty_visit" else 130)
    real, calls = getattr(store, verb), []

    def interrupted(references: object) -> int:
        calls.append(1)
        if len(calls) == 2 and when == "before":
            raise KeyboardInterrupt
        done = real(references)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return int(done)

    monkeypatch.setattr(store, verb, interrupted)
    with pytest.raises(KeyboardInterrupt):
        retention.purge(at)
    monkeypatch.setattr(store, verb, real)
    retention.purge(at)
    assert not Appointment.objects.exclude(visit_type=None).exists()
    assert PatientRecord.objects.count() == (3 if verb == "empty_visit" else 0)
    assert Appointment.objects.filter(patient_ref=None).count() == (0 if verb == "empty_visit" else 3)
    assert retention.purge(at) == NOTHING


def test_one_damaged_reference_keeps_no_other_patient_s_data(office: Office):
    """P13 I8: it is left as it is and counted; the sweep is what raises the alarm."""
    damaged, other = office.book(), office.book("10:00")
    Appointment.objects.filter(pk=damaged.pk).update(patient_ref=b"\x01" * 37)
    done = retention.purge(NOW + timedelta(days=122))
    assert done == {"silenced": 0, "visits": 1, "identities": 1, "closed": 1, "notes": 0, "lapses": 0, "wishes": 0}
    assert Appointment.objects.get(pk=other.pk).patient_ref is None
    assert Appointment.objects.get(pk=damaged.pk).patient_ref is not None
    assert PatientRecord.objects.count() == 1


def test_nothing_is_purged_under_another_secret(office: Office, secrets):
    """P5"""
    office.book()
    secrets(b"\x01" * 32)
    assert retention.purge(NOW + timedelta(days=400)) == {**NOTHING, "closed": 1}
    assert PatientRecord.objects.count() == 1
    assert Appointment.objects.exclude(visit_type=None).count() == 1


def test_erasure_and_purge_leave_the_same_row(office: Office):
    """Purge and erasure are one code path."""
    erased, purged = office.book(), office.book("10:00")
    retention.erase(erased.token, erased.end)  # over: nothing to cancel any more
    retention.purge(purged.end + timedelta(days=120))
    apart = {"id", "start", "end", "first_cell", "end_cell"}
    one, two = Appointment.objects.values()
    assert {key: one[key] for key in one if key not in apart} == {key: two[key] for key in two if key not in apart}


def test_erasing_again_after_a_crash_between_the_stores_finishes_it(office: Office):
    """The record goes first: what a crash leaves is a reference to nothing, and the link still opens to erase it."""
    booked = office.book()
    store.forget([appointments.reference(booked)])
    retention.erase(booked.token, NOW)
    assert Appointment.objects.get().patient_ref is None


@pytest.mark.parametrize("corrected", [{"email": "new@example.org"}, {"phone": "01 99 00 11 22"}])
@pytest.mark.parametrize("ends", ["cancelled", "over"])
def test_a_corrected_contact_that_staff_have_not_seen_is_sealed_to_them_before_the_server_forgets_it(
    office: Office, ends, corrected
):
    """I8: what a patient corrected is not lost; I4: and the server cannot read it any more."""
    booked = office.book()
    token = appointments.correct_contact(booked.token, store.Visit(**corrected), NOW, language="fr")
    if ends == "cancelled":
        appointments.cancel(token, "", NOW)
    else:
        retention.purge(booked.end)
    held = appointments.contact_of(booked)
    assert held is None or (held.value, held.token) == ("", "")
    assert record(office, booked).visit == store.Visit(**corrected)
    assert appointments.contact_of(booked) is None
    assert retention.purge(booked.end) == NOTHING


# The periods are the practice's.


def test_a_period_that_the_practice_shortened_counts_at_the_next_purge(office: Office):
    booked = office.book()
    Practice.objects.update(visit_kept=2, identity_kept=30)
    retention.purge(booked.end + timedelta(days=2) - SECOND)
    assert record(office, booked).visit is not None
    assert retention.purge(booked.end + timedelta(days=2)) == {**NOTHING, "visits": 1}
    retention.purge(booked.end + timedelta(days=30) - SECOND)
    assert PatientRecord.objects.exists()
    assert retention.purge(booked.end + timedelta(days=30)) == {**NOTHING, "identities": 1}


@pytest.mark.parametrize("period", periods.EDITABLE, ids=lambda period: period.field)
def test_a_longer_period_needs_a_written_reason_even_in_the_database(office: Office, period):
    Practice.objects.update(identity_kept=1000, identity_kept_reason="Suivi de grossesse")
    with pytest.raises(IntegrityError), transaction.atomic():
        Practice.objects.update(**{period.field: period.default + 1, period.reason_field: ""})
    Practice.objects.update(**{period.field: period.default + 1, period.reason_field: "Suivi de grossesse"})
    Practice.objects.update(**{period.field: period.least, period.reason_field: "", "visit_kept": 1})


def test_a_visit_is_not_kept_longer_than_who_came(office: Office):
    with pytest.raises(IntegrityError), transaction.atomic():
        Practice.objects.update(visit_kept=7, identity_kept=6)


# What remains: numbers.


def counts() -> dict[tuple[str, str], int]:
    return {(one.state, f"{one.month:%Y-%m}"): one.amount for one in MonthlyCount.objects.all()}


def test_a_visit_is_counted_in_its_month_when_its_type_goes_and_never_again(office: Office):
    """P13"""
    booked = office.book()
    office.book("10:00")
    Appointment.objects.filter(pk=booked.pk).update(state="absent")
    retention.purge(NOW + timedelta(days=3))
    assert counts() == {}
    for days in (9, 9, 10, 130, 131):
        retention.purge(NOW + timedelta(days=days))
        assert counts() == {("absent", "2026-01"): 1, ("booked", "2026-01"): 1}
    assert not Appointment.objects.exclude(visit_type=None).exists()


def test_the_month_is_the_practice_s_own(office: Office):
    """T11: half past midnight on the first of February in Paris is still January in UTC."""
    booked = office.book()
    start = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
    Appointment.objects.filter(pk=booked.pk).update(start=start, end=start + timedelta(minutes=30))
    retention.purge(start + timedelta(days=20))
    assert counts() == {("booked", "2026-02"): 1}


def test_an_erased_visit_is_counted_too_and_a_hold_is_not(office: Office):
    booked = office.book()
    retention.erase(booked.token, NOW)
    retention.erase(office.hold("10:00"), NOW)
    assert counts() == {("cancelled", "2026-01"): 1}
    retention.purge(NOW + timedelta(days=400))
    assert counts() == {("cancelled", "2026-01"): 1}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_count_and_the_loss_of_the_type_are_one_transaction(office: Office, monkeypatch, when):
    """P13: whatever is interrupted, nothing is counted twice and nothing is lost."""
    office.book()
    real = retention.forgetting._count

    def interrupted(visits: object) -> None:
        if when == "after":
            real(visits)
        raise KeyboardInterrupt

    monkeypatch.setattr(retention.forgetting, "_count", interrupted)
    with pytest.raises(KeyboardInterrupt):
        retention.purge(NOW + timedelta(days=9))
    assert counts() == {}
    assert Appointment.objects.get().visit_type == office.type
    monkeypatch.undo()
    retention.purge(NOW + timedelta(days=9))
    assert counts() == {("booked", "2026-01"): 1}


def test_since_when_somebody_waited_goes_with_the_visit(office: Office):
    booked = office.book()
    Appointment.objects.filter(pk=booked.pk).update(state="seen", arrived_at=NOW)
    retention.purge(booked.end + timedelta(days=6))
    assert Appointment.objects.get().arrived_at == NOW
    retention.purge(booked.end + timedelta(days=7))
    assert Appointment.objects.get().arrived_at is None
