"""Weeks of several, the coming weeks, the waiting room, how the agenda is shown, and what a list says besides visits."""

from datetime import date, timedelta

import pytest
from django.test import Client

from booking.models import Appointment
from practitioners import keys
from practitioners.models import Absence, AccessEvent, Opening, Staff
from tests.agenda.cast import NAME, Desk, mark, session_row, text
from tests.agenda.test_pages import private_two
from tests.booking.cast import MONDAY, NOW, TUESDAY
from tests.practitioners.cast import holder_of


def plain(answer) -> str:
    return text(answer).replace("\xa0", " ").replace("&nbsp;", " ")


@pytest.fixture
def both(desk: Desk) -> Client:
    """Alice holds both agendas."""
    keys.grant(desk.key_two, private_two(desk), holder_of(desk.alice))
    return desk.client()


# Weeks.


def test_the_week_of_several_is_one_below_the_other_each_with_its_days(desk, both):
    desk.visit("09:00")
    desk.visit("09:00", of=desk.two, name="Zwingli", day=TUESDAY)
    page = text(both.get("/agenda/week/2026-01-05/"))
    assert page.count('class="band"') == 2
    assert page.count('class="column"') == 10
    assert page.index('class="band-name"') < page.index(NAME) < page.index("Zwingli")
    one = text(both.get(f"/agenda/week/2026-01-05/?p={desk.one.pk}"))
    assert one.count('class="band"') == 1
    assert "Zwingli" not in one


def test_a_week_end_day_is_shown_for_all_when_something_is_there_for_one(desk, both):
    desk.visit("09:00", of=desk.two, day=MONDAY + timedelta(days=5))
    assert text(both.get("/agenda/week/2026-01-05/")).count('class="column"') == 12


@pytest.mark.parametrize("page", ["/agenda/week/2026-01-05/?p={two}", "/agenda/weeks/?p={two}", "/agenda/new/2026-01-05/?p={two}", "/agenda/version/?on={two}-20260105", "/agenda/column/{two}/2026-01-05/", "/agenda/late/{two}/2026-01-05/", "/agenda/go/?day=2026-01-05&p={two}"])  # fmt: skip
def test_a_foreign_agenda_is_an_unknown_page(desk, alice, page):
    """P11"""
    assert alice.get(page.format(two=desk.two.pk)).status_code == 404


def test_the_coming_weeks_say_how_full_each_day_is_and_lead_to_it(desk, alice):
    for clock in ("09:00", "09:30", "10:00"):
        desk.visit(clock, day=TUESDAY)
    Absence.objects.create(practitioner=desk.one, first_day=date(2026, 1, 7), last_day=date(2026, 1, 7))
    Opening.objects.create(practitioner=desk.one, location=desk.location, on=date(2026, 1, 8), replaces=True, start_minute=540, end_minute=600, without_appointment=True)  # fmt: skip
    page = plain(alice.get("/agenda/weeks/"))
    assert f"/agenda/day/2026-01-06/?p={desk.one.pk}" in page
    tuesday = page.split("6 janvier")[1].split("</td>")[0]
    assert "50 %" in tuesday
    assert "part-50" in tuesday
    assert "reste 1 h 30" in tuesday
    assert "congés" in page.split("7 janvier")[1].split("</td>")[0]
    assert "fermé" in page.split("8 janvier")[1].split("</td>")[0]
    assert page.count("<tr>") == 7


def test_overbooked_days_are_full_and_no_more(desk, alice):
    for lane in (0, 100):
        desk.visit("09:00", day=TUESDAY, minutes=180, lane=lane)
    tuesday = plain(alice.get("/agenda/weeks/")).split("6 janvier")[1].split("</td>")[0]
    assert "200 %" in tuesday
    assert "part-100" in tuesday
    assert "complet" in tuesday


@pytest.mark.parametrize("booked", [1, 30])
@pytest.mark.parametrize(
    ("page", "queries"),
    [("/agenda/weeks/", 7), ("/agenda/version/?on={one}-20260105", 6), ("/agenda/new/2026-01-05/", 7)],
)
def test_pages_without_names_cost_the_same_for_one_visit_and_for_thirty(
    desk, alice, booked, page, queries, django_assert_num_queries
):
    """A18: session, staff, practice, agendas; the plan and what is taken; on a page, what its keys ask for."""
    for number in range(booked):
        desk.visit("09:00", day=MONDAY + timedelta(days=number))
    with django_assert_num_queries(queries):
        alice.get(page.format(one=desk.one.pk))


