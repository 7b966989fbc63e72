"""The veil: six digits show the names again, five wrong ones lock; no view opens a name under it, and no form is lost."""

import re
from base64 import urlsafe_b64decode
from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client

from agenda import codes
from booking.models import Appointment
from clicdocteur import sealing
from clicdocteur.sealing import Context
from practitioners import keys
from practitioners.models import Practice, Staff
from tests.agenda.cast import CODE, NAME, Desk, key_cookie, lift, mark, session_id, session_row, settle, text, unlock
from tests.booking.cast import NOW
from tests.practitioners.cast import PASSWORD
from tests.races import all_at_once
from tests.test_consistency import MACHINES, PATIENTS, SIGN_IN, views

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WRONG = "314159"
# Views that take a form under the veil: they ask for the password themselves, or put keys away.
AT_THE_DOOR = {
    "agenda/veil/", "agenda/lock/", "agenda/unlock/", "agenda/sign-out/", "agenda/limit/", "agenda/idle/",
    "agenda/account/", "agenda/recover/", "agenda/aside/", "agenda/take-back/",
    "agenda/second-factor/password/", "agenda/appointment/<int:pk>/copy/", "agenda/export/",
}  # fmt: skip


def veil(client: Client, **more: str):
    return client.post("/agenda/veil/", more)


def at_the_code(login: str = "alice", **more: str) -> Client:
    """A browser that gave the password and has no code yet."""
    client = Client()
    assert client.post("/agenda/sign-in/", {"login": login, "password": PASSWORD, **more}).status_code == 302
    return client


def choose(client: Client, code: str, **more: str):
    return client.post("/agenda/unlock/", {"new_veil_code": code, **more})


def held(page: str) -> dict[str, str]:
    """The hidden fields of the door, but for the token."""
    first = page.split("</form>", maxsplit=1)[0]
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', first))
    return {name: value for name, value in found.items() if name != "csrfmiddlewaretoken"}


def addresses(desk: Desk, visit: Appointment) -> list[tuple[str, str]]:
    """Every address of the staff with ids that exist: (pattern, path)."""
    ids = {
        r"<int:practitioner>": desk.one.pk, r"<int:pk>": visit.pk, r"<\w+:on>": "2026-01-05",
        r"<slug:becomes>": "excused", r"<int:\w+>": visit.pk, r"<path:object_id>": desk.practice.pk,
        r"<slug:\w+>": "x", r"<\w+:\w+>": "x",
    }  # fmt: skip
    found = []
    for pattern, _view in views():
        if pattern in MACHINES | PATIENTS | SIGN_IN or "(" in pattern or "^" in pattern:
            continue
        path = pattern
        for sign, value in ids.items():
            path = re.sub(sign, str(value), path)
        found.append((pattern, f"/{path}"))
    return found


# The code is chosen at each sign-in.


def test_after_the_password_a_code_is_chosen_and_then_the_page_that_was_asked(desk):
    desk.visit()
    client = at_the_code(next="/agenda/list/2026-01-05/")
    answer = client.get("/agenda/list/2026-01-05/")
    assert answer.url == "/agenda/unlock/?next=%2Fagenda%2Flist%2F2026-01-05%2F"
    page = text(client.get(answer.url))
    assert "Votre code du voile" in page
    assert choose(client, CODE, next=held(page)["next"]).url == "/agenda/list/2026-01-05/"
    assert NAME in text(client.get("/agenda/list/2026-01-05/"))


@pytest.mark.parametrize("typed", ["271 828", " 271828 ", "２７１８２８", "٢٧١٨٢٨", "2\u202f7\u202f1\u202f8\u202f2\u202f8"])  # fmt: skip
def test_digits_count_however_they_are_typed(desk, typed):
    client = at_the_code()
    assert choose(client, typed).status_code == 302
    veil(client)
    assert lift(client, CODE).status_code == 302


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "27182a", "²³⁴⁵⁶⁷x", "271-828", "a\0b", "x" * 5000])
def test_what_is_no_code_is_said(desk, typed):
    client = at_the_code()
    answer = choose(client, typed)
    assert answer.status_code == 422
    assert "Choisissez six chiffres." in text(answer)
    assert "code" not in session_row(client)


