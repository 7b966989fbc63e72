"""Somebody calls again: found with one key and a few letters, booked with two more. And what is printed and counted."""

from datetime import date
from typing import Any, cast

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from agenda.statistics import closed
from booking.models import Appointment, MonthlyCount
from practitioners.models import Staff, VisitType
from tests.agenda.cast import NAME
from tests.booking.cast import PARIS
from tests.e2e.test_agenda import enter, open_page
from tests.e2e.test_desk import address, day, desk, faults

__all__ = ["address", "day", "desk"]
pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True, databases="__all__")]


def test_whoever_calls_again_is_found_and_booked_with_keys_alone(browser: Browser, address: str, desk: Any) -> None:
    """Issue 4: `/` search, pick, first free times. Two sealed records lead to the names of one."""
    page = open_page(browser)
    enter(page, address)
    # Letters that come before the field does are in it, and no key of the agenda: L would put the names away.
    page.keyboard.type("/l", delay=0)
    expect(page.locator(".panel [name=typed]")).to_have_value("l")
    page.keyboard.press("Backspace")
    page.keyboard.type("zenobie ndiay")
    expect(page.locator(".panel .found-person")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(".panel button[name=take]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".times button").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Noté")
    assert Appointment.objects.filter(state="booked").count() == 2
    page.wait_for_load_state()
    page.keyboard.press("/")
    expect(page.locator(".panel [name=typed]")).to_be_focused()
    page.keyboard.type("kowalzcyk")
    expect(page.locator(".found-person")).to_have_count(1)
    page.get_by_role("link", name="Consultation").first.click()
    expect(page.locator("article.card h2").first).to_contain_text(NAME)


def test_without_scripts_the_same_and_clean_for_everybody(browser: Browser, address: str, desk: Any) -> None:
    """U1"""
    page = open_page(browser, java_script_enabled=False)
    enter(page, address)
    page.get_by_role("link", name="Chercher").click()
    page.get_by_label("Nom, date de naissance").fill("kowal")
    page.get_by_role("button", name="Chercher", exact=True).click()
    page.get_by_role("button", name="Nouveau rendez-vous").click()
    page.locator("button[name=start]").first.click()
    expect(page.get_by_role("status").first).to_contain_text("Noté")
    narrow = open_page(browser, viewport={"width": 320, "height": 700}, color_scheme="dark", bypass_csp=True)
    enter(narrow, address)
    narrow.goto(f"{address}search/")
    expect(narrow.locator("[name=typed]")).to_be_focused()
    narrow.keyboard.type("kowal")
    expect(narrow.locator(".found-person")).to_have_count(1)
    assert faults(narrow) == []
    assert not narrow.evaluate("document.documentElement.scrollWidth > innerWidth")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (320, "dark")])
def test_paper_and_numbers_are_clean_for_everybody(
    browser: Browser, address: str, desk: Any, day: date, width: int, scheme: str
) -> None:
    """U1: axe finds nothing, and nothing sticks out of the screen; one key leads to the lists of rescue."""
    Staff.objects.filter(login="alice").update(role=Staff.Role.MANAGER)
    quarter = closed(timezone.localdate(timezone=PARIS), desk.practice)[0]
    MonthlyCount.objects.create(
        practitioner=desk.one, visit_type=desk.type, state="seen", month=quarter.first, amount=57
    )
    page = open_page(
        browser, viewport={"width": width, "height": 860}, color_scheme=cast("Any", scheme), bypass_csp=True
    )
    enter(page, address)
    found: dict[str, list[str]] = {}
    for one in (
        f"print/{day}/?span=week&who=names&columns=what&columns=phone&columns=blank",
        "statistics/",
        f"list/{day}/",
    ):
        page.goto(f"{address}{one}")
        found[one] = faults(page)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found[one].append("wider than the screen")
    page.keyboard.press("h")
    expect(page.locator(".papers")).to_contain_text(NAME)
    expect(page.get_by_role("button", name="Imprimer maintenant")).to_be_visible()
    found["rescue"] = faults(page)
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_with_every_column_paper_keeps_words_whole_and_a_week_at_a_glance_its_numbers(
    browser: Browser, address: str, desk: Any, day: date
) -> None:
    """A4 between its margins is 688 pixels wide; and a small tablet."""
    VisitType.objects.update(name="Téléconsultation")
    page = open_page(browser, viewport={"width": 688, "height": 1000})
    enter(page, address)
    page.goto(f"{address}print/{day}/?span=day&columns=what&columns=phone&columns=state&columns=blank")
    page.emulate_media(media="print")
    lines = (
        page.locator(".paper tbody tr")
        .first.locator("td:not(:empty)")
        .evaluate_all(
            """cells => cells.map(cell => {
          const said = document.createRange()
          said.selectNodeContents(cell)
          return said.getClientRects().length
        })"""
        )
    )
    assert lines == [1, 1, 1, 1], "hour, type, telephone, state"
    assert page.evaluate("document.documentElement.scrollWidth") <= 688
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 660, "height": 1000})
    page.goto(f"{address}weeks/")
    sticking_out = page.locator(".glance td a").evaluate_all(
        """days => days.filter(day => [...day.children].some(
          one => one.getBoundingClientRect().right > day.getBoundingClientRect().right)).length"""
    )
    assert sticking_out == 0
    assert page.locator(".glance .rate").count() > 0
    page.context.close()
