"""Looking for a patient: one field, all agendas that one may open, and the way from whoever is found to their next visit."""

import re
from datetime import timedelta

import pytest

from agenda.searching import wanted
from booking.models import Appointment
from practitioners.models import AccessEvent, Practice
from tests.agenda.cast import NAME, text
from tests.agenda.desk.cast import book, cell, grant_both, value_of
from tests.booking.cast import MONDAY, TUESDAY
from tests.practitioners.cast import PASSWORD

PAGE, PIECE, BOOK = "/agenda/search/", "/agenda/search/found/", "/agenda/book/"
FAR = MONDAY + timedelta(days=40)


def people(page: str) -> list[str]:
    return re.findall(r'found-person">\s*<div class="who">\s*<p><b>([^<]*)</b>', page)


@pytest.mark.parametrize(
    ("typed", "name", "born", "digits"),
    [
        ("martin camille", ["martin", "camille"], "None", ""),
        ("Martin 5/3/1987", ["martin"], "1987-03-05", ""),
        ("05031987", [], "1987-03-05", ""),
        ("1987-03-05", [], "1987-03-05", ""),
        ("06 12 34 56 78", [], "None", "612345678"),
        ("+33 (0)6 12", [], "None", "330612"),
        ("martin 5678", ["martin"], "None", "5678"),
    ],
)
def test_one_line_says_name_birth_date_and_number(typed, name, born, digits):
    sought = wanted(typed)
    assert (sought.parts, str(sought.birth_date), sought.digits) == (name, born, digits)


def test_a_patient_is_found_with_past_and_coming_visits_which_open(desk, alice, clock):
    past, coming = desk.visit("09:00", day=MONDAY), desk.visit("10:00", day=FAR)
    clock.shift(timedelta(days=1))
    page = text(desk.client().post(PAGE, {"typed": "kowal"}))
    assert people(page) == [NAME]
    before, after = page.index(f"/agenda/appointment/{coming.pk}/"), page.index(f"/agenda/appointment/{past.pk}/")
    assert page.index("À venir") < before < page.index("Passés") < after
    assert "06 12 34 56 78" in page


def test_whoever_is_found_is_proposed_the_first_free_times_and_booked_with_two_more_keys(desk, alice):
    desk.visit("09:00")
    page = text(alice.post(PAGE, {"typed": "zenobie"}))
    taken = re.search(r'name="take" value="([^"]+)" formaction="/agenda/book/"', page)[1]
    form = text(alice.post(BOOK, {"typed": "zenobie", "take": taken, "next": "/agenda/"}))
    assert value_of(form, "last_name") == NAME
    start = re.search(r'name="start" value="(\d+)" autofocus', form)[1]
    assert int(start) == cell(MONDAY, "09:30")
    sent = {name: value_of(form, name) for name in ("last_name", "first_name", "known", "token")}
    answer = alice.post(BOOK, {**sent, "visit_type": desk.type.pk, "start": start, "next": "/agenda/"})
    assert answer.url == "/agenda/"
    assert Appointment.objects.get(first_cell=start).patient_ref


def test_without_a_type_that_is_kept_the_form_asks_for_one(desk, alice):
    visit = desk.visit("09:00", visit_type=None)
    form = text(alice.post(BOOK, {"take": f"{visit.pk}-0"}))
    assert value_of(form, "last_name") == NAME
    assert 'name="start"' not in form.replace('type="hidden" name="start"', "")


@pytest.mark.parametrize("take", ["x", "", "1-x", "7-0", "-"])
def test_nobody_is_taken_over_from_what_is_no_visit_of_ours(desk, alice, take):
    """P11"""
    assert alice.post(BOOK, {"take": take}).status_code == 404


def test_all_agendas_of_the_reader_are_searched_and_no_other(desk):
    """P11"""
    theirs = desk.visit("09:00", of=desk.two, name="Zwingli", visit_type=None)
    assert people(text(desk.client().post(PAGE, {"typed": "zwingli"}))) == []
    grant_both(desk)
    client = desk.client()
    assert people(text(client.post(PAGE, {"typed": "zwingli"}))) == ["Zwingli"]
    assert AccessEvent.objects.filter(action="search", appointment=theirs.pk).count() == 1