@pytest.mark.parametrize(
    "code",
    ["000000", "777777", "123456", "654321", "456789", "012345", "987654", "890123", "121212", "123123", "909090"],
)
def test_the_codes_that_anybody_tries_first_are_refused(desk, code):
    answer = choose(at_the_code(), code)
    assert answer.status_code == 422
    assert "se devine au premier essai" in text(answer)


@pytest.mark.parametrize("code", ["271828", "000001", "112358", "123457", "135791"])
def test_other_codes_are_not(code):
    assert not codes.is_plain(code)


def test_until_then_every_page_leads_to_the_choice_and_no_form_is_lost(desk):
    visit, client = desk.visit(), at_the_code()
    for pattern, path in addresses(desk, visit):
        answer = client.get(path)
        assert NAME not in text(answer), path
        if pattern not in AT_THE_DOOR:
            assert answer.status_code == 302, path
            assert answer.url.startswith("/agenda/unlock/?next="), path
    page = text(mark(client, visit, "arrived"))
    assert "Votre code du voile" in page
    assert "Votre saisie est gardée" in page
    assert mark(client, visit, "arrived", new_veil_code="123456").status_code == 422
    assert mark(client, visit, "arrived", new_veil_code=CODE).status_code == 302
    assert Appointment.objects.get().state == "arrived"


def test_whoever_left_before_the_choice_is_locked_and_the_next_to_come_chooses_nothing(desk, clock):
    client = at_the_code()
    clock.move_to(NOW + desk.practice.veil_after * MINUTE)
    assert choose(client, WRONG).status_code == 200
    assert "Session verrouillée" in text(client.get("/agenda/unlock/"))
    assert "half" not in session_row(client)


def test_a_code_is_chosen_once_and_nobody_at_the_open_desk_can_set_another(desk, alice):
    before = session_row(alice)["code"]
    choose(alice, WRONG)
    veil(alice)
    choose(alice, WRONG)
    assert session_row(alice)["code"] == before
    assert lift(alice, WRONG).status_code == 422


def test_after_the_lock_another_code_is_chosen(desk, alice):
    alice.post("/agenda/lock/")
    assert "code" not in session_row(alice)
    alice.post("/agenda/unlock/", {"unlock_password": PASSWORD})
    assert alice.get("/agenda/").url.startswith("/agenda/unlock/")
    choose(alice, WRONG)
    veil(alice)
    assert lift(alice, WRONG).status_code == 302


# Down, and up again.


def test_the_veil_by_hand_leads_back_to_the_same_page_without_names_and_the_code_shows_them(desk, alice):
    desk.visit()
    answer = veil(alice, next="/agenda/day/2026-01-05/?p=1")
    assert answer.url == "/agenda/day/2026-01-05/?p=1"
    page = text(alice.get("/agenda/day/2026-01-05/"))
    assert NAME not in page
    assert "Les noms sont voilés" in page
    assert "Consultation" in page
    assert lift(alice, next="/agenda/day/2026-01-05/").url == "/agenda/day/2026-01-05/"
    assert NAME in text(alice.get("/agenda/day/2026-01-05/"))


def test_without_use_it_falls_by_itself_and_the_keys_are_still_there(desk, alice, clock):
    desk.visit()
    minutes = desk.practice.veil_after
    clock.move_to(NOW + minutes * MINUTE - timedelta(seconds=1))
    assert NAME in text(alice.get("/agenda/"))
    clock.move_to(NOW + 2 * minutes * MINUTE)
    assert NAME not in text(alice.get("/agenda/"))
    assert "half" in session_row(alice)
    assert key_cookie(alice)
    lift(alice)
    assert NAME in text(alice.get("/agenda/"))


def test_a_new_practice_waits_ten_minutes_and_closes_at_eight(db):
    practice = Practice()
    assert (practice.veil_after, practice.closes_minute) == (10, 20 * 60)


def test_the_practice_decides_how_long(desk, alice, clock):
    desk.visit()
    Practice.objects.update(veil_after=2)
    clock.move_to(NOW + 2 * MINUTE)
    assert NAME not in text(alice.get("/agenda/"))


def test_what_a_timer_asks_is_no_use_and_neither_is_a_look_at_the_door(desk, alice, clock):
    minutes = desk.practice.veil_after
    for minute in range(1, minutes):
        clock.move_to(NOW + minute * MINUTE)
        left = alice.get("/agenda/idle/", headers={"X-Timer": "1"}).json()["left"]
        assert left == (minutes - minute) * 60
        assert alice.get("/agenda/", headers={"X-Timer": "1"}).status_code == 200
        assert "Votre session est ouverte" in text(alice.get("/agenda/veil/"))
    clock.move_to(NOW + minutes * MINUTE)
    asked = alice.get("/agenda/idle/", headers={"X-Timer": "1"}).json()
    assert asked == {"left": 0, "standing": "veiled", "who": str(desk.alice.pk)}


