"""The desk against patients and against other desks, with real connections, on both engines."""

from datetime import timedelta
from functools import partial
from itertools import count

import pytest

from booking import appointments, desk
from booking.desk import Wanted
from booking.links import new_token
from booking.models import Appointment, DayNote, OccupiedCell
from booking.refusals import BookingRefused, Full, Taken
from booking.transactions import lock_agenda, verb
from patients import store
from patients.models import PatientRecord
from practitioners.models import Absence
from tests.booking.cast import MONDAY, NOW, TUESDAY, Office, cell, identity, visit_type
from tests.booking.test_desk import book, by, coming, record_of, vault_of
from tests.booking.test_races import ROUNDS, assert_nobody_shares_a_cell
from tests.races import all_at_once, winners

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def office() -> Office:
    return Office()


def test_of_patients_and_desks_who_want_one_time_exactly_one_gets_it(office: Office):
    """R12 R1: whoever is first; the others are told."""
    for number in range(ROUNDS):
        day = TUESDAY + timedelta(days=number)
        calls = [partial(office.hold, "09:00", day, network=f"198.51.100.{n}") for n in range(5)]
        calls += [partial(book, office, "09:00", day, tag=bytes([n]) * 16) for n in range(5)]
        results = all_at_once(calls)
        assert len(winners(results)) == 1
        assert all(isinstance(one, Taken | Full) for one in results if isinstance(one, BookingRefused))
        assert_nobody_shares_a_cell()


def test_overlapping_unequal_visits_at_the_desk_and_online_have_one_winner(office: Office):
    """R2"""
    kinds = [visit_type(office.one, f"t{m}", duration_new=m, duration_known=m, notice=0) for m in (20, 30, 45, 60)]
    # Every one of these meets 10:15 to 10:20.
    wanted = list(zip(kinds, ("10:15", "10:00", "09:45", "09:30"), strict=True)) * 2
    for number in range(ROUNDS):
        day = TUESDAY + timedelta(days=number)
        calls = [
            partial(office.hold, clock, day, visit_type=kind, network=f"198.51.100.{n}")
            if n % 2
            else partial(book, office, clock, day, type=kind, tag=bytes([n]) * 16)
            for n, (kind, clock) in enumerate(wanted)
        ]
        assert len(winners(all_at_once(calls))) == 1
        assert_nobody_shares_a_cell()


def test_desks_that_overbook_at_once_each_get_a_lane_of_their_own(office: Office):
    """I1 A19"""
    results = all_at_once(partial(book, office, overbook=True, tag=bytes([n]) * 16) for n in range(6))
    assert sorted(one.appointment.lane for one in winners(results)) == [0, 100, 101, 102, 103, 104]
    assert PatientRecord.objects.count() == 6
    assert_nobody_shares_a_cell()


def test_a_form_sent_five_times_at_once_books_once(office: Office):
    """R8"""
    token = new_token()
    results = all_at_once(partial(book, office, token=token) for _ in range(5))
    assert len({one.appointment.pk for one in winners(results)}) == 1
    assert Appointment.objects.count() == PatientRecord.objects.count() == 1


def test_two_desks_that_open_one_time_do_not_both_hold_it(office: Office):
    def open_form(number: int) -> Appointment | None:
        return desk.hold_for_desk(office.one, cell(TUESDAY, "09:00"), NOW, by=by(office, bytes([number]) * 16))

    held = all_at_once(partial(open_form, number) for number in range(4))
    assert sum(one is not None for one in held) == 1
    assert_nobody_shares_a_cell()


def test_a_desk_that_opens_a_time_and_a_patient_who_takes_it_do_not_both_hold_it(office: Office):
    """R12"""
    for number in range(ROUNDS):
        day = TUESDAY + timedelta(days=number)

        def open_form(day=day) -> Appointment | None:
            return desk.hold_for_desk(office.one, cell(day, "09:00"), NOW, by=by(office, bytes([day.day]) * 16))

        typed, held = all_at_once([open_form, partial(office.hold, "09:00", day)])
        assert (typed is not None) != isinstance(held, str)
        assert_nobody_shares_a_cell()


