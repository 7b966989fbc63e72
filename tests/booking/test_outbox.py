"""What the verbs leave for the worker: in their own transaction, never twice, never for whoever is not to be told."""

from datetime import timedelta

import pytest
from django.db import DatabaseError

from booking import appointments, outbox, retention, schedule
from booking.models import Appointment, Message
from patients import store
from tests.booking.cast import NOW, TUESDAY, Office, visit_type

WEEKS = TUESDAY + timedelta(days=14)
LATER = NOW + timedelta(days=30)
Kind, State, Reach = Message.Kind, Message.State, Appointment.Reach


@pytest.fixture
def mail(settings):
    settings.EMAIL_HOST = "127.0.0.1"


def rows(appointment: Appointment) -> list[tuple[str, str]]:
    return sorted(Message.objects.filter(appointment=appointment).values_list("kind", "state"))


def marked(booked: Appointment, becomes: str, office: Office) -> Appointment:
    who = {"staff": office.alice.pk, "session_tag": b"t" * 16}
    return appointments.mark(booked.pk, becomes, "booked", NOW, **who)


def test_a_booking_leaves_a_confirmation_at_once_and_its_reminders(office: Office, mail):
    booked = office.book(day=WEEKS)
    assert rows(booked) == [("confirmation", "queued"), ("reminder", "queued"), ("reminder", "queued")]
    due = [message.due for message in outbox.for_appointments([booked.pk])[booked.pk]]
    assert due == [NOW, *schedule.reminders(booked.start, NOW, office.practice.zone, by_sms=False)]


def test_without_mail_a_booking_leaves_nothing(office: Office):
    """Rows that nobody sends would all be due on the day when somebody does."""
    assert rows(office.book(day=WEEKS)) == []


@pytest.mark.parametrize("contact", [{"phone": "06 12 34 56 78"}, {}])
def test_nothing_is_queued_for_whoever_cannot_be_written_to(office: Office, mail, contact):
    booked = office.book(day=WEEKS, contact=contact)
    assert rows(booked) == []
    assert booked.reach == (Reach.CALL if contact else Reach.NOBODY)


def test_a_phone_that_takes_sms_is_told_where_there_is_sms(office: Office, settings):
    settings.SMS_URL = "https://sms.example.org/send"
    mobile = office.book(day=WEEKS, contact={"phone": "06 12 34 56 78"})
    assert (mobile.reach, rows(mobile)) == (Reach.SMS, [("confirmation", "queued"), ("reminder", "queued")])
    contact = appointments.contact_of(mobile)
    assert contact is not None
    assert (contact.channel, contact.value) == ("phone", "06 12 34 56 78")
    landline = office.book("10:00", day=WEEKS, contact={"phone": "01 99 00 12 34"})
    assert (landline.reach, rows(landline), appointments.contact_of(landline)) == (Reach.CALL, [], None)


def test_a_discreet_visit_is_never_told_of_nor_called(office: Office, mail):
    """P18"""
    booked = office.book(visit_type=visit_type(office.one, "discret", discreet=True, notice=0))
    marked(booked, "cancelled_by_practice", office)
    assert not Message.objects.exists()


def test_nobody_is_called_who_is_not_to_be_contacted(office: Office, mail):
    """P18"""
    booked = office.book()
    Appointment.objects.update(reach=Reach.NOBODY)
    Message.objects.all().delete()
    marked(booked, "cancelled_by_practice", office)
    assert not Message.objects.exists()


def test_a_cancelled_visit_has_one_message_left_and_keeps_its_contact_for_it(office: Office, mail):
    booked = office.book(day=WEEKS)
    done = appointments.cancel(booked.token, "", NOW)
    assert rows(done) == [("cancellation", "queued")]
    assert appointments.contact_of(done) is not None
    assert retention.purge(NOW)["silenced"] == 0
    Message.objects.update(state="sent", closed=NOW)
    assert retention.purge(NOW)["silenced"] == 1
    assert appointments.contact_of(done) is None


def test_a_cancelled_visit_s_contact_goes_with_its_hour_though_nothing_ever_left(office: Office, mail):
    """I4: the server reads nobody of the past, whatever the worker did."""
    booked = office.book(day=TUESDAY)
    done = appointments.cancel(booked.token, "", NOW)
    retention.purge(booked.end)
    assert appointments.contact_of(done) is None


@pytest.mark.parametrize("becomes", ["cancelled_by_practice", "excused"])
def test_what_staff_cancel_leaves_after_a_minute(office: Office, mail, becomes):
    booked = office.book()
    marked(booked, becomes, office)
    (message,) = Message.objects.all()
    assert (message.kind, message.due) == ("cancellation", NOW + timedelta(minutes=1))


def test_a_visit_that_was_seen_leaves_nothing(office: Office, mail):
    booked = office.book()
    Message.objects.all().delete()
    marked(booked, "arrived", office)
    assert not Message.objects.exists()


def test_whoever_has_only_a_telephone_is_to_be_called_when_the_practice_cancels_and_never_for_their_own_doing(
    office: Office,
):
    for clock, becomes in (("09:00", "cancelled_by_practice"), ("10:00", "excused")):
        marked(office.book(clock, contact={"phone": "01 99 00 12 34"}), becomes, office)
    appointments.cancel(office.book("11:00", contact={"phone": "01 99 00 12 34"}).token, "", NOW)
    (message,) = Message.objects.all()
    assert (message.kind, message.state) == ("cancellation", "call")
    assert message.appointment is not None
    assert message.appointment.state == "cancelled_by_practice"


