"""The second factor: before it nothing opens and nothing answers; codes are good for once; trust ends when it should."""

import json
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import NoReverseMatch, reverse

from agenda import second_factor
from agenda import sign_in as door
from agenda.second_factor import factors, pending
from agenda.second_factor.adapter import Sealed, of
from clicdocteur.sealing import SealingError
from practitioners import keys
from practitioners.models import Practice, Staff, TrustedBrowser
from practitioners.trusted import forget_expired
from tests.agenda.cast import NAME, Desk, key_cookie, owner, session_row, sign_in, text
from tests.agenda.factor import (
    CONFIRM,
    MINE,
    SET_UP,
    STEP,
    code_of,
    codes_on,
    enrol_telephone,
    give,
    next_code,
    secret_of,
    secret_on,
)  # fmt: skip
from tests.booking.cast import NOW
from tests.canary.words import dump, found_in
from tests.practitioners.cast import PASSWORD, private_of
from tests.test_consistency import SIGN_IN, views

DAY = timedelta(days=1)
PASSWORD_STEP = "/agenda/second-factor/password/"


@pytest.fixture
def strict(desk: Desk) -> Desk:
    """The desk of a practice that demands a second factor."""
    Practice.objects.update(requires_second_factor=True)
    return desk


@pytest.fixture
def secret(strict: Desk, clock: time_machine.Traveller) -> str:
    """What Alice's telephone has; a minute passes, so that its code is a new one."""
    _client, secret, _codes = enrol_telephone()
    clock.shift(60)
    return secret


def at_the_step(login: str = "alice") -> Client:
    client = Client()
    assert sign_in(client, login).url == STEP
    return client


# Between password and second factor.


def test_the_first_sign_in_leads_to_setting_one_up_and_then_into_the_agenda(strict):
    strict.visit()
    client, _secret, codes = enrol_telephone()
    assert len(set(codes)) == 10
    assert NAME in text(client.get("/agenda/"))


def test_the_set_up_shows_a_square_without_style_and_the_same_secret_until_it_is_kept(strict):
    client = Client()
    sign_in(client)
    page = client.get(SET_UP)
    assert "<svg" in text(page)
    assert "style=" not in text(page)
    assert secret_on(page) == secret_on(client.post(SET_UP, {"factor_code": "000000"}))


def test_after_the_password_alone_no_page_answers_and_no_name_is_shown(strict, secret):
    strict.visit()
    client = at_the_step()
    for address, _view in views():
        if not address.startswith("agenda/") or "<" in address or "(" in address or "^" in address:
            continue
        for answer in (client.get(f"/{address}"), client.post(f"/{address}")):
            assert NAME not in text(answer), address
            if address not in SIGN_IN:
                assert answer.status_code == 302, address
                assert answer.url.startswith(("/agenda/sign-in/", "/agenda/admin/login/")), address


def test_a_waiting_session_belongs_to_nobody_and_neither_half_opens_anything(strict, secret):
    client = at_the_step()
    row = session_row(client)
    assert set(row) == {"pending"}
    assert "_auth_user_id" not in row
    assert key_cookie(client) == ""
    private = private_of(strict.alice)
    assert private.hex() not in json.dumps(row)
    # The halves of a session that waits are of no use as the halves of one that is open.
    client.cookies[settings.VAULT_COOKIE_NAME] = client.cookies[settings.PENDING_COOKIE_NAME].value
    assert client.get("/agenda/").status_code == 302


def test_without_its_cookie_the_waiting_half_is_nobody_s(strict, secret):
    client = at_the_step()
    del client.cookies[settings.PENDING_COOKIE_NAME]
    assert client.get(STEP).url == "/agenda/sign-in/"
    assert give(client, code_of(secret)).url == "/agenda/sign-in/"


