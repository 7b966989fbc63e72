"""The pages of the instance, of the site and of what was booked online: clean for everybody, and nothing sticks out."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from booking.models import Appointment, OnlineBooking
from practitioners.models import Staff
from tests.agenda.cast import Desk
from tests.booking.cast import PARIS
from tests.e2e.looking import faults
from tests.e2e.test_accountability import enter

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True, databases="__all__")]


@pytest.fixture
def flooded(transactional_db: None) -> list[Appointment]:
    """Five visits of tomorrow from one network, and a manager."""
    desk = Desk()
    Staff.objects.filter(login="alice").update(role=Staff.Role.MANAGER)
    tomorrow = timezone.localdate(timezone=PARIS) + timedelta(days=1)
    visits = [desk.visit(f"{hour:02d}:00", day=tomorrow) for hour in range(9, 14)]
    for one in visits:
        OnlineBooking.objects.create(appointment=one, hour=timezone.now(), network_tag=bytes(16))
    return visits


@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_is_clean_for_everybody(
    browser: Browser, live_server: LiveServer, flooded: list[Appointment], width: int
) -> None:
    """U1"""
    page = enter(browser, live_server, viewport={"width": width, "height": 860})
    found = {}
    for path in ("/agenda/doctor/", "/agenda/website/", "/agenda/online/"):
        page.goto(path)
        found[path] = faults(page)
    page.goto("/agenda/website/")
    page.get_by_role("button", name="Créer l’adresse").click()
    expect(page.get_by_label("Adresse secrète, montrée cette seule fois")).to_be_visible()
    found["with an address"] = faults(page)
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_a_flood_is_undone_by_keyboard(browser: Browser, live_server: LiveServer, flooded: list[Appointment]) -> None:
    """P10 U1: one is unticked and stays."""
    page = enter(browser, live_server, viewport={"width": 390, "height": 860})
    page.goto("/agenda/online/")
    page.get_by_role("checkbox").first.focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Annuler les rendez-vous cochés, sans message").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("4 rendez-vous annulés, sans message.")).to_be_visible()
    assert sorted(Appointment.objects.values_list("state", flat=True)) == ["booked", *["cancelled_by_practice"] * 4]
