"""Absences as people say them, and the holidays of a year."""

from datetime import date, timedelta

import pytest
from django.test import Client

from practitioners.models import Absence, Practitioner
from practitioners.openings import absent_spans
from practitioners.queries import plans
from tests.agenda.settings.cast import Cabinet, saved, text
from tests.booking.cast import cell

NEW = "absences/new/"


def only() -> Absence:
    return Absence.objects.get()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"last_day": "2026-07-31", "start_minute": 720, "end_minute": 600},
        {"end_minute": 720, "repeat_weeks": 2, "repeat_until": "2026-12-31", "reason": "meeting"},
        {"start_minute": 780, "repeat_weeks": 9},
    ],
)
@pytest.mark.parametrize("month", ["2026-01-12", "2026-07-12"])
def test_saved_unchanged_changes_nothing(cabinet: Cabinet, clock, month: str, fields: dict[str, object]):
    """T4"""
    clock.move_to(f"{month} 08:00:00+00:00")
    holder = cabinet.client("alice")
    given = {"first_day": "2026-02-02", "last_day": "2026-02-02", **fields}
    one = Absence.objects.create(practitioner=cabinet.one, **given)
    before = Absence.objects.values().get()
    answer = saved(holder, cabinet.at(f"absences/{one.pk}/"))
    assert answer.status_code == 302, text(answer)
    assert Absence.objects.values().get() == before


@pytest.mark.parametrize(
    ("typed", "stored", "said"),
    [
        ({}, ("2026-01-12", "2026-01-12", 0, 1440, 0), "lundi 12 janvier 2026"),
        ({"start_minute": "14h"}, ("2026-01-12", "2026-01-12", 840, 1440, 0), "de 14 h à 24 h"),
        ({"start_minute": "9", "end_minute": "12h30"}, ("2026-01-12", "2026-01-12", 540, 750, 0), "de 9 h à 12 h 30"),
        (
            {"last_day": "2026-01-16"},
            ("2026-01-12", "2026-01-16", 0, 1440, 0),
            "du lundi 12 janvier 2026 au vendredi 16",
        ),
        ({"repeat_weeks": "2"}, ("2026-01-12", "2026-01-12", 0, 1440, 2), "puis toutes les 2 semaines"),
    ],
)
def test_what_is_left_empty_is_the_natural_thing(
    cabinet: Cabinet, holder: Client, typed: dict[str, str], stored: tuple[object, ...], said: str
):
    answer = saved(holder, cabinet.at(NEW), first_day="2026-01-12", **typed)
    assert answer.status_code == 302
    one = only()
    assert (str(one.first_day), str(one.last_day), one.start_minute, one.end_minute, one.repeat_weeks) == stored
    assert said in text(holder.get(answer["Location"]))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"first_day": ""}, "obligatoire"),
        ({"first_day": "31/02/2026"}, "Une date"),
        ({"first_day": "9999-12-31"}, "entre 2000 et 2099"),
        ({"last_day": "2026-01-11"}, "La fin vient après le début"),
        ({"start_minute": "12h", "end_minute": "9h"}, "La fin vient après le début"),
        ({"start_minute": "12h", "end_minute": "12h"}, "La fin vient après le début"),
        ({"start_minute": "9:02"}, "multiple de 5"),
        ({"repeat_weeks": "5"}, "choix"),
        ({"repeat_weeks": "1", "repeat_until": "2026-01-01"}, "finit avant d’avoir commencé"),
        ({"reason": "x"}, "choix"),
    ],
)
def test_what_cannot_be_is_refused_in_words(cabinet: Cabinet, holder: Client, changes: dict[str, str], words: str):
    answer = saved(holder, cabinet.at(NEW), **{"first_day": "2026-01-12", **changes})
    assert answer.status_code == 422
    assert words in text(answer)
    assert not Absence.objects.exists()


def test_the_first_and_the_last_day_are_included_and_so_is_the_last_repetition(cabinet: Cabinet, holder: Client):
    """A8"""
    saved(
        holder,
        cabinet.at(NEW),
        first_day="2026-01-12",
        last_day="2026-01-13",
        repeat_weeks="1",
        repeat_until="2026-01-26",
    )
    plan = plans([cabinet.one], cabinet.practice, date(2026, 1, 1), date(2026, 2, 28))[cabinet.one.pk]
    away = absent_spans(plan, date(2026, 1, 1), date(2026, 2, 28))
    days = [date(2026, 1, 12) + timedelta(days=n) for n in range(30)]
    closed = [day for day in days if any(one.start <= cell(day, "23:55") < one.end for one in away)]
    assert [day.day for day in closed] == [12, 13, 19, 20, 26, 27]
    assert all(any(one.start <= cell(day, "00:00") < one.end for one in away) for day in closed)


