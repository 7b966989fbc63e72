"""Lists on paper: what is chosen and nothing else; and three days of everybody for when nothing answers."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from booking import desk as at
from practitioners.models import Absence, AccessEvent, Opening, Practice
from tests.agenda.cast import NAME, Desk, text
from tests.agenda.desk.cast import grant_both
from tests.booking.cast import MONDAY, TUESDAY

DAY, RESCUE = f"/agenda/print/{MONDAY}/", "/agenda/rescue/"
PHONE = "06 12 34 56 78"


def sheets(page: str) -> list[str]:
    return page.replace("\xa0", " ").split('<section class="paper"')[1:]


def titles(page: str) -> list[str]:
    return re.findall(r'<h2 id="s\d+"><span class="upper">([^<]*)</span>', page)


def leave_note(client: Client, desk: Desk, note: str) -> None:
    sent = {"note": note, "seen": at.fingerprint("")}
    assert client.post(f"/agenda/day-note/{desk.one.pk}/{MONDAY}/", sent).status_code == 302


def test_a_day_on_paper_has_names_types_and_numbers_and_no_empty_time(desk, alice):
    desk.visit("09:00")
    desk.hold_on("10:00", minutes_left=5)
    desk.visit("11:00", name="Annulé", state="cancelled")
    (sheet,) = sheets(text(alice.get(DAY)))
    for shown in (NAME, "Consultation", PHONE, "1 rendez-vous", "Imprimé lundi 5 janvier 2026"):
        assert shown in sheet
    for left_out in ("Annulé", "10 h 00", "libre", "<form"):
        assert left_out not in sheet


def test_with_initials_neither_name_nor_number_nor_note_is_in_the_page(desk, alice):
    desk.visit("09:00")
    leave_note(alice, desk, "Appeler la pharmacie")
    chosen = {"span": "day", "columns": ["what", "phone", "note"]}
    page = text(alice.get(DAY, {**chosen, "who": "initials"}))
    assert "K.-N." in page
    for left_out in (NAME, "pharmacie", "06"):
        assert left_out not in "".join(sheets(page))
    page = text(alice.get(DAY, {**chosen, "who": "names"}))
    for shown in (NAME, "pharmacie", PHONE):
        assert shown in "".join(sheets(page))


def test_only_the_columns_that_are_chosen_are_printed_and_only_they_are_opened(desk, alice):
    visit = desk.visit("09:00", message="Secret de la fiche")
    page = "".join(sheets(text(alice.get(DAY, {"span": "day", "who": "names", "columns": ["state", "blank"]}))))
    assert "prévu" in page
    assert 'class="blank"' in page
    assert PHONE not in page
    assert "Consultation" not in page
    assert list(AccessEvent.objects.values_list("appointment", "action")) == [(visit.pk, "print")]


def test_a_week_has_a_sheet_for_each_practitioner_and_their_days_with_visits(desk):
    grant_both(desk)
    client = desk.client()
    desk.visit("09:00")
    desk.visit("09:00", day=MONDAY + timedelta(days=3), name="Zwingli")
    desk.visit("09:00", of=desk.two, name="Ailleurs", visit_type=None)
    one, two = sheets(text(client.get(DAY, {"span": "week", "who": "names", "columns": "what"})))
    assert re.findall(r"<h3><span class=\"upper\">([^<]*)<", one) == ["lundi 5 janvier 2026", "jeudi 8 janvier 2026"]
    assert "Zwingli" in one
    assert "Ailleurs" in two
    assert len(sheets(text(client.get(f"{DAY}?span=week&p={desk.two.pk}")))) == 1


@pytest.mark.parametrize("span", ["day", "week"])
def test_whoever_has_nobody_gets_no_empty_page_unless_there_is_a_note(desk, span):
    grant_both(desk)
    client = desk.client()
    desk.visit("09:00", of=desk.two, visit_type=None)
    page = text(client.get(DAY, {"span": span, "columns": "what"})).replace("\xa0", " ")
    assert titles(page) == ["Dr Deux"]
    assert "Sans rendez-vous, donc sans feuille : Dr Un" in page
    leave_note(client, desk, "Passe à midi")
    page = text(client.get(DAY, {"span": "day", "columns": ["what", "note"]}))
    assert titles(page) == ["Dr Un", "Dr Deux"]
    assert "sans feuille" not in page


def test_a_choice_that_is_none_prints_the_usual(desk, alice):
    """T15"""
    desk.visit("09:00")
    page = text(alice.get(DAY, {"span": "year", "who": "x", "columns": ["blood"]}))
    assert PHONE in "".join(sheets(page))
    assert alice.get("/agenda/print/9999-12-31/").status_code == 404


def test_a_foreign_agenda_is_not_printed(desk, alice):
    """P11"""
    assert alice.get(f"{DAY}?p={desk.two.pk}").status_code == 404


def test_the_list_offers_its_paper_with_the_choice_of_practitioners_kept(desk, alice):
    page = text(alice.get(f"/agenda/list/{MONDAY}/?p={desk.one.pk}"))
    assert f'action="/agenda/print/{MONDAY}/"' in page
    assert f'href="/agenda/print/{MONDAY}/" data-key="p"' in page


def test_another_week_on_paper_counts_towards_the_limit(desk, alice):
    Practice.objects.update(shown_per_hour=1)
    for number in range(2):
        desk.visit("09:00", day=MONDAY + timedelta(days=28 + number))
    answer = alice.get(f"/agenda/print/{MONDAY + timedelta(days=28)}/", {"span": "week"})
    assert answer.status_code == 429
    assert NAME not in text(answer)


@pytest.mark.parametrize("visits", [1, 30])
def test_a_week_costs_as_many_queries_as_a_day(desk, visits, django_assert_num_queries):
    """A18"""
    for number in range(visits):
        desk.visit("09:00", day=MONDAY + timedelta(days=number % 5))
    client = desk.client()
    client.get(DAY, {"span": "week"})
    with django_assert_num_queries(10), django_assert_num_queries(1, using="patients"):
        client.get(DAY, {"span": "week"})


def test_the_lists_of_rescue_are_the_next_three_days_on_which_anybody_works(desk):
    grant_both(desk)
    client = desk.client()
    Opening.objects.filter(practitioner=desk.one, weekday=1).delete()
    Absence.objects.create(practitioner=desk.one, first_day=MONDAY + timedelta(days=3), last_day=MONDAY + timedelta(days=3))  # fmt: skip
    desk.visit("09:00")
    desk.visit("20:00", day=MONDAY + timedelta(days=3), of=desk.two, name="Zwingli", visit_type=None)
    page = text(client.get(RESCUE))
    assert titles(page) == ["lundi 5 janvier 2026", "mercredi 7 janvier 2026", "jeudi 8 janvier 2026"]
    for shown in (NAME, PHONE, "Zwingli", "Dr Un", "Dr Deux"):
        assert shown in page.replace("\xa0", " ")


def test_a_weekend_and_a_holiday_are_no_working_days(desk, alice, clock):
    """A10: after Thursday 30 April 2026 come Labour Day and a weekend."""
    clock.move_to("2026-04-30T06:00:00+00:00")
    client = desk.client()
    assert titles(text(client.get(RESCUE))) == ["jeudi 30 avril 2026", "lundi 4 mai 2026", "mardi 5 mai 2026"]


def test_what_is_listed_for_rescue_is_noted_and_managers_are_told(desk, alice):
    visit = desk.visit("09:00", day=TUESDAY)
    alice.get(RESCUE)
    assert AccessEvent.objects.filter(action="rescue").values_list("appointment", flat=True).get() == visit.pk
    desk.alice.role = "manager"
    desk.alice.save(update_fields=["role"])
    assert "listes de secours" in text(alice.get("/agenda/log/"))


def test_only_one_s_own_agendas_are_listed_and_nobody_s_when_locked(desk, alice):
    """P11"""
    desk.visit("09:00", of=desk.two, name="Zwingli", visit_type=None)
    desk.visit("09:00")
    assert "Zwingli" not in text(alice.get(RESCUE))
    assert titles(text(desk.client("chloe").get(RESCUE))) == []
    alice.post("/agenda/lock/")
    page = text(alice.get(RESCUE))
    assert sheets(page) == []
    assert 'data-key="h"' not in page


def test_a_screen_of_initials_shows_the_names_only_when_asked(desk, alice):
    desk.visit("09:00")
    alice.post("/agenda/display/", {"names": "initials"})
    assert NAME not in text(alice.get(RESCUE))
    assert not AccessEvent.objects.filter(action="rescue").exists()
    assert alice.post("/agenda/display/", {"names": "names", "next": RESCUE}).url == RESCUE
    assert NAME in text(alice.get(RESCUE))


@pytest.mark.parametrize("visits", [1, 30])
def test_the_lists_of_rescue_cost_the_same_whatever_is_booked(desk, visits, django_assert_num_queries):
    """A18"""
    for number in range(visits):
        desk.visit("09:00", day=MONDAY + timedelta(days=number % 3))
    client = desk.client()
    client.get(RESCUE)
    with django_assert_num_queries(12), django_assert_num_queries(1, using="patients"):
        client.get(RESCUE)