@pytest.mark.parametrize(("typed", "said"), [("", ""), ("k", "Tapez au moins deux lettres"), ("zzyzx", "Personne."), ("kowal", "1 personne.")])  # fmt: skip
def test_it_is_said_how_many_or_why_nobody(desk, alice, typed, said):
    """U2"""
    desk.visit("09:00")
    answer = alice.post(PAGE, {"typed": typed})
    assert answer.status_code == 200
    assert said in text(answer)
    assert value_of(text(answer), "typed") == typed


def test_a_date_that_is_none_is_said_and_kept(desk, alice):
    answer = alice.post(PAGE, {"typed": "martin 31/2/1987"})
    assert answer.status_code == 422
    assert "31/2/1987" in value_of(text(answer), "typed")
    assert 'class="wrong"' in text(answer)


def test_what_is_typed_never_becomes_an_address(desk, alice):
    """P7"""
    page = text(alice.get(PAGE, {"typed": "kowal"}))
    assert value_of(page, "typed") == ""
    assert '<form action="/agenda/search/" method="post"' in page
    assert alice.post(PAGE, {"typed": "kowal"})["Cache-Control"] == "no-store"
    assert alice.get(PIECE).status_code == 405


def test_past_the_hourly_limit_the_password_is_asked_before_anybody_is_shown(desk, alice):
    Practice.objects.update(shown_per_hour=1)
    for number in range(2):
        desk.visit("09:00", day=FAR + timedelta(days=number), name=f"Martin{'ab'[number]}")
    answer = alice.post(PAGE, {"typed": "martin"})
    assert answer.status_code == 429
    assert f'value="{PAGE}"' in text(answer)
    assert "Martin" not in text(answer)
    assert "demande d’abord votre mot de passe" in text(alice.post(PIECE, {"typed": "martin"}))
    assert not AccessEvent.objects.exists()
    alice.post("/agenda/limit/", {"next": PAGE, "unlock_password": PASSWORD})
    assert people(text(alice.post(PAGE, {"typed": "martin"}))) == ["Martina", "Martinb"]
    assert AccessEvent.objects.filter(action="search", flagged=True).count() == 2


def test_with_initials_no_name_and_no_contact_is_in_the_page(desk, alice):
    desk.visit("09:00")
    alice.post("/agenda/display/", {"names": "initials"})
    page = text(alice.post(PIECE, {"typed": "kowal"}))
    assert "K.-N." in page
    assert NAME not in page
    assert "06 12" not in page


def test_behind_the_lock_a_search_waits_and_its_piece_is_nobody_s(desk, alice):
    """U3"""
    desk.visit("09:00")
    alice.post("/agenda/lock/")
    assert NAME not in text(alice.post(PIECE, {"typed": "kowal"}))
    assert 'data-key="/"' not in text(alice.get("/agenda/"))
    met = text(alice.post(PAGE, {"typed": "kowal"}))
    assert value_of(met, "typed") == "kowal"
    assert people(text(alice.post(PAGE, {"typed": "kowal", "unlock_password": PASSWORD}))) == [NAME]


def test_one_key_and_one_link_lead_there_from_every_page(desk, alice):
    for page in ("/agenda/", f"/agenda/list/{TUESDAY}/", "/agenda/help/", BOOK):
        assert 'href="/agenda/search/" data-key="/"' in text(alice.get(page))


def test_of_somebody_who_comes_every_week_a_few_visits_stand_there_and_how_many_more(desk, alice):
    for week in range(-5, 8):
        desk.visit("09:00", day=MONDAY + timedelta(days=7 * week))
    page = text(alice.post(PIECE, {"typed": "kowal"}))
    assert page.count("data-panel") == 3 + 4
    assert "et 6 autres" in page.replace("\xa0", " ")


@pytest.mark.parametrize("visits", [1, 12])
def test_a_search_costs_the_same_whatever_is_found(desk, visits, django_assert_num_queries):
    """A18"""
    for number in range(visits):
        desk.visit("09:00", day=MONDAY + timedelta(days=number % 5))
    client = desk.client()
    client.post(PIECE, {"typed": "kowal"})
    with django_assert_num_queries(9), django_assert_num_queries(2, using="patients"):
        client.post(PIECE, {"typed": "kowal"})


def test_a_line_of_any_length_is_no_work(desk, alice):
    """T15"""
    assert alice.post(PAGE, {"typed": "a1/" * 5000}).status_code in (200, 422)
    assert book(alice, desk).status_code == 302
