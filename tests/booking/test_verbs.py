from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.http import Http404

from booking import appointments, holds, retention
from booking.availability import Reason
from booking.links import link_hash
from booking.models import Appointment, OccupiedCell
from booking.refusals import NoMoreTime, NotAllowed, NotBookable, Refused, Taken, TooLate, TooMany
from patients import store
from patients.models import PatientRecord
from practitioners.models import AccessEvent, AgendaKey, StoreCheck
from tests.booking.cast import MONDAY, NOW, TUESDAY, Office, cell, identity, visit_type


def test_a_hold_occupies_its_cells_and_the_buffer_and_knows_nobody(office: Office):
    office.type.buffer = 10
    office.type.save()
    token = office.hold("09:00")
    held = Appointment.objects.get(link_hash=link_hash(token))
    assert held.state == "held"
    assert [c.cell for c in OccupiedCell.objects.order_by("cell")] == list(
        range(cell(TUESDAY, "09:00"), cell(TUESDAY, "09:40"))
    )
    assert held.patient_ref is None
    assert not PatientRecord.objects.exists()


@pytest.mark.parametrize(
    ("clock", "reason"), [("09:05", Reason.OFF_GRID), ("08:00", Reason.CLOSED), ("13:00", Reason.CLOSED)]
)
def test_a_start_that_is_not_listed_is_refused(office: Office, clock, reason):
    """A2"""
    with pytest.raises(Refused) as refused:
        office.hold(clock)
    assert refused.value.reason is reason
    assert not Appointment.objects.exists()


def test_a_visit_that_would_end_after_the_opening_is_not_held(office: Office):
    """A13: and nobody is told that somebody else was faster."""
    with pytest.raises(Refused) as refused:
        office.hold("11:45")
    assert (refused.value.reason, refused.value.gone) == (Reason.NO_GAP, False)
    assert not Appointment.objects.exists()


def test_a_start_in_the_past_beyond_the_horizon_or_absurd_is_refused(office: Office):
    """A2 T15"""
    for start in (cell(MONDAY, "09:00") - 288 * 7, cell(TUESDAY, "09:00") + 288 * 400, -1, 0, 10**12, -(10**12)):
        with pytest.raises(Refused):
            holds.take(office.type, start, NOW, new_patient=True, network="192.0.2.1")


def test_a_type_that_was_withdrawn_or_is_for_staff_is_refused(office: Office):
    """A2"""
    for changes in ({"active": False}, {"visibility": "staff"}):
        one = visit_type(office.one, f"type-{len(changes)}-{next(iter(changes))}", notice=0, **changes)
        with pytest.raises(Refused):
            office.hold("09:00", visit_type=one)


def test_nothing_is_bookable_before_the_page_is_published(office: Office):
    """P17"""
    office.one.published = False
    office.one.save()
    with pytest.raises(Refused):
        office.hold()


def test_another_practitioner_s_openings_do_not_admit_a_type(office: Office):
    """A2"""
    stranger = visit_type(office.two, "autre", notice=0)
    with pytest.raises(Refused):
        office.hold("09:00", visit_type=stranger)


def test_the_second_visitor_is_told_and_shown_the_nearest_times(office: Office):
    """R1"""
    office.hold("09:00")
    with pytest.raises(Taken) as taken:
        office.hold("09:00")
    starts = [slot.start for slot in taken.value.nearest]
    assert cell(TUESDAY, "09:30") in starts
    assert cell(TUESDAY, "09:00") not in starts


def test_overlapping_but_unequal_visits_exclude_each_other(office: Office):
    """R2"""
    short = visit_type(office.one, "courte", duration_new=20, duration_known=20, notice=0)
    office.hold("09:00")
    with pytest.raises(Taken):
        office.hold("09:15", visit_type=short)
    office.hold("09:30", visit_type=short)


def test_a_group_opening_takes_as_many_as_it_has_places(db):
    """R13"""
    group = Office(places=3)
    lanes = [group.book("09:00").lane for _ in range(3)]
    assert sorted(lanes) == [0, 1, 2]
    with pytest.raises(Taken):
        group.hold("09:00")


