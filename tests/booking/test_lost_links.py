"""A lost link goes to the contact on file and nowhere else; whoever asks learns nothing (P1 P8)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from booking import delivery, lost_links
from booking.delivery import Ways
from booking.models import Appointment, LostLink, Message
from booking.refusals import TooMany
from tests import post as posts
from tests.booking.cast import NOW, TUESDAY, Office, visit_type
from tests.booking.pages import is_clean, text
from tests.post import Post

WEEKS = TUESDAY + timedelta(days=14)
PATH = "/fr/lost/"


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    with posts.post() as running:
        posts.use(settings, running.port)
        yield running


def asked(email: str, now: Any = NOW, network: str = "192.0.2.9") -> None:
    lost_links.ask("email", email, network, now)


def answered(post: Post, now: Any = NOW) -> list[str]:
    """What leaves when the worker passes."""
    Message.objects.exclude(kind="link").delete()
    before = len(post.taken)
    lost_links.answer(now)
    delivery.work(now, Ways())
    return [part.get_content() for one in post.taken[before:] if (part := one.get_body(("plain",)))]


def test_all_links_of_a_contact_come_in_one_message(office: Office, post: Post):
    one, two = office.book("09:00"), office.book("10:00", day=WEEKS)
    other = office.book("11:00", contact={"email": "autre@example.org"})
    asked("Zenobie@Example.org")
    (said,) = answered(post)
    assert post.addresses == ["zenobie@example.org"]
    assert one.token in said
    assert two.token in said
    assert other.token not in said
    assert not LostLink.objects.exists()


def test_over_and_cancelled_and_discreet_visits_are_not_told(office: Office, post: Post):
    office.book("09:00")
    office.book("10:00", visit_type=visit_type(office.one, "discret", discreet=True, notice=0))
    Appointment.objects.filter(discreet=False).update(state="cancelled")
    asked("zenobie@example.org")
    assert answered(post) == []
    Appointment.objects.filter(discreet=False).update(state="booked")
    asked("zenobie@example.org", NOW + timedelta(days=3))
    assert answered(post, NOW + timedelta(days=3)) == []


def test_a_request_that_finds_nobody_leaves_nothing(office: Office, post: Post):
    office.book()
    asked("nobody@example.org")
    assert answered(post) == []
    assert not LostLink.objects.exists()
    assert not Message.objects.exists()


def test_one_contact_is_answered_three_times_a_day(office: Office, post: Post):
    """P10: nobody fills a stranger's mailbox."""
    office.book()
    for number in range(6):
        asked("zenobie@example.org", network=f"192.0.2.{number}")
        answered(post)
    assert len(post.taken) == 3


def test_two_workers_answer_a_request_once(office: Office, post: Post):
    office.book()
    asked("zenobie@example.org")
    row = LostLink.objects.get()
    assert lost_links._one(row, NOW) == 1
    assert lost_links._one(row, NOW) == 0
    assert Message.objects.filter(kind="link").count() == 1


def test_one_network_asks_six_times_an_hour(office: Office):
    for number in range(6):
        asked(f"p{number}@example.org")
    with pytest.raises(TooMany):
        asked("p7@example.org")


def test_the_answer_and_its_work_are_the_same_whether_or_not_somebody_is_found(
    client: Client, open_office: Office, post: Post, django_assert_num_queries
):
    """P1: same page, same queries, no look into the patients store while the visitor waits."""
    open_office.book()
    client.post(PATH, {"contact": "first@example.org"})
    pages = []
    for contact in ("zenobie@example.org", "nobody@example.org", "06 12 34 56 78"):
        with django_assert_num_queries(6, using="default"), django_assert_num_queries(0, using="patients"):
            answer = client.post(PATH, {"contact": contact})
        assert is_clean(answer)
        pages.append(answer.content)
    assert len(set(pages)) == 1
    assert "Si un rendez-vous à venir a ce contact" in text(answer)


def test_what_was_typed_is_closed_in_rows_of_one_length(client: Client, open_office: Office, post: Post):
    """P3 P4"""
    for contact in ("a@b.fr", "une.adresse.bien.plus.longue@sous.domaine.example.org", "06 12 34 56 78"):
        client.post(PATH, {"contact": contact})
    boxes = [bytes(row.box) for row in LostLink.objects.all()]
    assert len({len(box) for box in boxes}) == 1
    assert not [box for box in boxes if b"example" in box or b"612345678" in box]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Indiquez une adresse"),
        ("a@b", "adresse complète"),
        ("12", "Ce numéro n’existe pas"),
        ("x" * 255, "trop long"),
    ],
)
def test_what_is_no_contact_is_said_and_kept(client: Client, open_office: Office, post: Post, typed, said):
    answer = client.post(PATH, {"contact": typed})
    assert answer.status_code == 422
    assert said in text(answer)
    assert not LostLink.objects.exists()


def test_too_many_requests_are_told_in_words(client: Client, open_office: Office, post: Post):
    for number in range(6):
        assert client.post(PATH, {"contact": f"p{number}@example.org"}).status_code == 200
    answer = client.post(PATH, {"contact": "p@example.org"})
    assert answer.status_code == 429
    assert "Réessayez dans une heure" in text(answer)


def test_without_messages_the_page_gives_the_telephone(client: Client, open_office: Office):
    assert "il vous donnera un nouveau lien" in text(client.get(PATH))
    client.post(PATH, {"contact": "zenobie@example.org"})
    assert not LostLink.objects.exists()