def test_somebody_at_the_keys_is_use(desk, alice, clock):
    clock.move_to(NOW + 10 * MINUTE)
    assert alice.get("/agenda/idle/").json()["left"] == desk.practice.veil_after * 60


def test_reading_on_writes_the_clock_at_most_every_few_seconds(desk, alice, clock):
    clock.shift(5)
    before = session_row(alice)["used"]
    alice.get("/agenda/")
    assert session_row(alice)["used"] == before
    clock.shift(30)
    alice.get("/agenda/")
    assert session_row(alice)["used"] == before + 35


def test_four_hours_under_the_veil_are_the_lock_whether_or_not_a_screen_asked_meanwhile(desk, clock):
    asking, silent = desk.client(), desk.client()
    fallen = NOW + desk.practice.veil_after * MINUTE
    for hour in range(4):
        clock.move_to(fallen + hour * HOUR)
        assert asking.get("/agenda/idle/", headers={"X-Timer": "1"}).json()["standing"] == "veiled"
    clock.move_to(fallen + 4 * HOUR)
    for client in (asking, silent):
        answer = lift(client)
        assert answer.status_code == 200
        assert "Session verrouillée" in text(answer)
        assert {"half", "code", "veiled"}.isdisjoint(session_row(client))
        assert key_cookie(client) == ""


def test_at_the_hour_of_closing_open_and_veiled_sessions_lock_and_the_password_leads_back(desk, clock):
    """The veil at half past seven, the lock at eight, Paris time."""
    desk.visit()
    Practice.objects.update(closes_minute=1200)
    clock.move_to(NOW.replace(hour=18, minute=30))
    busy, veiled = desk.client(), desk.client()
    veil(veiled)
    clock.move_to(NOW.replace(hour=18, minute=55))
    assert busy.get("/agenda/idle/").json()["left"] == 300
    clock.move_to(NOW.replace(hour=19))
    for client in (busy, veiled):
        page = text(client.get("/agenda/day/2026-01-05/"))
        assert NAME not in page
        assert "Déverrouiller" in page
        assert "half" not in session_row(client)
        assert unlock(client, next="/agenda/day/2026-01-05/").url == "/agenda/day/2026-01-05/"
        assert NAME in text(client.get("/agenda/day/2026-01-05/"))


def test_a_clock_that_goes_back_draws_the_veil_and_loses_nothing(desk, alice, clock):
    """T16, I8"""
    visit = desk.visit()
    Practice.objects.update(closes_minute=9 * 60)
    clock.move_to(NOW - 3 * HOUR)
    met = mark(alice, visit, "arrived")
    assert "Les noms sont voilés" in text(met)
    assert mark(alice, visit, "arrived", veil_code=CODE).status_code == 302
    assert Appointment.objects.get().state == "arrived"
    assert alice.get("/agenda/idle/").json()["left"] == desk.practice.veil_after * 60
    # And the hour of closing counts from the clock as it is now.
    clock.move_to(NOW + HOUR)
    assert NAME not in text(alice.get("/agenda/"))
    assert "half" not in session_row(alice)


def test_drawing_the_veil_is_a_post_and_asking_changes_nothing(desk, alice):
    """I6, M2"""
    before = session_row(alice)
    assert alice.get("/agenda/veil/").status_code == 200
    assert session_row(alice) == before
    veil(alice)
    assert alice.get("/agenda/veil/", {"next": "/agenda/list/2026-01-05/"}).url.startswith("/agenda/unlock/?next=")


# Wrong codes.


