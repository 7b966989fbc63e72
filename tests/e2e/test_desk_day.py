"""A full day at the desk, by keyboard alone: twenty calls, five arrivals, one absence, one delay told (issue 4)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from booking import delivery
from booking.delivery import Ways
from booking.models import Appointment, Message
from tests import post as posts
from tests.agenda.cast import Desk
from tests.e2e.test_agenda import enter, open_page
from tests.practitioners.cast import practice

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True, databases="__all__")]

CALLS, BY_PERSON, FIRST, LENGTH = 20, 15, 480, 30
# Times that are chosen first, in minutes of the day, after those that the first fifteen calls are offered.
CHOSEN = (1080, 1050, 1020, 990, 960)


@pytest.fixture
def zone() -> ZoneInfo:
    """A zone in which the clocks now show seven: at whatever hour this runs, the practice's day is still to come."""
    ahead = (7 - datetime.now(tz=timezone.get_default_timezone()).astimezone(ZoneInfo("UTC")).hour + 12) % 24 - 12
    return ZoneInfo(f"Etc/GMT{-ahead:+d}" if ahead else "Etc/UTC")


@pytest.fixture
def day(zone: ZoneInfo) -> date:
    return timezone.localdate(timezone=zone)


@pytest.fixture
def desk(transactional_db: None, zone: ZoneInfo, day: date) -> Desk:
    desk = Desk(practice(time_zone=zone.key))
    desk.opening(on=day, start_minute=FIRST, end_minute=1140)
    return desk


@pytest.fixture
def mailbox(settings: Any) -> Iterator[posts.Post]:
    with posts.post() as server:
        posts.use(settings, server.port)
        yield server


def act(page: Page, key: str, done: str) -> None:
    """Press a key that leads to another page; wait until that page shows what is awaited, and its scripts listen."""
    page.evaluate("document.body.dataset.before = 'yes'")
    page.keyboard.press(key)
    expect(page.locator(f"body:not([data-before]) {done}").first).to_be_visible()
    page.wait_for_load_state()


def focused(page: Page) -> str:
    """The link or button that has the focus: its address and what it says; nothing of anything else."""
    script = "(one) => one.matches('a, button') ? `${one.getAttribute('href') ?? ''} ${one.textContent}` : ''"
    return str(page.evaluate(f"({script})(document.activeElement)"))


def press_until(page: Page, key: str, text: str, most: int = 60) -> None:
    """Press a key until what has the focus says a text."""
    for _ in range(most):
        if text in focused(page):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} never reached {text}: {focused(page)}")


def fill(page: Page, number: int) -> None:
    """Type who is on the telephone into the panel, and send it. Of the last one alone an e-mail address is known."""
    expect(page.locator(".panel [name=last_name]")).to_be_focused()
    page.keyboard.type(f"Appel{number:02d}")
    page.keyboard.press("Tab")
    page.keyboard.type("Zoé")
    page.keyboard.press("Tab")
    if number == CALLS:
        page.keyboard.type("zoe@example.org")


def call_person_first(page: Page, number: int) -> None:
    page.keyboard.press("n")
    fill(page, number)
    page.keyboard.press("Enter")
    expect(page.locator(".times button").first).to_be_focused()
    act(page, "Enter", "[role=status]")


def call_time_first(page: Page, number: int, minute: int) -> None:
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    press_until(page, "ArrowUp", f"/{minute}/")
    page.keyboard.press("Enter")
    expect(page.locator(".panel .kept")).to_be_visible()
    fill(page, number)
    act(page, "Enter", "[role=status]")


def mark(page: Page, number: int, button: str, done: str) -> None:
    """Open an appointment from the grid, and press the button of its panel."""
    page.keyboard.press("ArrowDown")
    press_until(page, "ArrowDown", f"Appel{number:02d}")
    page.keyboard.press("Enter")
    expect(page.locator(".panel h2")).to_contain_text(f"Appel{number:02d}")
    press_until(page, "Tab", button)
    act(page, "Enter", done)


def test_a_day_of_twenty_calls_five_arrivals_an_absence_and_a_delay_by_keyboard_alone(
    browser: Browser, live_server: Any, desk: Desk, mailbox: posts.Post
) -> None:
    """U1: nothing is clicked. What is awaited is what the page shows, so a slow machine only takes longer."""
    page = open_page(browser)
    enter(page, f"{live_server.url}/agenda/")
    for number in range(1, BY_PERSON + 1):
        call_person_first(page, number)
    for number, minute in enumerate(CHOSEN, BY_PERSON + 1):
        call_time_first(page, number, minute)
    assert Appointment.objects.filter(state="booked").count() == CALLS
    for number in range(1, 6):
        mark(page, number, "Arrivé", f".visit.is-arrived >> nth={number - 1}")
    mark(page, 6, "Non venu", ".visit.is-absent")
    act(page, "5", "td.how")
    expect(page.locator("tr.is-arrived")).to_have_count(5)
    act(page, "1", ".visit")
    press_until(page, "Tab", "Retard…")
    act(page, "Enter", "[name=pick]")
    press_until(page, "Tab", "Prévenir du retard")
    act(page, "Enter", "[role=status]")
    expect(page.get_by_role("status").first).to_contain_text("1 à prévenir par message")
    states = list(Appointment.objects.values_list("state", flat=True))
    assert {state: states.count(state) for state in set(states)} == {"booked": 14, "arrived": 5, "absent": 1}
    assert Message.objects.filter(kind="late", state="queued").count() == 1
    delivery.work(timezone.now() + timedelta(minutes=2), Ways())
    assert Message.objects.get(kind="late").state == "sent"
    assert len(mailbox.raw) == 2, "the confirmation, and the delay"