def test_the_second_step_makes_a_new_session_id_and_a_new_cookie_half(strict, secret):
    client = at_the_step()
    before, half = client.cookies[settings.SESSION_COOKIE_NAME].value, session_row(client)["pending"]["half"]
    waiting = client.cookies[settings.PENDING_COOKIE_NAME].value
    assert give(client, code_of(secret)).url == "/agenda/"
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before
    assert not Session.objects.filter(pk=before).exists()
    assert key_cookie(client) not in ("", waiting)
    row = session_row(client)
    assert "pending" not in row
    assert row["half"] != half
    assert client.cookies[settings.PENDING_COOKIE_NAME].value == ""
    assert set(row) == {
        "_auth_user_id",
        "_auth_user_backend",
        "_auth_user_hash",
        "half",
        "code",
        "tag",
        "opened",
        "used",
        "browser",
        "since",
        "factor_at",
    }


def test_the_waiting_cookie_stays_under_the_agenda_and_out_of_scripts(strict, secret):
    cookie = at_the_step().cookies[settings.PENDING_COOKIE_NAME]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/agenda/", True, "Strict")


def test_the_key_waits_ten_minutes(strict, secret, clock):
    client = at_the_step()
    clock.shift(pending.PENDING_SECONDS)
    assert give(client, code_of(secret)).url == "/agenda/sign-in/"


@pytest.mark.parametrize("how", ["new password", "inactive", "removed"])
def test_a_key_that_waits_is_void_with_its_password_and_its_account(strict, secret, how):
    client, alice = at_the_step(), owner("alice")
    if how == "new password":
        keys.set_password(alice, private_of(alice), "Groseille-1848-hiver")
    elif how == "inactive":
        Staff.objects.filter(pk=alice.pk).update(is_active=False)
    else:
        alice.delete()
    assert give(client, code_of(secret)).url == "/agenda/sign-in/"


def test_whoever_has_a_factor_cannot_set_up_another_with_the_password_alone(strict, secret):
    client = at_the_step()
    for path in (SET_UP, f"{SET_UP}key/"):
        assert client.get(path).url == STEP
        assert client.post(path, {"factor_code": "1"}).url == STEP
    assert Authenticator.objects.filter(type="totp").count() == 1


def test_the_step_returns_to_the_page_that_was_asked(strict, secret):
    client = Client()
    sign_in(client, next="/agenda/list/2026-01-05/")
    assert give(client, code_of(secret)).url == "/agenda/list/2026-01-05/"


def test_where_none_is_demanded_the_password_is_enough_unless_one_was_set_up(desk):
    assert sign_in(Client()).url == "/agenda/"
    Practice.objects.update(requires_second_factor=True)
    enrol_telephone()
    Practice.objects.update(requires_second_factor=False)
    assert sign_in(Client()).url == STEP
    assert sign_in(Client(), "bruno").url == "/agenda/"


# Codes.


def test_a_code_of_the_telephone_is_good_for_once_on_every_browser(strict, secret, clock):
    code = code_of(secret)
    assert give(at_the_step(), code).url == "/agenda/"
    for typed in (code, f"{code[:3]} {code[3:]}", f" {code}-"):
        assert give(at_the_step(), typed).status_code == 422, typed
    # It is still within what is accepted of a slow telephone, which is when allauth has already forgotten it.
    clock.shift(31)
    assert give(at_the_step(), code).status_code == 422
    assert give(at_the_step(), code_of(secret)).status_code == 302


def test_the_code_of_the_set_up_does_not_sign_in(strict):
    _client, secret, _codes = enrol_telephone()
    assert give(at_the_step(), code_of(secret)).status_code == 422


def test_a_telephone_may_be_half_a_minute_slow_and_not_two(strict, secret, clock):
    code = code_of(secret)
    clock.shift(30)
    late = at_the_step()
    assert give(late, code).status_code == 302
    other = code_of(secret)
    clock.shift(90)
    assert give(at_the_step(), other).status_code == 422


def test_a_recovery_code_is_good_for_once(strict, clock):
    _client, _secret, codes = enrol_telephone()
    clock.shift(60)
    assert give(at_the_step(), codes[3]).url == "/agenda/"
    assert give(at_the_step(), codes[3]).status_code == 422
    assert give(at_the_step(), codes[4].replace(" ", "")).url == "/agenda/"
    assert factors.codes_left(owner("alice")) == 8


