"""What a thief sees, in a real browser: two sides, stacked on a telephone, without scripts, clean for everybody."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.agenda.cast import NAME, Desk
from tests.booking.cast import PARIS
from tests.e2e.looking import faults
from tests.practitioners.cast import PASSWORD

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True, databases="__all__")]


@pytest.fixture
def desk(transactional_db: None, settings: Any) -> Desk:
    """A demo with a visit late today, so that it is to come at any hour."""
    settings.DEMO = True
    desk = Desk()
    desk.visit("23:30", day=timezone.localdate(timezone=PARIS), message="Une ordonnance, s’il vous plaît")
    return desk


def enter(browser: Browser, server: LiveServer, **options: Any) -> Page:
    """Sign in, and go to the page in one click."""
    page = browser.new_context(base_url=server.url, locale="fr-FR", bypass_csp=True, **options).new_page()
    page.goto("/agenda/")
    page.get_by_label("Identifiant").fill("alice")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("link", name="Ce que voit un voleur").first.click()
    expect(page.get_by_role("heading", level=1, name="Ce que voit un voleur")).to_be_visible()
    page.wait_for_load_state()  # nothing moves any more
    return page


@pytest.mark.parametrize("width", [1280, 390, 320])
def test_both_sides_are_clean_for_everybody(browser: Browser, live_server: LiveServer, desk: Desk, width: int) -> None:
    """U1"""
    page = enter(browser, live_server, viewport={"width": width, "height": 860})
    seen, kept = (page.locator(f"li > .{side}").first.bounding_box() for side in ("seen", "kept"))
    assert seen is not None
    assert kept is not None
    if width == 1280:
        assert seen["y"] == kept["y"], "side by side"
    else:
        assert seen["y"] + seen["height"] <= kept["y"] + 1, "one under the other"
    assert faults(page) == []
    page.locator("[data-key=l]").click()
    expect(page.get_by_text("Les noms sont voilés.").first).to_be_visible()
    expect(page.locator(".seen")).to_have_count(0)
    assert NAME not in page.content()
    assert faults(page) == []


def test_without_scripts_it_is_the_same_page(browser: Browser, live_server: LiveServer, desk: Desk) -> None:
    page = enter(browser, live_server, java_script_enabled=False)
    expect(page.get_by_role("heading", level=3)).to_contain_text(NAME)
    expect(page.locator("dt", has_text="patient_ref")).to_be_visible()