@pytest.mark.parametrize("booked", [1, 30])
@pytest.mark.parametrize(("page", "queries"), [("/agenda/week/2026-01-05/", 13), ("/agenda/waiting/", 10), ("/agenda/column/{one}/2026-01-05/", 13), ("/agenda/list/2026-01-05/", 14)])  # fmt: skip
def test_pages_with_names_cost_the_same_for_one_visit_and_for_thirty(
    desk, alice, booked, page, queries, django_assert_num_queries
):
    """A18"""
    for number in range(booked):
        hour, quarter = divmod(number, 4)
        desk.visit(f"{9 + hour}:{15 * quarter:02d}", minutes=15, state="arrived", arrived_at=NOW)
    alice.get(page.format(one=desk.one.pk))
    AccessEvent.objects.all().delete()
    with django_assert_num_queries(1, using="patients"), django_assert_num_queries(queries):
        alice.get(page.format(one=desk.one.pk))


# A new appointment without scripts.


def test_first_free_times_are_links_and_any_time_can_be_typed(desk, alice):
    """U1"""
    desk.visit("09:00")
    page = text(alice.get("/agenda/new/2026-01-05/"))
    assert f"/agenda/book/{desk.one.pk}/2026-01-05/540/" not in page
    assert f'href="/agenda/book/{desk.one.pk}/2026-01-05/570/"' in page
    asked = {"practitioner": desk.one.pk, "day": "2026-01-06", "time": "20:15"}
    assert alice.get("/agenda/new/2026-01-05/", asked).url == f"/agenda/book/{desk.one.pk}/2026-01-06/1215/"
    assert alice.get("/agenda/new/2026-01-05/", {**asked, "time": "20:13"}).status_code == 422


# The list says what the grid shows.


def test_the_list_names_free_time_and_absences_between_the_visits(desk, alice):
    """U1: the accessible equal of the grid."""
    desk.visit("09:30")
    Absence.objects.create(practitioner=desk.one, first_day=MONDAY, last_day=MONDAY, start_minute=660, end_minute=720)
    page = plain(alice.get("/agenda/list/2026-01-05/"))
    assert f'href="/agenda/book/{desk.one.pk}/2026-01-05/540/"' in page
    assert page.index("libre jusqu’à 9 h 30") < page.index(NAME) < page.index("libre jusqu’à 11 h 00")
    assert page.index("libre jusqu’à 11 h 00") < page.index("congés")


def test_what_is_over_is_not_free_and_places_are_counted(desk, alice, clock):
    Opening.objects.update(places=2)
    desk.visit("09:00", lane=0)
    desk.visit("09:00", lane=1, name="Zwingli")
    desk.visit("11:00", lane=0, name="Ávila")
    clock.shift(2 * 3600 + 600)  # 10:10
    page = plain(alice.get("/agenda/list/2026-01-05/"))
    assert f"/agenda/book/{desk.one.pk}/2026-01-05/610/" in page
    assert "libre jusqu’à 12 h 00" in page
    assert "libre jusqu’à 9 h" not in page


# The waiting room.


def test_who_waits_is_listed_with_the_minutes_and_what_comes_next(desk, alice, clock):
    visit = desk.visit("09:00")
    assert "Personne n’attend" in text(alice.get("/agenda/waiting/"))
    mark(alice, visit, "arrived")
    clock.shift(12 * 60 + 30)
    page = plain(alice.get("/agenda/waiting/"))
    assert NAME in page
    assert ">12</span>" in page
    assert "1 en attente" in page
    assert 'value="in_consultation"' in page
    assert ">12</span>" in text(alice.get("/agenda/"))
    mark(alice, visit, "in_consultation", "arrived")
    page = plain(alice.get("/agenda/waiting/"))
    assert "0 en attente" in page
    assert "en consultation" in page
    mark(alice, visit, "seen", "in_consultation")
    assert NAME not in text(alice.get("/agenda/waiting/"))


