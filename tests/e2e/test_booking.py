"""The patient's path in a real browser: by keyboard, on a small screen, without scripts."""

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking import codes, holds
from booking.models import Appointment
from practitioners.models import Practitioner
from tests.e2e.conftest import Opened

SMALL = {"width": 320, "height": 640}


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    """Press Tab until the focus is on what the selector names."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            return
    raise AssertionError(f"Tab never reaches {selector}")


def book(page: Page, contact: str = "zoe@example.org") -> None:
    """Take the first time of the page that is open, and confirm; return when that has led on."""
    page.locator("button[name=start]").first.click()
    fill_in(page, contact)


def fill_in(page: Page, contact: str = "zoe@example.org") -> None:
    """Fill in the form of a held time, and confirm."""
    page.fill("#id_last_name", "Nguyễn-O’Brien")
    page.locator("input[name=patient][value=known]").check()
    page.fill("#id_email", contact)
    page.get_by_role("button", name="Confirmer le rendez-vous").click()
    page.wait_for_url(re.compile("/rdv/|/code/"))


def test_a_visit_is_booked_by_keyboard_alone_at_320_pixels_without_scripts(
    visit: Opened, practice: SimpleNamespace
) -> None:
    """CASES U1: at most four screens."""
    page = visit("/fr/", viewport=SMALL)
    for target, leads_to in (
        ("a[href='/fr/un/']", "**/fr/un/"),
        ("a[href='/fr/un/simple/']", "**/simple/"),
        ("button[name=start]", "**/hold/**"),
    ):
        tab_to(page, target)
        page.keyboard.press("Enter")
        page.wait_for_url(leads_to)
    tab_to(page, "#id_last_name")
    page.keyboard.type("Nguyễn-O’Brien")
    tab_to(page, "input[name=patient]")
    page.keyboard.press("Space")
    tab_to(page, "#id_email")
    page.keyboard.type("zoe@example.org")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rdv/**")
    expect(page.get_by_role("heading", level=1)).to_have_text("Rendez-vous confirmé")
    assert Appointment.objects.get().state == "booked"


def test_a_code_is_typed_by_keyboard_at_320_pixels_without_scripts(
    visit: Opened, practice: SimpleNamespace, settings: Any
) -> None:
    """CASES U1, and R8: Back to the form, and on again."""
    settings.EMAIL_HOST = "127.0.0.1"
    Practitioner.objects.update(contact_code=True)
    page = visit("/fr/un/simple/", viewport=SMALL, java_script_enabled=True)
    book(page)
    page.wait_for_url("**/code/")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.go_back()
    expect(page.locator("#id_email")).to_have_value("zoe@example.org")
    page.get_by_role("link", name="Taper le code").click()
    page.wait_for_url("**/code/")
    held = Appointment.objects.get()
    tab_to(page, "#id_code")
    page.keyboard.type(codes.code(held.pk, held.codes_sent, "zoe@example.org"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/rdv/**")
    assert Appointment.objects.get().proof == "proven"


@pytest.mark.parametrize("path", ["/fr/", "/fr/un/", "/fr/un/consultation/", "/fr/un/complet/", "/fr/privacy/"])
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_page_scrolls_sideways(visit: Opened, practice: SimpleNamespace, path: str, width: int) -> None:
    page = visit(path, viewport={"width": width, "height": 700}, java_script_enabled=True)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_form_and_the_patients_page_fit_320_pixels(visit: Opened, practice: SimpleNamespace) -> None:
    page = visit("/fr/un/simple/", viewport=SMALL, java_script_enabled=True)
    fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    page.locator("button[name=start]").first.click()
    page.wait_for_url("**/hold/**")
    assert page.evaluate(fits)
    page.get_by_role("button", name="Confirmer le rendez-vous").click()
    expect(page.locator("#errors")).to_be_focused()
    assert page.evaluate(fits)
    page.goto("/fr/un/simple/")
    book(page)
    assert page.evaluate(fits)


def test_times_are_large_enough_for_a_thumb(visit: Opened, practice: SimpleNamespace) -> None:
    page = visit("/fr/un/simple/")
    box = page.locator("button[name=start]").first.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert box["width"] >= 44


def test_mistakes_are_summed_up_in_focus_and_each_leads_to_its_field(visit: Opened, practice: SimpleNamespace) -> None:
    """CASES U1."""
    page = visit("/fr/un/simple/")
    page.locator("button[name=start]").first.click()
    page.get_by_role("button", name="Confirmer le rendez-vous").click()
    expect(page.locator("#errors")).to_be_focused()
    page.get_by_role("link", name="Indiquez votre adresse e-mail.").click()
    expect(page.locator("#id_email")).to_be_focused()


def test_what_only_one_case_asks_shows_with_its_choice(visit: Opened, practice: SimpleNamespace) -> None:
    page = visit("/fr/un/consultation/?patient=known")
    page.locator("button[name=start]").first.click()
    expect(page.locator("#id_birth_date")).to_be_visible()
    expect(page.locator("#id_patient_last_name")).to_be_hidden()
    page.get_by_label("Pour quelqu’un d’autre").check()
    expect(page.locator("#id_patient_last_name")).to_be_visible()
    expect(page.locator("#id_patient_birth_date")).to_be_visible()
    expect(page.locator("#id_birth_date")).to_be_hidden()
    page.get_by_label("Par téléphone").check()
    expect(page.locator("#id_phone")).to_be_visible()
    expect(page.locator("#id_email")).to_be_hidden()


def test_back_and_sending_again_leads_to_the_same_visit(visit: Opened, practice: SimpleNamespace) -> None:
    """CASES R8."""
    page = visit("/fr/un/simple/")
    book(page)
    address = page.url
    page.go_back()
    page.reload()
    expect(page).to_have_url(address)
    assert Appointment.objects.count() == 1


def test_a_lost_time_keeps_what_was_typed_and_the_next_one_is_booked(visit: Opened, practice: SimpleNamespace) -> None:
    """CASES R1."""
    page = visit("/fr/un/simple/")
    page.locator("button[name=start]").first.click()
    page.wait_for_url("**/hold/**")
    mine = Appointment.objects.get()
    long_ago = timezone.now() - timedelta(minutes=1)
    Appointment.objects.update(held_until=long_ago)
    holds.take(practice.plain, mine.first_cell, timezone.now(), new_patient=True, network="198.51.100.7")
    page.fill("#id_last_name", "Nguyễn-O’Brien")
    page.locator("input[name=patient][value=known]").check()
    page.fill("#id_email", "zoe@example.org")
    page.get_by_role("button", name="Confirmer le rendez-vous").click()
    expect(page.locator("#alert")).to_be_focused()
    page.locator("button[name=start]").first.click()
    expect(page.locator("#id_email")).to_have_value("zoe@example.org")
    page.get_by_role("button", name="Confirmer le rendez-vous").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rendez-vous confirmé")


def test_a_visit_is_cancelled_and_its_data_erased(visit: Opened, practice: SimpleNamespace) -> None:
    page = visit("/fr/un/simple/")
    book(page)
    page.get_by_role("link", name="Annuler ce rendez-vous").click()
    page.get_by_label("Je n’en ai plus besoin").check()
    page.get_by_role("button", name="Annuler ce rendez-vous").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rendez-vous annulé")
    page.get_by_role("link", name="Effacer mes données").click()
    page.get_by_role("button", name="Tout effacer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vos données sont effacées")


def test_nothing_is_kept_in_the_browser_and_no_other_host_is_called(visit: Opened, practice: SimpleNamespace) -> None:
    """CASES P7, P14."""
    page = visit("/fr/un/simple/")
    called: list[str] = []
    page.context.on("request", lambda request: called.append(request.url))
    book(page)
    assert page.context.cookies() == []
    assert {url.split("/")[2] for url in called} == {page.url.split("/")[2]}
    assert not any("example.org" in url or "Nguy" in url for url in called)


def test_the_language_link_keeps_the_held_time(visit: Opened, practice: SimpleNamespace) -> None:
    page = visit("/fr/un/simple/")
    page.locator("button[name=start]").first.click()
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your details")
    assert Appointment.objects.count() == 1
