"""The pages that make reading accountable, in a real browser: clean for everybody, and nothing sticks out."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from booking.models import Appointment
from practitioners import access_log
from practitioners.models import Practice, Staff
from tests.agenda.cast import NAME, Desk
from tests.booking.cast import PARIS
from tests.e2e.looking import faults
from tests.practitioners.cast import PASSWORD

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True, databases="__all__")]


@pytest.fixture
def visit_of_today(transactional_db: None) -> Appointment:
    desk = Desk()
    Staff.objects.filter(login="alice").update(role=Staff.Role.MANAGER)
    today = timezone.localdate(timezone=PARIS)
    desk.opening(on=today, start_minute=480, end_minute=1140)
    access_log.record(desk.bruno.pk, range(5), "week", bytes(16), timezone.now(), flagged=True)
    access_log.record(desk.bruno.pk, [7], "export", bytes(16), timezone.now() - timedelta(minutes=1))
    return desk.visit("10:00", day=today)


def enter(browser: Browser, server: LiveServer, **options: Any) -> Page:
    context = browser.new_context(base_url=server.url, locale="fr-FR", bypass_csp=True, **options)
    page = context.new_page()
    page.goto("/agenda/")
    page.get_by_label("Identifiant").fill("alice")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    expect(page.locator(".sheet")).to_be_visible()
    page.wait_for_load_state()
    return page


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_is_clean_for_everybody(
    browser: Browser, live_server: LiveServer, visit_of_today: Appointment, width: int
) -> None:
    """U1"""
    page = enter(browser, live_server, viewport={"width": width, "height": 860})
    visit = f"/agenda/appointment/{visit_of_today.pk}/"
    found = {}
    for path in (visit, f"{visit}opened/", f"{visit}erase/", f"{visit}copy/", "/agenda/log/", "/agenda/export/"):
        page.goto(path)
        found[path] = faults(page)
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_past_the_limit_the_password_page_is_clean_and_leads_on(
    browser: Browser, live_server: LiveServer, visit_of_today: Appointment
) -> None:
    """U1: by keyboard."""
    Practice.objects.update(shown_per_hour=0)
    start = visit_of_today.start + timedelta(days=30)
    Appointment.objects.update(start=start, end=start + timedelta(minutes=30))
    page = enter(browser, live_server, viewport={"width": 390, "height": 860})
    page.goto(f"/agenda/appointment/{visit_of_today.pk}/")
    assert faults(page) == []
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()


def test_without_scripts_a_copy_is_downloaded(
    browser: Browser, live_server: LiveServer, visit_of_today: Appointment
) -> None:
    page = enter(browser, live_server, java_script_enabled=False)
    page.goto(f"/agenda/appointment/{visit_of_today.pk}/copy/")
    page.get_by_label("Votre mot de passe, encore une fois").fill(PASSWORD)
    with page.expect_download() as given:
        page.get_by_role("button", name="Texte à lire").click()
    assert given.value.suggested_filename == "copie-rendez-vous.txt"
    assert NAME in given.value.path().read_text(encoding="utf-8")


def test_without_scripts_an_identity_is_erased_and_the_log_says_so(
    browser: Browser, live_server: LiveServer, visit_of_today: Appointment
) -> None:
    """U1, P2"""
    page = enter(browser, live_server, java_script_enabled=False)
    page.goto(f"/agenda/appointment/{visit_of_today.pk}/")
    page.get_by_role("link", name="Effacer l’identité").click()
    page.get_by_role("button", name="effacer l’identité").click()
    expect(page.get_by_role("status")).to_contain_text("Identité effacée")
    page.get_by_text("Alice").click()
    page.get_by_role("link", name="Journal des accès").click()
    expect(page.get_by_role("cell", name="identité effacée")).to_be_visible()
