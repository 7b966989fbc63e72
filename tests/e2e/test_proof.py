"""The work before a hold, in a real browser: unseen, done in time, and not needed (P9 I5)."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import Route

from booking.models import Appointment, Counter
from tests.e2e.conftest import Opened
from tests.e2e.looking import faults
from tests.e2e.test_booking import book


@pytest.fixture(autouse=True)
def asked(settings) -> None:
    settings.HOLD_PROOF = "always"


def test_the_worker_does_it_and_a_button_pressed_too_early_waits(visit: Opened, practice: SimpleNamespace) -> None:
    page = visit("about:blank", java_script_enabled=True)
    blocked: list[str] = []
    page.on("console", lambda said: blocked.append(said.text))
    page.goto("/fr/un/simple/", wait_until="commit")
    book(page)
    assert page.get_by_role("heading", level=1).inner_text() == "Rendez-vous confirmé"
    assert blocked == []
    assert Appointment.objects.get().state == "booked"
    # The answer that was spent, and the contact's: no hold without an answer was counted.
    assert Counter.objects.count() == 2
    assert page.context.cookies() == []


def test_while_it_lasts_that_is_said_and_a_worker_that_fails_books_as_without_scripts(
    visit: Opened, practice: SimpleNamespace
) -> None:
    """I5: never a dead end."""
    page = visit("about:blank", java_script_enabled=True, bypass_csp=True)
    asked_for: list[Route] = []
    page.route("**/proof-worker*.js", lambda route: asked_for.append(route))  # noqa: PLW0108 - playwright marks it
    page.goto("/fr/un/simple/")
    page.locator("button[name=start]").last.click()
    assert page.locator("[role=status]").is_visible()
    assert faults(page) == []
    asked_for[0].abort()
    page.wait_for_url("**/hold/**")
    assert Appointment.objects.get().state == "held"
    assert Counter.objects.count() == 2, "the two stricter caps"
