"""The telephone rings: booked with keys alone, in seconds; without scripts as well; and clean for everybody."""

import time
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from booking.models import Appointment
from clicdocteur.grid import cell_at
from tests.agenda.cast import NAME, Desk
from tests.booking.cast import PARIS
from tests.e2e.looking import Late, answers_are_read, faults
from tests.e2e.test_agenda import enter, forget_the_key, open_page
from tests.practitioners.cast import PASSWORD

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True, databases="__all__")]
HOUR = 600


@pytest.fixture
def day() -> date:
    return timezone.localdate(timezone=PARIS) + timedelta(days=1)


@pytest.fixture
def desk(transactional_db: None, day: date) -> Desk:
    """An open day tomorrow, from 8 to 19, with somebody at 9:00 who is known."""
    desk = Desk()
    desk.opening(on=day, start_minute=480, end_minute=1140)
    desk.opening(on=day + timedelta(days=7), start_minute=480, end_minute=1140)
    desk.visit("09:00", day=day)
    return desk


@pytest.fixture
def address(live_server: Any, desk: Desk) -> str:
    return f"{live_server.url}/agenda/"


@pytest.fixture
def slot(address: str, desk: Desk, day: date) -> str:
    return f"{address}book/{desk.one.pk}/{day}/{HOUR}/"


def test_a_call_is_taken_with_keys_alone_and_the_seconds_are_said(
    browser: Browser, address: str, slot: str, desk: Desk
):
    """Issue 4: done in under 15 seconds by hand. Keys are pressed as fast as a quick typist does; nothing is asserted of time."""
    page = open_page(browser)
    enter(page, address)
    began = time.perf_counter()
    page.keyboard.press("n")
    expect(page.locator(".panel [name=last_name]")).to_be_focused()
    for word in ("Lefebvre", "\t", "Camille", "\t", "06 12 34 56 78"):
        if word == "\t":
            page.keyboard.press("Tab")
        else:
            page.keyboard.type(word, delay=60)
    page.keyboard.press("Enter")
    expect(page.locator(".times button").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Noté")
    print(f"\nperson first, keys only: {time.perf_counter() - began:.1f} s")
    assert Appointment.objects.filter(state="booked").count() == 2


def test_a_time_is_kept_while_its_form_is_open_and_given_back_when_it_is_shut(browser, address, desk, day):
    """R12: and whoever types does so with keys alone."""
    page = open_page(browser)
    enter(page, address)
    page.goto(f"{address}day/{day}/")
    began = time.perf_counter()
    cursor = page.locator(".cursor")
    for _ in range(40):
        page.keyboard.press("ArrowDown")
        if cursor.count() and f"/{HOUR}/" in (cursor.get_attribute("href") or ""):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".panel .kept")).to_be_visible()
    assert Appointment.objects.get(state="held").is_typed_at_desk
    page.keyboard.type("Lef")
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_be_hidden()
    expect(cursor).to_be_focused()
    wait_for(lambda: not Appointment.objects.filter(state="held").exists())
    page.keyboard.press("Enter")
    expect(page.locator(".panel [name=last_name]")).to_be_focused()
    for word in ("Lefebvre", "\t", "Camille", "\t", "5/3/1987 0612345678"):
        if word == "\t":
            page.keyboard.press("Tab")
        else:
            page.keyboard.type(word, delay=60)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Noté")
    print(f"\ntime first, keys only: {time.perf_counter() - began:.1f} s")
    expect(page.locator(".sheet")).to_be_visible()
    assert not Appointment.objects.filter(state="held").exists()
    assert set(Appointment.objects.values_list("first_cell", flat=True)) == {
        cell_at(day, 540, PARIS), cell_at(day, HOUR, PARIS),
    }  # fmt: skip


