"""The veil in a real browser: it falls by itself, by a key and in the other tab; what is typed waits; and axe is content."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Error, Page, expect

from booking.models import Appointment
from practitioners.models import Practice
from tests.agenda.cast import CODE, NAME, Desk
from tests.booking.cast import PARIS
from tests.e2e.conftest import Opened
from tests.e2e.looking import Late, answers_are_read, faults
from tests.e2e.test_accessibility import LOOKED_AT
from tests.practitioners.cast import PASSWORD

WRONG = "314159"
OTHER = "Zwingli"


@pytest.fixture
def desk(transactional_db: None) -> Desk:
    """Alice's day, with one visit that is booked."""
    desk = Desk()
    today = timezone.localdate(timezone=PARIS)
    desk.opening(on=today, start_minute=480, end_minute=1140)
    desk.visit("10:00", day=today)
    return desk


@pytest.fixture
def screen(visit: Opened, desk: Desk) -> Callable[..., Page]:
    """A browser at the desk, signed in; its clock is ours where `clock`."""

    def open_screen(path: str = "/agenda/", *, clock: bool = False, **options: Any) -> Page:
        size = {"viewport": {"width": 1280, "height": 860}, "java_script_enabled": True}
        page = visit("/agenda/sign-in/", **{**size, **options})
        if clock:
            page.clock.install()
        page.goto(f"/agenda/sign-in/?next={path}")
        password(page)
        expect(page.locator("body[data-standing=open]")).to_be_visible()
        page.wait_for_load_state()
        return page

    return open_screen


def password(page: Page) -> None:
    page.get_by_label("Identifiant").fill("alice")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def no_one_was_here_for(minutes: int) -> None:
    """Age the one session behind the browser's back."""
    store = SessionStore(Session.objects.get().session_key)
    store["used"] -= minutes * 60
    store.save()


def asks(page: Page) -> None:
    """The screen's next question, and its answer. A slow screen sets its timer a moment after the answer before: then once more."""
    for _try in range(20):
        with suppress(Error):
            with page.expect_response("**/agenda/idle/", timeout=2_000):
                page.clock.fast_forward(61_000)
            return
    pytest.fail("the screen asks no more")


def time_passes(page: Page, minutes: int) -> None:
    """Half an hour without use, and the screen's next question."""
    no_one_was_here_for(minutes)
    asks(page)


def give_code(page: Page, code: str = CODE) -> None:
    page.get_by_label("Votre code à six chiffres").fill(code)
    page.get_by_label("Votre code à six chiffres").press("Enter")


def names(page: Page) -> Any:
    return page.get_by_text(NAME)


def test_from_the_password_by_way_of_the_code_to_the_page_that_was_asked(
    visit: Opened, desk: Desk, asked_for_a_code: None
) -> None:
    """Without scripts and by keyboard alone."""
    today = timezone.localdate(timezone=PARIS)
    page = visit(f"/agenda/list/{today}/")
    expect(page.get_by_label("Identifiant")).to_be_focused()
    page.keyboard.type("alice")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    for code, said in [("123456", "se devine"), ("12", "Choisissez six chiffres.")]:
        expect(page.get_by_role("heading", name="Votre code du voile")).to_be_visible()
        expect(page.get_by_label("Six chiffres")).to_be_focused()
        page.keyboard.type(code)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text(said)
    expect(page.get_by_label("Six chiffres")).to_be_focused()
    page.keyboard.type(CODE)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{page.url.split('/agenda/')[0]}/agenda/list/{today}/")
    expect(names(page)).to_be_visible()


def test_a_screen_left_alone_is_veiled_and_the_code_brings_the_same_page_back(screen: Callable[..., Page]) -> None:
    page = screen(clock=True)
    # The answer is awaited: one still under way would be overtaken by what is written into the session below.
    asks(page)
    expect(names(page)).to_be_visible()
    time_passes(page, 31)
    expect(page.get_by_text("Les noms sont voilés.")).to_be_visible()
    expect(names(page)).to_have_count(0)
    give_code(page, WRONG)
    expect(page.get_by_role("alert")).to_contain_text("Encore 4 essais")
    give_code(page)
    expect(names(page)).to_be_visible()
    # Behind the # the grid keeps where its cursor is.
    assert page.url.partition("#")[0].endswith("/agenda/"), page.url


