"""From the queue to a mail server and a gateway that are real, with the faults that these have (M1 M4 M7 M8 M9 M11 M14)."""

import re
import smtplib  # noqa: TID251 - the test makes the client impatient
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from booking import appointments, delivery, lost_links, moving, outbox, retention
from booking.delivery import Ways, claims
from booking.models import Appointment, Message
from patients import store
from practitioners.models import Practitioner, VisitType
from tests import post as posts
from tests.booking.cast import NOW, TUESDAY, Office, cell
from tests.post import Gateway, Post

WEEKS = TUESDAY + timedelta(days=14)
MINUTE = timedelta(minutes=1)
Kind, State = Message.Kind, Message.State


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    with posts.post() as running:
        posts.use(settings, running.port)
        yield running


@pytest.fixture
def gateway(settings: Any) -> Iterator[Gateway]:
    with posts.gateway() as running:
        settings.SMS_URL, settings.SMS_SIGNING_KEY, settings.EMAIL_TIMEOUT = running.url, "clé", 60
        yield running


def work(now: datetime = NOW) -> int:
    """One pass of a worker that has just started."""
    return delivery.work(now, Ways())


def states() -> list[tuple[str, str, str]]:
    return sorted(Message.objects.values_list("kind", "state", "error"))


def marked(booked: Appointment, becomes: str, office: Office) -> Appointment:
    who = {"staff": office.alice.pk, "session_tag": b"t" * 16}
    return appointments.mark(booked.pk, becomes, "booked", NOW, **who)


# What is due leaves, once.


def test_a_confirmation_leaves_once_to_its_address(office: Office, post: Post):
    office.book()
    assert work() == 1
    assert work(NOW + MINUTE) == 0
    assert post.addresses == ["zenobie@example.org"]
    assert states() == [("confirmation", "sent", "")]
    (message,) = Message.objects.all()
    assert (message.closed, message.channel, message.attempts) == (NOW, "email", 1)


def test_a_cancellation_leaves_and_then_the_server_reads_nobody(office: Office, post: Post):
    """I4"""
    booked = office.book()
    work()
    done = appointments.cancel(booked.token, "", NOW)
    assert appointments.contact_of(done) is not None
    work()
    assert len(post.taken) == 2
    assert appointments.contact_of(done) is None


def test_what_staff_do_leaves_after_a_minute_and_not_before(office: Office, post: Post):
    booked = office.book()
    work()
    marked(booked, "cancelled_by_practice", office)
    assert work(NOW + MINUTE - timedelta(seconds=1)) == 0
    assert work(NOW + MINUTE) == 1


def test_two_workers_never_send_one_twice(office: Office, post: Post):
    booked = office.book()
    (message,) = Message.objects.all()
    first = claims.claim(message.pk, NOW)
    assert first is not None
    assert claims.claim(message.pk, NOW) is None
    assert work() == 0
    # The first one sleeps past its lease; another takes over; then the first wakes up, and must not send.
    later = NOW + claims.LEASE
    assert work(later) == 1
    with pytest.raises(claims.Lost):
        claims.hand([first])
    claims.close([first], State.FAILED, later)
    assert len(post.taken) == 1
    assert states() == [("confirmation", "sent", "")]
    assert booked.pk


def test_what_a_worker_was_handing_over_when_it_died_is_doubtful_and_is_not_sent_again(office: Office, post: Post):
    """Nobody knows whether it left: people decide."""
    office.book()
    message = claims.claim(Message.objects.get().pk, NOW)
    assert message is not None
    claims.hand([message])
    assert work(NOW + claims.LEASE - timedelta(seconds=1)) == 0
    assert work(NOW + claims.LEASE) == 0
    assert states() == [("confirmation", "doubtful", "unreachable")]
    assert post.taken == []


@pytest.mark.parametrize("failure", [DatabaseError, RuntimeError])
def test_what_left_and_could_not_be_noted_is_doubtful_and_is_not_sent_again(
    office: Office, post: Post, monkeypatch, failure
):
    """I8: the store fails in the instant after the mail server took it."""
    office.book()
    real, failed = claims.close, []

    def fails_once(*given: Any, **named: Any) -> None:
        if not failed:
            failed.append(given)
            raise failure
        real(*given, **named)

    monkeypatch.setattr(claims, "close", fails_once)
    work()
    assert states() == [("confirmation", "doubtful", "unreachable")]
    work(NOW + timedelta(hours=5))
    assert len(post.taken) == 1


