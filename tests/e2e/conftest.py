"""A real browser in front of a real server. Without Debian's Chromium these tests are skipped, and say so."""

import os
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zlib import crc32

import pytest
import time_machine
from django.core.signals import request_finished, request_started
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from agenda import vault
from practitioners import keys
from practitioners.models import Practice, Staff, VisitType
from tests.agenda.cast import CODE
from tests.booking.cast import NOW, Office, visit_type

# The same engine without windows around it costs less than half; where it is not installed, the whole browser.
CHROMIUM = next(filter(Path.exists, map(Path, ("/usr/bin/chromium-headless-shell", "/usr/bin/chromium"))), None)
SWITCHES = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()

Opened = Callable[..., Page]
# How long what is awaited may take, in milliseconds: a machine may be slow, and three runs share its two cores.
expect.set_options(timeout=40_000)
# BROWSER_LATENCY=300 looks for tests that hurry: whatever a page asks for comes so many milliseconds later.
LATENCY = int(os.environ.get("BROWSER_LATENCY", "0"))


@pytest.fixture(autouse=True)
def monday_morning() -> Iterator[None]:
    """The server's day begins on Monday 5 January 2026, 8:00 in Paris, and goes on: no test crosses a midnight, or meets a holiday."""
    with time_machine.travel(NOW, tick=True):
        yield


class Underway:
    """How many requests the live server is answering."""

    def __init__(self) -> None:
        self.number, self.changed = 0, threading.Condition()

    def begin(self, **_sent: object) -> None:
        with self.changed:
            self.number += 1

    def end(self, **_sent: object) -> None:
        with self.changed:
            self.number -= 1
            self.changed.notify_all()

    def none_is_left(self) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: self.number == 0, timeout=120)


@pytest.fixture(scope="package")
def underway() -> Iterator[Underway]:
    counted = Underway()
    request_started.connect(counted.begin)
    request_finished.connect(counted.end)
    yield counted
    request_started.disconnect(counted.begin)
    request_finished.disconnect(counted.end)


@pytest.fixture(autouse=True)
def no_page_outlives_its_test(browser: Browser, underway: Underway, transactional_db: None) -> Iterator[None]:
    """A page that is left open would go on asking the next test's server, and what it asked last could be written there."""
    yield
    for context in browser.contexts:
        context.close()
    assert underway.none_is_left(), "a request never ended"


@pytest.fixture
def asked_for_a_code() -> None:
    """For a test that chooses the veil's code itself; the others find it chosen."""


@pytest.fixture(autouse=True)
def code_is_chosen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever signs in has a code for the veil (`CODE`): one page less in each test that is about something else."""
    if "asked_for_a_code" in request.fixturenames:
        return
    real = vault.open_session

    def open_and_choose(asked: Any, staff: Staff, private: bytes) -> None:
        real(asked, staff, private)
        box = keys.close_code(asked.cookie_half, staff.pk, CODE)
        asked.session.setdefault(vault.CODE, urlsafe_b64encode(box).decode())

    monkeypatch.setattr(vault, "open_session", open_and_choose)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what needs the browser, and keep of it the share that this run is for (tests/engines.py)."""
    number, of = (int(one) for one in os.environ.get("BROWSER_SHARE", "1/1").split("/"))
    others = []
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            if crc32(item.nodeid.encode()) % of != number - 1:
                others.append(item)
    items[:] = [item for item in items if item not in others]
    config.hook.pytest_deselected(items=others)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser for the tests of this folder; its loop, and what it needs of Django, end with them."""
    if CHROMIUM is None:
        pytest.skip("No browser (apt install chromium-headless-shell).")
    # Playwright's loop runs in this thread, and Django would refuse its own database calls beside a loop.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        if LATENCY:
            patch.setattr(BrowserContext, "new_page", _slowed(BrowserContext.new_page))
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=SWITCHES)
        yield opened
        opened.close()


def _slowed(new_page: Callable[[BrowserContext], Page]) -> Callable[[BrowserContext], Page]:
    network = {"offline": False, "latency": LATENCY, "downloadThroughput": -1, "uploadThroughput": -1}

    def open_slowly(context: BrowserContext) -> Page:
        page = new_page(context)
        context.new_cdp_session(page).send("Network.emulateNetworkConditions", network)
        return page

    return open_slowly


@pytest.fixture
def visit(browser: Browser, live_server: LiveServer) -> Opened:
    """Open a page of the product: `visit("/fr/")`. Options are those of a browser context; scripts are off."""

    def open_page(path: str, **options: Any) -> Page:
        chosen = {"java_script_enabled": False, "locale": "fr-FR", "viewport": {"width": 390, "height": 844}, **options}
        page = browser.new_context(base_url=live_server.url, **chosen).new_page()
        page.goto(path)
        return page

    return open_page


@pytest.fixture
def practice(transactional_db: None) -> SimpleNamespace:
    """A practice with everything that a form can ask."""
    office = Office()
    Practice.objects.update(phone="01 43 45 12 34", phone_hours="de 9 h à 12 h")
    VisitType.objects.update(duration_known=15, asks_message=True, asks_birth_date=True, after="Vos ordonnances.")
    # Whatever the hour, the first free time may still be cancelled.
    plain = visit_type(office.one, "simple", name="Visite simple", duration_new=30, duration_known=30, cancel_before=0)
    home = visit_type(office.one, "domicile", name="Visite à domicile", place="home", asks_birth_date=True)
    none = visit_type(office.two, "complet", name="Complet")
    return SimpleNamespace(office=office, plain=plain, home=home, none=none)