def test_five_wrong_codes_end_the_session_and_the_password_is_asked(desk, alice, caplog):
    desk.visit()
    veil(alice)
    for left in (4, 3, 2, 1):
        answer = lift(alice, WRONG, next="/agenda/list/2026-01-05/")
        assert answer.status_code == 422
        assert f"Encore {left} essai" in text(answer)
        assert held(text(answer)) == {"next": "/agenda/list/2026-01-05/"}
    answer = lift(alice, WRONG, next="/agenda/list/2026-01-05/")
    assert answer.status_code == 422
    assert "Cinq codes faux" in text(answer)
    assert 'name="unlock_password"' in text(answer)
    assert {"half", "code"}.isdisjoint(session_row(alice))
    assert key_cookie(alice) == ""
    assert "the veil's code was wrong 5 times" in caplog.text
    assert WRONG not in caplog.text
    lift(alice)
    assert NAME not in text(alice.get("/agenda/"))
    assert unlock(alice, next="/agenda/list/2026-01-05/").url == "/agenda/list/2026-01-05/"
    assert NAME in text(alice.get("/agenda/"))


def test_after_the_password_there_are_five_tries_again(desk, alice):
    veil(alice)
    for _ in range(codes.TRIES):
        lift(alice, WRONG)
    unlock(alice)
    veil(alice)
    assert "Encore 4 essais" in text(lift(alice, WRONG))


def test_the_right_code_takes_back_what_was_counted_and_a_slip_of_the_finger_is_no_try(desk, alice):
    for _ in range(3):
        veil(alice)
        for _wrong in range(codes.TRIES - 1):
            assert lift(alice, WRONG).status_code == 422
            assert "six chiffres" in text(lift(alice, "27182"))
        assert lift(alice).status_code == 302


def twin(client: Client) -> Client:
    """The same browser in another tab, or a copy of its cookies of a moment ago."""
    other = Client()
    for name, cookie in client.cookies.items():
        other.cookies[name] = cookie.value
    return other


def test_tries_are_counted_in_the_store_whatever_cookies_are_brought_back(desk, alice):
    veil(alice)
    kept = twin(alice)
    for number in range(codes.TRIES):
        lift(twin(kept) if number % 2 else alice, WRONG)
    lift(kept)
    assert all("half" not in row.get_decoded() for row in Session.objects.all())


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_however_many_try_at_once_five_codes_are_looked_at(transactional_db, clock, monkeypatch):
    desk = Desk()
    client = desk.client()
    veil(client)
    looked = []
    real = keys.code_fits
    monkeypatch.setattr(keys, "code_fits", lambda *given: looked.append(given[3]) or real(*given))
    tries = [partial(lift, twin(client), f"{number:06}") for number in range(500_000, 500_012)]
    answers = all_at_once(tries)
    assert len(looked) <= codes.TRIES
    # Whoever comes when the session is locked already is sent to the door.
    assert {answer.get("Location", "refused") for answer in answers} <= {
        "refused",
        "/agenda/sign-in/?next=/agenda/unlock/",
    }
    assert {answer.status_code for answer in answers} <= {422, 302}
    assert all("half" not in row.get_decoded() for row in Session.objects.all())


# What the code protects, and from whom.


def test_the_row_and_the_server_secret_do_not_tell_whether_a_code_fits(desk, alice):
    """The box opens under the cookie's half alone: not one of a million codes can be held against it without."""
    row = session_row(alice)
    box, staff = urlsafe_b64decode(row["code"]), desk.alice.pk
    assert keys.code_fits(urlsafe_b64decode(key_cookie(alice)), box, staff, CODE)
    assert not keys.code_fits(urlsafe_b64decode(key_cookie(alice)), box, staff, WRONG)
    assert not keys.code_fits(urlsafe_b64decode(key_cookie(alice)), box, desk.bruno.pk, CODE)
    known = [*settings.SERVER_SECRETS, *(sealing.derive(secret, "session") for secret in settings.SERVER_SECRETS), bytes(32)]  # fmt: skip
    for key in known:
        assert not keys.code_fits(key, box, staff, CODE)
    assert CODE.encode() not in box
    # Two sessions with the same code have nothing in common.
    other = session_row(desk.client())["code"]
    assert len(urlsafe_b64decode(other)) == len(box)
    assert not set(chunks(urlsafe_b64decode(other))) & set(chunks(box))


def test_inside_the_box_is_a_salted_hash_and_no_code(desk, alice):
    kept = sealing.decrypt(
        urlsafe_b64decode(key_cookie(alice)),
        urlsafe_b64decode(session_row(alice)["code"]),
        Context("veil", "code", (desk.alice.pk,)),
    )
    assert len(kept) == 16 + 32
    assert CODE.encode() not in kept


