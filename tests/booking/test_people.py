"""The same person again: found by any part of a name, in any order, with or without accents; and nobody else's patients."""

from datetime import date, timedelta

import pytest

from booking import desk, identities, people, retention
from booking.likeness import Sought
from booking.models import Appointment
from patients import store
from patients.store import sifting
from practitioners.models import AccessEvent, Practice
from tests.booking.cast import NOW, TUESDAY, Office
from tests.booking.test_desk import book, vault_of

pytestmark = pytest.mark.django_db
BORN = date(1987, 3, 5)


def add(office: Office, last: str, first: str = "", birth: date | None = None, *, clock="09:00", day=TUESDAY, **visit):
    who = store.Identity((store.Person(last, first, birth),))
    return book(office, clock, day, coming=desk.Coming(who, store.Visit(**visit)), overbook=True).appointment


def names(office: Office, typed: str = "", birth: date | None = None, login: str = "alice") -> list[str]:
    found = people.alike([office.one.pk], Sought(typed, birth), vault_of(office, login), NOW)
    return [one.person.full_name for one in found]


@pytest.mark.parametrize(
    "typed",
    [
        "kowal",
        "N’Diaye",
        "n diaye",
        "ZÉNOBIE",
        "zenobie kowalczyk",
        "kowalczyk zen",
        "ndi",
        "ndiaye",
        "walczy",
        "kowalzcyk",
        "kowlczyk",
        "zenobbie kowal",
        "Kowalczyk-N'Diaye Zénobie",
    ],
)
def test_a_name_is_found_by_its_parts_in_any_order_and_writing(office, typed):
    add(office, "Kowalczyk-N’Diaye", "Zénobie")
    add(office, "Zwingli", "Noé", clock="10:00")
    assert names(office, typed) == ["Zénobie Kowalczyk-N’Diaye"]


@pytest.mark.parametrize(("last", "first", "typed"), [("李", "秀英", "李"), ("بن يوسف", "محمد", "محمد"), ("Şahin", "İpek", "ipek"), ("Кузнецова", "", "кузн"), ("O", "Yi", "yi o")])  # fmt: skip
def test_names_of_any_writing_are_found(office, last, first, typed):
    """U4"""
    add(office, last, first)
    sought = Sought(typed)
    assert names(office, typed) == ([f"{first} {last}".strip()] if sought.is_enough else [])


@pytest.mark.parametrize("typed", ["", " ", "k", "’", "-"])
def test_one_letter_looks_for_nobody(office, typed):
    add(office, "Kowalczyk")
    assert names(office, typed) == []
    assert not AccessEvent.objects.filter(action="search").exists()


def test_a_birth_date_finds_by_itself_and_tells_namesakes_apart(office):
    add(office, "Martin", "Camille", BORN)
    add(office, "Martin", "Camille", date(1990, 1, 1), clock="10:00")
    add(office, "Martin", "Camille", clock="11:00")
    assert names(office, "", BORN) == ["Camille Martin"]
    assert len(names(office, "martin")) == 3
    assert len(names(office, "martin", BORN)) == 2, "one of them was never asked for a birth date"


def test_the_visits_of_one_person_stand_together_with_the_contact_that_is_kept(office):
    past = add(office, "Martin", "Camille", phone="+33611111111")
    later = add(office, "MARTIN", "Camille", day=TUESDAY + timedelta(days=7), phone="+33622222222")
    (found,) = people.alike([office.one.pk], Sought("martin"), vault_of(office), NOW)
    assert [one.pk for one in found.visits] == [past.pk, later.pk]
    assert (found.source.pk, found.visit.phone) == (later.pk, "+33622222222")
    store.empty_visit([store.Reference(later.pk, bytes(later.patient_ref))])
    Appointment.objects.filter(pk=later.pk).update(visit_type=None)
    (found,) = people.alike([office.one.pk], Sought("martin"), vault_of(office), NOW)
    assert (found.source.pk, found.visit.phone) == (past.pk, "+33611111111")


def test_of_many_visits_those_around_now_are_read_and_the_latest(office):
    """Who comes every week has a hundred: a page shows a few of them and how many more there are."""
    days = [TUESDAY + timedelta(days=7 * week) for week in range(-4, 5)]
    every = [add(office, "Martin", "Camille", day=day, phone=f"+3361111111{n}") for n, day in enumerate(days)]
    past, coming = [one for one in every if one.start < NOW], [one for one in every if one.start >= NOW]
    assert len(past) > 2
    assert len(coming) > 2
    for before, after in ((2, 1), (0, 0), (1, 2), (50, 50)):
        results = people.search([office.one.pk], Sought("martin"), vault_of(office), NOW, nearest=(before, after))
        (found,) = results.people
        read = [one.pk for one in (*past[len(past) - min(before, len(past)) :], *coming[:after])]
        assert [one.pk for one in found.visits] == read + ([] if every[-1].pk in read else [every[-1].pk])
        assert found.left == len(every) - len(found.visits)
        assert found.source.pk == every[-1].pk


def test_only_what_is_displayed_is_noted(office):
    """The access log: a scan shows nobody."""
    shown = add(office, "Martin", "Camille")
    add(office, "Zwingli", clock="10:00")
    names(office, "martin")
    assert list(AccessEvent.objects.filter(action="search").values_list("appointment", flat=True)) == [shown.pk]


def test_nobody_else_s_patients_are_found(office):
    """P11"""
    add(office, "Martin")
    assert names(office, "martin", login="bruno") == []
    assert names(office, "martin", login="chloe") == []


