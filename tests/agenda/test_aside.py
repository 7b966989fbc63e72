"""A colleague over the veil: each one's session, page and key stay their own, and nobody acts in another's name."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from booking.models import Appointment
from practitioners import keys
from practitioners.models import AccessEvent, Practice, Staff
from practitioners.sessions import end, forget_expired
from tests.agenda.cast import (
    CODE,
    NAME,
    key_cookie,
    lift,
    mark,
    owner,
    session_id,
    session_row,
    sign_in,
    text,
    unlock,
)
from tests.agenda.factor import STEP, enrol_telephone, give, next_code
from tests.booking.cast import NOW
from tests.practitioners.cast import PASSWORD, private_of

HOUR = timedelta(hours=1)
LIST = "/agenda/list/2026-01-05/"
OTHER = "Zwingli"


def put_aside(client: Client, **more: str):
    return client.post("/agenda/aside/", {"next": LIST, **more})


def take_back(client: Client, slot: int = 1, **more: str):
    return client.post("/agenda/take-back/", {"slot": str(slot), **more})


def slot_cookie(client: Client, slot: int = 1) -> str:
    cookie = client.cookies.get(f"{settings.ASIDE_COOKIE_NAME}-{slot}")
    return cookie.value if cookie else ""


def offered(client: Client, path: str = "/agenda/sign-in/") -> dict[str, str]:
    """Who is offered to come back on a page: slot by name."""
    page = text(client.get(path))
    found = re.findall(r'name="slot" value="(\d)">Reprendre la session de ([^<]+)<', page)
    return {name: slot for slot, name in found}


@pytest.fixture
def desk(desk):
    """Each has a visit at nine, in an agenda that the other may not open."""
    desk.visit()
    desk.visit(of=desk.two, name=OTHER)
    return desk


@pytest.fixture
def shared(desk, alice) -> Client:
    """Alice's browser, in which Bruno is signed in over her veil."""
    assert put_aside(alice).url == "/agenda/sign-in/"
    assert sign_in(alice, "bruno").url == "/agenda/"
    return alice


def test_a_colleague_signs_in_and_the_first_one_comes_back_to_the_same_page(shared):
    """And each sees their own names, and not the other's."""
    page = text(shared.get(LIST))
    assert OTHER in page
    assert NAME not in page
    shared.post("/agenda/veil/")
    assert offered(shared, "/agenda/unlock/") == {"Alice": "1"}
    answer = take_back(shared, next="/agenda/day/2026-01-06/")
    assert answer.url == "/agenda/unlock/?next=%2Fagenda%2Flist%2F2026-01-05%2F"
    for other in (NAME, OTHER):
        assert other not in text(shared.get(LIST))
    assert lift(shared, next=LIST).url == LIST
    page = text(shared.get(LIST))
    assert NAME in page
    assert OTHER not in page
    # And Bruno's waits in its turn, on his page.
    shared.post("/agenda/veil/")
    assert take_back(shared).url == "/agenda/unlock/?next=%2Fagenda%2Fday%2F2026-01-06%2F"
    assert "Vous êtes Bruno." in text(shared.get("/agenda/unlock/"))


def test_when_the_colleague_leaves_the_first_one_s_session_is_still_there(shared, desk):
    shared.post("/agenda/sign-out/")
    assert shared.get("/agenda/").status_code == 302
    assert offered(shared) == {"Alice": "1"}
    take_back(shared)
    lift(shared)
    assert NAME in text(shared.get(LIST))
    assert Session.objects.count() == 1
    assert slot_cookie(shared) == ""


def test_when_the_first_one_leaves_the_colleague_s_is_still_there(shared):
    take_back(shared)
    shared.post("/agenda/sign-out/")
    assert offered(shared) == {"Bruno": "1"}
    take_back(shared)
    lift(shared)
    assert OTHER in text(shared.get(LIST))