def test_a_form_half_typed_leaves_the_document_under_the_veil_and_comes_back_with_the_code(
    screen: Callable[..., Page],
) -> None:
    """U3: and goes through afterwards, as if nothing had been."""
    page = screen("/agenda/account/", clock=True)
    page.get_by_label("Mot de passe actuel").fill(PASSWORD)
    page.get_by_label("Nouveau mot de passe").fill("Groseille-1848-hiver")
    time_passes(page, 31)
    expect(page.get_by_role("heading", name="Les noms sont voilés")).to_be_visible()
    expect(page.get_by_label("Nouveau mot de passe")).to_have_count(0)
    expect(page.locator("input[type=password]")).to_have_count(0)
    assert "Groseille" not in page.content()
    give_code(page, WRONG)
    expect(page.get_by_role("alert")).to_contain_text("Encore 4 essais")
    give_code(page)
    expect(page.get_by_label("Nouveau mot de passe")).to_have_value("Groseille-1848-hiver")
    page.get_by_label("Le même, encore une fois").fill("Groseille-1848-hiver")
    page.get_by_role("button", name="Changer le mot de passe").click()
    expect(page.get_by_role("status").first).to_contain_text("Votre mot de passe est changé")


def test_a_panel_that_is_open_comes_back_and_its_names_are_gone_meanwhile(screen: Callable[..., Page]) -> None:
    page = screen(clock=True)
    page.locator(".visit.is-booked a").first.click()
    expect(page.locator(".panel").get_by_role("heading", name=NAME)).to_be_visible()
    time_passes(page, 31)
    expect(page.get_by_role("heading", name="Les noms sont voilés")).to_be_visible()
    expect(names(page)).to_have_count(0)
    give_code(page)
    page.locator(".panel").get_by_role("button", name="Arrivé").click()
    expect(page.get_by_role("status")).to_contain_text("Noté")
    assert Appointment.objects.get().state == "arrived"


def test_a_call_half_typed_beside_the_grid_is_still_there_after_the_veil(screen: Callable[..., Page]) -> None:
    """U3: Escape at the code does not shut the panel that waits, and the booking goes on."""
    page = screen()
    page.keyboard.press("n")
    expect(page.locator(".panel [name=last_name]")).to_be_focused()
    page.keyboard.type("Lefebvre")
    page.keyboard.press("Tab")
    page.keyboard.type("Camille")
    page.get_by_role("button", name="Voiler").click()
    expect(page.get_by_role("heading", name="Les noms sont voilés")).to_be_visible()
    assert "Lefebvre" not in page.content()
    expect(page.get_by_label("Votre code à six chiffres")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.type(CODE)
    page.keyboard.press("Enter")
    expect(page.locator(".panel [name=last_name]")).to_have_value("Lefebvre")
    expect(page.locator(".panel [name=first_name]")).to_have_value("Camille")
    page.locator(".panel [name=first_name]").press("Enter")
    expect(page.locator(".times button").first).to_be_visible()


def test_a_form_half_typed_survives_the_lock_as_well(screen: Callable[..., Page]) -> None:
    page = screen("/agenda/account/", clock=True)
    page.get_by_label("Nouveau mot de passe").fill("Groseille-1848-hiver")
    time_passes(page, 31)
    expect(page.get_by_role("heading", name="Les noms sont voilés")).to_be_visible()
    store = SessionStore(Session.objects.get().session_key)
    store["veiled"] -= 4 * 3600
    store.save()
    give_code(page)
    expect(page.get_by_role("heading", name="Session verrouillée")).to_be_visible()
    page.get_by_label("Mot de passe").fill("wrong")
    page.get_by_role("button", name="Déverrouiller").click()
    expect(page.get_by_role("alert")).to_contain_text("n’ouvre pas votre session")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Déverrouiller").click()
    expect(page.get_by_label("Nouveau mot de passe")).to_have_value("Groseille-1848-hiver")


def test_the_key_veils_at_once_keeps_what_is_typed_and_veils_the_other_window_too(screen: Callable[..., Page]) -> None:
    page = screen("/agenda/account/")
    beside = page.context.new_page()
    beside.goto("/agenda/")
    expect(names(beside)).to_be_visible()
    page.bring_to_front()
    page.get_by_label("Nouveau mot de passe").fill("Groseille-1848-hiver")
    page.get_by_role("heading", name="Mon compte").click()
    page.keyboard.press("l")
    expect(page.get_by_role("heading", name="Les noms sont voilés")).to_be_visible()
    expect(beside.get_by_text("Les noms sont voilés.")).to_be_visible()
    expect(names(beside)).to_have_count(0)
    beside.bring_to_front()
    give_code(beside)
    expect(names(beside)).to_be_visible()
    page.bring_to_front()
    expect(page.get_by_label("Nouveau mot de passe")).to_have_value("Groseille-1848-hiver")


def test_what_is_typed_waits_though_a_timer_covers_it_before_the_button_s_answer_comes(
    screen: Callable[..., Page],
) -> None:
    """U3: covered once, and not the cover with it."""
    page = screen("/agenda/account/")
    page.get_by_label("Nouveau mot de passe").fill("Groseille-1848-hiver")
    late = Late(page, "**/agenda/veil/")
    page.get_by_role("button", name="Voiler").click()
    answer = late.first().fetch(max_redirects=0)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("heading", name="Les noms sont voilés")).to_be_visible()
    late.first().fulfill(response=answer)
    answers_are_read(page)
    give_code(page)
    expect(page.get_by_label("Nouveau mot de passe")).to_have_value("Groseille-1848-hiver")