def test_whoever_asks_all_agendas_finds_whom_their_keys_open(office, monkeypatch):
    """The stores are read as they lie then, and not by what is wanted; P11 holds all the same."""
    add(office, "Martin", "Léa")
    gone, strange = add(office, "Martin", "Paul", clock="10:00"), add(office, "Martin", "Zoé", clock="11:00")
    retention.forget([gone])
    Appointment.objects.filter(pk=strange.pk).update(practitioner=office.two)
    assert names(office, "martin") == ["Léa Martin"]
    monkeypatch.setattr(sifting, "_rows", None)
    found = people.alike([office.one.pk, office.two.pk], Sought("martin"), vault_of(office), NOW)
    assert [one.person.full_name for one in found] == ["Léa Martin"]


def test_who_was_forgotten_is_not_found_and_who_comes_next_year_is(office):
    add(office, "Martin", day=TUESDAY + timedelta(days=300))
    gone = add(office, "Martin", "Camille")
    retention.forget([gone])
    assert names(office, "martin") == ["Martin"]


def test_a_number_is_found_by_any_part_of_it_as_long_as_the_visit_is_kept(office):
    here = add(office, "Martin", phone="+33612345678")
    add(office, "Zwingli", clock="10:00", phone="+41791234567")
    vault = vault_of(office)

    def found(phone: str, name: str = "") -> list[str]:
        return [
            one.person.full_name for one in people.search([office.one.pk], Sought(name, phone=phone), vault, NOW).people
        ]

    assert found("0612345678") == found("+33 6 12") == found("5678") == ["Martin"]
    assert found("0033612", "mart") == ["Martin"]
    assert found("5678", "zwingli") == found("06") == found("0000") == found("99887766") == []
    store.empty_visit([store.Reference(here.pk, bytes(here.patient_ref))])
    Appointment.objects.filter(pk=here.pk).update(visit_type=None)
    assert found("5678") == []


def test_a_search_shows_twenty_at_most_and_says_how_many_more(office):
    for number in range(23):
        clock, days = f"{9 + number % 3:02}:00", number // 3 % 4
        add(office, f"Martin{'abcdefghijklmnopqrstuvwxyz'[number]}", day=TUESDAY + timedelta(days=days), clock=clock)
    results = people.search([office.one.pk], Sought("martin"), vault_of(office), NOW)
    assert (len(results.people), results.more) == (20, 3)
    assert AccessEvent.objects.filter(action="search").count() == 20


def test_of_a_family_whoever_was_asked_is_found_in_their_place(office):
    family = store.Identity((store.Person("Martin", "Paul"), store.Person("Martin", "Léa")))
    visit = book(office, "09:00", TUESDAY, coming=desk.Coming(family, store.Visit())).appointment
    (found,) = people.alike([office.one.pk], Sought("lea"), vault_of(office), NOW)
    assert (found.person.first_name, found.taken) == ("Léa", f"{visit.pk}-1")


def test_six_are_shown_at_most_the_exact_ones_first(office):
    for number, first in enumerate(["Adam", "Bea", "Carl", "Dora", "Emil", "Flo", "Gus"]):
        add(office, "Martinez", first, day=TUESDAY + timedelta(days=number % 4))
    add(office, "Martin", "Zoé", clock="11:00")
    found = names(office, "martin")
    assert len(found) == 6
    assert found[0] == "Zoé Martin"


def test_a_second_visit_within_six_days_is_seen(office):
    first = add(office, "Martin", "Camille", BORN)
    add(office, "Martin", "Camille", BORN, day=TUESDAY + timedelta(days=13))
    add(office, "Martin", "Camille", date(2001, 1, 1), clock="10:00")
    add(office, "Martin-Dupont", "Camille", clock="11:00")
    who = store.Identity((store.Person("Martin", "Camille", BORN),))
    vault = vault_of(office)

    def near(days: int) -> list[int]:
        start = first.start + timedelta(days=days)
        return [one.pk for one in people.visits_nearby(who, office.one.pk, start, vault, NOW)]

    assert near(0) == near(6) == [first.pk]
    assert near(7)[:1] != [first.pk]
    assert people.visits_nearby(who, office.one.pk, first.start, vault, NOW, leaving_out=first.pk) == []
    assert people.visits_nearby(who, office.two.pk, first.start, vault, NOW) == []


@pytest.mark.parametrize("visits", [1, 12])
def test_looking_for_somebody_costs_the_same_whatever_the_number(office, visits, django_assert_num_queries):
    """A18"""
    for number in range(visits):
        add(office, "Martin", day=TUESDAY + timedelta(days=number % 4))
    vault = vault_of(office)
    people.alike([office.one.pk], Sought("martin"), vault, NOW)
    with django_assert_num_queries(5), django_assert_num_queries(2, using="patients"):
        people.alike([office.one.pk], Sought("martin"), vault, NOW)


def test_past_the_hourly_limit_a_search_shows_nobody(office):
    Practice.objects.update(shown_per_hour=1)
    for number in range(2):
        add(office, "Martin", "AB"[number], day=TUESDAY + timedelta(days=28 + number))
    with pytest.raises(identities.PastLimit):
        names(office, "martin")
    assert not AccessEvent.objects.filter(action="search").exists()


def test_what_does_not_open_is_left_out_without_a_line_for_every_letter(office, caplog):
    """P5"""
    add(office, "Martin", "Camille")
    broken = add(office, "Martin", "Zoé", clock="10:00")
    type(broken).objects.filter(pk=broken.pk).update(patient_ref=b"\1" + bytes(36))
    assert names(office, "martin") == ["Camille Martin"]
    assert caplog.text == ""
