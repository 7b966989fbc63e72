"""What a move, a cancellation and their undoing tell the patient, and what they take back."""

from datetime import date, timedelta

import pytest

from booking import appointments
from booking.models import Appointment, Message
from booking.moving import Seen, Standing
from booking.several import cancel_several
from booking.undoing import Step, undo
from tests.booking.cast import NOW
from tests.booking.moving.cast import TAG, Room, again, seen

DAY = date(2026, 1, 19)
Kind = Message.Kind


@pytest.fixture(autouse=True)
def mail(settings):
    settings.EMAIL_HOST = "127.0.0.1"


@pytest.fixture
def booked(room: Room) -> Appointment:
    """Two weeks ahead, and its confirmation has left."""
    visit = room.book("09:00", DAY)
    Message.objects.filter(kind=Kind.CONFIRMATION).update(state="sent", closed=NOW)
    return visit


def told(*, unsent_only: bool = True) -> list[tuple[str, str, timedelta]]:
    """Reminders left out."""
    rows = Message.objects.exclude(kind__in=[Kind.REMINDER, Kind.CONFIRMATION]).order_by("due", "kind")
    if unsent_only:
        rows = rows.exclude(state="sent")
    return [(row.kind, row.state, row.due - NOW) for row in rows]


def reminded() -> list[date]:
    return [row.due.date() for row in Message.objects.filter(kind=Kind.REMINDER).order_by("due")]


MINUTE = timedelta(minutes=1)


def test_a_move_is_told_a_minute_later_if_asked_and_reminders_follow_in_any_case(room: Room, booked):
    room.move(booked, "09:00", day=date(2026, 1, 21))
    assert told() == []
    assert reminded() == [date(2026, 1, 14), date(2026, 1, 20)]
    room.move(booked, "09:00", day=date(2026, 1, 22), tell=True)
    assert told() == [("change", "queued", MINUTE)]
    assert reminded() == [date(2026, 1, 15), date(2026, 1, 21)]


def test_messages_go_over_to_the_other_practitioner(room: Room, booked):
    room.move(booked, "09:00", day=DAY, practitioner=room.two, type=room.their_type, tell=True)
    assert set(Message.objects.values_list("practitioner_id", flat=True)) == {room.two.pk}


def test_a_move_undone_in_time_tells_nobody(room: Room, booked):
    done = room.move(booked, "10:00", day=DAY, tell=True)
    step = Step(booked.pk, done.before, Seen(done.appointment.state, done.appointment.sequence))
    undo([step], NOW, NOW + timedelta(seconds=40), vault=room.vault())
    assert told() == []
    assert reminded() == [date(2026, 1, 12), date(2026, 1, 18)]


def test_whoever_was_told_already_is_told_of_the_undoing(room: Room, booked):
    done = room.move(booked, "10:00", day=DAY, tell=True)
    Message.objects.filter(kind=Kind.CHANGE).update(state="sent")
    step = Step(booked.pk, done.before, Seen(done.appointment.state, done.appointment.sequence))
    undo([step], NOW, NOW + 5 * MINUTE, vault=room.vault())
    assert told() == [("change", "queued", 6 * MINUTE)]


def test_a_cancellation_undone_in_time_tells_nobody_and_reminds_again(room: Room, booked):
    before = Standing.of(again(booked))
    done = appointments.mark(booked.pk, "cancelled_by_practice", "booked", NOW, staff=room.alice.pk, session_tag=TAG)
    assert told() == [("cancellation", "queued", MINUTE)]
    assert reminded() == []
    undo([Step(booked.pk, before, Seen(done.state, done.sequence))], NOW, NOW, vault=room.vault())
    assert told() == []
    assert reminded() == [date(2026, 1, 12), date(2026, 1, 18)]


def test_once_its_message_has_left_a_cancelled_visit_still_comes_back_with_its_contact(room: Room, booked):
    """I4: the worker hushes what it has told; the sealed contact comes back with the undoing."""
    before = Standing.of(again(booked))
    done = appointments.mark(booked.pk, "cancelled_by_practice", "booked", NOW, staff=room.alice.pk, session_tag=TAG)
    Message.objects.filter(kind=Kind.CANCELLATION).update(state="sent")
    appointments.hush_if_told(again(booked))
    assert appointments.contact_of(again(booked)) is None
    undo([Step(booked.pk, before, Seen(done.state, done.sequence))], NOW, NOW + 3 * MINUTE, vault=room.vault())
    assert appointments.contact_of(again(booked)).token == booked.token
    assert told() == [("change", "queued", 4 * MINUTE)]


@pytest.mark.parametrize("tell", [True, False])
def test_several_cancelled_are_told_or_not(room: Room, booked, tell):
    other = room.book("10:00", DAY, network="198.51.100.7", contact={"phone": "01 99 00 12 34"})
    asked = {one.pk: seen(one) for one in (booked, other)}
    cancel_several(asked, NOW, staff=room.alice.pk, session_tag=TAG, tell=tell)
    assert sorted(told()) == ([("cancellation", "call", MINUTE), ("cancellation", "queued", MINUTE)] if tell else [])
    assert reminded() == []


def test_what_was_made_and_confirmed_is_cancelled_rather_than_unmade(room: Room, booked):
    """The patient has the link: it must lead somewhere."""
    undo([Step(booked.pk, None, seen(booked))], NOW, NOW, vault=room.vault())
    assert again(booked).state == "cancelled_by_practice"
    assert told() == [("cancellation", "queued", MINUTE)]


def test_what_was_made_and_not_told_is_unmade(room: Room):
    visit = room.book("09:00", DAY)
    undo([Step(visit.pk, None, seen(visit))], NOW, NOW, vault=room.vault())
    assert not Appointment.objects.exists()
    assert not Message.objects.exists()