def test_locking_one_does_not_touch_the_other(shared):
    shared.post("/agenda/lock/")
    take_back(shared)
    assert lift(shared).status_code == 302
    assert NAME in text(shared.get(LIST))
    shared.post("/agenda/lock/")
    take_back(shared)
    assert "Session verrouillée" in text(shared.get("/agenda/unlock/"))
    assert unlock(shared).status_code == 302
    assert OTHER in text(shared.get(LIST))


def test_an_open_session_goes_aside_veiled_and_comes_back_veiled(desk, alice):
    put_aside(alice)
    row = Session.objects.get().get_decoded()
    assert "veiled" in row
    assert row["page"] == LIST
    take_back(alice)
    assert NAME not in text(alice.get(LIST))
    assert "page" not in session_row(alice)


def test_nobody_is_signed_in_between(desk, alice):
    put_aside(alice)
    assert session_id(alice) == ""
    assert key_cookie(alice) == ""
    for path in ("/agenda/", LIST, "/agenda/unlock/", "/agenda/idle/"):
        assert alice.get(path).url.startswith("/agenda/sign-in/")


def test_the_slot_s_cookie_stays_under_the_agenda_and_out_of_scripts_and_opens_nothing_alone(desk, alice):
    put_aside(alice)
    cookie = alice.cookies[f"{settings.ASIDE_COOKIE_NAME}-1"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/agenda/", True, "Strict")
    assert not cookie["max-age"]
    for part in (NAME, "Alice", "alice", CODE, private_of(desk.alice).hex()):
        assert part not in cookie.value
    # Whoever copies it meets the veil: the code of the one whose it is.
    thief = Client()
    thief.cookies[f"{settings.ASIDE_COOKIE_NAME}-1"] = cookie.value
    take_back(thief)
    assert NAME not in text(thief.get(LIST))


def test_over_https_the_slot_s_cookie_is_secure(desk, alice, settings):
    settings.HTTPS = True
    put_aside(alice)
    assert alice.cookies[f"{settings.ASIDE_COOKIE_NAME}-1"]["secure"]


def test_a_session_comes_back_with_a_new_id_and_its_old_cookie_is_void(desk, alice):
    put_aside(alice)
    kept = slot_cookie(alice)
    before = kept.split(".")[0]
    take_back(alice)
    assert session_id(alice) not in ("", before)
    assert not Session.objects.filter(pk=before).exists()
    replay = Client()
    replay.cookies[f"{settings.ASIDE_COOKIE_NAME}-1"] = kept
    assert offered(replay) == {}


@pytest.mark.parametrize("value", ["", "x", "é", "." * 3, "a" * 32 + ".AAAA." + "b" * 32, "A" * 32 + ".." + "b" * 32, "x" * 5000])  # fmt: skip
def test_a_cookie_that_is_none_offers_nobody_and_breaks_nothing(desk, value):
    client = Client()
    client.cookies[f"{settings.ASIDE_COOKIE_NAME}-2"] = value
    assert offered(client) == {}
    assert take_back(client, 2).url == "/agenda/sign-in/"


def test_a_half_that_does_not_fit_comes_back_locked(desk, alice):
    put_aside(alice)
    sid, _half, token = slot_cookie(alice).split(".")
    alice.cookies[f"{settings.ASIDE_COOKIE_NAME}-1"] = f"{sid}.AAAA.{token}"
    take_back(alice)
    assert "Session verrouillée" in text(alice.get("/agenda/unlock/"))


# Time, tries, ends: as for a session that is here.


def test_four_hours_and_the_hour_of_closing_count_while_it_waits(shared, clock):
    Practice.objects.update(closes_minute=12 * 60)
    clock.move_to(NOW + 2 * HOUR)
    take_back(shared)
    assert "Les noms sont voilés" in text(shared.get("/agenda/unlock/"))
    take_back(shared)
    clock.move_to(NOW + 4 * HOUR)  # noon in Paris
    for _ in range(2):
        take_back(shared)
        assert "Session verrouillée" in text(shared.get("/agenda/unlock/"))
        assert unlock(shared).status_code == 302


def test_wrong_codes_are_counted_by_session_and_cost_the_other_nothing(shared):
    shared.post("/agenda/veil/")
    for _ in range(4):
        assert lift(shared, "314159").status_code == 422
    take_back(shared)
    assert "Encore 4 essais" in text(lift(shared, "314159"))
    take_back(shared)
    assert "Cinq codes faux" in text(lift(shared, "314159"))
    take_back(shared)
    assert lift(shared).status_code == 302


def test_a_code_belongs_to_its_session(desk, alice):
    put_aside(alice)
    client = alice
    client.post("/agenda/sign-in/", {"login": "bruno", "password": PASSWORD})
    client.post("/agenda/unlock/", {"new_veil_code": "141421"})
    take_back(client)
    assert lift(client, "141421").status_code == 422
    assert lift(client).status_code == 302


@pytest.mark.parametrize("how", ["new password", "removed", "inactive", "ended by the owner", "ended with the account"])
def test_a_session_that_waits_ends_with_its_password_its_account_and_at_its_owner_s_word(desk, shared, how):
    """P12"""
    alice = owner("alice")
    if how == "new password":
        keys.set_password(alice, private_of(alice), "Groseille-1848-hiver")
    elif how == "removed":
        alice.delete()
    elif how == "inactive":
        Staff.objects.filter(pk=alice.pk).update(is_active=False)
    elif how == "ended by the owner":
        elsewhere = desk.client()
        assert elsewhere.post("/agenda/account/sessions/").status_code == 302
    else:
        end([alice.pk])
    shared.post("/agenda/veil/")
    assert offered(shared, "/agenda/unlock/") == {}
    assert take_back(shared).url == "/agenda/sign-in/"
    # Bruno is untouched, and the place is free again.
    lift(shared)
    assert OTHER in text(shared.get(LIST))
    assert put_aside(shared).url == "/agenda/sign-in/"
    assert offered(shared) == {"Bruno": "1"}


def test_one_s_own_session_that_waits_is_among_one_s_sessions(desk, shared):
    elsewhere = desk.client()
    assert text(elsewhere.get("/agenda/account/")).count('name="session"') == 1
    assert text(shared.get("/agenda/account/")).count('name="session"') == 0


def test_a_new_password_given_here_ends_the_one_that_waits_elsewhere_and_not_the_colleague_s(desk, alice):
    put_aside(alice)
    sign_in(alice, "bruno")
    elsewhere = desk.client()
    form = {"current": PASSWORD, "new": "Groseille-1848-hiver", "again": "Groseille-1848-hiver"}
    assert elsewhere.post("/agenda/account/", form).status_code == 302
    alice.post("/agenda/veil/")
    assert offered(alice, "/agenda/unlock/") == {}
    assert lift(alice).status_code == 302


def test_whoever_signs_in_anew_has_one_session_in_the_browser(desk, alice):
    put_aside(alice)
    sign_in(alice)
    assert Session.objects.count() == 1
    alice.post("/agenda/veil/")
    assert offered(alice, "/agenda/unlock/") == {}


def test_with_a_second_factor_too_the_colleague_comes_in_over_the_veil(desk, clock):
    Practice.objects.update(requires_second_factor=True)
    client, _secret, _codes = enrol_telephone()
    _other, secret, _codes = enrol_telephone("bruno")
    put_aside(client)
    assert sign_in(client, "bruno").url == STEP
    assert offered(client) == {"Alice": "1"}
    assert give(client, next_code(clock, secret)).url == "/agenda/"
    assert OTHER in text(client.get(LIST))
    take_back(client)
    lift(client)
    assert NAME in text(client.get(LIST))


def test_a_sign_in_that_waits_for_its_factor_is_dropped_when_another_session_comes_back(desk, clock):
    Practice.objects.update(requires_second_factor=True)
    client, _secret, _codes = enrol_telephone()
    enrol_telephone("bruno")
    Session.objects.exclude(pk=session_id(client)).delete()
    put_aside(client)
    sign_in(client, "bruno")
    take_back(client)
    assert Session.objects.count() == 1
    assert lift(client).status_code == 302


def test_three_wait_and_the_fourth_is_told(desk, alice):
    for login in ("bruno", "chloe"):
        put_aside(alice)
        sign_in(alice, login)
    dora = Staff.objects.create(login="dora", name="Dora")
    keys.enrol(dora, PASSWORD)
    put_aside(alice)
    sign_in(alice, "dora")
    answer = alice.post("/agenda/aside/", {"next": LIST}, follow=True)
    assert "garde déjà trois sessions" in text(answer)
    assert set(offered(alice, "/agenda/veil/")) == {"Alice", "Bruno", "Chloe"}
    alice.post("/agenda/veil/")
    assert set(offered(alice, "/agenda/unlock/")) == {"Alice", "Bruno", "Chloe"}
    take_back(alice, 2)
    assert "Vous êtes Bruno." in text(alice.get("/agenda/unlock/"))
    assert set(offered(alice, "/agenda/unlock/")) == {"Alice", "Chloe", "Dora"}


def test_who_goes_aside_before_choosing_a_code_comes_back_locked(desk):
    client = Client()
    client.post("/agenda/sign-in/", {"login": "alice", "password": PASSWORD})
    put_aside(client)
    take_back(client)
    assert "Session verrouillée" in text(client.get("/agenda/unlock/"))


# Nobody acts in another's name.


def test_a_page_of_one_session_is_refused_in_the_other_s_and_taken_again_in_its_own(desk):
    """A tab of Alice's that is still open, while Bruno is signed in; and then hers again."""
    client = Client(enforce_csrf_checks=True)

    def token(path: str) -> str:
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text(client.get(path)))
        assert found is not None
        return found[1]

    def enter(login: str) -> None:
        form = {"login": login, "password": PASSWORD, "csrfmiddlewaretoken": token("/agenda/sign-in/")}
        assert client.post("/agenda/sign-in/", form).status_code == 302
        form = {"new_veil_code": CODE, "csrfmiddlewaretoken": token("/agenda/unlock/")}
        assert client.post("/agenda/unlock/", form).status_code == 302

    enter("alice")
    visit = Appointment.objects.get(practitioner=desk.one)
    hers = token(f"/agenda/appointment/{visit.pk}/")
    put_aside(client, csrfmiddlewaretoken=hers)
    enter("bruno")
    answer = mark(client, visit, "arrived", csrfmiddlewaretoken=hers)
    assert answer.status_code == 403
    assert "autre personne" in text(answer)
    assert not AccessEvent.objects.filter(action__startswith="to ").exists()
    take_back(client, csrfmiddlewaretoken=token("/agenda/veil/"))
    assert mark(client, visit, "arrived", csrfmiddlewaretoken=hers, veil_code=CODE).status_code == 302
    noted = AccessEvent.objects.get(action__startswith="to ")
    assert noted.staff == desk.alice.pk


def test_the_exchange_is_a_post_and_goes_on_inside_the_agenda(desk, alice):
    """M2, I6"""
    for path in ("/agenda/aside/", "/agenda/take-back/"):
        assert alice.get(path).status_code == 405
    put_aside(alice, next="https://example.org/")
    assert take_back(alice).url == "/agenda/unlock/?next=%2Fagenda%2F"


def test_the_pages_that_offer_a_session_cost_two_queries_for_each(desk, alice, django_assert_num_queries):
    for login in ("bruno", "chloe"):
        put_aside(alice)
        sign_in(alice, login)
    put_aside(alice)
    with django_assert_num_queries(1 + 2 * 3):
        alice.get("/agenda/sign-in/")


def test_a_session_that_nobody_comes_back_to_is_deleted_in_the_night(desk, alice, clock):
    put_aside(alice)
    clock.move_to(NOW + 15 * HOUR)
    assert forget_expired(NOW + 15 * HOUR) == 1
    assert not Session.objects.exists()
    assert offered(alice) == {}
