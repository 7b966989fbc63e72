"""The work before a hold, in a real browser: unseen, done in time, and not needed (P9 I5)."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import Route, expect

from booking.models import Appointment, Counter
from tests.e2e.conftest import Opened
from tests.e2e.looking import faults
from tests.e2e.test_booking import fill_in


@pytest.fixture(autouse=True)
def asked(settings) -> None:
    settings.HOLD_PROOF = "always"


def test_the_worker_does_it_and_a_button_pressed_too_early_waits(visit: Opened, practice: SimpleNamespace) -> None:
    page = visit("about:blank", java_script_enabled=True)
    blocked: list[str] = []
    page.on("console", lambda said: blocked.append(said.text))
    # The ten seconds after which a page no longer waits for its worker do not pass, however slow the machine.
    page.clock.install()
    solver: list[Route] = []
    page.route("**/proof-worker*.js", lambda route: solver.append(route))  # noqa: PLW0108 - playwright marks it
    page.goto("/fr/un/simple/")
    page.clock.pause_at(page.evaluate("Date.now()") / 1_000 + 1)
    page.locator("button[name=start]").first.click()
    expect(page.locator("[role=status]")).to_be_visible()
    assert not Appointment.objects.exists()
    solver[0].continue_()
    page.wait_for_url("**/hold/**")
    page.clock.resume()
    fill_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Rendez-vous confirmé")
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
    # axe may take longer than the ten seconds after which a page no longer waits for its worker.
    page.add_init_script(
        "const real = setTimeout; setTimeout = (what, after) => (after >= 10_000 ? 0 : real(what, after))"
    )
    asked_for: list[Route] = []
    page.route("**/proof-worker*.js", lambda route: asked_for.append(route))  # noqa: PLW0108 - playwright marks it
    page.goto("/fr/un/simple/")
    page.locator("button[name=start]").last.click()
    expect(page.locator("[role=status]")).to_be_visible()
    assert faults(page) == []
    asked_for[0].abort()
    page.wait_for_url("**/hold/**")
    assert Appointment.objects.get().state == "held"
    assert Counter.objects.count() == 2, "the two stricter caps"
