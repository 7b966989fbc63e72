"""The door: the password opens a key or nothing, strangers learn nothing, and leaving leaves nothing."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from agenda import sign_in as door
from clicdocteur import sealing
from practitioners import keys
from practitioners.models import KeyHolder, Staff
from tests.agenda.cast import CODE, NAME, key_cookie, lift, owner, session_row, sign_in, text
from tests.booking.cast import NOW
from tests.practitioners.cast import PASSWORD, private_of


def test_the_password_opens_the_agenda_with_its_names(desk):
    desk.visit()
    client = desk.through_the_door()
    assert NAME in text(client.get("/agenda/"))


def test_the_session_that_other_tests_begin_with_is_the_one_that_the_door_opens(desk):
    door, made = desk.through_the_door(), desk.client()
    different = {"_auth_user_id", "half", "code", "tag"}
    rows = [{name: value for name, value in session_row(one).items() if name not in different} for one in (door, made)]
    assert rows[0] == rows[1]
    assert set(session_row(door)) == set(session_row(made)) > different
    assert set(door.cookies) == set(made.cookies)
    assert session_row(made)["_auth_user_id"] == str(desk.alice.pk)
    made.post("/agenda/veil/")
    assert lift(made, "000000").status_code == 422
    assert lift(made).status_code == 302


def test_the_login_may_be_typed_in_capitals_with_spaces_around(desk):
    assert sign_in(Client(), " ALICE ").status_code == 302


def test_an_anonymous_visitor_is_sent_to_the_door_and_comes_back_to_the_page(desk):
    client = Client()
    answer = client.get("/agenda/list/2026-01-05/")
    assert answer.url == "/agenda/sign-in/?next=/agenda/list/2026-01-05/"
    assert 'value="/agenda/list/2026-01-05/"' in text(client.get(answer.url))
    assert sign_in(client, next="/agenda/list/2026-01-05/").url == "/agenda/list/2026-01-05/"


@pytest.mark.parametrize(
    "elsewhere", ["https://example.org/", "//example.org/agenda/", "/fr/", "/agenda/\\example.org", "javascript:1", ""]
)
def test_nobody_is_sent_to_another_site_after_the_door(desk, elsewhere):
    answer = sign_in(Client(), next=elsewhere)
    assert answer.url.startswith("/agenda/")


def test_another_spelling_that_the_store_takes_for_an_account_is_no_further_try(desk, monkeypatch):
    """In most locales PostgreSQL's UPPER takes a dotless i for an I: guesses under such a name count against the account."""
    everybody = Staff.objects.select_related("key_holder")

    def folding(login__iexact: str = "", **by: object) -> object:
        return everybody.filter(**by) if by else everybody.filter(login=login__iexact.replace("\u0131", "i"))

    store = SimpleNamespace(objects=SimpleNamespace(select_related=lambda _name: SimpleNamespace(filter=folding)))
    monkeypatch.setattr(door, "Staff", store)
    for _ in range(door.TRIES_PER_ACCOUNT):
        assert sign_in(Client(), "al\u0131ce", "Une-autre-phrase-123").status_code == 422
    assert sign_in(Client()).status_code == 429


def test_wrong_password_and_unknown_account_get_the_same_answer_for_the_same_work(desk, monkeypatch):
    done = []
    real = sealing.unwrap_with_password
    monkeypatch.setattr(sealing, "unwrap_with_password", lambda *given: done.append(len(given[1])) or real(*given))
    Staff.objects.create(login="sans-cle", name="Sans clé")
    answers = []
    for login in ("alice", "personne", "sans-cle"):
        answer = sign_in(Client(), login, "Une-autre-phrase-123")
        answers.append((answer.status_code, text(answer).replace(login, "")))
    assert answers[0][0] == 422
    assert "incorrect" in answers[0][1]
    tokens = [body.split("csrfmiddlewaretoken")[1][:90] for _status, body in answers]
    bodies = {body.replace(token, "") for (_status, body), token in zip(answers, tokens, strict=True)}
    assert len(bodies) == 1
    assert len(done) == 3
    assert len(set(done)) == 1


@pytest.mark.parametrize("typed", [{"login": "", "password": ""}, {}, {"login": "a\0b", "password": "x"}, {"login": "a" * 151, "password": "b" * 201}])  # fmt: skip
def test_a_form_that_is_not_filled_in_is_said_without_trying_anything(desk, typed, monkeypatch):
    monkeypatch.setattr(keys, "unlock", pytest.fail)
    assert Client().post("/agenda/sign-in/", typed).status_code == 422


