"""A patient moves their visit from the link: another time of the same kind, or the old one stays."""

from datetime import date, timedelta
from functools import partial

import pytest

from booking import appointments, moving
from booking.availability import Reason
from booking.models import Appointment, Message
from booking.refusals import NotAllowed, NotBookable, Refused, Taken, TooLate
from patients.models import PatientRecord
from practitioners.models import Absence, AccessEvent, Practitioner, VisitType
from tests.booking.cast import NOW, TUESDAY, cell
from tests.booking.moving.cast import Room, again, cells, clock
from tests.booking.test_races import ROUNDS, assert_nobody_shares_a_cell
from tests.races import all_at_once, winners

WEDNESDAY = date(2026, 1, 7)


def move(visit: Appointment, at: str, day: date = TUESDAY, seen: int | None = None) -> Appointment:
    shown = again(visit).sequence if seen is None else seen
    return moving.move_for_patient(visit.token, cell(day, at), shown, NOW)


def test_the_visit_moves_and_keeps_row_record_and_link(room: Room):
    booked = room.book("09:00")
    before = again(booked)
    move(booked, "10:30", WEDNESDAY)
    now = again(booked)
    assert (clock(booked), now.sequence, cells(booked)[0]) == ("07 10:30", 1, cell(WEDNESDAY, "10:30"))
    for kept in ("patient_ref", "link_hash", "key_version", "state", "visit_type_id", "practitioner_id"):
        assert getattr(now, kept) == getattr(before, kept)
    assert PatientRecord.objects.count() == 1
    assert appointments.contact_of(now).token == booked.token
    assert not AccessEvent.objects.exists()


def test_over_their_own_visit_they_may(room: Room):
    """R7: from 9:00 to 9:15, half an hour each."""
    booked = room.book("09:00")
    move(booked, "09:15")
    assert (clock(booked), len(cells(booked))) == ("06 09:15", 6)


def test_to_their_own_time_nothing_happens(room: Room):
    """A16"""
    booked = room.book("09:00")
    move(booked, "09:00")
    assert (clock(booked), again(booked).sequence) == ("06 09:00", 0)


def test_a_visit_is_as_long_as_it_was_booked(room: Room):
    """A4 A12: the type is longer by now, and the gap would be too short for it."""
    booked = room.book("09:00")
    room.book("10:00", network="198.51.100.1", contact={"email": "b@example.org"})
    room.book("11:00", network="198.51.100.2", contact={"email": "c@example.org"})
    VisitType.objects.update(duration_new=60, duration_known=60)
    move(booked, "10:30")
    assert again(booked).end - again(booked).start == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("at", "day", "reason"),
    [("10:05", TUESDAY, Reason.OFF_GRID), ("14:00", TUESDAY, Reason.CLOSED), ("11:45", TUESDAY, Reason.NO_GAP), ("09:00", date(2026, 12, 1), Reason.BEYOND_HORIZON), ("09:00", date(2026, 1, 8), Reason.ABSENT)],
)  # fmt: skip
def test_what_the_rule_does_not_admit_is_refused_and_the_old_time_stays(room: Room, at, day, reason):
    """A1 A2 R6"""
    Absence.objects.create(practitioner=room.one, first_day=date(2026, 1, 8), last_day=date(2026, 1, 8))
    booked = room.book("09:00")
    with pytest.raises(Refused) as refused:
        move(booked, at, day)
    assert refused.value.reason is reason
    assert (clock(booked), len(cells(booked)), again(booked).sequence) == ("06 09:00", 6, 0)


def test_a_time_that_was_taken_meanwhile_is_told_with_the_nearest_others(room: Room):
    """R6"""
    booked = room.book("09:00")
    room.hold("10:00", network="198.51.100.1")
    with pytest.raises(Taken) as taken:
        move(booked, "10:00")
    starts = [one.start for one in taken.value.nearest]
    assert len(starts) >= 6
    assert cell(TUESDAY, "10:00") not in starts
    assert cell(TUESDAY, "09:00") not in starts
    assert cell(TUESDAY, "09:15") in starts
    assert clock(booked) == "06 09:00"


def test_the_daily_maximum_does_not_count_the_visit_that_moves(room: Room):
    """T12"""
    VisitType.objects.update(max_per_day=1)
    booked = room.book("09:00")
    move(booked, "10:00")
    room.book("09:00", WEDNESDAY, contact={"email": "b@example.org"})
    with pytest.raises(Taken):
        move(booked, "10:00", WEDNESDAY)


@pytest.mark.parametrize("change", [{"state": "arrived"}, {"state": "cancelled_by_practice"}, {"state": "seen"}])
def test_what_is_not_booked_any_more_does_not_move(room: Room, change):
    booked = room.book("09:00")
    Appointment.objects.filter(pk=booked.pk).update(**change)
    with pytest.raises(TooLate):
        move(booked, "10:00")


