"""One's own page: a new password under the old one, and the sessions that are open, seen and ended by their owner alone."""

import html
import re

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from agenda.browsers import family
from practitioners import keys, passwords, phrases
from tests.agenda.cast import NAME, key_cookie, owner, session_row, settle, sign_in, text
from tests.practitioners.cast import PASSWORD, private_of

NEW = "Groseille-1848-hiver"
PAGE = "/agenda/account/"


def change(client, current=PASSWORD, new=NEW, again=None, **more):
    return client.post(PAGE, {"current": current, "new": new, "again": new if again is None else again, **more})


def handle(client: Client) -> str:
    return session_row(client)["tag"]


def test_a_new_password_opens_the_same_key_and_the_old_one_nothing(desk, alice):
    desk.visit()
    private = private_of(desk.alice)
    assert change(alice).status_code == 302
    assert keys.unlock(owner("alice"), NEW) == private
    assert keys.unlock(owner("alice"), PASSWORD) is None
    assert sign_in(Client(), password=PASSWORD).status_code == 422
    assert NAME in text(desk.client(password=NEW).get("/agenda/"))


def test_what_a_new_password_lacks_stands_right_under_it(alice):
    """Between the two fields: below both, a telephone's keyboard hides it."""
    page = text(alice.get(PAGE))
    assert page.index('id="id_new"') < page.index('id="meter"') < page.index('id="id_again"')
    assert page.count('id="meter"') == 1


def test_this_session_goes_on_under_a_new_id_and_new_halves_and_the_others_end(desk, alice):
    desk.visit()
    other, colleague = desk.client(), desk.client("bruno")
    before = alice.cookies[settings.SESSION_COOKIE_NAME].value, key_cookie(alice)
    change(alice)
    after = alice.cookies[settings.SESSION_COOKIE_NAME].value, key_cookie(alice)
    assert not set(before) & set(after)
    assert NAME in text(alice.get("/agenda/"))
    assert other.get("/agenda/").status_code == 302
    assert colleague.get("/agenda/").status_code == 200
    assert Session.objects.filter(pk=before[0]).count() == 0
    assert Session.objects.count() == 2


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"current": "Une-autre-phrase-123"}, "Ce n’est pas votre mot de passe actuel"),
        ({"current": ""}, "Indiquez votre mot de passe actuel"),
        ({"new": "azerty"}, "Au moins 12 caractères"),
        ({"new": ""}, "Choisissez un mot de passe"),
        ({"again": "Groseille-1848-hivers"}, "Les deux ne sont pas les mêmes"),
        ({"new": PASSWORD}, "C’est déjà votre mot de passe"),
    ],
)
def test_what_does_not_fit_is_said_and_changes_nothing(desk, alice, typed, said):
    answer = change(alice, **typed)
    assert answer.status_code == 422
    assert said in text(answer)
    assert keys.unlock(owner("alice"), PASSWORD) is not None
    for secret in (PASSWORD, NEW):
        assert secret not in text(answer)


def test_only_a_filled_form_costs_a_derivation(alice, monkeypatch):
    monkeypatch.setattr(keys, "unlock", pytest.fail)
    assert change(alice, new="azerty").status_code == 422


def test_the_current_password_is_throttled(desk, alice):
    answers = [change(alice, current="wrong").status_code for _ in range(11)]
    assert answers[:10] == [422] * 10
    assert answers[-1] == 429
    assert change(alice).status_code == 429


def test_a_full_queue_changes_nothing_and_says_so(desk, alice, monkeypatch):
    def busy(staff, private, password):
        raise keys.TooBusy

    monkeypatch.setattr(keys, "set_password", busy)
    answer = change(alice)
    assert answer.status_code == 429
    assert "dans quelques secondes" in text(answer)
    assert keys.unlock(owner("alice"), PASSWORD) is not None


def test_a_locked_session_can_change_it_too_and_is_open_afterwards(desk, alice):
    desk.visit()
    alice.post("/agenda/lock/")
    assert change(alice).status_code == 302
    settle(alice)
    assert NAME in text(alice.get("/agenda/"))


