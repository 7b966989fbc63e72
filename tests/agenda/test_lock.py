"""The lock: two halves that open nothing alone, put away by a button and by leaving; nothing typed is lost."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from agenda import sign_in as door
from booking.models import Appointment
from tests.agenda.cast import NAME, key_cookie, mark, session_row, settle, text, unlock
from tests.booking.cast import NOW
from tests.practitioners.cast import PASSWORD


def test_the_session_row_alone_opens_nothing(desk):
    desk.visit()
    client = desk.client()
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
    page = text(thief.get("/agenda/"))
    assert NAME not in page
    assert "verrouillés" in page


def test_the_cookie_alone_opens_nothing(desk):
    desk.visit()
    client = desk.client()
    thief = Client()
    thief.cookies[settings.VAULT_COOKIE_NAME] = key_cookie(client)
    assert thief.get("/agenda/").status_code == 302


@pytest.mark.parametrize("half", ["", "AAAA", "é", "A" * 44, "!" * 44])
def test_a_cookie_that_does_not_fit_locks_and_breaks_nothing(desk, half):
    desk.visit()
    client = desk.client()
    client.cookies[settings.VAULT_COOKIE_NAME] = half
    answer = client.get("/agenda/")
    assert answer.status_code == 200
    assert NAME not in text(answer)
    assert "half" not in session_row(client)


@pytest.mark.parametrize("half", ["", "A" * 44])
def test_a_script_s_question_from_before_the_password_locks_nobody_out(desk, alice, half):
    """A timer of another window asks with what its browser had; its answer comes after the one to the password."""
    desk.visit()
    late = Client()
    late.cookies[settings.SESSION_COOKIE_NAME] = alice.cookies[settings.SESSION_COOKIE_NAME].value
    late.cookies[settings.VAULT_COOKIE_NAME] = half
    asked = late.get("/agenda/idle/", headers={"Sec-Fetch-Dest": "empty"})
    assert asked.headers["X-Standing"] == "locked"
    assert not asked.cookies
    assert NAME in text(alice.get("/agenda/list/2026-01-05/"))
    late.get("/agenda/", headers={"Sec-Fetch-Dest": "document"})
    assert "half" not in session_row(alice)


def test_a_half_of_another_session_does_not_fit(desk):
    desk.visit()
    mine, other = desk.client(), desk.client()
    mine.cookies[settings.VAULT_COOKIE_NAME] = key_cookie(other)
    assert NAME not in text(mine.get("/agenda/"))


def test_locking_deletes_both_halves_and_keeps_times_and_types(desk, alice):
    desk.visit()
    before = alice.cookies[settings.SESSION_COOKIE_NAME].value
    answer = alice.post("/agenda/lock/", {"next": "/agenda/day/2026-01-05/"})
    assert answer.url == "/agenda/day/2026-01-05/"
    assert key_cookie(alice) == ""
    assert "half" not in session_row(alice)
    assert alice.cookies[settings.SESSION_COOKIE_NAME].value != before
    page = text(alice.get(answer.url))
    assert NAME not in page
    assert "nom verrouillé" in page
    assert "Consultation" in page
    assert "9 h 00" in page.replace("\xa0", " ")


def test_an_old_cookie_does_not_open_a_locked_session(desk, alice):
    desk.visit()
    kept = key_cookie(alice)
    alice.post("/agenda/lock/")
    alice.cookies[settings.VAULT_COOKIE_NAME] = kept
    assert NAME not in text(alice.get("/agenda/"))


def test_the_password_unlocks_and_leads_back_to_the_same_page(desk, alice):
    desk.visit()
    first = key_cookie(alice)
    alice.post("/agenda/lock/")
    answer = unlock(alice, next="/agenda/list/2026-01-05/?p=1")
    assert answer.url == "/agenda/list/2026-01-05/?p=1"
    assert key_cookie(alice) not in ("", first)
    assert NAME in text(alice.get("/agenda/"))


def test_a_wrong_password_and_a_colleague_s_do_not_unlock(desk, alice):
    alice.post("/agenda/lock/")
    for wrong in ("", "Une-autre-phrase-123"):
        answer = alice.post("/agenda/unlock/", {"unlock_password": wrong, "next": "/agenda/list/2026-01-05/"})
        assert answer.status_code == 422
        assert 'value="/agenda/list/2026-01-05/"' in text(answer)
    assert "half" not in session_row(alice)


def test_unlocking_is_throttled_by_session_so_that_strangers_cannot_keep_the_owner_out(desk, alice):
    stranger = Client()
    for _ in range(door.TRIES_PER_ACCOUNT + 1):
        stranger.post("/agenda/sign-in/", {"login": "alice", "password": "wrong"})
    alice.post("/agenda/lock/")
    assert alice.post("/agenda/unlock/", {"unlock_password": PASSWORD}).status_code == 302
    alice.post("/agenda/lock/")
    answers = [alice.post("/agenda/unlock/", {"unlock_password": "wrong"}).status_code for _ in range(11)]
    assert answers[-1] == 429


def held(page: str) -> dict[str, str]:
    """The hidden fields of the lock page, but for the token."""
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
    return {name: value for name, value in found.items() if name != "csrfmiddlewaretoken"}


def test_a_form_that_meets_the_lock_waits_there_and_goes_on_with_the_password(desk, alice, clock):
    """U3: five hours on the form, and nothing typed is lost."""
    visit = desk.visit()
    clock.move_to(NOW + timedelta(hours=5))
    sent = {"next": "/agenda/list/2026-01-05/", "remark": "L’été <b>à 7 h</b> & demi"}
    met = mark(alice, visit, "arrived", **sent)
    assert met.status_code == 200
    assert Appointment.objects.get().state == "booked"
    page = text(met)
    assert f'action="/agenda/appointment/{visit.pk}/mark/"' in page
    assert NAME not in page
    fields = held(page)
    assert set(fields) == {"becomes", "seen", "next", "remark"}
    assert fields["remark"] == "L’été &lt;b&gt;à 7 h&lt;/b&gt; &amp; demi"

    wrong = mark(alice, visit, "arrived", **sent, unlock_password="wrong")
    assert wrong.status_code == 422
    assert held(text(wrong)) == fields
    assert "wrong" not in text(wrong).split("main")[2]
    assert Appointment.objects.get().state == "booked"

    answer = mark(alice, visit, "arrived", **sent, unlock_password=PASSWORD)
    assert answer.url == "/agenda/list/2026-01-05/"
    assert Appointment.objects.get().state == "arrived"
    settle(alice)
    assert NAME in text(alice.get("/agenda/"))


def test_a_form_with_several_values_of_one_name_keeps_them_all(desk, alice):
    visit = desk.visit()
    alice.post("/agenda/lock/")
    page = text(alice.post(f"/agenda/appointment/{visit.pk}/mark/", {"seen": "booked", "many": ["a", "b"]}))
    assert page.count('name="many"') == 2


@pytest.mark.parametrize("address", ["/agenda/lock/", "/agenda/sign-out/"])
def test_a_link_neither_locks_nor_leaves(desk, alice, address):
    """M2, I6"""
    assert alice.get(address).status_code == 405
    assert "half" in session_row(alice)


@pytest.mark.parametrize(
    "address",
    ["/agenda/lock/", "/agenda/sign-out/", "/agenda/unlock/", "/agenda/appointment/1/mark/", "/agenda/sign-in/"],
)
def test_every_form_carries_a_token_of_its_own(desk, address):
    client = Client(enforce_csrf_checks=True)
    client.cookies = desk.client().cookies
    assert client.post(address, {}).status_code == 403