def test_of_two_that_leave_as_one_neither_is_in_doubt_when_the_other_is_taken_back(
    office: Office, post: Post, monkeypatch
):
    """M8: who erases one visit in that very instant still hears of the other."""
    visits = [office.book("09:00", day=WEEKS), office.book("11:00", day=WEEKS)]
    work()
    post.taken.clear()
    nine = reminder_day(visits[0], 1)
    first, second = Message.objects.filter(kind="reminder", due=nine).order_by("pk")
    real = delivery.letters.letter

    def slowly(*given: Any, **named: Any) -> Any:
        second.delete()
        return real(*given, **named)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(delivery.letters, "letter", slowly)
        work(nine)
    assert post.taken == []
    work(nine + claims.LEASE)
    assert len(post.taken) == 1
    first.refresh_from_db()
    assert first.state == "sent"


def test_a_message_taken_back_while_it_is_being_made_does_not_leave(office: Office, post: Post, monkeypatch):
    office.book()
    real = delivery.letters.letter

    def slowly(*given: Any, **named: Any) -> Any:
        Message.objects.all().delete()
        return real(*given, **named)

    monkeypatch.setattr(delivery.letters, "letter", slowly)
    work()
    assert post.taken == []
    assert states() == []


# Looked at once more.


@pytest.mark.parametrize("state", ["cancelled", "seen", "absent"])
def test_a_confirmation_of_a_visit_that_is_no_longer_booked_does_not_leave(office: Office, post: Post, state):
    office.book()
    Appointment.objects.update(state=state)
    assert work() == 1
    assert (post.taken, states()) == ([], [])


def test_nothing_leaves_once_the_visit_has_begun_and_the_practice_sees_that_it_did_not(office: Office, post: Post):
    """M4 U7"""
    booked = office.book()
    work(booked.start)
    assert post.taken == []
    assert states() == [("confirmation", "failed", "expired")]


def test_a_visit_that_became_discreet_is_not_written_of(office: Office, post: Post):
    """P18"""
    office.book()
    Appointment.objects.update(discreet=True)
    work()
    assert (post.taken, states()) == ([], [])


def reminder_day(booked: Appointment, days: int) -> datetime:
    """Nine o'clock in Paris, so many days before the visit."""
    day = booked.start.astimezone(booked.practitioner.practice.zone).date() - timedelta(days=days)
    return datetime(day.year, day.month, day.day, 8, tzinfo=UTC)


def test_a_reminder_leaves_a_week_and_a_day_before_and_is_never_late(office: Office, post: Post):
    """M4 U7"""
    booked = office.book(day=WEEKS)
    work()
    week, day = reminder_day(booked, 7), reminder_day(booked, 1)
    assert work(week - timedelta(seconds=1)) == 0
    assert work(week) == 1
    # The worker was away on the second day: in the evening it is too late, and the practice sees that.
    assert work(day + timedelta(hours=11)) == 1
    assert len(post.taken) == 2
    assert states() == [("confirmation", "sent", ""), ("reminder", "failed", "expired"), ("reminder", "sent", "")]


def test_a_moved_visit_is_reminded_of_by_its_new_time_and_once(office: Office, post: Post):
    """M4"""
    booked = office.book(day=WEEKS)
    work()
    old = reminder_day(booked, 7)
    Appointment.objects.update(start=booked.start + timedelta(days=3), end=booked.end + timedelta(days=3))
    assert work(old) == 1
    assert len(post.taken) == 1
    booked.refresh_from_db()
    outbox.remind(booked, old)
    work(reminder_day(booked, 7))
    assert len(post.taken) == 2


@pytest.mark.parametrize("model", [Practitioner, VisitType])
def test_reminders_off_keep_no_cancellation_back(office: Office, post: Post, model):
    """M7"""
    booked = office.book(day=WEEKS)
    model.objects.update(reminders=False)
    work()
    work(reminder_day(booked, 7))
    assert len(post.taken) == 1
    marked(booked, "cancelled_by_practice", office)
    work(NOW + MINUTE)
    assert len(post.taken) == 2


def test_two_visits_on_one_day_are_one_reminder_with_both_links(office: Office, post: Post):
    """M8"""
    one, two = office.book("09:00", day=WEEKS), office.book("11:00", day=WEEKS)
    other = office.book("10:00", day=WEEKS, contact={"email": "autre@example.org"})
    work()
    post.taken.clear()
    work(reminder_day(one, 1))
    assert sorted(post.addresses) == ["autre@example.org", "zenobie@example.org"]
    both = next(message for message in post.taken if message["To"] == "zenobie@example.org")
    text = both.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert text.index(one.token) < text.index(two.token)
    assert other.token not in text
    sent = Message.objects.filter(kind="reminder", state="sent")
    assert {message.appointment_id for message in sent} == {one.pk, two.pk, other.pk}