def test_an_absence_and_a_desk_that_books_see_each_other(office: Office):
    """R14: the desk is warned of what came first."""

    @verb
    def go_away() -> int:
        lock_agenda(pk=office.one.pk)
        Absence.objects.create(practitioner=office.one, first_day=TUESDAY, last_day=TUESDAY)
        return Appointment.objects.filter(state__in=Appointment.LIVE).count()

    seen, booked = all_at_once([go_away, partial(book, office)])
    assert (seen == 1) != (desk.Caution.ABSENT in booked.cautions)


def test_without_the_lock_a_stale_look_meets_the_constraint(office: Office, monkeypatch):
    """R3 R15: what the lock spares, the database refuses."""
    from booking.desk import taking

    stale = desk.look(office.one, cell(TUESDAY, "09:00"), cell(TUESDAY, "09:00"), NOW)
    monkeypatch.setattr(taking, "look", lambda *given, **named: stale)
    monkeypatch.setattr(taking, "lock_agenda", lambda **practitioner: None)
    results = all_at_once(partial(book, office, tag=bytes([n]) * 16) for n in range(6))
    assert len(winners(results)) == 1
    assert PatientRecord.objects.count() == 1
    assert_nobody_shares_a_cell()


def test_a_series_and_a_patient_cross(office: Office):
    """All of a series or none, whatever a patient takes meanwhile."""
    source = book(office).appointment
    vault, day = vault_of(office), TUESDAY + timedelta(weeks=2)
    chosen = [Wanted(office.type.pk, one.start) for one in desk.preview(source, office.type, 3, NOW)]
    series = partial(desk.book_series, source, chosen, new_token(), vault, NOW, by=by(office))
    made, held = all_at_once([series, partial(office.hold, "09:00", day)])
    assert isinstance(made, Full) == isinstance(held, str)
    assert Appointment.objects.filter(state="booked").count() == (1 if isinstance(made, Full) else 4)
    assert_nobody_shares_a_cell()


def test_notes_of_two_desks_at_once_have_one_author(office: Office):
    booked = book(office, coming=coming(note="Avant")).appointment
    numbers = count()

    def write(text: str) -> None:
        vault = vault_of(office)
        desk.write_note(
            booked.pk, text, desk.fingerprint("Avant"), vault, NOW, by=by(office, bytes([next(numbers)]) * 16)
        )

    def run(text: str) -> str:
        try:
            write(text)
        except store.Changed as changed:
            return f"saw {changed.note}"
        return text

    results = all_at_once(partial(run, text) for text in ("un", "deux", "trois"))
    kept = record_of(booked, vault_of(office)).visit.note
    assert sorted(results) == sorted([kept, f"saw {kept}", f"saw {kept}"])


def test_day_notes_of_two_desks_at_once_have_one_author(office: Office):
    def run(text: str) -> str:
        try:
            desk.write_day_note(
                office.one.pk,
                MONDAY,
                text,
                desk.fingerprint(""),
                vault_of(office),
                NOW,
                by=by(office, text[:1].encode() * 16),
            )
        except store.Changed as changed:
            return f"saw {changed.note}"
        return text

    results = all_at_once(partial(run, text) for text in ("un", "deux", "trois"))
    (kept,) = [one for one in results if not one.startswith("saw")]
    assert results.count(f"saw {kept}") == 2
    assert DayNote.objects.count() == 1


def test_a_note_and_a_correction_by_the_patient_cross_and_both_stay(office: Office):
    token = office.hold()
    booked = appointments.book(
        token, appointments.Submission(identity(), store.Visit(email="z@example.org"), "fr"), NOW
    )
    vault = vault_of(office)
    results = all_at_once([
        partial(desk.write_note, booked.pk, "Note", desk.fingerprint(""), vault, NOW, by=by(office)),
        partial(appointments.correct_contact, token, store.Visit(phone="+33622222222"), NOW, language="fr"),
    ])  # fmt: skip
    assert not [one for one in results if isinstance(one, BookingRefused)]
    visit = record_of(booked, vault_of(office)).visit
    assert (visit.note, visit.phone) == ("Note", "+33622222222")
    assert OccupiedCell.objects.exists()