def test_the_cookie_alone_opens_nothing_and_the_row_alone_neither(desk, alice):
    desk.visit()
    veil(alice)
    cookie, row = Client(), Client()
    cookie.cookies[settings.VAULT_COOKIE_NAME] = key_cookie(alice)
    assert lift(cookie).status_code == 302
    assert cookie.get("/agenda/").status_code == 302
    row.cookies[settings.SESSION_COOKIE_NAME] = session_id(alice)
    assert lift(row).status_code == 200
    assert NAME not in text(row.get("/agenda/"))


def chunks(box: bytes) -> list[bytes]:
    return [box[start : start + 4] for start in range(1, len(box) - 4)]


def test_with_the_password_given_once_more_the_code_goes_over_to_the_new_halves(desk, alice):
    before = key_cookie(alice), session_row(alice)["code"]
    alice.post("/agenda/limit/", {"unlock_password": PASSWORD})
    assert key_cookie(alice) != before[0]
    assert session_row(alice)["code"] != before[1]
    veil(alice)
    assert lift(alice).status_code == 302


def test_a_forgotten_code_is_given_up_for_the_password(desk, alice):
    visit = desk.visit()
    veil(alice)
    met = mark(alice, visit, "arrived", remark="à 7 h", veil_forgotten="1")
    assert "Session verrouillée" in text(met)
    assert held(text(met)) == {"becomes": "arrived", "seen": "booked", "remark": "à 7 h"}
    assert "half" not in session_row(alice)
    assert mark(alice, visit, "arrived", remark="à 7 h", unlock_password=PASSWORD).status_code == 302
    assert Appointment.objects.get().state == "arrived"
    settle(alice)
    assert NAME in text(alice.get("/agenda/"))


# Nothing shows a name under it, nothing is taken, nothing is lost.


def test_no_page_of_the_staff_shows_a_name_under_the_veil(desk, alice):
    visit = desk.visit(message="Je viens avec ma fille")
    Staff.objects.filter(pk=desk.alice.pk).update(role=Staff.Role.MANAGER)
    found = addresses(desk, visit)
    showing = {path for _pattern, path in found if NAME in text(alice.get(path))}
    assert len(showing) >= 7
    assert session_row(alice)
    veil(alice)
    for _pattern, path in found:
        answer = alice.get(path)
        for part in (NAME, "Zénobie", "612345678", "ma fille"):
            assert part not in text(answer), path
        assert answer.headers["X-Standing"] == "veiled", path
        assert type(answer.headers["X-Standing"]) is str  # servers take no subclass
    lift(alice)
    assert NAME in text(alice.get("/agenda/"))


@pytest.mark.parametrize("stands", ["veiled", "locked"])
def test_no_form_is_taken_under_the_veil_or_when_locked_except_at_the_door(desk, alice, stands):
    """Held by the middleware: whatever a view forgets, and whoever writes the next one."""
    visit = desk.visit()
    Staff.objects.filter(pk=desk.alice.pk).update(role=Staff.Role.MANAGER)
    found = addresses(desk, visit)
    alice.post("/agenda/veil/" if stands == "veiled" else "/agenda/lock/")
    field = "veil_code" if stands == "veiled" else "unlock_password"
    for pattern, path in found:
        if pattern in AT_THE_DOOR:
            continue
        answer = alice.post(path, {"typed": "L’été"})
        assert answer.status_code == 200, path
        assert held(text(answer)) == {"typed": "L’été"}, path
        assert f'action="{path}"' in text(answer), path
        assert f'name="{field}"' in text(answer), path
        assert answer.headers["X-Standing"] == stands


def test_these_views_answer_at_the_door_and_no_others():
    assert {address for address, view in views() if getattr(view, "at_the_door", False)} == AT_THE_DOOR


def test_a_form_that_meets_the_veil_waits_there_and_goes_on_with_the_code(desk, alice, clock):
    """U3: 40 minutes on the form, and nothing typed is lost."""
    visit = desk.visit()
    clock.move_to(NOW + 40 * MINUTE)
    sent = {"next": "/agenda/list/2026-01-05/", "remark": "L’été <b>à 7 h</b> & demi"}
    met = mark(alice, visit, "arrived", **sent)
    assert met.status_code == 200
    assert "Votre saisie est gardée" in text(met)
    assert NAME not in text(met)
    fields = held(text(met))
    assert set(fields) == {"becomes", "seen", "next", "remark"}
    wrong = mark(alice, visit, "arrived", **sent, veil_code=WRONG)
    assert wrong.status_code == 422
    assert held(text(wrong)) == fields
    assert WRONG not in text(wrong)
    assert Appointment.objects.get().state == "booked"
    assert mark(alice, visit, "arrived", **sent, veil_code=CODE).url == "/agenda/list/2026-01-05/"
    assert Appointment.objects.get().state == "arrived"