def test_reminders_are_planned_for_visits_that_lack_them_and_never_twice(office: Office, post: Post):
    """M5: whoever made the visit, and whenever the mail server was named."""
    booked = office.book(day=WEEKS)
    Message.objects.all().delete()
    Appointment.objects.update(reach="")
    for _ in range(2):
        outbox.remind_all(NOW)
    assert [kind for kind, _state, _error in states()] == ["reminder", "reminder"]
    work(reminder_day(booked, 7))
    outbox.remind_all(NOW)
    assert len(post.taken) == 1


def test_the_first_mail_s_link_is_every_mail_s_and_opens_the_visit_until_it_is_purged(
    office: Office, post: Post, client: Client
):
    """M3: after a move, a link sent again and a reminder."""
    booked = office.book(day=WEEKS)
    work()
    moving.move_for_patient(booked.token, cell(WEEKS, "10:00"), 0, NOW)
    work()
    lost_links.ask("email", "zenobie@example.org", "192.0.2.9", NOW)
    lost_links.answer(NOW)
    work()
    work(reminder_day(booked, 7))
    texts = [one.get_body(("plain",)).get_content() for one in post.taken]  # type: ignore[union-attr]
    assert len(texts) == 4
    (link,) = {link for text in texts for link in re.findall(r"/fr/rdv/[\w-]{32}/", text)}
    for days, status in ((0, 200), (15, 200), (134, 200), (136, 404)):
        later = NOW + timedelta(days=days)
        with time_machine.travel(later, tick=False):
            retention.purge(later)
            assert client.get(link).status_code == status


# No contact, or one that is under way.


def test_where_the_worker_finds_no_contact_a_person_calls_for_what_the_practice_did(office: Office, post: Post):
    booked = office.book(contact={"phone": "01 99 00 12 34"})
    Appointment.objects.update(reach="")
    booked.refresh_from_db()
    outbox.tell(booked, Kind.CHANGE, NOW)
    outbox.tell(booked, Kind.CONFIRMATION, NOW)
    work()
    assert [row[:2] for row in states()] == [("change", "call")]


def test_a_link_that_is_not_the_visit_s_is_not_sent_and_the_message_waits(office: Office, post: Post):
    """A correction writes the patients store before the agenda commits: in between the link is nobody's."""
    booked = office.book()
    contact = appointments.contact_of(booked)
    assert contact is not None
    key = bytes(office.key_one.public_key)
    foreign = store.Contact("email", "neu@example.org", "fr", "A" * 32)
    store.correct(appointments.reference(booked), foreign, key, readable=True)
    work()
    assert (post.taken, states()) == ([], [("confirmation", "queued", "contact")])
    store.correct(
        appointments.reference(booked),
        store.Contact("email", "neu@example.org", "fr", contact.token),
        key,
        readable=True,
    )
    work(NOW + MINUTE)
    assert post.addresses == ["neu@example.org"]


def test_a_patients_store_that_is_down_puts_the_message_off(office: Office, post: Post, monkeypatch):
    """I8"""
    office.book()

    def down(*given: object) -> None:
        raise DatabaseError

    with monkeypatch.context() as broken:
        broken.setattr(store, "read_contact", down)
        work()
    assert states() == [("confirmation", "queued", "contact")]
    work(NOW + MINUTE)
    assert len(post.taken) == 1


# A mail server has faults.


