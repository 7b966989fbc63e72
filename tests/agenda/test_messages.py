"""The practice sees what became of messages, and settles it: `/agenda/messages/`, the visit's page, the agenda's entry."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from booking import chores
from booking.models import Appointment, Message
from practitioners.models import AccessEvent, Staff, Wording
from tests import post as posts
from tests.agenda.cast import NAME, Desk, text
from tests.booking.cast import MONDAY, NOW

TOMORROW = MONDAY + timedelta(days=1)
PATH = "/agenda/messages/"


def message(of: Appointment | None, state: str, desk: Desk, **fields: Any) -> Message:
    closed = None if state in ("queued", "call") else NOW - timedelta(hours=1)
    given = {
        "kind": "cancellation",
        "due": NOW - timedelta(hours=1),
        "closed": closed,
        "practitioner": desk.one,
        **fields,
    }
    return Message.objects.create(appointment=of, state=state, **given)


@pytest.fixture
def trouble(desk: Desk) -> Message:
    visit = desk.visit("09:00", day=TOMORROW, state="cancelled_by_practice")
    return message(visit, "call", desk)


def test_whom_to_call_is_shown_with_name_and_number_when_unlocked_and_without_when_locked(
    desk: Desk, alice: Client, trouble: Message
):
    """P7"""
    shown = text(alice.get(PATH))
    assert NAME in shown
    assert 'href="tel:+33612345678"' in shown
    assert AccessEvent.objects.filter(action="messages", appointment=trouble.appointment_id).exists()
    alice.post("/agenda/lock/")
    locked = text(alice.get(PATH))
    assert NAME not in locked
    assert "33612345678" not in locked
    assert "mardi 6 janvier" in locked


def test_each_list_has_its_own(desk: Desk, alice: Client, trouble: Message):
    visit = desk.visit("10:00", day=TOMORROW)
    message(visit, "failed", desk, error="refused", kind="confirmation")
    message(visit, "doubtful", desk, error="unreachable", kind="change")
    message(visit, "queued", desk, kind="reminder", due=NOW + timedelta(hours=2))
    message(None, "sent", desk, kind="summary")
    shown = text(alice.get(PATH))
    assert "adresse ou numéro refusé" in shown
    assert "peut-être parti" in shown
    assert "En attente : 1" in shown.replace("\u00a0", " ")
    assert "Partis depuis sept jours : 1" in shown.replace("\u00a0", " ")


def test_a_call_is_noted_and_leaves_the_list(desk: Desk, alice: Client, trouble: Message):
    answer = alice.post(f"{PATH}{trouble.pk}/done/", follow=True)
    assert "C’est noté." in text(answer)
    assert "Personne à appeler." in text(answer)
    trouble.refresh_from_db()
    assert (trouble.state, trouble.closed) == ("called", NOW)
    assert AccessEvent.objects.filter(action="called").exists()
    assert "a changé entre-temps" in text(alice.post(f"{PATH}{trouble.pk}/done/", follow=True))


def test_a_person_decides_to_send_once_more(desk: Desk, alice: Client):
    visit = desk.visit("10:00", day=TOMORROW)
    failed = message(visit, "doubtful", desk, kind="change", attempts=3, error="unreachable")
    alice.post(f"{PATH}{failed.pk}/again/")
    failed.refresh_from_db()
    assert (failed.state, failed.attempts, failed.error, failed.closed) == ("queued", 0, "", None)
    sent = message(visit, "sent", desk, kind="confirmation")
    alice.post(f"{PATH}{sent.pk}/again/")
    sent.refresh_from_db()
    assert sent.state == "sent"


def test_another_agenda_s_messages_are_not_there_and_cannot_be_settled(desk: Desk, alice: Client, trouble: Message):
    """P11"""
    for login in ("bruno", "chloe"):
        other = desk.client(login)
        assert "mardi 6 janvier" not in text(other.get(PATH))
        for act in ("done", "again"):
            assert other.post(f"{PATH}{trouble.pk}/{act}/").status_code == 404
            assert other.get(f"{PATH}{trouble.pk}/{act}/").status_code == 405
    trouble.refresh_from_db()
    assert trouble.state == "call"


def test_the_visit_s_page_and_the_agenda_s_entry_say_it(desk: Desk, alice: Client):
    """M1 M11"""
    visit = desk.visit("09:00")
    message(visit, "failed", desk, error="refused", kind="confirmation")
    page = text(alice.get(f"/agenda/appointment/{visit.pk}/"))
    assert "confirmation, non parti (adresse ou numéro refusé)" in page
    for path in ("/agenda/day/2026-01-05/", "/agenda/list/2026-01-05/", f"/agenda/week/{desk.one.pk}/2026-01-05/"):
        assert "message non parti" in text(alice.get(path)), path


def test_a_discreet_visit_s_page_says_nothing_of_messages(desk: Desk, alice: Client):
    visit = desk.visit("09:00", discreet=True)
    assert "<dt>Messages</dt>" not in text(alice.get(f"/agenda/appointment/{visit.pk}/"))


def test_the_page_says_that_nothing_leaves(desk: Desk, alice: Client, settings, clock):
    """U7"""
    assert "n’a jamais démarré" in text(alice.get(PATH))
    assert "n’envoie ni e-mail ni SMS" in text(alice.get(PATH))
    chores.beat(NOW)
    posts.use(settings, 25)
    shown = text(alice.get(PATH))
    assert "Aucun message ne part" not in shown
    assert "n’envoie ni" not in shown
    clock.shift(timedelta(minutes=16))
    assert "Aucun message ne part depuis lundi 5 janvier à 8" in text(alice.get(PATH)).replace("\u00a0", " ")


@pytest.mark.parametrize("number", [1, 30])
def test_the_page_takes_as_many_queries_for_one_as_for_thirty(
    desk: Desk, alice: Client, number, django_assert_num_queries
):
    for place in range(number):
        clock = f"{8 + place // 6:02d}:{place % 6}0"
        visit = desk.visit(clock, day=TOMORROW, state="cancelled_by_practice")
        message(visit, "call", desk)
        message(visit, "failed", desk, kind="change")
    alice.get(PATH)
    with django_assert_num_queries(QUERIES, using="default"):
        alice.get(PATH)


QUERIES = 14


# The practice's own texts.


@pytest.fixture
def manager(desk: Desk) -> Client:
    Staff.objects.filter(login="alice").update(role="manager")
    return desk.client()


TEXTS = f"{PATH}texts/reminder/fr/"


def test_only_managers_change_texts(desk: Desk, alice: Client):
    assert alice.get(TEXTS).status_code == 404
    assert alice.post(TEXTS, {"text": "x {rendez-vous}", "save": "on"}).status_code == 404


def test_a_text_is_previewed_kept_and_taken_back(desk: Desk, manager: Client):
    own = "Bonjour,\r\n\r\n{rendez-vous}\r\n\r\nÀ bientôt !"
    looked = text(manager.post(TEXTS, {"text": own, "look": "on"}))
    assert "À bientôt !" in looked.partition("<pre")[2]
    assert "Mardi 6 janvier 2026 à 14" in looked
    assert not Wording.objects.exists()
    manager.post(TEXTS, {"text": own, "save": "on"})
    assert Wording.objects.get().text == own.replace("\r\n", "\n")
    assert "À bientôt !" in text(manager.get(TEXTS))
    assert "À bientôt !" not in text(manager.get(f"{PATH}texts/reminder/en/"))
    manager.post(TEXTS, {"original": "on"})
    assert not Wording.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [("Bonjour", "Ajoutez {rendez-vous}"), ("{rendez-vous} {nom}", "{nom} n’est pas connu"), ("", "Écrivez un texte")],
)
def test_a_text_without_its_places_is_refused_and_kept_as_typed(desk: Desk, manager: Client, wrong, said):
    answer = manager.post(TEXTS, {"text": wrong, "save": "on"})
    assert answer.status_code == 422
    assert said in text(answer)
    assert wrong in text(answer)
    assert not Wording.objects.exists()


def test_a_text_that_names_a_speciality_is_warned_of_and_left_to_the_practice(desk: Desk, manager: Client):
    own = "Votre cardiologue vous attend. {rendez-vous}"
    warned = text(manager.post(TEXTS, {"text": own, "save": "on"}))
    assert "Ces mots disent pourquoi on consulte" in warned
    assert "cardiologue. Un proche" in warned
    assert not Wording.objects.exists()
    manager.post(TEXTS, {"text": own, "save": "on", "sure": "on"})
    assert Wording.objects.exists()


def test_an_unknown_kind_or_language_is_no_page(desk: Desk, manager: Client):
    for path in ("texts/code/fr/", "texts/reminder/de/"):
        assert manager.get(f"{PATH}{path}").status_code == 404
