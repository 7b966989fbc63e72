"""The README's pictures, taken from a running demo: `make demo` in one terminal, `make screenshots` in another."""

import sys
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).parent / "screenshots"
CHROMIUM = "/usr/bin/chromium-headless-shell"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 860}


def page(browser: Browser, size: dict[str, int], scripts: bool) -> Page:
    context = browser.new_context(viewport=size, java_script_enabled=scripts, locale="fr-FR")  # type: ignore[arg-type]
    return context.new_page()


def keep(shown: Page, name: str) -> None:
    shown.screenshot(path=FOLDER / f"{name}.png")


def patients(browser: Browser, site: str) -> None:
    """The patient's way on a phone, scripts off."""
    phone = page(browser, PHONE, scripts=False)
    phone.goto(f"{site}/fr/dr-claire-fontaine/")
    keep(phone, "practitioner-390")
    phone.goto(f"{site}/fr/dr-claire-fontaine/consultation/?patient=known")
    keep(phone, "times-390")
    phone.locator("button[name=start]").last.click()
    keep(phone, "form-390")


def desk(browser: Browser, site: str) -> None:
    """The agenda, as the secretary of the demo sees it."""
    screen = page(browser, DESK, scripts=True)
    screen.goto(f"{site}/agenda/")
    screen.fill("[name=login]", "sophie")
    screen.fill("[name=password]", "Lilas-en-fleur-75")
    screen.keyboard.press("Enter")
    screen.fill("[name=new_veil_code]", "271828")
    screen.keyboard.press("Enter")
    screen.wait_for_url(f"{site}/agenda/")
    # A day that is still to come: today's visits may all be over.
    on = datetime.now().astimezone().date() + timedelta(days=1)
    while on.weekday() > 4:
        on += timedelta(days=1)
    screen.goto(f"{site}/agenda/day/{on}/")
    keep(screen, "agenda-1280")


def main() -> None:
    site = sys.argv[1].rstrip("/")
    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        patients(browser, site)
        desk(browser, site)
        browser.close()


if __name__ == "__main__":
    main()