def test_an_expired_hold_gives_its_time_away_and_its_late_form_is_told(office: Office):
    """R11"""
    late = office.hold("09:00")
    after = NOW + timedelta(minutes=10)
    office.book("09:00", now=after)
    with pytest.raises(Taken):
        appointments.book(late, appointments.Submission(identity(), store.Visit(phone="0199001122"), "fr"), after)
    assert PatientRecord.objects.count() == 1


def test_a_hold_is_kept_a_second_before_its_end(office: Office):
    """R11"""
    office.hold("09:00")
    with pytest.raises(Taken):
        office.hold("09:00", now=NOW + timedelta(minutes=9, seconds=59))


def test_a_late_form_takes_its_time_again_when_it_is_still_free(office: Office):
    """R11"""
    token = office.hold("09:00")
    booked = appointments.book(
        token, appointments.Submission(identity(), store.Visit(phone="0199001122"), "fr"), NOW + timedelta(minutes=40)
    )
    assert booked.state == "booked"
    assert OccupiedCell.objects.filter(appointment=booked).count() == 6


def test_a_late_form_finds_its_hold_for_two_hours_whatever_the_worker_does(office: Office):
    """R11 U3: the chore that drops expired holds leaves one whose form may still be open."""
    token, ends = office.hold("09:00"), NOW + timedelta(minutes=10)
    form = appointments.Submission(identity(), store.Visit(phone="0199001122"), "fr")
    assert holds.expired(ends + timedelta(minutes=119)) == 0
    assert appointments.book(token, form, ends + timedelta(minutes=119)).state == "booked"
    later = office.hold("10:00")
    assert holds.expired(ends + timedelta(hours=2)) == 1
    with pytest.raises(Http404):
        appointments.book(later, form, ends + timedelta(hours=2))


def test_a_hold_is_extended_twice_and_no_more(office: Office):
    token = office.hold("09:00")
    assert holds.extend(token, NOW).held_until == NOW + timedelta(minutes=20)
    assert holds.extend(token, NOW).held_until == NOW + timedelta(minutes=30)
    with pytest.raises(NoMoreTime):
        holds.extend(token, NOW)


