"""axe finds nothing on any of the patients' pages, in any state, in light and in dark."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from booking import holds
from booking.models import Appointment, Message
from practitioners.models import Practitioner
from tests.e2e.conftest import Opened
from tests.e2e.looking import faults
from tests.e2e.test_booking import book

PAGES = [
    *("/fr/", "/fr/un/", "/fr/deux/", "/fr/un/simple/", "/fr/un/consultation/?patient=new", "/fr/deux/complet/"),
    *("/fr/privacy/", "/fr/legal/", "/fr/accessibility/", "/fr/nowhere/", "/fr/un/simple/?from=x", "/en/un/simple/"),
]


# axe itself is a script, and comes in past the policy that lets none run.
LOOKED_AT: dict[str, Any] = {"java_script_enabled": True, "bypass_csp": True}


@pytest.mark.parametrize("path", PAGES)
def test_pages(visit: Opened, practice: SimpleNamespace, path: str) -> None:
    assert faults(visit(path, **LOOKED_AT)) == []


def test_the_form_in_all_its_states(visit: Opened, practice: SimpleNamespace) -> None:
    for path in ("/fr/un/consultation/?patient=known", "/fr/un/domicile/", "/fr/un/simple/"):
        page = visit(path, **LOOKED_AT)
        page.locator("button[name=start]").first.click()
        assert faults(page) == []
        page.get_by_label("Pour quelqu’un d’autre").check()
        page.get_by_label("Par téléphone").check()
        page.get_by_role("button", name="Confirmer le rendez-vous").click()
        assert faults(page) == []
        page.get_by_role("button", name="Garder cette heure").click()
        assert faults(page) == []


def test_a_lost_time(visit: Opened, practice: SimpleNamespace) -> None:
    page = visit("/fr/un/simple/", **LOOKED_AT)
    page.locator("button[name=start]").first.click()
    page.wait_for_url("**/hold/**")
    mine = Appointment.objects.get()
    Appointment.objects.update(held_until=timezone.now() - timedelta(minutes=1))
    holds.take(practice.plain, mine.first_cell, timezone.now(), new_patient=True, network="198.51.100.7")
    page.get_by_role("button", name="Garder cette heure").click()
    expect(page.get_by_role("heading", name="Cette heure vient d’être prise")).to_be_visible()
    assert faults(page) == []


def test_the_code_of_a_contact(visit: Opened, practice: SimpleNamespace, settings: Any) -> None:
    settings.EMAIL_HOST = "127.0.0.1"
    Practitioner.objects.update(contact_code=True)
    page = visit("/fr/un/simple/", **LOOKED_AT)
    book(page)
    assert faults(page) == []
    page.get_by_role("button", name="Confirmer le rendez-vous").click()
    assert faults(page) == []
    page.get_by_role("link", name="Corriger mon contact").click()
    assert faults(page) == []
    Message.objects.update(error="unreachable")
    page.get_by_role("link", name="Revenir au code").click()
    expect(page.get_by_role("heading", name="Confirmer sans code")).to_be_visible()
    assert faults(page) == []


def test_the_patients_page_and_what_follows(visit: Opened, practice: SimpleNamespace) -> None:
    page = visit("/fr/un/simple/", **LOOKED_AT)
    book(page)
    link = page.url
    for step in ("", "contact/", "cancel/", "erase/", "another/", "another/?type=simple"):
        page.goto(f"{link}{step}")
        assert faults(page) == [], step
    page.goto(f"{link}cancel/")
    page.get_by_role("button", name="Annuler ce rendez-vous").click()
    assert faults(page) == []
    page.goto(f"{link}erase/")
    page.get_by_role("button", name="Tout effacer").click()
    assert faults(page) == []
