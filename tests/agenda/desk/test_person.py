"""A person first: who and what for, then the first free times, then one key."""

import re
from datetime import timedelta

import pytest

from booking.models import Appointment
from practitioners.models import Absence, Opening
from tests.agenda.cast import text
from tests.agenda.desk.cast import FIRST, LAST, booked, cell, filled, grant_both, page_of, value_of
from tests.booking.cast import MONDAY, TUESDAY, visit_type
from tests.practitioners.cast import PASSWORD

PAGE = "/agenda/book/"


def typed(desk, **more):
    form = filled(desk, **more)
    return {name: value for name, value in form.items() if name not in ("on", "at")} | {
        name: value for name, value in more.items() if name == "on"
    }


def starts(page: str) -> list[int]:
    return [int(start) for start in re.findall(r'name="start" value="(\d+)"', page)]


def test_the_first_free_times_are_proposed_and_one_of_them_is_booked(desk, alice):
    assert "Proposer des heures" in text(alice.get(PAGE))
    form = typed(desk, known="06 12 34 56 78", note="Une note")
    page = text(alice.post(PAGE, form))
    assert starts(page)[0] == cell(MONDAY, "09:00")
    assert value_of(page, "note") == "Une note"
    assert len({start // 288 for start in starts(page)}) == 5
    assert Appointment.objects.count() == 0
    answer = alice.post(PAGE, {**form, "start": starts(page)[1]})
    assert answer.url == page_of(booked())
    assert booked().first_cell == cell(MONDAY, "09:15")


def test_the_first_time_has_the_focus_so_that_enter_books_it(desk, alice):
    page = text(alice.post(PAGE, typed(desk)))
    assert page.count("autofocus") == 1
    assert re.search(r'name="start" value="\d+" autofocus', page)


def test_times_begin_on_the_day_that_was_asked_and_leave_out_what_is_taken_or_away(desk, alice):
    desk.visit("09:00", minutes=180, day=TUESDAY)
    Absence.objects.create(
        practitioner=desk.one, first_day=TUESDAY + timedelta(days=1), last_day=TUESDAY + timedelta(days=1)
    )
    page = text(alice.post(PAGE, typed(desk, on="2026-01-06")))
    assert starts(page)[0] == cell(TUESDAY + timedelta(days=2), "09:00")


def test_staff_are_proposed_their_own_types_without_the_patients_notice(desk, alice):
    own = visit_type(desk.one, "staff", visibility="staff", notice=10_000)
    assert starts(text(alice.post(PAGE, typed(desk, visit_type=own.pk))))[0] == cell(MONDAY, "09:00")


def test_without_a_free_time_it_is_said_what_to_do(desk, alice):
    """U2 T14"""
    Opening.objects.all().delete()
    page = text(alice.post(PAGE, typed(desk)))
    assert "Aucune heure libre" in page
    assert value_of(page, "last_name") == LAST


def test_a_time_that_went_meanwhile_is_said_and_others_are_proposed(desk, alice):
    """R1 R15"""
    start = cell(MONDAY, "09:00")
    desk.visit("09:00")
    answer = alice.post(PAGE, typed(desk, start=start))
    assert answer.status_code == 409
    page = text(answer)
    assert "vient d’être prise" in page
    assert start not in starts(page)
    assert value_of(page, "first_name") == FIRST


@pytest.mark.parametrize("start", ["x", "-1", "0", "99999999999999999999", "5"])
def test_starts_that_are_none_book_nothing(desk, alice, start):
    """T15"""
    assert alice.post(PAGE, typed(desk, start=start)).status_code in (404, 422)
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("wrong", [{"last_name": "", "first_name": ""}, {"known": "5/3/2087"}, {"on": "9999-12-31"}, {"visit_type": "7"}])  # fmt: skip
def test_what_is_wrong_is_said_before_any_time_is(desk, alice, wrong):
    answer = alice.post(PAGE, typed(desk, note="Gardez-moi", **wrong))
    assert answer.status_code == 422
    assert value_of(text(answer), "note") == "Gardez-moi"
    assert starts(text(answer)) == []


def test_types_of_all_agendas_are_offered_by_practitioner(desk):
    visit_type(desk.two, "ailleurs", name="Motif ailleurs")
    assert "Motif ailleurs" not in text(desk.client().get(PAGE))
    grant_both(desk)
    page = text(desk.client().get(PAGE))
    assert '<optgroup label="Dr Deux">' in page
    assert "Motif ailleurs" in page


def test_a_foreign_visit_type_is_not_booked(desk, alice):
    """P11"""
    other = visit_type(desk.two, "ailleurs")
    assert alice.post(PAGE, typed(desk, visit_type=other.pk, start=cell(MONDAY, "09:00"))).status_code == 422


def test_who_has_no_agenda_is_told(desk):
    assert "Aucun motif" in text(desk.client("chloe").get(PAGE))


def test_looking_for_a_person_keeps_what_was_typed(desk, alice):
    desk.visit(name=LAST)
    page = text(alice.post(PAGE, typed(desk, last_name="zakken", first_name="", find="on", note="Une note")))
    assert f'data-last="{LAST}"' in page
    assert value_of(page, "note") == "Une note"
    assert starts(page) == []


def test_a_form_that_meets_the_lock_waits_there(desk, alice):
    """U3"""
    alice.post("/agenda/lock/")
    form = typed(desk, start=cell(MONDAY, "09:00"))
    met = text(alice.post(PAGE, form))
    assert 'name="start"' in met
    assert LAST in met
    assert alice.post(PAGE, {**form, "unlock_password": PASSWORD}).status_code == 302
    assert booked()


@pytest.mark.parametrize("visits", [1, 12])
def test_proposing_costs_the_same_whatever_is_booked(desk, visits, django_assert_num_queries):
    """A18"""
    for number in range(visits):
        desk.visit("09:00", day=MONDAY + timedelta(days=number))
    client = desk.client()
    client.post(PAGE, typed(desk))
    with django_assert_num_queries(9), django_assert_num_queries(0, using="patients"):
        client.post(PAGE, typed(desk))


def test_the_bar_leads_there_with_one_key(desk, alice):
    assert 'href="/agenda/book/" data-key="n"' in text(alice.get("/agenda/"))
    alice.post("/agenda/lock/")
    assert 'href="/agenda/book/"' not in text(alice.get("/agenda/"))