def test_after_the_deadline_the_telephone_is_left(room: Room):
    """A16"""
    VisitType.objects.update(cancel_before=24 * 60 + 61)
    booked = room.book("09:00")
    VisitType.objects.update(cancel_before=25 * 60 + 1)
    with pytest.raises(TooLate):
        move(booked, "10:00")


@pytest.mark.parametrize("change", ["staff", "inactive", "unpublished", "forgotten"])
def test_what_patients_may_not_book_any_more_they_do_not_move(room: Room, change):
    booked = room.book("09:00")
    match change:
        case "staff":
            VisitType.objects.update(visibility="staff")
        case "inactive":
            VisitType.objects.update(active=False)
        case "unpublished":
            Practitioner.objects.update(published=False)
        case "forgotten":
            Appointment.objects.update(visit_type=None)
    with pytest.raises(NotBookable):
        move(booked, "10:00")
    assert clock(booked) == "06 09:00"


def test_a_page_that_is_older_than_what_staff_did_moves_nothing(room: Room):
    """A16: moved by staff meanwhile."""
    booked = room.book("09:00")
    room.move(booked, "11:00")
    with pytest.raises(NotAllowed):
        move(booked, "10:00", seen=0)
    assert clock(booked) == "06 11:00"


def test_with_a_colleague_the_link_moves_it_in_their_agenda(room: Room):
    """Staff gave it to Dr Deux: the rule is now theirs."""
    booked = room.book("09:00")
    room.move(booked, "10:00", practitioner=room.two, type=room.their_type)
    Practitioner.objects.update(published=True)
    move(booked, "11:00", WEDNESDAY)
    assert (again(booked).practitioner, clock(booked)) == (room.two, "07 11:00")


def test_the_move_is_told_at_once_where_there_is_mail(room: Room, settings):
    settings.EMAIL_HOST = "127.0.0.1"
    booked = room.book("09:00", date(2026, 1, 19))
    Message.objects.filter(kind="confirmation").update(state="sent")
    move(booked, "09:00", date(2026, 1, 21))
    told = list(Message.objects.exclude(kind="confirmation").order_by("due").values_list("kind", "due"))
    assert told[0] == ("change", NOW)
    assert [due.date() for kind, due in told if kind == "reminder"] == [date(2026, 1, 14), date(2026, 1, 20)]


# Real connections.


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_patient_who_moves_and_one_who_books_do_not_both_get_the_time():
    """R6"""
    room = Room()
    for number in range(ROUNDS):
        day = TUESDAY + timedelta(days=number)
        booked = room.book("09:00", day, contact={"email": f"{number}@example.org"})
        results = all_at_once(
            [
                partial(move, booked, "10:00", day, 0),
                partial(room.hold, "10:00", day, network=f"198.51.100.{number}"),
            ]
        )
        assert len(winners(results)) == 1
        assert clock(booked)[3:] in ("09:00", "10:00")
        assert_nobody_shares_a_cell()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_patients_who_swap_their_times_keep_them_and_never_deadlock():
    """R6: each asks for what the other still has."""
    room = Room()
    for number in range(ROUNDS):
        day = TUESDAY + timedelta(days=number)
        first, second = (
            room.book(at, day, network=f"198.51.100.{at[:2]}", contact={"email": f"{number}{at}@example.org"})
            for at in ("09:00", "10:00")
        )
        results = all_at_once([partial(move, first, "10:00", day, 0), partial(move, second, "09:00", day, 0)])
        assert all(isinstance(one, Taken) for one in results)
        assert (clock(first)[3:], clock(second)[3:]) == ("09:00", "10:00")
        assert_nobody_shares_a_cell()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_double_click_moves_once():
    """R8: the second finds it where it was to go, or is told that it has changed."""
    room = Room()
    booked = room.book("09:00")
    results = all_at_once([partial(move, booked, "10:00", TUESDAY, 0)] * 4)
    assert len(winners(results)) == 1
    assert all(isinstance(one, NotAllowed) for one in results if one not in winners(results))
    assert (clock(booked), again(booked).sequence) == ("06 10:00", 1)
    assert_nobody_shares_a_cell()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_a_patient_and_the_practice_move_one_visit_and_one_of_them_is_told():
    """A16"""
    room = Room()
    vault = room.vault()
    for number in range(ROUNDS):
        day = TUESDAY + timedelta(days=number)
        booked = room.book("09:00", day, contact={"email": f"{number}@example.org"})
        shown = again(booked)
        results = all_at_once(
            [
                partial(move, booked, "10:00", day, 0),
                partial(room.move, booked, "11:00", day=day, vault=vault, seen=moving.Seen(shown.state, 0)),
            ]
        )
        assert len(winners(results)) == 1
        assert again(booked).sequence == 1
        assert_nobody_shares_a_cell()