def test_an_absence_deleted_gives_its_times_back_and_no_visit(cabinet: Cabinet, holder: Client, client: Client):
    """A9"""
    one = Absence.objects.create(practitioner=cabinet.one, first_day="2026-01-06", last_day="2026-01-06")
    gone = cabinet.visit("09:00", day=date(2026, 1, 6), state="cancelled_by_practice")
    times = "/fr/dr-un/consultation/?patient=known&from=2026-01-06"
    assert "absence" in text(client.get(times))
    assert "ne reviennent pas" in text(holder.get(cabinet.at(f"absences/{one.pk}/delete/")))
    holder.post(cabinet.at(f"absences/{one.pk}/delete/"))
    assert not Absence.objects.exists()
    assert "mardi 6 janvier" in text(client.get(times))
    assert "absence" not in text(client.get(times))
    gone.refresh_from_db()
    assert gone.state == "cancelled_by_practice"


def test_an_absence_of_another_practitioner_is_not_found(cabinet: Cabinet, holder: Client):
    """A3 P11"""
    one = Absence.objects.create(practitioner=cabinet.two, first_day="2026-01-06", last_day="2026-01-06")
    for step in ("", "delete/"):
        assert holder.get(cabinet.at(f"absences/{one.pk}/{step}")).status_code == 404
        assert holder.post(cabinet.at(f"absences/{one.pk}/{step}")).status_code == 404
    assert Absence.objects.exists()


@pytest.mark.parametrize(("on", "shown"), [("2026-03-02", "2026-03-02"), ("x", ""), ("9999-99-99", "")])
def test_a_new_absence_begins_on_the_day_that_the_address_says(cabinet: Cabinet, holder: Client, on: str, shown: str):
    """T15"""
    page = text(holder.get(cabinet.at(f"{NEW}?on={on}")))
    assert (f'value="{shown}"' in page) if shown else ('name="first_day"' in page)


def test_what_is_over_is_folded_away_and_what_repeats_is_not(cabinet: Cabinet, holder: Client):
    Absence.objects.create(practitioner=cabinet.one, first_day="2025-06-02", last_day="2025-06-02")
    Absence.objects.create(practitioner=cabinet.one, first_day="2025-06-03", last_day="2025-06-03", repeat_weeks=1)
    page = text(holder.get(cabinet.at("absences/")))
    assert "1 absence passée" in page
    assert page.index("mardi 3 juin 2025") < page.index("lundi 2 juin 2025")


def test_the_list_costs_the_same_for_many(cabinet: Cabinet, holder: Client, django_assert_num_queries):
    holder.get(cabinet.at("absences/"))
    with django_assert_num_queries(8):
        holder.get(cabinet.at("absences/"))
    Absence.objects.bulk_create(
        Absence(practitioner=cabinet.one, first_day=f"2026-02-{n:02d}", last_day=f"2026-02-{n:02d}")
        for n in range(1, 29)
    )
    with django_assert_num_queries(8):
        holder.get(cabinet.at("absences/"))


# Holidays


def test_the_holidays_of_a_year_say_which_are_worked(cabinet: Cabinet, holder: Client):
    """A10: computed, Easter included; a day with hours of its own is worked."""
    cabinet.opening(on="2026-05-01", start_minute=540, end_minute=720)
    Absence.objects.create(practitioner=cabinet.one, first_day="2026-07-14", last_day="2026-07-14")
    page = text(holder.get(cabinet.at("holidays/?year=2026")))
    assert page.count('class="state-of') == 11
    assert page.count("is-on") == 1
    assert "Lundi 6 avril" in page
    assert "Lundi 22 avril" in text(holder.get(cabinet.at("holidays/?year=2030")))
    assert "Voir l’absence" in page
    english = {"accept-language": "en"}
    assert "Labour Day" in text(holder.get(cabinet.at("holidays/?year=2026"), headers=english))


def test_a_zone_of_its_own_has_days_of_its_own(cabinet: Cabinet, holder: Client):
    """A10"""
    cabinet.practice.holiday_zone = "alsace-moselle"
    cabinet.practice.save()
    page = text(holder.get(cabinet.at("holidays/?year=2026")))
    assert "Vendredi saint" in page
    assert "Saint-Étienne" in page


def test_who_works_all_holidays_says_so_once(cabinet: Cabinet, doctor: Client, holder: Client):
    assert saved(doctor, cabinet.at("holidays/"), works_holidays="on").status_code == 302
    assert Practitioner.objects.get(pk=cabinet.one.pk).works_holidays
    page = text(holder.get(cabinet.at("holidays/?year=2026")))
    assert page.count("is-on") == 9, "two fall on a week-end in 2026"
    assert "Fermer ce jour" in page
    saved(doctor, cabinet.at("holidays/"))
    assert Practitioner.objects.get(pk=cabinet.one.pk).works_holidays
    assert "Reçoit tous les jours fériés" not in text(holder.get(cabinet.at("holidays/")))
    assert holder.post(cabinet.at("holidays/"), {}).status_code == 404


@pytest.mark.parametrize("year", ["0", "99999", "x", "-1", "1999", "2100", "٢٠٢٦"])
def test_a_year_outside_the_calendar_is_not_found(cabinet: Cabinet, holder: Client, year: str):
    """T15"""
    assert holder.get(cabinet.at(f"holidays/?year={year}")).status_code == 404