def later(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_a_mail_server_that_is_down_keeps_the_message_and_everything_behind_it_waits_without_being_tried(
    office: Office, settings
):
    """M1: and the practice sees why."""
    posts.use(settings, posts.free_port())
    for clock in ("09:00", "10:00", "11:00"):
        office.book(clock, contact={"email": f"p{clock[:2]}@example.org"})
    ways = Ways()
    delivery.work(NOW, ways)
    assert sorted(Message.objects.values_list("state", "attempts")) == [("queued", 0), ("queued", 0), ("queued", 1)]
    assert Message.objects.filter(error="unreachable").count() == 1
    with posts.post() as up:
        settings.EMAIL_PORT = up.port
        for minutes in (1, 2, 3):
            delivery.work(later(minutes), Ways() if minutes == 1 else ways)
        assert len(set(up.addresses)) == len(up.addresses) == 3


def test_one_recipient_who_is_refused_for_good_is_given_up_at_once_and_the_others_leave(office: Office, post: Post):
    """M1 M11"""
    post.answer = lambda verb, address: "550 no such user" if "nobody" in address else ""
    office.book("09:00", contact={"email": "nobody@example.org"})
    office.book("10:00")
    work()
    assert post.addresses == ["zenobie@example.org"]
    assert states() == [("confirmation", "failed", "refused"), ("confirmation", "sent", "")]


def test_a_full_mailbox_is_tried_again_with_growing_delays_until_it_is_enough(office: Office, post: Post):
    """M11"""
    post.answer = lambda verb, address: "452 mailbox full"
    office.book(day=WEEKS)
    tried, at = [], NOW
    while Message.objects.get(kind="confirmation").state == "queued":
        again = Message.objects.get(kind="confirmation").again
        at = again or at
        tried.append(at)
        work(at)
    waits = [after - before for before, after in pairwise(tried)]
    assert waits == sorted(waits)
    assert waits[0] == MINUTE
    assert waits[-1] == timedelta(hours=2)
    assert ("confirmation", "failed", "refused") in states()


def test_a_server_that_refuses_everything_is_a_matter_of_settings(office: Office, post: Post, settings):
    post.answer = lambda verb, address: "554 spam" if verb == "DATA" else ""
    office.book()
    work()
    assert states() == [("confirmation", "failed", "rejected")]


def test_a_server_that_takes_a_minute_over_data_leaves_a_doubt_and_no_second_mail(
    office: Office, post: Post, monkeypatch
):
    """M1: until then it may take its time; of DATA the answer is waited for no longer than a moment."""
    real = smtplib.SMTP.data

    def impatiently(server: smtplib.SMTP, text: bytes) -> Any:
        server.sock.settimeout(0.5)
        return real(server, text)

    monkeypatch.setattr(smtplib.SMTP, "data", impatiently)
    post.opened.clear()
    office.book()
    work()
    assert states() == [("confirmation", "doubtful", "unreachable")]
    post.opened.set()
    work(NOW + timedelta(hours=5))
    assert len(post.taken) <= 1


def test_a_connection_cut_at_the_last_moment_leaves_a_doubt_and_no_second_mail(office: Office, post: Post):
    post.cut = True
    office.book()
    work()
    assert states() == [("confirmation", "doubtful", "unreachable")]
    post.cut = False
    work(NOW + timedelta(hours=5))
    assert len(post.taken) == 1


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_certificate_that_nobody_vouches_for_is_not_talked_to(office: Office, settings, security):
    """M1: the address and the link would be read by whoever stands in between."""
    context = posts.certificate()
    options = {"ssl_context": context} if security == "tls" else {"tls_context": context}
    # Its own start-up probe speaks plainly to a server that wants TLS: the socket that it leaves is no fault of ours.
    with posts.post(**options) as up:
        posts.use(settings, up.port)
        settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = security == "starttls", security == "tls"
        office.book()
        work()
        assert up.taken == []
    assert states() == [("confirmation", "queued", "settings")]


def test_a_server_without_tls_is_not_talked_to_where_tls_is_asked(office: Office, post: Post, settings):
    settings.EMAIL_USE_TLS = True
    office.book()
    work()
    assert (post.taken, states()) == ([], [("confirmation", "queued", "settings")])


def test_a_letter_that_cannot_be_made_keeps_no_other_from_leaving(office: Office, post: Post, monkeypatch, caplog):
    """I8"""
    office.book("09:00", contact={"email": "first@example.org"})
    office.book("10:00")
    real = delivery.letters.letter

    def broken(kind: str, told: Any, *given: Any, **named: Any) -> Any:
        if told[0].visit.start.hour == 8:
            raise RuntimeError("first@example.org")
        return real(kind, told, *given, **named)

    monkeypatch.setattr(delivery.letters, "letter", broken)
    work()
    assert post.addresses == ["zenobie@example.org"]
    assert ("confirmation", "queued", "fault") in states()


# SMS.


def by_sms(office: Office, clock: str = "09:00", day: date = WEEKS, number: str = "06 12 34 56 78") -> Appointment:
    return office.book(clock, day=day, contact={"phone": number})


def test_an_sms_leaves_signed_and_once(office: Office, gateway: Gateway, settings):
    import hashlib
    import hmac

    settings.SMS_FIELDS, settings.SMS_SENDER = ["recipient", "message", "sender", "ref"], "LesLilas"
    booked = by_sms(office)
    assert work() == 1
    assert work(NOW + MINUTE) == 0
    (asked,) = gateway.asked
    assert (asked["recipient"], asked["sender"]) == ("+33612345678", "LesLilas")
    assert booked.token in asked["message"]
    stamp = gateway.headers[0]["X-Timestamp"]
    expected = hmac.new("clé".encode(), stamp.encode() + b"." + gateway.bodies[0], hashlib.sha256).hexdigest()
    assert gateway.headers[0]["X-Signature"] == f"sha256={expected}"
    assert abs(int(stamp) - timezone.now().timestamp()) < 60
    assert [row[:2] for row in states()] == [("confirmation", "sent"), ("reminder", "queued")]
    assert Message.objects.get(kind="confirmation").channel == "sms"


@pytest.mark.parametrize(
    ("status", "row"),
    [
        (429, ("queued", "unreachable")),
        (503, ("queued", "unreachable")),
        (401, ("queued", "settings")),
        (302, ("queued", "settings")),
        (400, ("failed", "refused")),
        (500, ("doubtful", "unreachable")),
        (504, ("doubtful", "unreachable")),
    ],
)
def test_what_the_gateway_answers_decides_what_becomes_of_an_sms(office: Office, gateway: Gateway, status, row):
    gateway.status = status
    by_sms(office)
    work()
    assert ("confirmation", *row) in states()
    assert len(gateway.bodies) == 1


@pytest.mark.parametrize("fault", ["slow", "cut"])
def test_a_gateway_that_does_not_answer_leaves_a_doubt_and_no_second_sms(
    office: Office, gateway: Gateway, fault, settings
):
    if fault == "slow":
        settings.EMAIL_TIMEOUT = 0.5
        gateway.opened.clear()
    gateway.cut = fault == "cut"
    by_sms(office)
    work()
    assert gateway.asked_once.wait(60)
    assert ("confirmation", "doubtful", "unreachable") in states()
    work(NOW + timedelta(hours=5))
    assert len(gateway.bodies) == 1


def test_a_gateway_that_is_down_is_tried_again(office: Office, gateway: Gateway, settings):
    up, settings.SMS_URL = settings.SMS_URL, f"http://127.0.0.1:{posts.free_port()}/"
    by_sms(office)
    work()
    assert ("confirmation", "queued", "unreachable") in states()
    settings.SMS_URL = up
    work(NOW + MINUTE)
    assert len(gateway.asked) == 1


def test_no_more_sms_leave_in_a_day_than_the_settings_allow(office: Office, gateway: Gateway, settings):
    settings.SMS_PER_DAY = 2
    for number, clock in enumerate(("09:00", "10:00", "11:00")):
        by_sms(office, clock, number=f"06 12 34 56 7{number}")
    work()
    assert len(gateway.asked) == 2
    assert ("confirmation", "queued", "cap") in states()
    work(NOW + timedelta(days=1))
    assert len(gateway.asked) == 3


# Nothing of it stays.


def test_the_queue_holds_no_address_and_no_text_whatever_happens(office: Office, post: Post, caplog):
    """P3 P7"""
    post.answer = lambda verb, address: f"550 {address} is unknown here"
    office.book()
    work()
    (row,) = Message.objects.values()
    assert "zenobie" not in str(row)
    assert "zenobie" not in caplog.text


def test_erasing_while_a_message_is_on_its_way_leaves_nothing(office: Office, post: Post, monkeypatch):
    booked = office.book()
    real = delivery.letters.letter

    def meanwhile(*given: Any, **named: Any) -> Any:
        retention.erase(booked.token, NOW)
        return real(*given, **named)

    monkeypatch.setattr(delivery.letters, "letter", meanwhile)
    work()
    assert post.taken == []
    assert not Message.objects.exists()


def test_a_worker_beside_another_shares_the_work(transactional_db: None, post: Post):
    """R3: real connections; no message leaves twice, and none stays behind."""
    office = Office(places=6)
    for number in range(12):
        office.book(
            f"{9 + number // 6:02d}:00", contact={"email": f"p{number}@example.org"}, network=f"192.0.2.{number}"
        )
    done: list[int] = []

    def run() -> None:
        from django.db import connections

        ways = Ways()
        try:
            done.extend(delivery.work(NOW, ways) for _ in range(4))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(post.addresses) == sorted(f"p{number}@example.org" for number in range(12))
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