def test_another_member_s_codes_open_nothing(strict, secret, clock):
    enrol_telephone("bruno")
    assert give(at_the_step("bruno"), next_code(clock, secret)).status_code == 422


def test_every_wrong_answer_gets_the_same_words(strict, secret):
    said = set()
    for wrong in (
        {}, {"factor_code": "000000"}, {"factor_code": ""}, {"factor_code": "12345 67890"}, {"factor_code": "é" * 6},
        {"factor_code": "1" * 21}, {"factor_credential": "{"}, {"factor_credential": "[]"}, {"factor_credential": "{}"},
    ):  # fmt: skip
        answer = at_the_step().post(STEP, wrong)
        said.add((answer.status_code, text(answer).split('role="alert">')[1].split("</p>")[0]))
    assert len(said) == 1
    assert next(iter(said))[0] == 422


@pytest.mark.parametrize(
    "credential",
    ["[" * 19_999, "9" * 5000, "1e999", '"x"', '{"id": [], "rawId": 1, "response": {"clientDataJSON": 1}}'],
)
def test_what_is_no_answer_of_a_key_is_a_wrong_answer_and_no_error(strict, secret, credential):
    """A number of thousands of digits and a list of thousands of lists are no JSON that Python reads."""
    assert at_the_step().post(STEP, {"factor_credential": credential}).status_code == 422


@pytest.mark.parametrize(
    "response",
    ["{}", '{"clientDataJSON": "AA", "attestationObject": "AA"}', '{"clientDataJSON": "e30", "attestationObject": "oA"}',
     '{"clientDataJSON": 1, "attestationObject": []}', "[]", "null", '"x"'],
)  # fmt: skip
def test_what_is_no_key_is_refused_as_no_key(strict, response):
    client = Client()
    sign_in(client)
    client.get(f"{SET_UP}key/")
    assert "mfa.webauthn.state" in session_row(client)
    credential = f'{{"id": "AA", "rawId": "AA", "type": "public-key", "response": {response}}}'
    answer = client.post(f"{SET_UP}key/", {"name": "x", "credential": credential})
    assert answer.status_code == 422
    assert not Authenticator.objects.exists()


def test_ten_tries_in_a_quarter_of_an_hour_over_all_browsers_and_only_with_the_password(strict, secret, clock):
    for _ in range(door.TRIES_PER_ACCOUNT):
        assert give(at_the_step(), "000000").status_code == 422
    assert give(at_the_step(), code_of(secret)).status_code == 429
    for _ in range(door.TRIES_PER_ACCOUNT):
        give(Client(), "000000")
    clock.shift(16 * 60)
    assert give(at_the_step(), code_of(secret)).status_code == 302


def test_the_set_up_is_throttled_too(strict):
    client = Client()
    sign_in(client)
    for _ in range(door.TRIES_PER_ACCOUNT):
        assert give(client, "000000", SET_UP).status_code == 422
    assert give(client, "000000", SET_UP).status_code == 429


# Secrets at rest.


def lies_in_store(word: str, client: Client) -> bool:
    """Whether a word is in the agenda store, or in the session of a browser once decoded."""
    row = Session.objects.filter(pk=client.cookies[settings.SESSION_COOKIE_NAME].value).first()
    return bool(found_in(dump("default") + json.dumps(row and row.get_decoded()).encode(), [word]))


def test_no_secret_and_no_recovery_code_lies_in_the_store_in_clear(strict):
    client = Client()
    sign_in(client)
    secret = secret_on(client.get(SET_UP))
    assert not lies_in_store(secret, client), "while it is set up"
    codes = codes_on(give(client, code_of(secret), SET_UP))
    for lies in (secret, *(code.replace(" ", "") for code in codes)):
        assert not lies_in_store(lies, client)
    kept = Authenticator.objects.get(type="recovery_codes").data
    assert set(kept) == {"seed", "used_mask"}
    with of(owner("alice")):
        seed = Sealed().decrypt(kept["seed"])
    assert not lies_in_store(seed, client)
    assert lies_in_store("recovery_codes", client), "the search sees the row"