def test_a_visit_whose_reach_is_unknown_is_left_to_the_worker(office: Office, mail):
    booked = office.book(day=WEEKS)
    Message.objects.all().delete()
    booked.reach = Reach.UNKNOWN
    outbox.tell(booked, Kind.CHANGE, NOW)
    assert rows(booked) == [("change", "queued"), ("reminder", "queued"), ("reminder", "queued")]


# Changing one's mind.


def test_a_second_change_replaces_the_first_and_an_unsent_confirmation_says_the_new_time_by_itself(
    office: Office, mail
):
    """M14"""
    booked = office.book(day=WEEKS)
    outbox.tell(booked, Kind.CHANGE, NOW)
    assert ("change", "queued") not in rows(booked)
    Message.objects.filter(kind="confirmation").update(state="sent", closed=NOW)
    for _ in range(2):
        outbox.tell(booked, Kind.CHANGE, NOW, after=schedule.AFTER_ACTION)
    assert [kind for kind, _ in rows(booked)].count("change") == 1


def test_reminders_follow_the_visit(office: Office, mail):
    """M4"""
    booked = office.book(day=WEEKS)
    booked.start += timedelta(days=2)
    booked.end += timedelta(days=2)
    booked.save()
    outbox.remind(booked, NOW)
    outbox.remind(booked, NOW)
    due = list(Message.objects.filter(kind="reminder").order_by("due").values_list("due", flat=True))
    assert due == schedule.reminders(booked.start, NOW, office.practice.zone, by_sms=False)


def test_undone_before_it_leaves_it_is_taken_back_and_the_reminders_are_there_again(office: Office, mail):
    booked = office.book(day=WEEKS)
    Message.objects.filter(kind="confirmation").update(state="sent", closed=NOW)
    marked(booked, "cancelled_by_practice", office)
    assert rows(booked) == [("cancellation", "queued"), ("confirmation", "sent")]
    # What an undoing does to the visit itself is the business of who undoes it.
    assert outbox.withdraw(booked, NOW, NOW, Kind.CANCELLATION) is False
    assert rows(booked) == [("confirmation", "sent"), ("reminder", "queued"), ("reminder", "queued")]


@pytest.mark.parametrize("state", ["sent", "doubtful", "called"])
def test_undone_too_late_it_says_that_the_patient_was_told(office: Office, mail, state):
    booked = office.book()
    marked(booked, "cancelled_by_practice", office)
    Message.objects.filter(kind="cancellation").update(state=state, closed=NOW)
    assert outbox.withdraw(booked, NOW, NOW, Kind.CANCELLATION) is True
    assert outbox.withdraw(booked, NOW + timedelta(hours=1), NOW, Kind.CANCELLATION) is False


def test_nothing_is_told_of_a_visit_that_has_begun(office: Office, mail):
    booked = office.book()
    Message.objects.all().delete()
    outbox.tell(booked, Kind.CHANGE, booked.start)
    assert not Message.objects.exists()


def test_a_late_notice_says_by_how_much(office: Office, mail):
    booked = office.book()
    for minutes in (20, 40):
        outbox.tell(booked, Kind.LATE, NOW, after=schedule.AFTER_ACTION, minutes=minutes)
    assert list(Message.objects.filter(kind="late").values_list("minutes", flat=True)) == [40]


# One transaction.


def test_a_booking_that_fails_leaves_no_message(office: Office, mail, monkeypatch):
    """I8"""

    def down(*given: object) -> bytes:
        raise DatabaseError

    monkeypatch.setattr(store, "put", down)
    with pytest.raises(DatabaseError):
        office.book()
    assert not Message.objects.exists()


def test_a_repeated_booking_and_a_repeated_cancellation_tell_once(office: Office, mail):
    """R8 M14"""
    booked = office.book()
    appointments.book(booked.token, appointments.Submission(None, store.Visit(), "fr"), NOW)  # type: ignore[arg-type]
    assert rows(booked) == [("confirmation", "queued")]
    appointments.cancel(booked.token, "", NOW)
    appointments.cancel(booked.token, "", NOW)
    assert rows(booked) == [("cancellation", "queued")]


def test_a_corrected_contact_changes_what_can_be_told(office: Office, mail):
    booked = office.book(day=WEEKS)
    token = appointments.correct_contact(booked.token, store.Visit(phone="01 99 00 12 34"), NOW, language="fr")
    booked.refresh_from_db()
    assert booked.reach == Reach.CALL
    assert rows(booked) == [("confirmation", "queued")]
    appointments.correct_contact(token, store.Visit(email="zenobie@example.org"), NOW, language="fr")
    assert rows(booked) == [("confirmation", "queued"), ("reminder", "queued"), ("reminder", "queued")]


def test_erasing_takes_the_messages_along_and_so_does_the_purge_of_the_visit(office: Office, mail):
    """P2 P13"""
    erased, purged = office.book(day=WEEKS), office.book("10:00", day=WEEKS)
    retention.erase(erased.token, NOW)
    assert rows(erased) == []
    retention.purge(purged.end + timedelta(days=6))
    assert rows(purged) != []
    retention.purge(purged.end + timedelta(days=7))
    assert rows(purged) == []
    purged.refresh_from_db()
    assert purged.reach == ""


@pytest.mark.parametrize("number", [1, 30])
def test_the_agenda_s_messages_cost_one_query(office: Office, mail, django_assert_num_queries, number):
    booked = office.book(day=WEEKS)
    for minute in range(number):
        Message.objects.create(
            appointment=booked, practitioner=office.one, kind="change", due=LATER + timedelta(minutes=minute)
        )
    with django_assert_num_queries(1):
        assert len(outbox.for_appointments([booked.pk])[booked.pk]) == number + 3
