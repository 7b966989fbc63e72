"""Who stands in for a practitioner is said on the page, on the times, and to the patients of these days."""

import pytest
from django.test import Client

from practitioners.models import Replacement, VisitType
from tests.agenda.settings.cast import Cabinet, saved, text
from tests.booking.cast import MONDAY

SENTENCE = "Du mardi 6 au vendredi 9 janvier, Dr Paul Roche remplace Dr Un."


@pytest.fixture
def week_off(cabinet: Cabinet) -> Replacement:
    return Replacement.objects.create(
        practitioner=cabinet.one,
        name="Dr Paul Roche",
        first_day="2026-01-06",
        last_day="2026-01-09",
        text="Au même étage.",
    )


def test_a_replacement_is_made_changed_and_taken_away(cabinet: Cabinet, doctor: Client, client: Client):
    given = {"name": "Dr Paul Roche", "first_day": "2026-01-06", "last_day": "2026-01-09"}
    assert saved(doctor, cabinet.at("replacements/new/"), **given).status_code == 302
    one = Replacement.objects.get()
    assert SENTENCE in text(doctor.get(cabinet.at("replacements/")))
    assert SENTENCE in text(client.get("/fr/dr-un/"))
    saved(doctor, cabinet.at(f"replacements/{one.pk}/"), name="Dr Paule Roche")
    assert "Dr Paule Roche remplace Dr Un" in text(client.get("/fr/dr-un/"))
    doctor.post(cabinet.at(f"replacements/{one.pk}/delete/"))
    assert not Replacement.objects.exists()
    assert "remplace" not in text(client.get("/fr/dr-un/"))


@pytest.mark.parametrize("month", ["2026-01-02", "2026-07-02"])
def test_saved_unchanged_changes_nothing(cabinet: Cabinet, week_off: Replacement, clock, month: str):
    """T4"""
    clock.move_to(f"{month} 08:00:00+00:00")
    before = Replacement.objects.values().get()
    assert saved(cabinet.client("denis"), cabinet.at(f"replacements/{week_off.pk}/")).status_code == 302
    assert Replacement.objects.values().get() == before


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"last_day": "2026-01-05"}, "La fin vient après le début"),
        ({"first_day": "9999-01-01", "last_day": "9999-01-02"}, "entre 2000 et 2099"),
        ({"name": ""}, "obligatoire"),
        ({"text": "x" * 501}, "500"),
    ],
)
def test_what_cannot_be_is_refused_in_words(cabinet: Cabinet, doctor: Client, changes: dict[str, str], words: str):
    given = {"name": "Dr Roche", "first_day": "2026-01-06", "last_day": "2026-01-09", **changes}
    answer = saved(doctor, cabinet.at("replacements/new/"), **given)
    assert answer.status_code == 422
    assert words in text(answer)
    assert not Replacement.objects.exists()


def test_it_is_said_on_the_times_of_its_days_and_not_of_others(cabinet: Cabinet, week_off: Replacement, client: Client):
    times = "/fr/dr-un/consultation/?patient=known&from="
    assert SENTENCE in text(client.get(f"{times}2026-01-05"))
    assert "Au même étage." in text(client.get(f"{times}2026-01-09"))
    assert "remplace" not in text(client.get(f"{times}2026-01-10"))


def test_it_is_said_on_the_page_a_month_ahead_and_no_longer_when_it_is_over(
    cabinet: Cabinet, week_off: Replacement, client: Client, clock
):
    for day, is_said in (("2025-12-06", False), ("2025-12-08", True), ("2026-01-09", True), ("2026-01-10", False)):
        clock.move_to(f"{day} 11:00:00+00:00")
        assert ("remplace" in text(client.get("/fr/dr-un/"))) is is_said, day
        assert "remplace" not in text(client.get("/fr/deux/"))


def test_the_patient_of_these_days_is_told_and_nobody_else(cabinet: Cabinet, week_off: Replacement, client: Client):
    during, before = (
        cabinet.book("09:00"),
        cabinet.book("11:00", day=MONDAY, contact={"email": "a@example.org"}),
    )
    assert SENTENCE in text(client.get(f"/fr/rdv/{during.token}/"))
    assert "remplace" not in text(client.get(f"/fr/rdv/{before.token}/"))


def test_a_discreet_visit_s_page_names_nobody(cabinet: Cabinet, week_off: Replacement, client: Client):
    VisitType.objects.update(discreet=True)
    page = text(client.get(f"/fr/rdv/{cabinet.book('09:00').token}/"))
    assert "remplace" not in page
    assert "Dr " not in page[page.index("<main") : page.index("</main>")]


def test_who_is_never_replaced_costs_no_query_more(cabinet: Cabinet, client: Client, django_assert_num_queries):
    """Public pages stay at four; a replacement costs one."""
    visit = cabinet.book("09:00")
    paths = {"/fr/dr-un/": 4, "/fr/dr-un/consultation/?patient=known": 4, f"/fr/rdv/{visit.token}/": 1}
    for path, number in paths.items():
        client.get(path)
        with django_assert_num_queries(number):
            client.get(path)
    Replacement.objects.create(practitioner=cabinet.two, name="Dr Roche", first_day="2026-01-06", last_day="2026-01-09")
    for path, number in paths.items():
        with django_assert_num_queries(number):
            client.get(path)
    Replacement.objects.create(practitioner=cabinet.one, name="Dr Roche", first_day="2026-01-06", last_day="2026-01-09")
    for path, number in paths.items():
        with django_assert_num_queries(number + 1):
            client.get(path)


def test_a_replacement_of_another_practitioner_is_not_found(cabinet: Cabinet, doctor: Client):
    """A3"""
    one = Replacement.objects.create(
        practitioner=cabinet.two, name="Dr Roche", first_day="2026-01-06", last_day="2026-01-09"
    )
    assert doctor.get(cabinet.at(f"replacements/{one.pk}/")).status_code == 404
    assert doctor.post(cabinet.at(f"replacements/{one.pk}/delete/")).status_code == 404
    assert Replacement.objects.exists()