def test_a_secret_opens_only_as_its_owner_s_and_only_with_the_server_secret(strict, secret, secrets):
    alice, bruno = owner("alice"), owner("bruno")
    box = Authenticator.objects.get(type="totp").data["secret"]
    with pytest.raises(SealingError):
        keys.open_factor(bruno.pk, box)
    with pytest.raises(LookupError):
        Sealed().decrypt(box)
    old = settings.SERVER_SECRETS
    secrets(b"n" * 32, *old)
    assert keys.open_factor(alice.pk, box) == secret
    secrets(b"n" * 32)
    with pytest.raises(SealingError):
        keys.open_factor(alice.pk, box)


def test_when_a_factor_was_last_used_is_written_nowhere(strict, secret):
    give(at_the_step(), code_of(secret))
    assert not Authenticator.objects.filter(last_used_at__isnull=False).exists()


# Trusted browsers.


def trusted(secret: str) -> Client:
    client = at_the_step()
    assert give(client, code_of(secret), factor_trust="on").url == "/agenda/"
    client.post("/agenda/sign-out/")
    return client


def test_a_trusted_browser_is_not_asked_for_30_days_and_asked_on_the_31st(strict, secret, clock):
    client = trusted(secret)
    clock.move_to(NOW + 30 * DAY)
    assert sign_in(client).url == "/agenda/"
    client.post("/agenda/sign-out/")
    clock.move_to(NOW + 31 * DAY)
    assert sign_in(client).url == STEP


def test_strangers_who_try_a_name_do_not_keep_its_owner_out_of_a_trusted_browser(strict, secret, monkeypatch):
    """No lock-out. With another's cookie, or for another account, tries are counted as on any browser."""
    monkeypatch.setattr(door, "TRIES_PER_ACCOUNT", 3)
    client = trusted(secret)
    for _ in range(door.TRIES_PER_ACCOUNT):
        sign_in(Client(REMOTE_ADDR="192.0.2.7"), password="wrong")
    assert sign_in(Client()).status_code == 429
    assert sign_in(client).status_code == 302
    client.post("/agenda/sign-out/")
    for number in range(door.TRIES_PER_ACCOUNT + 1):
        refused = sign_in(client, password="wrong").status_code
        assert refused == (422 if number < door.TRIES_PER_ACCOUNT else 429), "here too they are counted"
    for _ in range(door.TRIES_PER_ACCOUNT):
        sign_in(Client(REMOTE_ADDR="192.0.2.7"), "bruno", "wrong")
    assert sign_in(client, "bruno").status_code == 429


def test_using_a_trusted_browser_does_not_prolong_the_trust(strict, secret, clock):
    client = trusted(secret)
    before = TrustedBrowser.objects.get().expires
    clock.move_to(NOW + 20 * DAY)
    sign_in(client)
    assert TrustedBrowser.objects.get().expires == before


def test_a_browser_is_trusted_only_when_asked_and_only_by_who_asked(strict, secret, clock):
    client = at_the_step()
    give(client, code_of(secret))
    client.post("/agenda/sign-out/")
    assert sign_in(client).url == STEP
    give(client, next_code(clock, secret), factor_trust="on")
    client.post("/agenda/sign-out/")
    assert sign_in(client, "bruno").url == SET_UP
    enrol_telephone("bruno")
    assert sign_in(client, "bruno").url == STEP


