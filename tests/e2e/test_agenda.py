"""The desk in a real browser: clean for everybody, whole without scripts, quick with keys, locked when left alone."""

import re
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from booking.models import Appointment
from tests.agenda.cast import CODE, NAME, Desk
from tests.booking.cast import PARIS
from tests.e2e.looking import faults
from tests.practitioners.cast import PASSWORD

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True, databases="__all__")]


@pytest.fixture
def chromium(browser: Browser) -> Browser:
    """The one browser of the run: two of Playwright's loops cannot share a thread."""
    return browser


@pytest.fixture
def desk(transactional_db: None) -> Desk:
    desk = Desk()
    today = timezone.localdate(timezone=PARIS)
    desk.opening(on=today, start_minute=480, end_minute=1140)
    for clock, minutes, fields in [
        ("08:00", 30, {"state": "seen"}),
        ("08:30", 15, {"state": "absent"}),
        ("09:00", 30, {"state": "in_consultation"}),
        ("09:30", 30, {"state": "arrived"}),
        ("10:00", 15, {}),
        ("10:15", 10, {}),
        ("10:30", 45, {}),
        ("10:40", 45, {"lane": 100}),
        ("11:30", 30, {"state": "cancelled"}),
    ]:
        desk.visit(clock, minutes=minutes, day=today, **fields)
    return desk


@pytest.fixture
def address(live_server: Any, desk: Desk) -> str:
    return f"{live_server.url}/agenda/"


def enter(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Identifiant").fill("alice")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    expect(page.locator(".sheet")).to_be_visible()
    page.wait_for_load_state()  # scripts run before it


def open_page(chromium: Browser, **options: Any) -> Page:
    given: dict[str, Any] = {"viewport": {"width": 1280, "height": 860}, "locale": "fr-FR", **options}
    return chromium.new_context(**given).new_page()


def addresses(page: Page) -> dict[str, str]:
    """Every page of the desk, as its links name them."""
    views = [link.get_attribute("href") or "" for link in page.locator(".views a").all()]
    visit = page.locator(".visit.is-booked a").first.get_attribute("href") or ""
    return dict(zip(("day", "week", "list", "weeks", "waiting"), views, strict=True)) | {
        "visit": visit, "confirm": f"{visit}mark/excused/", "unlock": "/agenda/unlock/", "account": "/agenda/account/",
        "keys": "/agenda/keys/", "recover": "/agenda/recover/",
    }  # fmt: skip


@pytest.mark.parametrize("width", [1280, 768, 390])
def test_every_page_and_state_is_clean_for_everybody(chromium, address, width):
    """U1: axe finds nothing, and nothing sticks out of the screen."""
    options = {"viewport": {"width": width, "height": 860}, "bypass_csp": True}
    page = open_page(chromium, **options)
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found[name] = faults(page)

    page.goto(address)
    look("sign in")
    enter(page, address)
    links, root = addresses(page), address.removesuffix("/agenda/")
    for name in ("day", "week", "list", "visit", "confirm", "account"):
        page.goto(root + links[name])
        look(name)
    page.get_by_role("button", name="Changer le mot de passe").click()
    look("account refused")
    page.goto(address)
    page.locator("details.title summary").click()
    look("menu")
    if width == 1280:
        page.locator(".visit.is-booked a").first.click()
        expect(page.locator(".panel .card")).to_be_visible()
        look("panel")
    for name in ("keys", "recover"):
        page.goto(root + links[name])
        look(name)
    page.goto(root + links["keys"])
    page.get_by_role("link", name="Renouveler la clé").click()
    look("renew")
    page.goto(root + links["keys"])
    page.get_by_role("link", name="feuille de secours…").click()
    look("before the sheet")
    page.get_by_role("button", name="Faire la feuille").click()
    expect(page.locator(".code")).to_be_visible()
    look("sheet")
    page.get_by_label("dernier groupe").fill("0000")
    page.get_by_role("button", name="Confirmer la feuille").click()
    look("sheet typed wrongly")
    for button, stands in [("Voiler", "veiled"), ("Verrouiller", "locked")]:
        page.goto(address)
        if stands == "locked":
            page.locator("summary", has_text="Alice").click()
        page.get_by_role("button", name=button).click()
        expect(page.locator(".unlock")).to_be_visible()
        for name in ("day", "week", "list", "visit", "keys", "unlock"):
            page.goto(root + links[name])
            look(f"{stands} {name}")
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_under_its_own_policy_no_page_complains_and_none_calls_another_host(chromium, address):
    """P14, I5"""
    page = open_page(chromium)
    said, hosts = [], set()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: hosts.add(re.sub(r"^(https?://[^/]+).*", r"\1", request.url)))
    enter(page, address)
    root = address.removesuffix("/agenda/")
    for link in addresses(page).values():
        page.goto(root + link)
    assert said == []
    assert hosts == {root}


