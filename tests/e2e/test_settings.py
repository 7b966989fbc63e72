"""The settings in a real browser: clean for everybody, whole without scripts."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from booking.models import Appointment
from practitioners.models import Absence, Opening, Replacement, VisitType
from tests.agenda.cast import NAME, sign_in
from tests.agenda.settings.cast import Cabinet
from tests.booking.cast import PARIS
from tests.e2e.looking import faults
from tests.e2e.test_agenda import open_page

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True, databases="__all__")]


@pytest.fixture
def cabinet(transactional_db: None) -> Cabinet:
    return Cabinet()


def enter(browser: Browser, live_server: Any, cabinet: Cabinet, login: str = "nadia", **options: Any) -> Page:
    """A browser that is signed in: the cookies of a client that is."""
    page = open_page(browser, base_url=live_server.url, **options)
    client = Client()
    assert sign_in(client, login).status_code == 302
    page.context.add_cookies(
        [
            {"name": name, "value": one.value, "url": f"{live_server.url}/agenda/"}
            for name, one in client.cookies.items()
        ]
    )
    return page


def pages(cabinet: Cabinet) -> list[str]:
    kind = cabinet.type.pk
    absence = Absence.objects.create(practitioner=cabinet.one, first_day="2099-06-01", last_day="2099-06-05")
    instead = Replacement.objects.create(
        practitioner=cabinet.one, name="Dr Roche", first_day="2099-06-01", last_day="2099-06-05"
    )
    cabinet.opening(on="2098-06-02", start_minute=480, end_minute=600, replaces=True)
    cabinet.opening(weekday=5, start_minute=540, end_minute=720, parity="odd", places=3, without_appointment=True)
    own = [
        *("page/", "page/publish/", "types/", "types/new/", f"types/{kind}/", f"types/{kind}/offer/", "week/", "days/"),
        *("days/?from=2098-06-02", "days/2098-06-02/", "days/2026-05-01/?usual=1", "absences/", "absences/new/"),
        *(f"absences/{absence.pk}/", f"absences/{absence.pk}/delete/", "holidays/?year=2098", "replacements/"),
        *("replacements/new/", f"replacements/{instead.pk}/"),
    ]
    places = f"/agenda/settings/places/{cabinet.location.pk}/"
    return [
        "/agenda/settings/", "/agenda/settings/new/", "/agenda/settings/practice/", "/agenda/settings/places/",
        "/agenda/settings/places/new/", places, f"{places}delete/", *map(cabinet.at, own),
    ]  # fmt: skip


def look(page: Page, name: str) -> list[str]:
    """What is wrong with a page as it stands."""
    return [f"{name}: {one}" for one in faults(page)]


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_and_state_is_clean_for_everybody(browser, live_server, cabinet: Cabinet, width: int):
    """U1: axe finds nothing, and nothing sticks out of the screen."""
    options = {"viewport": {"width": width, "height": 860}, "bypass_csp": True}
    page = enter(browser, live_server, cabinet, **options)
    VisitType.objects.create(practitioner=cabinet.one, name="Ancien", slug="ancien", active=False)
    found: list[str] = []
    for path in pages(cabinet):
        page.goto(path)
        found += look(page, path)
    page.goto(cabinet.at("types/new/"))
    page.get_by_role("button", name="Ajouter ce motif").click()
    found += look(page, "a type refused")
    page.goto(cabinet.at("week/"))
    page.locator(".week-block").first.focus()
    page.keyboard.press("Enter")
    page.locator(".row.is-current summary").click()
    found += look(page, "an opening of the week")
    page.get_by_label("De", exact=True).locator("visible=true").first.fill("99")
    page.get_by_role("button", name="Enregistrer la semaine").click()
    found += look(page, "a week refused")
    VisitType.objects.filter(pk=cabinet.type.pk).update(visibility="link")
    page.goto(cabinet.at(f"types/{cabinet.type.pk}/"))
    found += look(page, "a type by link")
    page.get_by_role("button", name="Créer le lien et sa carte").click()
    found += look(page, "a link's card")
    page.goto(cabinet.at("page/"))
    page.locator("#page-form").evaluate("form => form.action = form.querySelector('[formaction]').formAction")
    page.get_by_role("button", name="Enregistrer").click()
    found += look(page, "preview")
    assert found == []


def test_without_scripts_a_page_and_its_types_are_set(browser, live_server, cabinet: Cabinet):
    """U1"""
    page = enter(browser, live_server, cabinet, java_script_enabled=False)
    page.goto("/agenda/settings/")
    page.get_by_role("link", name="Page publique").first.click()
    page.get_by_label("Annonce en haut de page").fill("Absent jeudi")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Voir l’aperçu").click()
    expect(opened.value.get_by_text("Absent jeudi")).to_be_visible()
    opened.value.close()
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status")).to_contain_text("La page est enregistrée")
    page.get_by_role("link", name="Motifs").click()
    page.get_by_role("link", name="Ajouter un motif").click()
    page.get_by_label("Nom").fill("Vaccination")
    page.get_by_label("Fin de l’adresse").fill("vaccination")
    page.get_by_label("olive").check()
    page.get_by_role("button", name="Ajouter ce motif").click()
    page.get_by_role("button", name="Monter Vaccination").click()
    expect(page.get_by_role("heading", level=2).first).to_have_text("Vaccination")
    assert VisitType.objects.get(slug="vaccination").position == 0
    assert not Appointment.objects.exists()


def hours(weekday: int) -> list[tuple[int, int]]:
    found = Opening.objects.filter(weekday=weekday).order_by("start_minute")
    return list(found.values_list("start_minute", "end_minute"))


def test_a_week_is_painted_moved_and_saved_with_the_mouse(browser, live_server, cabinet: Cabinet):
    page = enter(browser, live_server, cabinet)
    page.goto(cabinet.at("week/"))
    field = page.locator(".week-field").nth(5)
    box = field.bounding_box()
    assert box is not None

    def at(hour: float, day: int = 5) -> tuple[float, float]:
        other = page.locator(".week-field").nth(day).bounding_box()
        assert other is not None
        return other["x"] + 30, other["y"] + other["height"] * (hour - 7) / 13

    def pull(start: tuple[float, float], *way: tuple[float, float]) -> None:
        page.mouse.move(*start)
        page.mouse.down()
        for step in way:
            page.mouse.move(*step)
        page.mouse.up()

    blocks = page.locator(".week-day").nth(5).locator(".week-block")
    pull(at(9), at(10), at(12.5))
    expect(blocks).to_have_text([re.compile(r"9\sh–12\sh\s30")])
    pull(at(12.46), at(13))
    expect(blocks).to_have_text([re.compile(r"9\sh–13\sh")])
    pull(at(11), at(11, 6), at(12, 6))
    expect(blocks).to_have_count(0)
    page.get_by_role("button", name="Enregistrer la semaine").click()
    expect(page.get_by_role("status").first).to_contain_text("La semaine est enregistrée")
    assert (hours(5), hours(6)) == ([], [(600, 840)])
    assert hours(0) == [(540, 720)]


def test_a_week_is_set_with_the_keyboard_alone(browser, live_server, cabinet: Cabinet):
    """U1: days ticked, hours typed, an opening moved, lengthened and taken away, saved."""
    Opening.objects.exclude(weekday=0).delete()
    page = enter(browser, live_server, cabinet)
    page.goto(cabinet.at("week/"))
    for day in ("mardi", "jeudi"):
        page.get_by_role("checkbox", name=day).focus()
        page.keyboard.press("Space")
    page.get_by_label("De", exact=True).locator("visible=true").first.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("14h")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("18h")
    page.get_by_role("button", name="Ajouter à la semaine").press("Enter")
    thursday = page.locator(".week-day").nth(3).locator(".week-block")
    expect(thursday).to_have_text([re.compile(r"14\sh–18\sh")])
    thursday.focus()
    for key in ("ArrowRight", "ArrowUp", "ArrowUp", "Shift+ArrowDown"):
        page.keyboard.press(key)
    expect(page.locator(".week-day").nth(4).locator(".week-block")).to_have_text([re.compile(r"13\sh\s30–17\sh\s45")])
    page.locator(".week-day").nth(0).locator(".week-block").focus()
    page.keyboard.press("Delete")
    page.get_by_role("button", name="Enregistrer la semaine").press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("La semaine est enregistrée")
    assert [hours(day) for day in range(5)] == [[], [(840, 1080)], [], [], [(810, 1065)]]


def test_without_scripts_a_week_a_day_and_an_absence_are_set(browser, live_server, cabinet: Cabinet):
    """U1"""
    Opening.objects.all().delete()
    page = enter(browser, live_server, cabinet, "denis", java_script_enabled=False)
    page.goto(cabinet.at("week/"))
    for day in ("lundi", "mardi"):
        page.get_by_role("checkbox", name=day).check()
    page.get_by_role("button", name="Ajouter à la semaine").click()
    page.get_by_role("button", name="Enregistrer la semaine").click()
    expect(page.get_by_role("status").first).to_contain_text("La semaine est enregistrée")
    assert (hours(0), hours(1)) == ([(540, 720)], [(540, 720)])
    page.goto(f"{cabinet.at('days/')}?from=2098-06-02")
    page.get_by_role("link", name="Changer ce jour").first.click()
    page.get_by_label("De", exact=True).last.fill("14h")
    page.get_by_label("À", exact=True).last.fill("16h")
    page.get_by_role("button", name="Enregistrer ce jour").click()
    expect(page.get_by_text("en plus de la semaine")).to_be_visible()
    page.get_by_role("link", name="Absences").click()
    page.get_by_role("link", name="Ajouter une absence").click()
    page.get_by_label("Du", exact=True).fill("2098-06-03")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status").first).to_contain_text("mardi 3 juin 2098")
    assert Absence.objects.count() == 1


def over_visits(browser: Browser, live_server: Any, cabinet: Cabinet, **options: Any) -> tuple[Page, date]:
    """An absence on a day of three visits, sent by who holds the agenda: the preview is on the screen."""
    day = next(one for one in map(after, range(7, 14)) if one.weekday() == 2)
    for clock, name in (("09:00", "Une"), ("10:00", "Deux"), ("11:00", "Trois")):
        cabinet.visit(clock, day=day, name=f"{name}-{NAME}")
    page = enter(browser, live_server, cabinet, "alice", **options)
    page.goto(cabinet.at("absences/new/"))
    page.get_by_label("Du", exact=True).fill(day.isoformat())
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("heading", name="Ce changement touche 3 rendez-vous")).to_be_visible()
    return page, day


def after(days: int) -> date:
    return timezone.localdate(timezone=PARIS) + timedelta(days=days)


def test_without_scripts_an_absence_over_visits_is_decided_and_taken_back(browser, live_server, cabinet: Cabinet):
    """U1 A7"""
    page, day = over_visits(browser, live_server, cabinet, java_script_enabled=False)
    expect(page.get_by_text(f"Une-{NAME}")).to_be_visible()
    page.get_by_role("button", name="Tous : à la première heure libre").click()
    page.get_by_role("group", name=re.compile("Trois")).get_by_label("Annuler").check()
    page.get_by_role("button", name="Enregistrer et appliquer").click()
    expect(page.get_by_text("2 déplacés, 1 annulé")).to_be_visible()
    assert not Appointment.objects.filter(start__date=day, state="booked").exists()
    page.get_by_role("link", name="Jours", exact=True).click()
    page.get_by_role("button", name="Annuler ce changement").click()
    expect(page.get_by_text("3 rendez-vous sont revenus à leur place")).to_be_visible()
    assert Appointment.objects.filter(start__date=day, state="booked").count() == 3
    assert not Absence.objects.exists()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_preview_of_what_a_change_touches_is_clean_and_goes_by_keyboard(
    browser, live_server, cabinet: Cabinet, width: int
):
    """U1"""
    options = {"viewport": {"width": width, "height": 860}, "bypass_csp": True}
    page, day = over_visits(browser, live_server, cabinet, **options)
    found = look(page, "touched")
    cabinet.visit("11:30", day=day, name="Quatre")
    page.get_by_role("group", name=re.compile("Une")).get_by_label("Garder").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("group", name=re.compile("Une")).get_by_label("Déplacer")).to_be_checked()
    page.get_by_role("button", name="Enregistrer et appliquer").press("Enter")
    expect(page.get_by_text("Pris entre-temps")).to_be_visible()
    found += look(page, "touched again")
    expect(page.get_by_role("group", name=re.compile("Une")).get_by_label("Déplacer")).to_be_checked()
    page.get_by_role("button", name="Enregistrer et appliquer").press("Enter")
    expect(page.get_by_role("button", name="Annuler ce changement")).to_be_visible()
    found += look(page, "can be undone")
    assert found == []


def test_the_times_to_move_to_stay_within_320_pixels(browser, live_server, cabinet: Cabinet):
    """U1: and with letters a quarter larger, as some eyes need them."""
    page, _day = over_visits(browser, live_server, cabinet, viewport={"width": 320, "height": 700}, bypass_csp=True)
    page.add_style_tag(content="html { font-size: 125% }")
    expect(page.get_by_label("Nouvelle heure").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_week_of_the_agenda_leads_to_the_hours_of_a_day(browser, live_server, cabinet: Cabinet):
    page = enter(browser, live_server, cabinet, "alice")
    page.goto(f"/agenda/week/{cabinet.one.pk}/2098-06-02/")
    page.get_by_role("link", name=re.compile("Heures")).first.click()
    expect(page.get_by_text("Ce qui change ici ne vaut que pour ce jour.")).to_be_visible()
