"""The grid by keyboard and by mouse, and the same agenda open twice: what changes at one desk appears at the other."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from booking.models import Appointment
from tests.agenda.cast import NAME, Desk
from tests.booking.cast import PARIS
from tests.e2e.looking import faults
from tests.e2e.test_agenda import enter, open_page

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True, databases="__all__")]


@pytest.fixture
def chromium(browser: Browser) -> Browser:
    return browser


@pytest.fixture
def day() -> date:
    """A working day to come, so that nothing is past."""
    found = timezone.localdate(timezone=PARIS) + timedelta(days=7)
    while found.weekday() > 3 or (found.month == 12 and found.day > 20) or found.month == 5:
        found += timedelta(days=1)
    return found


@pytest.fixture
def desk(transactional_db: None, day: date) -> Desk:
    """9 to 12: visits at 9:00 (30 min), 9:30 (15), 10:30 (30, and another overbooked from 10:40)."""
    desk = Desk()
    for one in (day, day + timedelta(days=1)):
        desk.opening(on=one, start_minute=540, end_minute=720, replaces=True)
    for clock, minutes, name, lane in (("09:00", 30, "Ávila", 0), ("09:30", 15, "Bianchi", 0), ("10:30", 30, "Chen", 0), ("10:40", 30, "Diaz", 100)):  # fmt: skip
        desk.visit(clock, minutes=minutes, day=day, name=name, lane=lane)
    return desk


@pytest.fixture
def address(live_server: Any, desk: Desk) -> str:
    return f"{live_server.url}/agenda/"


@pytest.fixture
def page(chromium: Browser, address: str, day: date) -> Page:
    return at_desk(chromium, address, day)


def at_desk(chromium: Browser, address: str, day: date, **options: Any) -> Page:
    page = open_page(chromium, **options)
    scripts = options.get("java_script_enabled", True)
    if scripts:
        page.clock.install()
    enter(page, address)
    (watch if scripts else Page.goto)(page, f"{address}day/{day}/")
    expect(page.locator(".sheet")).to_be_visible()
    page.wait_for_load_state()
    return page


def watch(page: Page, address: str) -> None:
    """Open a page that follows other desks; return when it was told how things are, so that it notices what changes."""
    # The page before it may be told something as well: what comes after this is the new one's.
    page.goto(address, wait_until="commit")
    with page.expect_response(lambda answer: "?on=" in answer.url):
        page.wait_for_load_state()


def five_seconds_later(page: Page) -> None:
    """By the page's own clock: it is not the machine that is timed."""
    page.clock.fast_forward(5_000)


def where(page: Page) -> str:
    """Who or what has the focus."""
    return re.sub(r"\s+", " ", page.evaluate("document.activeElement.textContent")).strip()


def keys(page: Page, *pressed: str) -> str:
    for key in pressed:
        page.keyboard.press(key)
    return where(page)


def visit(name: str, day: date) -> Appointment:
    """The appointment that a name stands for, by its hour."""
    hours = {"Ávila": "09:00", "Bianchi": "09:30", "Chen": "10:30", "Diaz": "10:40"}
    from tests.booking.cast import cell

    return Appointment.objects.get(first_cell=cell(day, hours[name]))


def on_screen(page: Page, name: str) -> Any:
    return page.locator(".visit").filter(has_text=name).locator("a")


def test_arrows_go_from_cell_to_cell_free_ones_included(page, day):
    """U1: like a spreadsheet."""
    on_screen(page, "Ávila").focus()
    assert "Bianchi" in keys(page, "ArrowDown")
    assert keys(page, "ArrowDown") == "9 h 45"
    assert keys(page, "ArrowDown") == "10 h 00"
    assert "Chen" in keys(page, "ArrowDown", "ArrowDown")
    assert "Diaz" in keys(page, "ArrowRight")
    assert "Chen" in keys(page, "ArrowLeft")
    assert "Diaz" in keys(page, "ArrowDown")
    assert keys(page, "ArrowDown") == "11 h 10"
    assert keys(page, "ArrowDown") == "11 h 15"
    assert keys(page, "Home") == "7 h 00"
    assert keys(page, "End") == "19 h 45"
    assert keys(page, "ArrowUp") == "19 h 30"