def met(page: str) -> set[str]:
    return set(re.findall(r'data-rule="(\w+)" class="met"', page))


@pytest.mark.parametrize(
    ("typed", "ticked"),
    [
        ("azerty", set()),
        ("aaaaaaaaaaA1!", {"long"}),
        ("azertyuiop", {"varied"}),
        ("Groseille-1848", {"long", "varied"}),
        ("un jour de pluie tous les chats dorment encore dehors", {"phrase", "varied"}),
    ],
)
def test_without_scripts_the_checklist_is_ticked_after_the_form_was_sent(alice, typed, ticked):
    assert met(text(change(alice, current="", new=typed))) == ticked
    assert met(text(alice.get(PAGE))) == set()


def test_the_phrase_on_offer_is_accepted_stays_while_it_is_copied_and_is_new_each_time(alice):
    def offered(page: str) -> str:
        return re.search(r"<code>([a-z-]+)</code>", page)[1]

    first, second = (offered(text(alice.get(PAGE))) for _ in range(2))
    assert first != second
    passwords.check(first)
    assert offered(text(change(alice, new="azerty", offered=first))) == first
    assert change(alice, new=first, offered=first).status_code == 302


@pytest.mark.parametrize("posted", ["", "<b>", "bami", "bami-kodu-reva-tozi-lupa-nefi-gora-bami", "a" * 10_000])
def test_only_a_phrase_comes_back_as_the_one_on_offer(posted):
    kept = phrases.kept(posted)
    assert kept != posted
    passwords.check(kept)


def test_sessions_are_listed_by_browser_and_hour_and_nothing_else(desk, clock):
    firefox = Client(HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
    sign_in(firefox)
    clock.shift(3600)
    here = desk.client()
    page = html.unescape(text(here.get(PAGE))).replace("\xa0", " ")
    assert "Firefox, ouverte lundi 5 janvier 2026 à 8 h" in page
    assert "Autre navigateur, ouverte lundi 5 janvier 2026 à 9 h" in page
    assert page.count("cette session") == 1
    for told in ("127.0.0.1", "Linux", "140"):
        said = re.compile(rf"\b{re.escape(told)}\b")  # as a word: a random number may hold these three digits
        assert not said.search(page)
        assert not said.search(repr(session_row(firefox)))


def test_a_member_sees_their_own_sessions_only(desk, alice):
    bruno = desk.client("bruno")
    assert handle(bruno) not in text(alice.get(PAGE))


def test_one_session_is_ended_and_its_half_is_gone(desk, alice):
    other, third = desk.client(), desk.client()
    assert handle(other) in text(alice.get(PAGE))
    alice.post(f"{PAGE}sessions/", {"session": handle(other)})
    assert other.get("/agenda/").status_code == 302
    assert third.get("/agenda/").status_code == alice.get("/agenda/").status_code == 200
    assert Session.objects.count() == 2


def test_all_other_sessions_are_ended_and_this_one_goes_on(desk, alice):
    others = [desk.client(), desk.client()]
    colleague = desk.client("bruno")
    alice.post(f"{PAGE}sessions/")
    assert [other.get("/agenda/").status_code for other in others] == [302, 302]
    assert colleague.get("/agenda/").status_code == alice.get("/agenda/").status_code == 200


@pytest.mark.parametrize("who", ["bruno", "nobody", "this one"])
def test_nobody_ends_a_colleague_s_session_or_one_that_is_not_there(desk, alice, who):
    """P11"""
    bruno = desk.client("bruno")
    named = {"bruno": handle(bruno), "nobody": "0" * 32, "this one": handle(alice)}[who]
    alice.post(f"{PAGE}sessions/", {"session": named})
    assert bruno.get("/agenda/").status_code == alice.get("/agenda/").status_code == 200


def test_a_link_ends_no_session(desk, alice):
    """I6"""
    assert alice.get(f"{PAGE}sessions/").status_code == 405


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0", "Edge"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", "Chrome"),
        ("Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile Safari/604.1", "Chrome"),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15", "Safari"),
        ("<script>", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_a_browser_is_known_by_its_family_only(agent, expected):
    assert family(agent) == expected
