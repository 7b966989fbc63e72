"""The team in a real browser: invited, joined and given access, with scripts and without; clean for everybody."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from practitioners import keys
from practitioners.models import Invitation, Practice, Staff
from tests.agenda.factor import code_of
from tests.agenda.team import NEW, Team, vault_of
from tests.e2e.looking import faults
from tests.practitioners.cast import PASSWORD

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True, databases="__all__")]


@pytest.fixture
def team(transactional_db: None, settings: Any, live_server: LiveServer) -> Team:
    settings.SITE_URL = live_server.url
    return Team()


class Browsers:
    """One context for each person at their own desk."""

    def __init__(self, browser: Browser, server: LiveServer) -> None:
        self.browser, self.server, self.options = browser, server, dict[str, Any]()

    def page(self, path: str = "/agenda/") -> Page:
        """A page of somebody new."""
        options = {"locale": "fr-FR", "bypass_csp": True, **self.options}
        page = self.browser.new_context(base_url=self.server.url, **options).new_page()
        page.goto(path)
        return page

    def signed_in(self, login: str, password: str = PASSWORD) -> Page:
        """A page of somebody who has signed in."""
        page = self.page()
        page.get_by_label("Identifiant").fill(login)
        page.get_by_label("Mot de passe").fill(password)
        page.get_by_role("button", name="Se connecter").click()
        expect(page.locator(".bar")).to_be_visible()
        page.wait_for_load_state()
        return page


@pytest.fixture
def at(browser: Browser, live_server: LiveServer) -> Browsers:
    return Browsers(browser, live_server)


def invite(page: Page, *agendas: str) -> tuple[str, str]:
    """Go through the menu, fill the form; return address and code."""
    page.get_by_text("Mona", exact=True).click()
    page.get_by_role("link", name="Équipe").click()
    page.get_by_role("link", name="Inviter quelqu’un…").click()
    page.get_by_label("Nom").fill("Inès Da Silva")
    page.get_by_label("Identifiant").fill("ines")
    for name in agendas:
        page.get_by_label(name).check()
    page.get_by_role("button", name="Préparer l’invitation").click()
    expect(page.get_by_role("heading", name="est prête")).to_be_visible()
    page.wait_for_load_state()
    address, code = page.locator("code").all_inner_texts()
    return address, code


def choose(page: Page, password: str = NEW) -> None:
    page.get_by_label("Nouveau mot de passe").fill(password)
    page.get_by_label("Le même, encore une fois").fill(password)
    page.get_by_role("button", name="Choisir ce mot de passe").click()


@pytest.mark.parametrize("scripts", [False, True], ids=["without scripts", "with scripts"])
def test_somebody_is_invited_joins_with_the_code_and_reads_names(at: Browsers, team: Team, scripts: bool) -> None:
    """U1: and sets up the second factor on the way."""
    at.options = {"java_script_enabled": scripts}
    address, code = invite(at.signed_in("mona"), "Dr Un")
    Practice.objects.update(requires_second_factor=True)
    page = at.page(address)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.get_by_label("Le code de six signes").fill(code.lower())
    if scripts:
        page.get_by_label("Nouveau mot de passe").type(NEW)
        expect(page.locator(".verdict")).to_contain_text("C’est assez")
    choose(page)
    page.get_by_text("Le carré ne se lit pas ?").click()
    page.get_by_label("Code à six chiffres").fill(code_of(page.locator("code").inner_text().replace(" ", "")))
    page.get_by_role("button", name="Garder ce téléphone").click()
    page.get_by_role("link", name="Je les ai notés").click()
    expect(page.locator(".bar")).to_contain_text("Inès Da Silva")
    ines = Staff.objects.get(login="ines")
    assert vault_of(ines).practitioners() == {team.one.pk}
    assert said == []
    assert page.goto(address).status == 404  # type: ignore[union-attr]


def test_without_the_code_two_people_compare_six_words_with_the_keyboard_alone(at: Browsers, team: Team) -> None:
    """U1"""
    address, _code = invite(at.signed_in("mona"), "Dr Un")
    page = at.page(address)
    page.get_by_label("Je n’ai pas de code").focus()
    page.keyboard.press("Space")
    choose(page)
    expect(page.get_by_role("heading", name="Mes six mots", level=2)).to_be_visible()
    page.wait_for_load_state()
    read_out = page.locator(".six-words li").all_inner_texts()
    alice = at.signed_in("alice")
    alice.get_by_role("link", name="Comparer six mots").focus()
    alice.keyboard.press("Enter")
    alice.get_by_role("link", name="Comparer six mots… Inès Da Silva").focus()
    alice.keyboard.press("Enter")
    expect(alice.get_by_role("heading", name="Donner accès à Inès Da Silva")).to_be_visible()
    expect(alice.locator(".six-words li")).to_have_text(read_out)
    alice.get_by_label("J’ai entendu cette personne").focus()
    alice.keyboard.press("Space")
    alice.keyboard.press("Tab")
    alice.keyboard.press("Enter")
    expect(alice.get_by_role("status")).to_contain_text("a maintenant cet accès")
    assert vault_of(Staff.objects.get(login="ines")).practitioners() == {team.one.pk}


def test_an_account_is_closed_and_its_open_page_with_it(at: Browsers, team: Team) -> None:
    """P12"""
    at.options = {"java_script_enabled": False}
    keys.grant(team.key_one, team.private_one(), team.chloe.key_holder)
    chloe, mona = at.signed_in("chloe"), at.signed_in("mona")
    mona.goto(f"/agenda/staff/{team.chloe.pk}/")
    mona.get_by_role("link", name="Fermer ce compte…").click()
    mona.get_by_role("button", name="Fermer ce compte").click()
    expect(mona.get_by_role("status")).to_contain_text("Le compte est fermé")
    chloe.goto("/agenda/")
    expect(chloe.get_by_role("button", name="Se connecter")).to_be_visible()


@pytest.fixture(params=[1280, 390])
def looked(request: pytest.FixtureRequest, at: Browsers, team: Team) -> Iterator[dict[str, list[str]]]:
    """What axe finds on each page that is looked at; at the end, nothing."""
    at.options = {"viewport": {"width": request.param, "height": 860}}
    keys.grant(team.key_one, team.private_one(), team.chloe.key_holder)
    found: dict[str, list[str]] = {}
    yield found
    assert {name: said for name, said in found.items() if said} == {}


def test_the_manager_s_pages_are_clean_for_everybody_in_every_state(
    at: Browsers, team: Team, looked: dict[str, list[str]]
) -> None:
    """U1"""
    page = at.signed_in("mona")
    page.goto("/agenda/staff/invite/")
    looked["invite"] = faults(page)
    page.get_by_role("button", name="Préparer l’invitation").click()
    looked["invite, wrong"] = faults(page)
    page.goto("/agenda/")
    invite(page, "Dr Un", "Dr Deux")
    looked["invited"] = faults(page)
    page.goto("/agenda/staff/")
    looked["staff"] = faults(page)
    for member in (team.chloe, Staff.objects.get(login="ines"), team.mona):
        page.goto(f"/agenda/staff/{member.pk}/")
        looked[f"person {member.login}"] = faults(page)
    page.goto(f"/agenda/staff/{team.chloe.pk}/")
    for summary in page.locator(".agenda-row summary").all():
        summary.click()
    looked["person, open"] = faults(page)
    page.get_by_label("Au (facultatif)").first.fill("2020-01-01")
    page.locator(".agenda-row button").first.click()
    looked["person, wrong days"] = faults(page)
    for part in ("again", "end", f"agenda/{team.one.pk}/take-back"):
        page.goto(f"/agenda/staff/{team.chloe.pk}/{part}/")
        looked[part] = faults(page)


def test_joining_and_comparing_words_is_clean_for_everybody_in_every_state(
    at: Browsers, team: Team, looked: dict[str, list[str]]
) -> None:
    """U1"""
    page = at.signed_in("mona")
    address, _code = invite(page, "Dr Un")
    guest = at.page(address)
    looked["join"] = faults(guest)
    guest.get_by_label("Le code de six signes").fill("000000")
    choose(guest)
    looked["join, wrong code"] = faults(guest)
    Invitation.objects.update(tries=4)
    guest.get_by_label("Le code de six signes").fill("000000")
    choose(guest)
    looked["join, no code left"] = faults(guest)
    choose(guest)
    expect(guest.get_by_role("heading", name="Mes six mots", level=2)).to_be_visible()
    looked["words"] = faults(guest)
    looked["gone"] = faults(at.page(address))
    page.goto("/agenda/approvals/")
    looked["approvals"] = faults(page)
    page.get_by_role("link", name="Comparer six mots… Inès Da Silva").click()
    looked["approve"] = faults(page)
    page.get_by_role("button", name="Donner accès").click()
    looked["approve, no tick"] = faults(page)
    page.goto("/agenda/list/2026-11-26/")
    looked["notice"] = faults(page)
    page.locator(".self summary").click()
    page.get_by_role("button", name="Verrouiller").click()
    expect(page.locator(".unlock")).to_be_visible()
    page.goto("/agenda/words/")
    looked["words, locked"] = faults(page)