def test_a_form_on_the_veil_that_turned_into_the_lock_asks_for_the_password_and_is_still_whole(desk, alice, clock):
    visit = desk.visit()
    veil(alice)
    clock.move_to(NOW + 5 * HOUR)
    met = mark(alice, visit, "arrived", remark="à 7 h", veil_code=CODE)
    assert "Session verrouillée" in text(met)
    assert held(text(met)) == {"becomes": "arrived", "seen": "booked", "remark": "à 7 h"}
    assert mark(alice, visit, "arrived", unlock_password=PASSWORD).status_code == 302
    assert Appointment.objects.get().state == "arrived"


def test_settings_that_meet_the_veil_are_saved_with_the_code(desk, alice):
    Staff.objects.filter(pk=desk.alice.pk).update(role=Staff.Role.MANAGER)
    path = f"/agenda/admin/practitioners/location/{desk.location.pk}/change/"
    form = {"practice": desk.practice.pk, "label": "Rue neuve", "address": "1 rue neuve", "access": "", "_save": "x"}
    veil(alice)
    assert "Les noms sont voilés" in text(alice.post(path, form))
    desk.location.refresh_from_db()
    assert desk.location.label != "Rue neuve"
    assert alice.post(path, {**form, "veil_code": CODE}).status_code == 302
    desk.location.refresh_from_db()
    assert desk.location.label == "Rue neuve"


@pytest.mark.parametrize(
    "page", ["/agenda/account/", "/agenda/recover/", "/agenda/appointment/{visit}/copy/", "/agenda/export/"]
)
def test_a_form_with_a_password_is_never_held(desk, alice, page):
    visit = desk.visit()
    veil(alice)
    typed = {"current": "Secret-typed-1234", "password": "Secret-typed-1234", "unlock_password": "Secret-typed-1234"}
    answer = alice.post(page.format(visit=visit.pk), typed)
    assert "Secret-typed-1234" not in text(answer)


# Two tabs.


def test_an_answer_under_way_in_another_tab_cannot_lift_the_veil_by_what_it_writes(desk, alice):
    """A tab that read the session before the veil, and writes its clock after."""
    tab = SessionStore(session_id(alice))
    tab["used"] += 60
    veil(alice)
    with pytest.raises(UpdateError):
        tab.save()
    assert "veiled" in session_row(alice)


def test_a_script_that_asked_before_the_veil_and_is_answered_after_throws_nobody_out(desk, alice):
    """It names the session's former id. A page that does so is of a session that is over, and the browser forgets it."""
    late = Client()
    for name, one in alice.cookies.items():
        late.cookies[name] = one.value
    veil(alice)
    asked = late.get("/agenda/idle/", headers={"Sec-Fetch-Dest": "empty"})
    assert (asked.status_code, set(asked.cookies)) == (302, set())
    shown = late.get("/agenda/", headers={"Sec-Fetch-Dest": "document"})
    assert set(shown.cookies) == {settings.SESSION_COOKIE_NAME, settings.VAULT_COOKIE_NAME}
    assert {one["max-age"] for one in shown.cookies.values()} == {0}
    assert lift(alice).status_code == 302
    assert "veiled" not in session_row(alice)


def test_what_is_veiled_or_lifted_in_one_tab_is_so_in_the_other(desk, alice):
    desk.visit()
    other = Client()
    other.cookies = alice.cookies
    veil(alice)
    assert NAME not in text(other.get("/agenda/"))
    lift(other)
    assert NAME in text(alice.get("/agenda/"))


# The doors' pages.


@pytest.mark.parametrize("how", ["veil", "lock", "unchosen"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_door_names_who_is_asked_and_says_what_it_protects(desk, how, language):
    client = at_the_code() if how == "unchosen" else desk.client()
    if how != "unchosen":
        client.post(f"/agenda/{how}/")
    page = text(client.get("/agenda/unlock/", headers={"Accept-Language": language}))
    assert "Alice" in page
    assert "INVALID" not in page
    if how == "veil":
        told = {"fr": "Il n’arrête pas qui tient cette machine ou le serveur", "en": "whoever holds this machine"}
        assert told[language] in page