def test_a_form_sent_under_the_veil_goes_on_with_the_code_and_without_scripts(visit: Opened, desk: Desk) -> None:
    page = visit("/agenda/sign-in/")
    password(page)
    page.locator(".visit.is-booked a").first.click()
    no_one_was_here_for(31)
    page.get_by_role("button", name="Arrivé").click()
    expect(page.get_by_text("Votre saisie est gardée")).to_be_visible()
    expect(names(page)).to_have_count(0)
    give_code(page)
    expect(page.get_by_role("status")).to_contain_text("Noté")
    assert Appointment.objects.get().state == "arrived"


def test_without_scripts_a_screen_left_alone_goes_to_the_door_by_itself(visit: Opened, desk: Desk) -> None:
    # The browser counts, so the practice waits for hardly longer than nothing.
    page = visit("/agenda/sign-in/")
    password(page)
    expect(names(page)).to_be_visible()
    refresh = page.locator("noscript meta, meta[http-equiv=refresh]").get_attribute("content") or ""
    assert refresh == "1800;url=/agenda/veil/?next=/agenda/"
    page.goto("/agenda/veil/?next=/agenda/")
    expect(page.get_by_role("heading", name="Votre session est ouverte")).to_be_visible()
    no_one_was_here_for(31)
    page.goto("/agenda/veil/?next=/agenda/")
    give_code(page)
    expect(names(page)).to_be_visible()


def test_five_wrong_codes_ask_for_the_password(screen: Callable[..., Page]) -> None:
    page = screen()
    page.keyboard.press("l")
    for left in ("4", "3", "2", "1"):
        give_code(page, WRONG)
        expect(page.get_by_role("alert")).to_contain_text(f"Encore {left}")
    give_code(page, WRONG)
    expect(page.get_by_role("alert")).to_contain_text("Cinq codes faux")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Déverrouiller").click()
    expect(names(page)).to_be_visible()


def test_when_the_server_is_away_names_are_covered_all_the_same(screen: Callable[..., Page]) -> None:
    """I8: and the page is back with the code once it answers."""
    page = screen(clock=True)
    page.route("**/agenda/idle/", lambda route: route.abort())
    page.route("**/agenda/veil/*", lambda route: route.abort())
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/idle/")):
        page.clock.fast_forward(61_000)
    expect(names(page)).to_be_visible()
    page.clock.fast_forward(31 * 60_000)
    expect(page.get_by_text("Le serveur ne répond pas")).to_be_visible()
    expect(names(page)).to_have_count(0)
    # The screen's own question is still not answered: it would take away the button that is pressed here.
    page.unroute("**/agenda/veil/*")
    no_one_was_here_for(31)
    page.get_by_role("button", name="Réessayer").click()
    give_code(page)
    expect(names(page)).to_be_visible()


# A colleague over the veil.


def enter_as_bruno(page: Page) -> None:
    page.get_by_label("Identifiant").fill("bruno")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_text(OTHER)).to_be_visible()


