"""The pages of messages in a real browser: clean for everybody, and used without a script."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from booking.models import Message
from practitioners.models import Staff
from tests.agenda.cast import NAME, Desk
from tests.booking.cast import PARIS
from tests.e2e.looking import faults
from tests.e2e.test_accountability import enter

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True, databases="__all__")]


@pytest.fixture
def desk(transactional_db: None) -> Desk:
    desk = Desk()
    Staff.objects.filter(login="alice").update(role=Staff.Role.MANAGER)
    day, now = timezone.localdate(timezone=PARIS) + timedelta(days=2), timezone.now()
    for clock, state, error in (("09:00", "call", ""), ("10:00", "failed", "refused"), ("11:00", "queued", "")):
        visit = desk.visit(clock, day=day)
        closed = now if state == "failed" else None
        Message.objects.create(
            appointment=visit, practitioner=desk.one, kind="change", state=state, error=error, due=now, closed=closed
        )
    return desk


@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_are_clean_for_everybody(browser: Browser, live_server: LiveServer, desk: Desk, width: int) -> None:
    """U1"""
    page = enter(browser, live_server, viewport={"width": width, "height": 860})
    found = {}
    for path in ("/agenda/messages/", "/agenda/messages/texts/"):
        page.goto(path)
        for fold in page.locator("main details > summary").all():
            fold.click()
        found[path] = faults(page)
    page.get_by_label("Texte de l’e-mail").fill("Votre cardiologue. {rendez-vous}")
    page.get_by_role("button", name="Enregistrer ce texte").click()
    found["warned"] = faults(page)
    assert not any(found.values()), found


def test_what_was_refused_and_why_stands_in_one_line_of_a_desk_s_screen(
    browser: Browser, live_server: LiveServer, desk: Desk
) -> None:
    page = enter(browser, live_server, viewport={"width": 1280, "height": 860})
    page.goto("/agenda/messages/")
    said = page.get_by_role("cell", name="adresse ou numéro refusé")
    expect(said).to_be_visible()
    lines = said.evaluate(
        """cell => {
          const why = document.createRange()
          why.selectNodeContents(cell.querySelector(".stands-out").nextSibling)
          return why.getClientRects().length
        }"""
    )
    assert lines == 1
    page.context.close()


def test_a_call_is_noted_without_a_script(browser: Browser, live_server: LiveServer, desk: Desk) -> None:
    page = enter(browser, live_server, java_script_enabled=False, viewport={"width": 390, "height": 860})
    page.goto("/agenda/messages/")
    expect(page.get_by_role("cell", name=NAME).first).to_be_visible()
    page.get_by_role("button", name="C’est fait").click()
    expect(page.get_by_text("Personne à appeler.")).to_be_visible()