def test_the_tab_key_stops_once_in_the_grid(page, day):
    on_screen(page, "Bianchi").focus()
    keys(page, "ArrowDown")
    page.keyboard.press("Tab")
    assert not page.evaluate("Boolean(document.activeElement.closest('.visit, .cursor'))")


def test_enter_on_free_time_leads_to_booking_it(page, desk, day):
    on_screen(page, "Bianchi").focus()
    keys(page, "ArrowDown", "ArrowDown")
    link = page.locator(".cursor")
    expect(link).to_have_attribute("href", f"/agenda/book/{desk.one.pk}/{day}/600/")
    expect(link).to_have_attribute("aria-label", re.compile("Heure libre 10 h 00, Dr Un"))


def test_from_one_day_to_any_other_in_a_keystroke_or_two(page, address, day):
    title = page.get_by_role("heading", level=1)
    for key, path in (("PageDown", f"day/{day + timedelta(days=1)}/"), ("PageUp", f"day/{day}/"), ("2", f"week/{day}/"), ("3", f"list/{day}/"), ("4", f"weeks/{day}/"), ("1", f"day/{day}/"), ("5", "waiting/")):  # fmt: skip
        page.keyboard.press(key)
        page.wait_for_url(address + path)
        page.wait_for_load_state()
    page.goto(f"{address}day/{day}/")
    page.keyboard.press("g")
    expect(page.get_by_label("Aller au jour")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.wait_for_url(f"{address}day/{timezone.localdate(timezone=PARIS)}/")
    expect(title).to_be_visible()


def test_every_key_is_told_in_a_dialogue_that_escape_closes(page):
    page.keyboard.press("?")
    dialogue = page.get_by_role("dialog")
    expect(dialogue).to_contain_text("Les touches du clavier")
    page.keyboard.press("j")
    expect(dialogue).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialogue).to_have_count(0)


def test_with_x_and_v_a_visit_is_moved_and_u_moves_it_back(page, day):
    on_screen(page, "Ávila").focus()
    keys(page, "x")
    expect(page.locator(".cut-strip")).to_contain_text("Rendez-vous coupé")
    on_screen(page, "Bianchi").focus()
    keys(page, "ArrowDown", "ArrowDown", "v")
    card = page.locator(".panel .card")
    expect(card).to_contain_text("10 h")
    assert visit("Ávila", day).sequence == 0
    expect(card.get_by_role("button", name="Déplacer")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Déplacé")
    expect(page.locator(".cut-strip")).to_be_empty()
    assert Appointment.objects.get(sequence=1).start.astimezone(PARIS).hour == 10
    page.wait_for_load_state()
    page.keyboard.press("u")
    expect(page.get_by_role("status").first).to_contain_text("C’est défait")
    assert visit("Ávila", day).sequence == 2


def test_what_is_cut_can_be_laid_on_another_day_and_escape_leaves_it(page, day):
    on_screen(page, "Ávila").focus()
    keys(page, "x", "Escape")
    expect(page.locator(".cut-strip")).to_be_empty()
    on_screen(page, "Ávila").focus()
    keys(page, "x")
    page.keyboard.press("PageDown")
    page.wait_for_url(f"**/day/{day + timedelta(days=1)}/")
    expect(page.locator(".cut-strip")).to_contain_text("Rendez-vous coupé")
    page.wait_for_load_state()
    keys(page, "ArrowDown", "Home", *["ArrowDown"] * 10)
    assert where(page) == "9 h 30"
    keys(page, "v")
    expect(page.locator(".panel .card")).to_contain_text("9 h 30")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Déplacé")
    moved = Appointment.objects.get(sequence=1)
    assert moved.start.astimezone(PARIS).date() == day + timedelta(days=1)


def test_a_visit_is_dragged_and_nothing_moves_before_the_button(page, day):
    box = on_screen(page, "Bianchi").bounding_box()
    other = on_screen(page, "Chen").bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, other["y"] + 5, steps=5)
    expect(page.locator(".is-carried")).to_have_count(1)
    page.mouse.up()
    card = page.locator(".panel .card")
    expect(card).to_contain_text("10 h 30")
    expect(card.locator(".warned")).to_contain_text("déjà un rendez-vous")
    expect(page.locator(".is-carried")).to_have_count(0)
    assert visit("Bianchi", day).sequence == 0
    card.get_by_role("link", name="Garder l’heure actuelle").click()
    expect(page.locator(".panel")).to_be_hidden()
    assert visit("Bianchi", day).sequence == 0