def test_who_goes_back_from_the_consultation_has_waited_since_they_came(desk, alice, clock):
    visit = desk.visit()
    mark(alice, visit, "arrived")
    clock.shift(600)
    mark(alice, visit, "in_consultation", "arrived")
    mark(alice, visit, "arrived", "in_consultation")
    assert Appointment.objects.get(pk=visit.pk).arrived_at == NOW
    mark(alice, visit, "booked", "arrived")
    assert Appointment.objects.get(pk=visit.pk).arrived_at is None


def test_the_waiting_room_shows_only_agendas_of_the_reader_and_no_name_when_locked(desk, alice):
    """P11"""
    desk.visit(state="arrived", arrived_at=NOW)
    desk.visit(of=desk.two, name="Zwingli", state="arrived", arrived_at=NOW)
    page = text(alice.get("/agenda/waiting/"))
    assert NAME in page
    assert "Zwingli" not in page
    alice.post("/agenda/lock/")
    assert NAME not in text(alice.get("/agenda/waiting/"))


def test_who_waited_yesterday_and_was_not_marked_since_is_not_in_the_room(desk, alice):
    desk.visit(day=MONDAY - timedelta(days=3), state="arrived", arrived_at=NOW - timedelta(days=3))
    assert "Personne n’attend" in text(alice.get("/agenda/waiting/"))


# How it is shown.


@pytest.mark.parametrize("page", ["/agenda/", "/agenda/week/2026-01-05/", "/agenda/list/2026-01-05/", "/agenda/waiting/", "/agenda/appointment/{visit}/", "/agenda/appointment/{visit}/move/"])  # fmt: skip
def test_with_initials_no_name_and_no_contact_is_in_the_page(desk, alice, page):
    """The patient sits opposite: it is not hidden, it is not there."""
    visit = desk.visit(state="arrived", arrived_at=NOW, message="Je viens avec Zora")
    alice.post("/agenda/display/", {"names": "initials"})
    shown = text(alice.get(page.format(visit=visit.pk)))
    for part in (NAME, "Zénobie", "06 12", "612345678", "Zora"):
        assert part not in shown.replace("\xa0", " ")
    assert "K.-N." in shown
    assert "Z." in shown
    assert session_row(alice)["initials"] is True
    alice.post("/agenda/display/", {"names": "names"})
    assert NAME in text(alice.get(page.format(visit=visit.pk)))


def test_initials_are_one_session_s_own(desk, alice):
    desk.visit()
    alice.post("/agenda/display/", {"names": "initials"})
    assert NAME in text(desk.client().get("/agenda/"))


@pytest.mark.parametrize("minutes", [5, 10, 15])
def test_a_reader_keeps_their_lines(desk, alice, minutes):
    alice.post("/agenda/display/", {"minutes": minutes})
    assert f"every-{minutes}" in text(desk.client().get("/agenda/"))
    assert Staff.objects.get(login="bruno").minutes_per_row == 15


@pytest.mark.parametrize("wrong", [{"minutes": 7}, {"minutes": "x"}, {"names": "all"}])
def test_another_way_to_show_it_changes_nothing(desk, alice, wrong):
    answer = alice.post("/agenda/display/", {**wrong, "next": "/agenda/weeks/"}, follow=True)
    assert "Ce réglage n’existe pas" in text(answer)
    assert alice.get("/agenda/display/").status_code == 405


def test_the_date_field_keeps_the_view_and_the_practitioners(desk, both):
    answer = both.get("/agenda/go/", {"day": "2026-03-02", "view": "weeks", "p": desk.one.pk})
    assert answer.url == f"/agenda/weeks/2026-03-02/?p={desk.one.pk}"
    assert both.get("/agenda/go/", {"day": "2026-03-02", "view": "nonsense"}).status_code == 404


def test_every_key_is_told_on_a_page(desk, alice):
    """U1: what the scripts do, without scripts."""
    page = plain(alice.get("/agenda/help/"))
    for key in ("J", "N", "/", "Échap", "?", "X", "V", "U", "I", "Entrée"):
        assert f"<kbd>{key}</kbd>" in page