def wait_for(condition: Any, seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_whoever_types_before_the_form_is_there_types_into_it_from_field_to_field(browser, address):
    page = open_page(browser)
    enter(page, address)
    late = Late(page, "**/agenda/book/**")
    page.keyboard.press("n")
    page.keyboard.type("Lefebvre")
    page.keyboard.press("Tab")
    page.keyboard.type("Camille")
    page.keyboard.press("Tab")
    late.first().continue_()
    expect(page.locator(".panel [name=last_name]")).to_have_value("Lefebvre")
    expect(page.locator(".panel [name=first_name]")).to_have_value("Camille")
    page.keyboard.type("0612345678")
    expect(page.locator(".panel [name=known]")).to_have_value("0612345678")


def test_leaving_the_page_gives_the_time_back(browser, address, slot):
    page = open_page(browser)
    enter(page, address)
    page.goto(slot)
    expect(page.locator(".kept")).to_be_visible()
    page.goto(address)
    wait_for(lambda: not Appointment.objects.filter(state="held").exists())


def test_who_was_here_before_is_offered_while_one_types_and_taken_over_with_a_key(browser, address, slot):
    page = open_page(browser)
    enter(page, address)
    page.goto(slot)
    # A page is loaded a moment before its first field has the focus: a key pressed in between goes nowhere.
    expect(page.get_by_label("Nom", exact=True)).to_be_focused()
    page.keyboard.type(NAME[:5], delay=30)
    offer = page.locator(".alike button").first
    expect(offer).to_contain_text(NAME)
    expect(offer).to_contain_text("à moins de 6 jours")
    offer.focus()
    # Another answer that says the same leaves the button, and the focus on it.
    with page.expect_response("**/book/people/"):
        page.locator("[name=last_name]").dispatch_event("input")
    answers_are_read(page)
    expect(offer).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Nom", exact=True)).to_have_value(NAME)
    expect(page.get_by_label("Prénom")).to_have_value("Zénobie")
    expect(page.get_by_label("Motif")).to_be_focused()


def test_another_visit_type_is_judged_anew(browser, address, slot, desk, day):
    from tests.booking.cast import visit_type

    visit_type(desk.one, "long", name="Très long", duration_known=240)
    desk.visit("11:00", day=day)
    page = open_page(browser)
    enter(page, address)
    page.goto(slot)
    expect(page.locator(".cautions")).to_have_count(0)
    page.get_by_label("Motif").select_option(label="Très long · 4 h / 20 min")
    expect(page.locator(".cautions")).to_contain_text("déjà un rendez-vous")
    expect(page.get_by_label("En surnombre")).to_be_visible()


def test_without_scripts_a_call_is_taken_a_lock_met_and_a_paper_made(browser, address, slot):
    """U1 U3"""
    page = open_page(browser, java_script_enabled=False)
    enter(page, address)
    page.goto(slot)
    page.get_by_role("button", name="Garder cette heure").click()
    expect(page.get_by_text("Heure gardée pour vous")).to_be_visible()
    page.get_by_label("Nom", exact=True).fill(NAME[:5])
    page.get_by_role("button", name="Chercher ce patient").click()
    page.get_by_role("button", name=NAME).click()
    expect(page.get_by_label("Nom", exact=True)).to_have_value(NAME)
    forget_the_key()
    page.get_by_role("button", name="Noter et imprimer").click()
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Déverrouiller").click()
    page.get_by_role("button", name="Faire le papier").click()
    expect(page.locator(".slip svg")).to_be_visible()
    page.get_by_role("link", name="Retour au rendez-vous").click()
    page.get_by_role("link", name="Revoir ou copier").click()
    page.get_by_role("link", name="Dans 1 semaine").click()
    page.locator(".times button").first.click()
    expect(page.get_by_role("status").first).to_contain_text("Noté")
    assert Appointment.objects.filter(state="booked").count() == 3


def test_two_keys_see_somebody_again_from_the_grid(browser, address, day):
    page = open_page(browser)
    enter(page, address)
    page.goto(f"{address}day/{day}/")
    page.locator(".visit a").first.focus()
    page.keyboard.press("r")
    expect(page.locator(".panel .choices")).to_be_visible()
    page.keyboard.press("s")
    expect(page.locator(".times button").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Noté")
    assert Appointment.objects.filter(state="booked").count() == 2


def pages_of(address: str, slot: str, desk: Desk, day: date) -> dict[str, str]:
    visit = Appointment.objects.get()
    seen = desk.visit("08:00", day=day - timedelta(days=1), state="seen")
    at = f"{address}appointment/{visit.pk}/"
    return {
        "slot": slot, "warned": slot.replace(f"/{HOUR}/", "/1380/"), "full": slot.replace(f"/{HOUR}/", "/540/"),
        "person": f"{address}book/", "visit": at, "again": f"{at}again/", "chosen": f"{at}again/?in=week&type={desk.type.pk}",
        "weeks": f"{at}series/", "series": f"{at}series/?weeks=6", "note": f"{at}note/", "slip": f"{at}slip/",
        "attestation": f"{address}appointment/{seen.pk}/attestation/", "day note": f"{address}day-note/{desk.one.pk}/{day}/",
    }  # fmt: skip


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_of_the_desk_is_clean_for_everybody(browser, address, slot, desk, day, width):
    """U1: axe finds nothing, and nothing sticks out of the screen."""
    page = open_page(browser, viewport={"width": width, "height": 860}, bypass_csp=True)
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found[name] = faults(page)

    enter(page, address)
    for name, one in pages_of(address, slot, desk, day).items():
        page.goto(one)
        look(name)
    page.goto(slot)
    page.get_by_text("Plus : nouveau patient").click()
    page.get_by_label("Naissance").fill("5/3/2087")
    page.get_by_role("button", name="Noter le rendez-vous").click()
    look("slot refused")
    page.get_by_label("Naissance").fill("")
    page.get_by_label("Nom", exact=True).fill(NAME[:5])
    page.get_by_role("button", name="Chercher ce patient").click()
    look("found")
    page.goto(f"{address}book/")
    page.get_by_label("Nom", exact=True).fill("Lefebvre")
    page.keyboard.press("Enter")
    expect(page.locator(".times button").first).to_be_visible()
    look("times")
    visit = Appointment.objects.get(state="booked")
    page.goto(f"{address}appointment/{visit.pk}/slip/")
    page.get_by_role("button", name="Faire le papier").click()
    look("paper")
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_under_its_own_policy_no_page_of_the_desk_complains(browser, address, slot, desk, day):
    """P14 I5"""
    page: Page = open_page(browser)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    enter(page, address)
    page.keyboard.press("n")
    expect(page.locator(".panel [name=last_name]")).to_be_focused()
    for one in pages_of(address, slot, desk, day).values():
        page.goto(one)
    assert said == []


def test_on_paper_a_slip_has_the_link_and_no_buttons(browser, address, desk):
    page = open_page(browser)
    enter(page, address)
    visit = Appointment.objects.get()
    page.goto(f"{address}appointment/{visit.pk}/slip/")
    page.get_by_role("button", name="Faire le papier").click()
    expect(page.get_by_role("button", name="Imprimer")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.locator(".slip svg")).to_be_visible()
    expect(page.locator(".bar")).to_be_hidden()
    expect(page.get_by_role("button", name="Imprimer")).to_be_hidden()