def test_one_network_holds_a_dozen_times_and_no_more(office: Office):
    """P10 P9"""
    Appointment.objects.all().delete()
    for number in range(holds.HOLDS_PER_NETWORK):
        day = TUESDAY + timedelta(days=number // 6 if number < 18 else 0)
        office.hold(f"{9 + (number % 6) // 2:02d}:{'00' if number % 2 == 0 else '30'}", day)
    with pytest.raises(TooMany):
        office.hold("11:00", TUESDAY + timedelta(days=2))
    office.hold("11:00", TUESDAY + timedelta(days=2), network="198.51.100.7")


def test_one_agenda_is_held_so_often_at_once_and_no_more(office: Office, monkeypatch):
    """P10: whoever has many networks holds no practitioner's whole week; what has expired counts no longer."""
    monkeypatch.setattr(holds, "HOLDS_PER_PRACTITIONER", 3)
    for number, clock in enumerate(("09:00", "09:30", "10:00")):
        office.hold(clock, network=f"198.51.100.{number}")
    with pytest.raises(TooMany):
        office.hold("10:30", network="198.51.100.9")
    assert office.hold("10:30", now=NOW + timedelta(minutes=10), network="198.51.100.9")


def test_choosing_another_time_moves_the_hold_and_keeps_its_link(office: Office):
    """R8: sent twice, it changes nothing the second time."""
    token = office.hold("09:00")
    for _ in range(2):
        assert office.hold("10:00", replacing=token) == token
    held = Appointment.objects.get()
    assert (held.first_cell, held.cells.count()) == (cell(TUESDAY, "10:00"), 6)
    office.hold("09:00", network="198.51.100.7")


def test_a_hold_that_cannot_move_stays_where_it_is(office: Office):
    """R6"""
    office.hold("10:00", network="198.51.100.7")
    token = office.hold("09:00")
    with pytest.raises(Taken):
        office.hold("10:00", replacing=token)
    held = Appointment.objects.get(link_hash=link_hash(token))
    assert (held.first_cell, held.cells.count()) == (cell(TUESDAY, "09:00"), 6)


def test_booking_writes_exactly_one_record_and_repeating_changes_nothing(office: Office):
    """R8"""
    booked = office.book()
    again = appointments.book(
        booked.token, appointments.Submission(identity("Autre"), store.Visit(phone="0199001122"), "en"), NOW
    )
    assert again.pk == booked.pk
    assert PatientRecord.objects.count() == 1
    stands = Appointment.objects.get()
    assert stands.state == "booked"
    assert (stands.held_until, stands.network_tag) == (None, None), "what a hold needs goes with it"


def test_the_agenda_never_keeps_an_appointment_whose_record_could_not_be_written(office: Office, monkeypatch):
    """P6 I8"""
    token = office.hold()

    def down(*args: object) -> bytes:
        raise DatabaseError

    with monkeypatch.context() as broken:
        broken.setattr(store, "put", down)
        with pytest.raises(DatabaseError):
            appointments.book(token, appointments.Submission(identity(), store.Visit(email="a@example.org"), "fr"), NOW)
    assert Appointment.objects.get().state == "held"
    assert not PatientRecord.objects.exists()
    assert (
        appointments.book(
            token, appointments.Submission(identity(), store.Visit(email="a@example.org"), "fr"), NOW
        ).state
        == "booked"
    )


def test_without_a_key_to_seal_to_nothing_is_booked(office: Office):
    """P5"""
    token = office.hold()
    AgendaKey.objects.filter(practitioner=office.one).update(retired=True)
    with pytest.raises(NotBookable):
        appointments.book(token, appointments.Submission(identity(), store.Visit(email="a@example.org"), "fr"), NOW)


@pytest.mark.parametrize("step", ["hold", "book"])
def test_in_stores_that_do_not_belong_together_nothing_is_held_or_booked(office: Office, step):
    """P6: one of them was restored by itself."""
    token = office.hold("10:00")
    StoreCheck.objects.update(pairing=b"of last night....")
    form = appointments.Submission(identity(), store.Visit(email="zenobie@example.org"), "fr")
    with pytest.raises(NotBookable):
        office.hold() if step == "hold" else appointments.book(token, form, NOW)


def test_one_contact_books_four_visits_a_day_with_one_practitioner(office: Office):
    """P10"""
    for clock in ("09:00", "09:30", "10:00", "10:30"):
        office.book(clock)
    with pytest.raises(TooMany):
        office.book("11:00")
    office.book("11:00", day=TUESDAY + timedelta(days=1), contact={"email": "another@example.org"})


@pytest.mark.parametrize(
    ("before", "state"), [(timedelta(hours=4), "cancelled"), (timedelta(hours=3), "cancelled_late")]
)
def test_cancelling_frees_the_time_and_says_whether_it_was_late(office: Office, before, state):
    booked = office.book()
    done = appointments.cancel(booked.token, "unavailable", booked.start - before)
    assert (done.state, done.cancel_reason, done.sequence) == (state, "unavailable", 1)
    assert not OccupiedCell.objects.exists()
    assert appointments.contact_of(done) is None


def test_cancelling_twice_changes_nothing_and_a_visit_under_way_cannot_be_cancelled(office: Office):
    """R9"""
    booked, other = office.book(), office.book("10:00")
    appointments.cancel(booked.token, "", NOW)
    assert appointments.cancel(booked.token, "mistake", NOW).cancel_reason == ""
    with pytest.raises(TooLate):
        appointments.cancel(other.token, "", other.start)


def test_a_cancelled_time_is_booked_and_cancelled_again_and_again(office: Office):
    """R10"""
    for number in range(3):
        booked = office.book(contact={"email": f"p{number}@example.org"})
        appointments.cancel(booked.token, "", NOW)
    assert Appointment.objects.filter(state="cancelled").count() == 3


def test_a_freed_time_that_was_taken_does_not_come_back_to_the_canceller(office: Office):
    """R9"""
    first = office.book()
    appointments.cancel(first.token, "", NOW)
    second = office.book(contact={"email": "b@example.org"})
    assert (
        appointments.book(first.token, appointments.Submission(identity(), store.Visit(), "fr"), NOW).state
        == "cancelled"
    )
    assert list(OccupiedCell.objects.values_list("appointment_id", flat=True).distinct()) == [second.pk]


def test_correcting_the_contact_replaces_the_link(office: Office):
    booked = office.book()
    renewed = appointments.correct_contact(booked.token, store.Visit(email="new@example.org"), NOW, language="fr")
    contact = appointments.contact_of(Appointment.objects.get())
    assert contact is not None
    assert (contact.value, contact.token) == ("new@example.org", renewed)
    with pytest.raises(Http404):
        appointments.cancel(booked.token, "", NOW)
    assert appointments.cancel(renewed, "", NOW).state == "cancelled"


def test_staff_read_the_corrected_contact_and_the_server_never_a_phone(office: Office):
    booked = office.book()
    appointments.correct_contact(booked.token, store.Visit(phone="01 99 00 11 22"), NOW, language="fr")
    contact = appointments.contact_of(booked)
    assert contact is not None
    assert contact.value == ""
    reference = appointments.reference(booked)
    for _ in range(2):  # the second time from the visit box, which the first opening brought up to date
        record = store.open_many({reference: [office.private_one()]})[booked.pk]
        assert isinstance(record, store.Record)
        assert record.visit == store.Visit(phone="01 99 00 11 22")
    assert appointments.contact_of(booked) is None


def test_a_discreet_visit_leaves_nothing_that_the_server_can_read(office: Office):
    discreet = visit_type(office.one, "discret", discreet=True, notice=0)
    booked = office.book("09:00", visit_type=discreet)
    assert appointments.contact_of(booked) is None


def test_erasing_cancels_a_visit_to_come_and_leaves_an_anonymous_slot(office: Office):
    """P2"""
    booked = office.book()
    retention.erase(booked.token, NOW)
    left = Appointment.objects.get()
    assert left.state == "cancelled"
    assert (left.patient_ref, left.link_hash, left.visit_type) == (None, None, None)
    assert not PatientRecord.objects.exists()
    assert not OccupiedCell.objects.exists()
    with pytest.raises(Http404):
        retention.erase(booked.token, NOW)


def test_staff_mark_what_happened_and_a_stale_screen_changes_nothing(office: Office):
    booked = office.book()
    who = {"staff": office.alice.pk, "session_tag": b"t" * 16}
    assert appointments.mark(booked.pk, "arrived", "booked", NOW, **who).state == "arrived"
    with pytest.raises(NotAllowed):
        appointments.mark(booked.pk, "absent", "booked", NOW, **who)
    with pytest.raises(NotAllowed):
        appointments.mark(booked.pk, "held", "arrived", NOW, **who)
    with pytest.raises(NotAllowed):
        appointments.mark(booked.pk, "nonsense", "arrived", NOW, **who)
    assert AccessEvent.objects.get().action == "to arrived"


def test_cancelled_by_the_practice_frees_the_time_and_cannot_be_undone(office: Office):
    booked = office.book()
    who = {"staff": office.alice.pk, "session_tag": b"t" * 16}
    appointments.mark(booked.pk, "cancelled_by_practice", "booked", NOW, **who)
    assert not OccupiedCell.objects.exists()
    assert appointments.contact_of(booked) is None
    with pytest.raises(NotAllowed):
        appointments.mark(booked.pk, "booked", "cancelled_by_practice", NOW, **who)


def test_a_type_whose_duration_changes_leaves_booked_visits_as_they_are(office: Office):
    """A4"""
    booked = office.book()
    office.type.duration_new = 60
    office.type.save()
    assert Appointment.objects.get().end - booked.start == timedelta(minutes=30)
