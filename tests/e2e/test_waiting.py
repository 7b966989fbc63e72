"""The waiting list in a real browser: from the page of times to the visit, without a script; and clean for everybody."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from booking import appointments, holds, waiting
from booking.links import link_hash
from booking.models import Appointment, Offer
from booking.queries import times_page
from booking.waiting_rules import LEAST_AHEAD
from practitioners.models import Practitioner
from tests.agenda.cast import Desk
from tests.e2e.conftest import Opened
from tests.e2e.looking import faults
from tests.e2e.test_accountability import enter
from tests.e2e.test_booking import book

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True, databases="__all__")]
TOKEN = "O" * 32


@pytest.fixture
def lists(settings: Any, transactional_db: None) -> None:
    settings.EMAIL_HOST = "127.0.0.1"
    Practitioner.objects.update(waiting_list=True)


def waits(page: Page) -> None:
    page.get_by_label("Dimanche").uncheck()
    page.get_by_label("Votre nom").fill("Kowalczyk")
    page.get_by_label("Oui, déjà suivie").check()
    page.get_by_label("Adresse e-mail").fill("zenobie@example.org")
    page.get_by_role("button", name="M’inscrire sur la liste").click()


def offer() -> None:
    """Offer whoever waits a time, as the worker does, under a link that this test knows."""
    reserve = Appointment.objects.get(Appointment.RESERVE)
    wish = reserve.practitioner.wishes.get()
    now = timezone.now()
    Offer.objects.create(
        wish=wish, place=reserve, start=reserve.start, made=now, expires=now + LEAST_AHEAD, link_hash=link_hash(TOKEN)
    )


def free_one(practice: SimpleNamespace) -> None:
    """Somebody books a time of some days ahead, and leaves it."""
    now = timezone.now()
    page = times_page(practice.plain, None, now + LEAST_AHEAD * 16, new_patient=False)
    start = [slot.start for day in page.days for slot in day.slots][-1]
    token = holds.take(practice.plain, start, now, new_patient=False, network="198.51.100.7")
    visit = Appointment.objects.get(link_hash=link_hash(token))
    visit.state, visit.held_until, visit.network_tag = "booked", None, None
    visit.save()
    appointments.cancel(token, "", now)


def test_from_the_list_to_the_visit_and_axe_finds_nothing_on_the_way(
    visit: Opened, practice: SimpleNamespace, lists: None
) -> None:
    """U1"""
    practice.plain.practitioner.refresh_from_db()
    # axe itself is a script, and comes in past the policy that lets none run.
    page = visit("/fr/un/simple/", java_script_enabled=True, bypass_csp=True)
    page.get_by_role("link", name="Être prévenu si une heure se libère").click()
    assert faults(page) == []
    page.get_by_role("button", name="M’inscrire sur la liste").click()
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    waits(page)
    expect(page.get_by_role("heading", name="Vous êtes sur la liste d’attente")).to_be_visible()
    assert faults(page) == []
    free_one(practice)
    offer()
    page.goto(f"/fr/offer/{TOKEN}/")
    assert faults(page) == []
    page.get_by_role("button", name="Accepter cette heure").click()
    expect(page.get_by_role("heading", name="Rendez-vous confirmé")).to_be_visible()
    page.get_by_role("link", name="Être prévenu si une heure se libère").click()
    assert faults(page) == []
    page.get_by_role("button", name="Me prévenir").click()
    expect(page.get_by_role("heading", name="Plus tôt si possible")).to_be_visible()
    assert faults(page) == []
    page.goto(f"/fr/offer/{'X' * 32}/")
    expect(page.get_by_role("heading", name="Cette heure n’est plus proposée")).to_be_visible()
    assert faults(page) == []


def test_the_whole_way_without_a_script_at_320_pixels(visit: Opened, practice: SimpleNamespace, lists: None) -> None:
    """U1"""
    page = visit("/fr/un/simple/wish/", viewport={"width": 320, "height": 700})
    waits(page)
    expect(page.get_by_role("heading", name="Vous êtes sur la liste d’attente")).to_be_visible()
    free_one(practice)
    offer()
    page.goto(f"/fr/offer/{TOKEN}/")
    page.get_by_role("button", name="La laisser").click()
    expect(page.get_by_text("Cette heure va à la personne suivante")).to_be_visible()
    assert waiting.work(timezone.now()) == 0
    book_again = visit("/fr/un/simple/")
    book(book_again)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_desk_s_page_is_clean(browser: Browser, live_server: LiveServer, lists: None, width: int) -> None:
    """U1"""
    desk = Desk()
    Practitioner.objects.update(waiting_list=True)
    desk.one.refresh_from_db()
    desk.type.practitioner = desk.one
    wanted = waiting.Wanted(127, 7, new_patient=False)
    who, contact = appointments.store.Identity((appointments.store.Person("Attend"),)), "attend@example.org"
    given = {"language": "fr", "network": "192.0.2.9"}
    waiting.leave(desk.type, wanted, who, appointments.store.Visit(email=contact), TOKEN, timezone.now(), **given)
    page = enter(browser, live_server, viewport={"width": width, "height": 860})
    page.goto("/agenda/wishes/")
    expect(page.get_by_text(contact)).to_be_visible()
    assert not faults(page)
    page.get_by_role("button", name="Retirer").click()
    expect(page.get_by_text("retirée et effacée")).to_be_visible()