def test_escape_lets_go_of_what_is_dragged_and_a_click_still_opens(page, day):
    box = on_screen(page, "Bianchi").bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 150, steps=5)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator(".panel")).to_be_hidden()
    on_screen(page, "Bianchi").click()
    expect(page.locator(".panel").get_by_text("Bianchi")).to_be_visible()


def test_i_turns_names_into_initials_and_back(page):
    expect(page.get_by_text("Bianchi")).to_be_visible()
    page.keyboard.press("i")
    expect(page.locator(".visit").first).to_contain_text("Z.")
    assert "Bianchi" not in page.content()
    page.wait_for_load_state()
    page.keyboard.press("i")
    expect(page.get_by_text("Bianchi")).to_be_visible()


# The same agenda open twice.


def test_what_changes_at_one_desk_appears_at_the_other_within_five_seconds(chromium, page, address, day):
    """Without a reload; the focus, the scroll and the open panel stay where they are."""
    other = at_desk(chromium, address, day)
    other.evaluate("window.stays = true")
    on_screen(other, "Bianchi").click()
    expect(other.locator(".panel").get_by_text("Bianchi")).to_be_visible()
    other.locator(".sheet").evaluate("sheet => { sheet.scrollTop = 37 }")
    on_screen(other, "Diaz").focus()
    other.locator(".sheet").evaluate("sheet => { sheet.scrollTop = 37 }")
    on_screen(page, "Ávila").focus()
    keys(page, "x")
    on_screen(page, "Bianchi").focus()
    keys(page, "ArrowDown", "ArrowDown", "v")
    expect(page.locator(".panel").get_by_role("button", name="Déplacer")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Déplacé")
    five_seconds_later(other)
    expect(other.locator(".visit").filter(has_text="Ávila")).to_have_attribute("data-at", "600")
    assert "Diaz" in where(other)
    assert other.locator(".sheet").evaluate("sheet => sheet.scrollTop") == 37
    expect(other.locator(".panel").get_by_text("Bianchi")).to_be_visible()
    assert other.evaluate("window.stays")


def test_the_visit_that_has_the_focus_keeps_it_when_its_own_state_changes(chromium, page, desk, day):
    on_screen(page, "Chen").focus()
    Appointment.objects.filter(pk=visit("Chen", day).pk).update(state="arrived", arrived_at=timezone.now())
    five_seconds_later(page)
    expect(on_screen(page, "Chen")).to_contain_text("arrivé")
    expect(on_screen(page, "Chen")).to_be_focused()


def test_a_free_cell_keeps_the_focus_when_something_is_drawn_beside_it(page, desk, day):
    on_screen(page, "Bianchi").focus()
    assert keys(page, "ArrowDown") == "9 h 45"
    desk.visit("11:30", day=day, name="Éluard")
    five_seconds_later(page)
    expect(on_screen(page, "Éluard")).to_be_visible()
    assert where(page) == "9 h 45"


def test_something_outside_the_hours_that_are_drawn_makes_them_more(page, desk, day):
    desk.visit("21:00", day=day, name="Éluard")
    five_seconds_later(page)
    expect(on_screen(page, "Éluard")).to_be_visible()
    expect(page.locator(".hours").first).to_contain_text("21 h")


def test_two_desks_with_one_visit_never_write_over_each_other(chromium, page, address, day):
    """The second is told, and sees how it is now."""
    other = at_desk(chromium, address, day)
    for one in (page, other):
        on_screen(one, "Chen").click()
        one.locator(".panel").get_by_role("link", name="Excusé").click()
        expect(one.get_by_role("button", name="Noter comme excusé")).to_be_visible()
    page.get_by_role("button", name="Noter comme excusé").click()
    expect(page.get_by_role("status").first).to_contain_text("excusé")
    other.get_by_role("button", name="Noter comme excusé").click()
    expect(other.get_by_role("status").first).to_contain_text("à un autre poste")


def test_the_list_follows_too_and_keeps_what_is_ticked(page, desk, address, day):
    watch(page, f"{address}list/{day}/")
    page.get_by_label("Choisir 9 h 30").check()
    desk.visit("11:30", day=day, name="Éluard")
    five_seconds_later(page)
    expect(page.get_by_text("Éluard")).to_be_visible()
    expect(page.get_by_label("Choisir 9 h 30")).to_be_checked()


def test_the_waiting_room_follows(page, desk, address):
    watch(page, f"{address}waiting/")
    today = timezone.localdate(timezone=PARIS)
    desk.visit("12:00", day=today, state="arrived", arrived_at=timezone.now() - timedelta(minutes=7))
    five_seconds_later(page)
    expect(page.get_by_text(NAME)).to_be_visible()
    expect(page.locator("[data-since]")).to_have_text("7")


# For everybody, on every screen.


@pytest.mark.parametrize("width", [1280, 768, 390])
def test_every_new_page_is_clean_for_everybody(chromium, address, desk, day, width):
    """U1: axe finds nothing, and nothing sticks out of the screen."""
    options = {"viewport": {"width": width, "height": 860}, "bypass_csp": True}
    page = at_desk(chromium, address, day, **options)
    today = timezone.localdate(timezone=PARIS)
    desk.visit("12:00", day=today, state="arrived", arrived_at=timezone.now())
    desk.visit("13:00", day=today, state="in_consultation")
    chen = visit("Chen", day).pk
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found[name] = faults(page)

    confirm = f"appointment/{chen}/move/?practitioner={desk.one.pk}&day={day}&time=09:00"
    for name in (f"week/{day}/", f"weeks/{day}/", f"list/{day}/", "waiting/", f"new/{day}/", f"late/{desk.one.pk}/{day}/", f"appointment/{chen}/move/", confirm, "help/"):  # fmt: skip
        page.goto(address + name)
        look(name)
    page.goto(f"{address}list/{day}/")
    page.get_by_label("Choisir 9 h 30").check()
    page.get_by_role("button", name="Annuler les rendez-vous cochés").click()
    look("several")
    if width == 1280:
        page.goto(f"{address}day/{day}/")
        on_screen(page, "Bianchi").focus()
        keys(page, "ArrowDown")
        look("free cell")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        look("help dialogue")
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_without_scripts_a_visit_is_moved_several_are_cancelled_and_all_is_undone(chromium, address, day):
    """U1"""
    page = at_desk(chromium, address, day, java_script_enabled=False)
    on_screen(page, "Ávila").click()
    page.get_by_role("link", name="Déplacer…").click()
    page.get_by_role("link", name="10 h 00").first.click()
    page.get_by_role("button", name="Déplacer").click()
    expect(page.get_by_role("status").first).to_contain_text("Déplacé")
    page.get_by_role("button", name="Défaire le déplacement").click()
    expect(page.get_by_role("status").first).to_contain_text("C’est défait")
    assert visit("Ávila", day).sequence == 2
    page.goto(f"{address}list/{day}/")
    for clock in ("9 h 00", "9 h 30"):
        page.get_by_label(f"Choisir {clock}").check()
    page.get_by_role("button", name="Annuler les rendez-vous cochés").click()
    page.get_by_role("button", name="Annuler ces rendez-vous").click()
    expect(page.get_by_role("status").first).to_contain_text("2 rendez-vous annulés")
    page.get_by_role("button", name="Défaire 2 annulations").click()
    assert set(Appointment.objects.values_list("state", flat=True)) == {"booked"}