def test_without_scripts_everything_essential_works(chromium, address):
    """U1, U3: sign in, mark, lock; a form that meets the lock goes on with the password."""
    page = open_page(chromium, java_script_enabled=False)
    enter(page, address)
    page.locator(".visit.is-booked a").first.click()
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    forget_the_key()
    page.get_by_role("button", name="Arrivé").click()
    expect(page.get_by_role("heading", name="Session verrouillée")).to_be_visible()
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Déverrouiller").click()
    expect(page.get_by_role("status")).to_have_text(re.compile("Noté : arrivé"))
    page.locator("summary", has_text="Alice").click()
    page.get_by_role("button", name="Verrouiller").click()
    expect(page.locator(".unlock")).to_be_visible()
    expect(page.get_by_text(NAME)).to_have_count(0)


def forget_the_key() -> None:
    """Lock the session behind the browser's back, as the clock does."""
    store = SessionStore(Session.objects.get().session_key)
    store.pop("half")
    store.save()


def test_the_keys_lead_from_day_to_day_and_draw_the_veil(chromium, address):
    page = open_page(chromium)
    enter(page, address)
    title = page.get_by_role("heading", level=1)
    today = title.text_content() or ""
    page.keyboard.press("ArrowRight")
    expect(title).not_to_have_text(today)
    page.wait_for_load_state()
    page.keyboard.press("j")
    expect(title).to_have_text(today)
    page.wait_for_load_state()
    page.keyboard.press("l")
    expect(page.locator(".unlock")).to_be_visible()
    page.get_by_label("Votre code").fill("jjlj" + CODE)
    expect(title).to_have_text(today)


def test_a_visit_opens_beside_the_grid_and_its_marks_lead_back_to_it(chromium, address):
    page = open_page(chromium)
    enter(page, address)
    first = page.locator(".visit.is-booked a").first
    first.click()
    expect(page.locator(".panel").get_by_text(NAME)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_be_hidden()
    expect(first).to_be_focused()
    before = Appointment.objects.filter(state="arrived").count()
    page.keyboard.press("Enter")
    page.locator(".panel").get_by_role("button", name="Arrivé").click()
    expect(page.get_by_role("status")).to_be_visible()
    expect(page.locator(".sheet")).to_be_visible()
    assert Appointment.objects.filter(state="arrived").count() == before + 1


def test_a_visit_is_cancelled_beside_the_grid_in_three_clicks(chromium, address):
    page = open_page(chromium)
    enter(page, address)
    page.locator(".visit.is-booked a").first.click()
    panel = page.locator(".panel")
    panel.get_by_role("link", name="Annuler ce rendez-vous").click()
    panel.get_by_role("link", name="Garder ce rendez-vous").click()
    panel.get_by_role("link", name="Annuler ce rendez-vous").click()
    assert Appointment.objects.filter(state="cancelled_by_practice").count() == 0
    panel.get_by_role("button", name="Annuler ce rendez-vous").click()
    expect(page.get_by_role("status")).to_be_visible()
    expect(page.locator(".sheet")).to_be_visible()
    assert Appointment.objects.filter(state="cancelled_by_practice").count() == 1


def test_on_paper_the_list_has_names_times_and_no_buttons(chromium, address):
    page = open_page(chromium)
    enter(page, address)
    page.goto(address.removesuffix("/agenda/") + addresses(page)["list"])
    page.emulate_media(media="print")
    expect(page.get_by_text(NAME).first).to_be_visible()
    expect(page.locator(".bar")).to_be_hidden()
    assert page.get_by_role("button").count() == 0


def test_the_checklist_is_ticked_while_a_password_is_typed(chromium, address):
    page = open_page(chromium)
    enter(page, address)
    page.goto(f"{address}account/")
    new, verdict = page.get_by_label("Nouveau mot de passe"), page.locator(".verdict")
    for typed, ticked, said in [
        ("azerty", 0, "Pas encore assez."),
        ("aaaaaaaaaaA1!", 1, "Pas encore assez."),
        ("Groseille-1848-hiver", 2, "C’est assez."),
        ("un jour de pluie tous les chats dorment encore dehors", 2, "C’est assez."),
        ("", 0, ""),
    ]:
        new.fill(typed)
        expect(page.locator(".meter .met")).to_have_count(ticked)
        expect(verdict).to_contain_text(said)


def test_without_scripts_a_password_is_changed_and_opens_the_next_session(chromium, address):
    page = open_page(chromium, java_script_enabled=False)
    enter(page, address)
    page.goto(f"{address}account/")
    phrase = page.locator(".offer code").text_content() or ""
    page.get_by_label("Mot de passe actuel").fill(PASSWORD)
    page.get_by_label("Nouveau mot de passe").fill(phrase)
    page.get_by_label("Le même, encore une fois").fill(phrase)
    page.get_by_role("button", name="Changer le mot de passe").click()
    expect(page.get_by_role("status").first).to_contain_text("Votre mot de passe est changé")
    again = open_page(chromium, java_script_enabled=False)
    again.goto(address)
    again.get_by_label("Identifiant").fill("alice")
    again.get_by_label("Mot de passe").fill(phrase)
    again.get_by_role("button", name="Se connecter").click()
    expect(again.get_by_text(NAME).first).to_be_visible()