def test_an_account_is_tried_ten_times_in_a_quarter_of_an_hour_and_is_never_locked(desk, clock):
    for _ in range(door.TRIES_PER_ACCOUNT):
        assert sign_in(Client(), password="wrong").status_code == 422
    refused = sign_in(Client())
    assert refused.status_code == 429
    assert "Trop d’essais" in text(refused)
    assert sign_in(Client(), "bruno").status_code == 302
    clock.move_to(NOW + timedelta(minutes=16))
    assert sign_in(Client()).status_code == 302


def test_whoever_knows_the_password_may_come_in_as_often_as_they_like(desk):
    for _ in range(door.TRIES_PER_ACCOUNT + 2):
        assert sign_in(Client()).status_code == 302


def test_an_unknown_account_is_throttled_like_a_known_one(desk):
    for _ in range(door.TRIES_PER_ACCOUNT):
        sign_in(Client(), "personne", "wrong")
    assert sign_in(Client(), "PERSONNE", "wrong").status_code == 429


def test_a_network_is_throttled_over_all_accounts_before_anything_is_derived(desk, monkeypatch):
    for number in range(door.TRIES_PER_NETWORK):
        sign_in(Client(), f"nobody-{number}", "wrong")
    monkeypatch.setattr(keys, "unlock", pytest.fail)
    assert sign_in(Client()).status_code == 429


def test_a_full_queue_is_said_with_429(desk, monkeypatch):
    def busy(*_given):
        raise keys.TooBusy

    monkeypatch.setattr(keys, "unlock", busy)
    answer = sign_in(Client())
    assert answer.status_code == 429
    assert "dans quelques secondes" in text(answer)


def test_an_altered_key_lets_nobody_in_and_says_so(desk):
    KeyHolder.objects.filter(staff__login="alice").update(public_key=sealing.generate_key_pair().public)
    answer = sign_in(Client())
    assert answer.status_code == 409
    assert "modifiée" in text(answer)


def test_cookies_stay_under_the_agenda_and_out_of_scripts(desk):
    client = desk.through_the_door()
    for name in (settings.SESSION_COOKIE_NAME, settings.VAULT_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        cookie = client.cookies[name]
        assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/agenda/", True, "Strict"), name
    assert not client.cookies[settings.VAULT_COOKIE_NAME]["max-age"]


def test_over_https_the_key_cookie_is_secure(desk, settings):
    settings.HTTPS = True
    assert desk.through_the_door().cookies[settings.VAULT_COOKIE_NAME]["secure"]


def test_signing_in_changes_the_session_s_id(desk):
    client = Client()
    client.get("/agenda/sign-in/")
    client.cookies[settings.SESSION_COOKIE_NAME] = "0123456789abcdefghijklmnopqrstuv"
    sign_in(client)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != "0123456789abcdefghijklmnopqrstuv"


def test_the_session_row_and_the_cookies_hold_no_name_and_no_key(desk):
    """P7"""
    desk.visit()
    client = desk.through_the_door()
    client.get("/agenda/")
    row, cookies = repr(session_row(client)), repr(client.cookies)
    private = private_of(desk.alice)
    for secret in (NAME, "Alice", PASSWORD, CODE, private.hex(), repr(private)):
        assert secret not in row + cookies
    marks = {"half", "code", "tag", "opened", "used", "browser", "since"}
    assert set(session_row(client)) == {"_auth_user_id", "_auth_user_backend", "_auth_user_hash"} | marks


def test_leaving_deletes_both_halves_and_the_session(desk):
    client = desk.through_the_door()
    client.post("/agenda/sign-out/")
    assert not Session.objects.exists()
    assert key_cookie(client) == ""
    assert client.get("/agenda/").status_code == 302


@pytest.mark.parametrize("how", ["new password", "new pair", "removed", "inactive"])
def test_a_session_dies_with_its_password_its_key_and_its_account(desk, how):
    """P12"""
    client, alice = desk.through_the_door(), owner("alice")
    if how == "new password":
        keys.set_password(alice, private_of(alice), "Groseille-1848-hiver")
    elif how == "new pair":
        keys.enrol(alice, PASSWORD)
    elif how == "removed":
        alice.delete()
    else:
        Staff.objects.filter(pk=alice.pk).update(is_active=False)
    assert client.get("/agenda/").status_code == 302


def test_the_door_is_passed_once(desk):
    client = desk.through_the_door()
    assert client.get("/agenda/sign-in/").url == "/agenda/"


def test_the_password_is_in_no_log(desk, caplog):
    """P7"""
    caplog.set_level("DEBUG")
    sign_in(Client(), password="Une-autre-phrase-123")
    assert "Une-autre-phrase-123" not in caplog.text
