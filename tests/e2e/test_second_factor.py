"""The second factor in a browser: a security key that Chromium plays itself, and pages that axe finds nothing on."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Locator, Page, expect

from practitioners.models import Practice, TrustedBrowser
from tests.agenda.factor import code_of, secret_of
from tests.e2e.conftest import Opened
from tests.e2e.looking import faults
from tests.e2e.test_accessibility import LOOKED_AT
from tests.practitioners.cast import PASSWORD

KEY = {
    "protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": False,
    "isUserVerified": False, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def strict(practice: SimpleNamespace) -> SimpleNamespace:
    """A practice that demands a second factor."""
    Practice.objects.update(requires_second_factor=True)
    return practice


def password(page: Page) -> None:
    page.get_by_label("Identifiant").fill("alice")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def sign_out(page: Page) -> None:
    page.locator("summary", has_text="Alice").click()
    page.get_by_role("button", name="Se déconnecter").click()


def with_key(page: Page) -> Any:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    return session


def ask_the_key(page: Page, button: str, then: Locator) -> None:
    """Press a button that asks the key, and once more when nothing came of it, as a person does.

    Chromium answers only for a page in front, which a page of a busy machine is not at every moment.
    """
    unanswered = page.locator("[data-key-failed]")
    for _press in range(3):
        page.bring_to_front()
        page.get_by_role("button", name=button).click()
        # However long that takes: a second question beside one that still waits would be refused, and the first might answer.
        expect(then.or_(unanswered).filter(visible=True).first).to_be_visible()
        if then.is_visible():
            return
    pytest.fail(f"the key never answered: {button}")


def add_the_key(page: Page) -> None:
    page.get_by_role("link", name="Plutôt une clé de sécurité").click()
    ask_the_key(page, "Ajouter cette clé", page.get_by_role("heading", name="Vos codes de secours"))


def enter_with_the_key(page: Page) -> None:
    ask_the_key(page, "Utiliser ma clé de sécurité", page.locator(".bar"))
    page.wait_for_url("**/agenda/")


def test_a_security_key_is_set_up_and_then_opens_the_second_step(visit: Opened, strict: SimpleNamespace) -> None:
    page = visit("/agenda/sign-in/", java_script_enabled=True)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    with_key(page)
    password(page)
    page.get_by_role("link", name="Plutôt une clé de sécurité").click()
    page.get_by_label("Comment l’appeler").fill("Clé bleue")
    ask_the_key(page, "Ajouter cette clé", page.get_by_role("heading", name="Vos codes de secours"))
    assert Authenticator.objects.get(type="webauthn").wrap().name == "Clé bleue"
    page.get_by_role("link", name="Je les ai notés").click()
    sign_out(page)
    password(page)
    page.get_by_label("Ne plus demander sur ce navigateur pendant 30 jours").check()
    enter_with_the_key(page)
    assert TrustedBrowser.objects.count() == 1
    assert said == []


def test_another_key_does_not_open_it_and_the_page_says_so(visit: Opened, strict: SimpleNamespace) -> None:
    page = visit("/agenda/sign-in/", java_script_enabled=True)
    session = with_key(page)
    password(page)
    add_the_key(page)
    page.get_by_role("link", name="Je les ai notés").click()
    sign_out(page)
    session.send("WebAuthn.disable")
    with_key(page)
    password(page)
    page.bring_to_front()
    page.get_by_role("button", name="Utiliser ma clé de sécurité").click()
    expect(page.get_by_text("La clé n’a pas répondu. Recommencez, ou utilisez un code.")).to_be_visible()
    assert page.url.endswith("/agenda/second-factor/")


def test_an_answer_of_the_key_is_good_for_once(visit: Opened, strict: SimpleNamespace) -> None:
    page = visit("/agenda/sign-in/", java_script_enabled=True)
    with_key(page)
    password(page)
    add_the_key(page)
    page.get_by_role("link", name="Je les ai notés").click()
    sign_out(page)
    password(page)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if request.method == "POST" else None)
    enter_with_the_key(page)
    sign_out(page)
    password(page)
    old = page.evaluate("body => new URLSearchParams(body).get('factor_credential')", sent[0])
    assert '"signature"' in old
    page.evaluate(
        "old => { document.forms[0].elements.factor_credential.value = old; document.forms[0].submit() }", old
    )
    expect(page.get_by_text("Ce code ou cette clé ne convient pas.")).to_be_visible()


def test_a_telephone_is_set_up_and_used_without_scripts(visit: Opened, strict: SimpleNamespace) -> None:
    page = visit("/agenda/sign-in/")
    password(page)
    page.get_by_text("Le carré ne se lit pas ?").click()
    secret = page.locator("code").inner_text().replace(" ", "")
    page.get_by_label("Code à six chiffres").fill(code_of(secret))
    page.get_by_role("button", name="Garder ce téléphone").click()
    code = page.locator(".codes code").first.inner_text()
    page.get_by_role("link", name="Je les ai notés").click()
    page.wait_for_url(re.compile("/agenda/$"))
    assert secret_of(strict.office.alice) == secret
    sign_out(page)
    password(page)
    page.get_by_label("Code du téléphone, ou code de secours").fill(code)
    page.get_by_role("button", name="Valider le code").click()
    page.wait_for_url(re.compile("/agenda/$"))


def test_axe_finds_nothing_on_the_pages_of_the_second_factor(visit: Opened, strict: SimpleNamespace) -> None:
    page = visit("/agenda/sign-in/", **LOOKED_AT)
    with_key(page)
    password(page)
    assert faults(page) == []
    page.get_by_role("button", name="Garder ce téléphone").click()
    assert faults(page) == []
    page.get_by_role("link", name="Plutôt une clé de sécurité").click()
    assert faults(page) == []
    ask_the_key(page, "Ajouter cette clé", page.get_by_role("heading", name="Vos codes de secours"))
    assert faults(page) == []
    page.get_by_role("link", name="Je les ai notés").click()
    sign_out(page)
    password(page)
    assert faults(page) == []
    page.get_by_role("button", name="Valider le code").click()
    assert faults(page) == []
    page.get_by_label("Ne plus demander").check()
    enter_with_the_key(page)
    page.goto(page.url + "second-factor/mine/")
    assert faults(page) == []