def test_the_trust_cookie_is_random_and_the_store_keeps_a_tag_only(strict, secret):
    client = trusted(secret)
    cookie = client.cookies[f"{settings.TRUST_COOKIE_NAME}-{owner('alice').pk}"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/agenda/", True, "Strict")
    assert len(cookie.value) == 43
    assert not lies_in_store(cookie.value, client)


def test_over_https_the_cookies_of_the_second_factor_are_secure(strict, secret, settings):
    settings.HTTPS = True
    client = at_the_step()
    give(client, code_of(secret), factor_trust="on")
    for name in (settings.PENDING_COOKIE_NAME, f"{settings.TRUST_COOKIE_NAME}-{owner('alice').pk}"):
        assert client.cookies[name]["secure"] or not client.cookies[name].value


def test_trust_that_is_ended_is_ended_at_once(strict, secret, clock):
    client = trusted(secret)
    sign_in(client)
    page = text(client.get(MINE))
    assert "(celui-ci)" in page
    assert client.post(f"/agenda/second-factor/browsers/{TrustedBrowser.objects.get().pk}/end/").url == MINE
    client.post("/agenda/sign-out/")
    assert sign_in(client).url == STEP


def test_nobody_ends_the_trust_or_removes_the_factor_of_another(strict, secret, clock):
    trusted(secret)
    bruno, _secret, _codes = enrol_telephone("bruno")
    browser, factor = TrustedBrowser.objects.get(), Authenticator.objects.get(user__login="alice", type="totp")
    assert bruno.post(f"/agenda/second-factor/browsers/{browser.pk}/end/").status_code == 404
    assert bruno.post(f"/agenda/second-factor/mine/{factor.pk}/remove/").status_code == 404
    assert TrustedBrowser.objects.count() == 1


def test_a_new_password_ends_all_trust(strict, secret):
    client = trusted(secret)
    alice = owner("alice")
    keys.set_password(alice, private_of(alice), "Groseille-1848-hiver")
    assert sign_in(client, password="Groseille-1848-hiver").url == STEP


def test_a_trust_that_is_over_is_tidied_away(strict, secret, clock):
    trusted(secret)
    assert forget_expired(NOW + 30 * DAY) == 0
    assert forget_expired(NOW + 31 * DAY) == 1


def test_a_browser_is_named_so_that_its_owner_knows_it(strict, secret):
    client = at_the_step()
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
    client.post(STEP, {"factor_code": code_of(secret), "factor_trust": "on"}, headers={"User-Agent": agent})
    assert TrustedBrowser.objects.get().label == "Firefox"


# Again, before what matters most.


def test_shortly_after_the_step_it_is_not_asked_again_and_after_ten_minutes_it_is(strict, secret, clock):
    client = at_the_step()
    give(client, code_of(secret))
    assert len(codes_on(client.post(f"{MINE}codes/"))) == 10
    clock.shift(601)
    again = client.post(f"{MINE}codes/", {"kept": "this"})
    assert "Confirmez que c’est vous" in text(again)
    assert 'name="kept" value="this"' in text(again)
    assert codes_on(again) == []
    answer = client.post(f"{MINE}codes/", {"kept": "this", "factor_code": code_of(secret)})
    assert len(codes_on(answer)) == 10


def test_a_trusted_browser_is_asked_all_the_same(strict, secret, clock):
    client = trusted(secret)
    sign_in(client)
    assert client.get(SET_UP).url == f"{CONFIRM}?next={SET_UP}"
    assert give(client, next_code(clock, secret), CONFIRM, next=SET_UP).url == SET_UP
    assert client.get(SET_UP).status_code == 200


def test_a_session_from_before_the_demand_is_led_to_set_up(desk):
    client = desk.through_the_door()
    Practice.objects.update(requires_second_factor=True)
    assert client.post(f"{MINE}codes/").url == SET_UP
    Practice.objects.update(requires_second_factor=False)
    assert client.post(f"{MINE}codes/").status_code == 404


@pytest.mark.parametrize("what", ["sheet/new/", "start/"])
def test_a_new_sheet_and_a_new_key_want_the_second_factor_again(strict, secret, clock, what):
    client = trusted(secret)
    sign_in(client)
    path = f"/agenda/keys/{strict.one.pk}/{what}"
    assert "Confirmez que c’est vous" in text(client.post(path))
    assert "Confirmez que c’est vous" not in text(give(client, next_code(clock, secret), path))


def test_recovery_asks_first_and_keeps_neither_password_nor_sheet(strict, secret, clock):
    client = trusted(secret)
    sign_in(client)
    answer = client.post("/agenda/recover/", {"password": "of-alice", "code": "of-the-sheet"})
    assert answer.url == f"{CONFIRM}?next=%2Fagenda%2Frecover%2F"
    assert "of-alice" not in text(client.get(answer.url))
    give(client, next_code(clock, secret), CONFIRM, next="/agenda/recover/")
    assert client.get("/agenda/recover/").status_code == 200


def test_a_copy_of_an_identity_asks_first_too(strict, secret, clock):
    visit = strict.visit("09:00")
    client = trusted(secret)
    sign_in(client)
    path = f"/agenda/appointment/{visit.pk}/copy/"
    answer = client.post(path, {"unlock_password": PASSWORD, "as": "json"})
    assert answer.url.startswith(f"{CONFIRM}?next=")
    assert give(client, next_code(clock, secret), CONFIRM, next=path).url == path
    assert client.get(path).status_code == 200


def test_an_export_asks_first_too(strict, secret, clock):
    strict.visit("09:00")
    client = trusted(secret)
    sign_in(client)
    path, asked = "/agenda/export/", {"p": strict.one.pk, "first": "2026-01-01", "last": "2026-12-31", "as": "csv"}
    assert client.post(path, {**asked, "unlock_password": PASSWORD}).url.startswith(f"{CONFIRM}?next=")
    assert client.get(path).url.startswith(f"{CONFIRM}?next=")
    assert give(client, next_code(clock, secret), CONFIRM, next=path).url == path
    assert client.post(path, {**asked, "unlock_password": PASSWORD}).streaming


def test_confirming_sends_nobody_elsewhere(strict, secret, clock):
    client = trusted(secret)
    sign_in(client)
    assert give(client, next_code(clock, secret), CONFIRM, next="https://example.org/").url == "/agenda/"


def test_a_new_server_secret_takes_the_factors_along(strict, secrets, clock):
    """P5: sealed anew under the current secret, they work once the former is gone; without that nobody would come in."""
    former, newer = settings.SERVER_SECRETS[0], b"n" * 32
    _client, secret, codes = enrol_telephone()
    secrets(newer, former)
    assert factors.renew_boxes() == 2
    secrets(newer)
    assert factors.code_fits(strict.alice, next_code(clock, secret))
    assert factors.code_fits(strict.alice, codes[0])
    secrets(b"w" * 32)
    assert factors.renew_boxes() == 0


# One's own factors.


def test_the_last_factor_stays_while_the_practice_demands_one_and_takes_everything_along_when_it_goes(strict, clock):
    client, secret, _codes = enrol_telephone()
    give(at_the_step(), next_code(clock, secret), factor_trust="on")
    telephone = Authenticator.objects.get(type="totp")
    path = f"{MINE}{telephone.pk}/remove/"
    assert client.post(path).url == f"{MINE}?last"
    assert "ajoutez-en un autre" in text(client.get(f"{MINE}?last"))
    Practice.objects.update(requires_second_factor=False)
    assert client.post(path).url == MINE
    assert not Authenticator.objects.exists()
    assert not TrustedBrowser.objects.exists()
    assert "votre mot de passe suffit" in text(client.get(MINE))


def test_a_new_telephone_replaces_the_former(strict, clock):
    client, secret, _codes = enrol_telephone()
    other = secret_on(client.get(SET_UP))
    assert other != secret
    assert give(client, code_of(other), SET_UP).url == MINE
    assert secret_of(owner("alice")) == other
    assert give(at_the_step(), next_code(clock, secret)).status_code == 422


def test_new_recovery_codes_void_the_former(strict, clock):
    client, _secret, codes = enrol_telephone()
    new = codes_on(client.post(f"{MINE}codes/"))
    clock.shift(60)
    assert give(at_the_step(), codes[0]).status_code == 422
    assert give(at_the_step(), new[0]).status_code == 302


def test_locked_nothing_is_added_and_nothing_removed(strict, secret):
    client = at_the_step()
    give(client, code_of(secret))
    client.post("/agenda/lock/")
    assert client.get(SET_UP).url == f"/agenda/unlock/?next={SET_UP}"
    assert "Session verrouillée" in text(client.post(f"{MINE}codes/"))


def test_a_new_invitation_forgets_the_factor(strict, secret):
    second_factor.forget(owner("alice"))
    assert sign_in(Client()).url == SET_UP


# What of allauth can be reached.


# A first factor, where none is demanded.


def test_an_open_desk_is_asked_for_the_password_before_a_first_factor_is_added(desk, alice):
    """Whoever finds the session open must not add a telephone of their own, and so keep its owner out."""
    for path in (SET_UP, f"{SET_UP}key/"):
        assert alice.get(path).url == f"{PASSWORD_STEP}?next={path}"
        assert alice.post(path, {"factor_code": "1"}).url == f"{PASSWORD_STEP}?next={path}"
    refused = alice.post(PASSWORD_STEP, {"unlock_password": "wrong", "next": SET_UP})
    assert refused.status_code == 422
    assert f'value="{SET_UP}"' in text(refused)
    assert alice.get(SET_UP).status_code == 302
    assert alice.post(PASSWORD_STEP, {"unlock_password": PASSWORD, "next": SET_UP}).url == SET_UP
    secret = secret_on(alice.get(SET_UP))
    assert len(codes_on(alice.post(SET_UP, {"factor_code": code_of(secret)}))) == 10
    assert Authenticator.objects.filter(user_id=desk.alice.pk, type="totp").exists()


def test_the_password_of_the_sign_in_does_not_count_and_that_of_ten_minutes_ago_neither(desk, clock):
    client = desk.through_the_door()
    assert client.get(SET_UP).url.startswith(PASSWORD_STEP)
    client.post(PASSWORD_STEP, {"unlock_password": PASSWORD})
    clock.shift(600)
    assert client.get(SET_UP).url.startswith(PASSWORD_STEP)


def test_the_password_is_asked_for_the_first_factor_alone(desk, alice, clock):
    alice.post(PASSWORD_STEP, {"unlock_password": PASSWORD})
    alice.post(SET_UP, {"factor_code": code_of(secret_on(alice.get(SET_UP)))})
    assert "password_at" not in session_row(alice)
    clock.shift(600)
    assert alice.get(SET_UP).url == f"{CONFIRM}?next={SET_UP}"


def test_no_address_of_allauth_is_routed_and_ours_are_these():
    ours = {address for address, _view in views() if "second-factor" in address}
    assert ours == {
        "agenda/second-factor/",
        "agenda/second-factor/set-up/",
        "agenda/second-factor/set-up/key/",
        "agenda/second-factor/confirm/",
        "agenda/second-factor/password/",
        "agenda/second-factor/mine/",
        "agenda/second-factor/mine/<int:pk>/remove/",
        "agenda/second-factor/mine/codes/",
        "agenda/second-factor/browsers/<int:pk>/end/",
    }
    assert [address for address, view in views() if view.__module__.startswith("allauth")] == []
    for name in ("account_login", "account_signup", "account_email", "account_reset_password", "mfa_login_webauthn"):
        with pytest.raises(NoReverseMatch):
            reverse(name)


def test_a_key_alone_signs_nobody_in_and_allauth_trusts_no_browser():
    from allauth.mfa import app_settings

    assert not app_settings.PASSKEY_LOGIN_ENABLED
    assert not app_settings.PASSKEY_SIGNUP_ENABLED
    assert not app_settings.TRUST_ENABLED
    assert not app_settings.TOTP_INSECURE_BYPASS_CODE
    assert not app_settings.WEBAUTHN_ALLOW_INSECURE_ORIGIN
    assert settings.AUTHENTICATION_BACKENDS == ["agenda.sign_in.KeyBackend"]


def test_allauth_s_tables_of_addresses_stay_empty(strict, secret):
    give(at_the_step(), code_of(secret))
    assert not EmailAddress.objects.exists()
    assert not EmailConfirmation.objects.exists()


def test_a_key_is_for_the_configured_address_and_never_the_host_header(strict):
    client = Client(headers={"host": "127.0.0.1"})
    sign_in(client)
    page = text(client.get(f"{SET_UP}key/"))
    assert (
        "&quot;rp&quot;: {&quot;name&quot;: &quot;Cabinet des Lilas&quot;, &quot;id&quot;: &quot;localhost&quot;}"
        in page
    )
