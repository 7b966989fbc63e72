"""A series is confirmed in one message that lists its visits, each with its own link; undoing takes it back."""

import email
import email.policy
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar

from booking import delivery, desk, gsm, letters, undoing
from booking.delivery import Ways
from booking.desk import Wanted
from booking.desk.terms import Booked, Coming
from booking.desk.terms import Desk as By
from booking.letters import Told
from booking.links import new_token
from booking.models import Appointment, Message
from booking.moving import Seen
from booking.undoing import Step
from patients import store
from practitioners.keys import Vault
from tests import post as posts
from tests.booking.cast import MONDAY, NOW, TUESDAY, Office, cell, identity
from tests.post import Post
from tests.practitioners.cast import private_of

MINUTE = timedelta(minutes=1)


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    with posts.post() as running:
        posts.use(settings, running.port)
        yield running


def vault_of(office: Office) -> Vault:
    return Vault(office.alice, private_of(office.alice), MONDAY)


def series(office: Office, weeks: int = 3, address: str = "zenobie@example.org") -> list[Booked]:
    by = By(office.alice.pk, b"t" * 16)
    coming = Coming(identity(), store.Visit(email=address))
    wanted = Wanted(office.type.pk, cell(TUESDAY, "09:00"))
    source = desk.book_at_desk(wanted, coming, new_token(), NOW, by=by).appointment
    Message.objects.all().delete()
    chosen = [Wanted(office.type.pk, one.start) for one in desk.preview(source, office.type, weeks, NOW)]
    return desk.book_series(source, chosen, new_token(), vault_of(office), NOW, by=by)


def work(now: Any = NOW + MINUTE) -> int:
    return delivery.work(now, Ways())


def test_one_message_lists_all_visits_with_their_links_and_one_calendar(office: Office, post: Post):
    """M6, M10, M14."""
    made = series(office)
    assert work(NOW + MINUTE - timedelta(seconds=1)) == 0
    assert work() == 3
    (letter,) = post.taken
    assert letter["Subject"] == "Votre rendez-vous"
    body = letter.get_body(("plain",)).get_content()
    assert "Vos rendez-vous sont confirmés." in body
    assert len(set(re.findall(r"/rdv/([\w-]{32})/", body))) == 3
    days = [body.index(said) for said in ("13 janvier", "20 janvier", "27 janvier")]
    assert days == sorted(days)
    parsed = email.message_from_bytes(post.raw[0], policy=email.policy.default)
    (part,) = [one for one in parsed.walk() if one.get_content_type() == "text/calendar"]
    calendar = Calendar.from_ical(part.get_payload(decode=True))
    assert calendar["METHOD"] == "PUBLISH"
    assert len({str(one["UID"]) for one in calendar.walk("VEVENT")}) == 3
    states = Message.objects.filter(kind="confirmation").values_list("appointment", "state")
    assert set(states) == {(one.appointment.pk, "sent") for one in made}
    assert work(NOW + 2 * MINUTE) == 0


def test_what_is_undone_is_not_confirmed_and_the_rest_is(office: Office, post: Post):
    made = [one.appointment for one in series(office)]
    steps = [Step(one.pk, None, Seen(one.state, one.sequence)) for one in made]
    undoing.undo(steps[:2], NOW, NOW, vault=vault_of(office))
    assert work() == 1
    assert "Votre rendez-vous est confirmé." in post.taken[0].get_body(("plain",)).get_content()
    assert not Appointment.objects.filter(pk__in=[one.pk for one in made[:2]]).exists()


def test_two_bookings_of_one_contact_that_are_no_series_are_confirmed_apart(office: Office, post: Post):
    office.book("09:00")
    office.book("10:00", now=NOW + timedelta(seconds=1))
    assert work() == 2
    assert len(post.taken) == 2


def test_a_visit_that_was_cancelled_meanwhile_is_left_out(office: Office, post: Post):
    """M4"""
    made = series(office)
    Appointment.objects.filter(pk=made[1].appointment.pk).update(state="cancelled")
    work()
    body = post.taken[0].get_body(("plain",)).get_content()
    assert "20 janvier" not in body
    assert "27 janvier" in body


@pytest.mark.parametrize("number", [2, 5, 52])
def test_an_sms_of_a_series_keeps_to_three_segments_and_says_how_many_are_left(office: Office, number: int):
    visit = office.book()
    told = [Told(visit, "A" * 32)] * number
    text = letters.short(Message.Kind.CONFIRMATION, told, "fr")
    assert gsm.segments(text) <= gsm.MOST_SEGMENTS
    assert text.startswith("RDV confirmés")
    assert "/rdv/" in text
    assert bool(re.search(r"\d+ autres", text)) is (number == 52)
