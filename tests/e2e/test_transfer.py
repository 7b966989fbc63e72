"""Appointments that come in from a file, in a real browser: by keyboard, clean for everybody, on a phone."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from booking.models import Appointment
from tests.agenda.cast import Desk
from tests.booking.cast import PARIS
from tests.e2e.looking import faults
from tests.e2e.test_accountability import enter

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True, databases="__all__")]


def test_a_file_is_tried_brought_in_and_taken_out_again(
    browser: Browser, live_server: LiveServer, transactional_db: None
) -> None:
    """U1: axe finds nothing on the way, and nothing is wider than the screen."""
    desk = Desk()
    day = timezone.localdate(timezone=PARIS) + timedelta(days=3)
    desk.opening(on=day, start_minute=480, end_minute=1140)
    desk.visit("09:00", day=day)
    lines = ["Jour;Heure;Nom;Prénom", f"{day:%d/%m/%Y};09:00;Ng;Ada", f"{day:%d/%m/%Y};10h30;Ly;Bo", "demain;9h;X;Y"]
    page = enter(browser, live_server, viewport={"width": 390, "height": 860})
    found = {}
    page.goto("/agenda/import/")
    found["file"] = faults(page)
    page.get_by_label("Fichier", exact=True).set_input_files(
        {"name": "x.csv", "mimeType": "text/csv", "buffer": "\r\n".join(lines).encode("cp1252")}
    )
    page.get_by_role("button", name="Essayer ce fichier").press("Enter")
    expect(page.get_by_role("heading", name="Essai : 3 lignes lues")).to_be_visible()
    page.get_by_text("Ce que dit chaque colonne").press("Enter")
    found["trial"] = faults(page)
    page.get_by_role("button", name="Créer 1 rendez-vous").press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("1 rendez-vous créé")
    assert Appointment.objects.count() == 2
    found["brought in"] = faults(page)
    page.get_by_role("link", name="Retirer").press("Enter")
    expect(page.get_by_role("button", name="Retirer ces rendez-vous")).to_be_visible()
    found["take out"] = faults(page)
    page.get_by_role("button", name="Retirer ces rendez-vous").press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("1 rendez-vous retiré")
    assert Appointment.objects.count() == 1
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