def test_without_scripts_a_colleague_signs_in_over_the_veil_and_the_first_one_comes_back_to_the_same_page(
    visit: Opened, desk: Desk
) -> None:
    today = timezone.localdate(timezone=PARIS)
    desk.visit("10:00", of=desk.two, name=OTHER, day=today)
    page = visit(f"/agenda/sign-in/?next=/agenda/list/{today}/", java_script_enabled=False)
    password(page)
    no_one_was_here_for(31)
    page.reload()
    page.get_by_role("link", name="autre personne").click()
    page.get_by_role("button", name="Une autre personne se connecte").click()
    expect(page.get_by_role("button", name="Reprendre la session de Alice")).to_be_visible()
    enter_as_bruno(page)
    page.get_by_role("button", name="Voiler").click()
    page.get_by_role("link", name="autre personne").click()
    page.get_by_role("button", name="Reprendre la session de Alice").click()
    expect(page.get_by_text("Vous êtes Alice.")).to_be_visible()
    give_code(page)
    expect(names(page)).to_be_visible()
    assert page.url.endswith(f"/agenda/list/{today}/")
    expect(page.get_by_text(OTHER)).to_have_count(0)


def test_a_form_half_typed_waits_in_its_tab_while_a_colleague_works_in_another(
    screen: Callable[..., Page], desk: Desk
) -> None:
    desk.visit("10:00", of=desk.two, name=OTHER, day=timezone.localdate(timezone=PARIS))
    page = screen("/agenda/account/", clock=True)
    page.get_by_label("Nouveau mot de passe").fill("Groseille-1848-hiver")
    page.locator("summary", has_text="Alice").click()
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Une autre personne").click()
    colleague = opened.value
    expect(page.get_by_text("Votre saisie est gardée sur cette page")).to_be_visible()
    expect(page.get_by_label("Nouveau mot de passe")).to_have_count(0)
    enter_as_bruno(colleague)
    # Bruno's session does not bring Alice's page back.
    page.bring_to_front()
    with page.expect_response("**/agenda/idle/"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_label("Nouveau mot de passe")).to_have_count(0)
    with page.context.expect_page() as again:
        page.get_by_role("link", name="Reprendre ma session").click()
    # Its own timer stands still: the other window tells it that the session is open.
    page.clock.pause_at(page.evaluate("Date.now()") / 1_000 + 1)
    again.value.get_by_role("button", name="Reprendre la session de Alice").click()
    give_code(again.value)
    expect(page.get_by_label("Nouveau mot de passe")).to_have_value("Groseille-1848-hiver")
    page.clock.resume()
    page.get_by_label("Mot de passe actuel").fill(PASSWORD)
    page.get_by_label("Le même, encore une fois").fill("Groseille-1848-hiver")
    page.get_by_role("button", name="Changer le mot de passe").click()
    expect(page.get_by_role("status").first).to_contain_text("Votre mot de passe est changé")


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_on_the_doors_in_any_state(
    visit: Opened, desk: Desk, width: int, asked_for_a_code: None
) -> None:
    """U1"""
    page = visit("/agenda/sign-in/", **LOOKED_AT, viewport={"width": width, "height": 860})

    def look(heading: str) -> None:
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        assert faults(page) == [], heading

    password(page)
    look("Votre code du voile")
    page.get_by_label("Six chiffres").fill("000000")
    page.get_by_role("button", name="Garder ce code").click()
    look("Votre code du voile")
    page.get_by_label("Six chiffres").fill(CODE)
    page.get_by_role("button", name="Garder ce code").click()
    expect(names(page)).to_be_visible()
    page.goto("/agenda/veil/")
    look("Votre session est ouverte")
    page.get_by_role("button", name="Voiler les noms").click()
    expect(page.locator(".unlock")).to_be_visible()
    page.goto("/agenda/unlock/")
    look("Les noms sont voilés")
    give_code(page, WRONG)
    look("Les noms sont voilés")
    page.get_by_role("button", name="Code oublié").click()
    look("Session verrouillée")
    page.get_by_role("button", name="Une autre personne se connecte").click()
    look("Agenda du cabinet")
    page.get_by_role("button", name="Reprendre la session de Alice").click()
    look("Session verrouillée")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Déverrouiller").click()
    look("Votre code du voile")
    page.goto("/agenda/second-factor/password/")
    look("Confirmez que c’est vous")


def test_the_hour_of_closing_locks_the_screen(screen: Callable[..., Page]) -> None:
    page = screen(clock=True)
    now = timezone.localtime(timezone=PARIS)
    store = SessionStore(Session.objects.get().session_key)
    store["opened"] -= 120
    store.save()
    Practice.objects.update(closes_minute=max(0, now.hour * 60 + now.minute - 1))
    asks(page)
    expect(page.get_by_text("Les noms sont verrouillés.")).to_be_visible()
    expect(names(page)).to_have_count(0)
