"""The usual week as one form: saved unchanged it changes nothing, and two desks do not lose each other's hours."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.models import Appointment
from practitioners.models import Location, Opening
from tests.agenda.settings.cast import Cabinet, filled, saved, text
from tests.booking.cast import MONDAY, visit_type

DAYS = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]


def rows(cabinet: Cabinet) -> list[dict[str, Any]]:
    found = Opening.objects.filter(practitioner=cabinet.one).order_by("on", "weekday", "start_minute", "pk")
    return [
        {**row, "types": sorted(Opening.objects.get(pk=row["id"]).visit_types.values_list("slug", flat=True))}
        for row in found.values()
    ]


def hours(cabinet: Cabinet) -> list[tuple[int, int, int]]:
    found = Opening.objects.filter(practitioner=cabinet.one, on=None).order_by("weekday", "start_minute")
    return list(found.values_list("weekday", "start_minute", "end_minute"))


def prefix(data: dict[str, Any], opening: Opening) -> str:
    """The name that a row of the form has."""
    return next(name for name, value in data.items() if name.endswith("-id") and value == str(opening.pk))[:-3]


@pytest.mark.parametrize("month", ["2026-01-12", "2026-07-12"])
def test_saved_unchanged_changes_nothing(cabinet: Cabinet, clock, month: str):
    """T4: both halves of the year, of every kind of opening, for dates in the other half."""
    clock.move_to(f"{month} 08:00:00+00:00")
    manager = cabinet.client("nadia")
    more = visit_type(cabinet.one, "autre")
    special = cabinet.opening(
        weekday=5, start_minute=1320, end_minute=1440, parity="odd", valid_from="2026-03-01", valid_to="2027-10-31",
        step=20, places=3, released_days=0, released_minute=450,
    )  # fmt: skip
    special.visit_types.set([cabinet.type, more])
    cabinet.opening(weekday=6, start_minute=0, end_minute=120, without_appointment=True, valid_from="2026-11-01")
    cabinet.opening(on="2026-07-14", start_minute=540, end_minute=600, replaces=True)
    before = rows(cabinet)
    answer = saved(manager, cabinet.at("week/"))
    assert answer.status_code == 302, text(answer)
    assert rows(cabinet) == before


def test_the_same_hours_on_several_days_are_added_without_a_script(cabinet: Cabinet, manager: Client):
    Opening.objects.all().delete()
    shown = manager.get(cabinet.at("week/"))
    assert "Commencez ici" in text(shown)
    data = filled(shown)
    assert "add-days" not in data
    more = manager.post(
        cabinet.at("week/"), {**data, "add-days": ["0", "1", "4"], "add-start": "8h30", "add-end": "12", "more": "1"}
    )
    assert more.status_code == 200
    assert "pas encore enregistrée" in text(more)
    assert hours(cabinet) == []
    again = filled(more)
    assert manager.post(cabinet.at("week/"), again).status_code == 302
    assert hours(cabinet) == [(0, 510, 720), (1, 510, 720), (4, 510, 720)]
    assert "add-days" not in again


def test_hours_that_wait_in_the_adding_form_are_saved_with_the_rest(cabinet: Cabinet, manager: Client):
    saved(manager, cabinet.at("week/"), **{"add-days": ["5"], "add-start": "9", "add-end": "12"})
    assert hours(cabinet)[-1] == (5, 540, 720)
    assert len(hours(cabinet)) == 6


def test_one_row_is_changed_one_taken_away_and_the_rest_untouched(cabinet: Cabinet, manager: Client):
    first, second = Opening.objects.filter(weekday__in=(0, 1)).order_by("weekday")
    data = filled(manager.get(cabinet.at("week/")))
    one, two = prefix(data, first), prefix(data, second)
    before = [row for row in rows(cabinet) if row["id"] not in (first.pk, second.pk)]
    changes = {
        f"{one}-start_minute": "8h",
        f"{one}-places": "2",
        f"{two}-removed": "on",
        f"{one}-visit_types": [str(cabinet.type.pk)],
    }
    assert manager.post(cabinet.at("week/"), {**data, **changes}).status_code == 302
    first.refresh_from_db()
    assert (first.start_minute, first.places, [one.slug for one in first.visit_types.all()]) == (
        480,
        2,
        ["consultation"],
    )
    assert not Opening.objects.filter(pk=second.pk).exists()
    assert [row for row in rows(cabinet) if row["id"] != first.pk] == before


def test_a_change_from_a_day_on_leaves_the_week_before_it(cabinet: Cabinet, manager: Client):
    """New hours from September: what stands until then stands until the eve."""
    first, second = Opening.objects.filter(weekday__in=(0, 1)).order_by("weekday")
    data = filled(manager.get(cabinet.at("week/")))
    changes = {f"{prefix(data, first)}-start_minute": "14h", f"{prefix(data, first)}-end_minute": "18h",
               f"{prefix(data, second)}-removed": "on", "add-days": "5", "from-since": "2026-09-01"}  # fmt: skip
    assert manager.post(cabinet.at("week/"), {**data, **changes}).status_code == 302
    held = Opening.objects.filter(weekday__in=(0, 1, 5)).order_by("weekday", "start_minute")
    assert [(one.weekday, one.start_minute, str(one.valid_from), str(one.valid_to)) for one in held] == [
        (0, 540, "None", "2026-08-31"),
        (0, 840, "2026-09-01", "None"),
        (1, 540, "None", "2026-08-31"),
        (5, 540, "2026-09-01", "None"),
    ]


@pytest.mark.parametrize("since", ["2026-01-05", "2020-01-01", "2100-01-01", "x", "9999-12-31"])
def test_a_change_begins_on_a_day_to_come(cabinet: Cabinet, manager: Client, since: str):
    """T15"""
    before = rows(cabinet)
    answer = saved(manager, cabinet.at("week/"), **{"from-since": since, "o-0-start_minute": "8h"})
    assert answer.status_code == 422
    assert rows(cabinet) == before
    assert filled(answer)["o-0-start_minute"] == "8h"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start_minute": "22h", "end_minute": "2h"}, "22:00–24:00, puis 00:00–02:00"),
        ({"end_minute": "09:00"}, "La fin vient après le début"),
        ({"start_minute": "neuf"}, "Une heure, par exemple 09:30"),
        ({"start_minute": "9:02"}, "multiple de 5"),
        ({"valid_from": "2026-02-01", "valid_to": "2026-01-01"}, "ne vaudrait jamais"),
        ({"valid_from": "9999-12-31"}, "entre 2000 et 2099"),
        ({"released_days": "0"}, "ou aucun des deux"),
        ({"released_days": "0", "released_minute": "24:00"}, "avant 24:00"),
        ({"step": "7"}, "multiple de 5"),
        ({"places": "31"}, "30"),
        ({"places": ""}, "obligatoire"),
        ({"location": "7"}, "choix"),
        ({"visit_types": "7"}, "choix"),
        ({"weekday": "7"}, "choix"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words_and_kept_as_filled(
    cabinet: Cabinet, manager: Client, changes: dict[str, str], words: str
):
    """T10, A2: night duty is explained; another practitioner's type and a foreign place are no choices."""
    before = rows(cabinet)
    answer = saved(manager, cabinet.at("week/"), **{f"o-0-{name}": value for name, value in changes.items()})
    assert answer.status_code == 422
    page = text(answer)
    assert words in page
    assert rows(cabinet) == before
    for name, value in changes.items():
        if name not in ("location", "visit_types", "weekday"):
            assert filled(answer)[f"o-0-{name}"] == value


def test_night_duty_is_two_openings(cabinet: Cabinet, manager: Client):
    """T10"""
    assert "Une garde de nuit se saisit en deux plages" in text(manager.get(cabinet.at("week/")))
    saved(manager, cabinet.at("week/"), **{"add-days": "4", "add-start": "22h", "add-end": "24:00"})
    saved(manager, cabinet.at("week/"), **{"add-days": "5", "add-start": "0:00", "add-end": "2h"})
    assert hours(cabinet)[-2:] == [(4, 1320, 1440), (5, 0, 120)]


def test_what_another_desk_added_is_shown_and_not_lost(cabinet: Cabinet, manager: Client, doctor: Client):
    """Two desks: the later one is told, sees the other's hours, and saving again keeps both."""
    data = filled(manager.get(cabinet.at("week/")))
    saved(doctor, cabinet.at("week/"), **{"add-days": "6", "add-start": "10h", "add-end": "11h"})
    assert len(hours(cabinet)) == 6
    answer = manager.post(cabinet.at("week/"), {**data, "o-0-start_minute": "8h"})
    assert answer.status_code == 409
    assert "La semaine a changé à un autre poste" in text(answer)
    assert hours(cabinet)[0] == (0, 540, 720)
    again = filled(answer)
    assert again["count"] == "6"
    assert manager.post(cabinet.at("week/"), again).status_code == 302
    assert hours(cabinet)[0] == (0, 480, 720)
    assert (6, 600, 660) in hours(cabinet)


def test_a_row_that_another_desk_took_away_comes_back_only_if_it_is_saved_again(
    cabinet: Cabinet, manager: Client, doctor: Client
):
    data = filled(manager.get(cabinet.at("week/")))
    saved(doctor, cabinet.at("week/"), **{"o-0-removed": "on"})
    assert len(hours(cabinet)) == 4
    answer = manager.post(cabinet.at("week/"), data)
    assert answer.status_code == 409
    assert "Nouvelle plage" in text(answer)
    assert len(hours(cabinet)) == 4


def test_a_row_names_no_other_practitioner_s_opening(cabinet: Cabinet, manager: Client):
    """A3"""
    foreign = cabinet.opening(practitioner=cabinet.two, weekday=0, start_minute=540, end_minute=600)
    before = Opening.objects.filter(pk=foreign.pk).values().get()
    data = filled(manager.get(cabinet.at("week/")))
    manager.post(cabinet.at("week/"), {**data, "count": "6", "o-5-id": str(foreign.pk), "o-5-removed": "on"})
    assert Opening.objects.filter(pk=foreign.pk).values().get() == before


def test_hours_that_are_over_are_not_shown_and_not_touched(cabinet: Cabinet, manager: Client):
    cabinet.opening(weekday=2, start_minute=840, end_minute=900, valid_to="2025-12-31")
    before = rows(cabinet)
    page = manager.get(cabinet.at("week/"))
    assert "1 plage est finie" in text(page)
    assert filled(page)["count"] == "5"
    saved(manager, cabinet.at("week/"))
    assert rows(cabinet) == before


@pytest.mark.parametrize("count", ["", "x", "-1", "99999", "٣", "81"])
def test_a_number_of_rows_that_is_none_changes_nothing(cabinet: Cabinet, manager: Client, count: str):
    before = rows(cabinet)
    answer = saved(manager, cabinet.at("week/"), count=count)
    assert answer.status_code in (302, 422)
    assert [row["id"] for row in rows(cabinet)][: len(before)] == [row["id"] for row in before]


def test_visits_left_outside_are_asked_about_before_anything_is_saved(cabinet: Cabinet, doctor: Client):
    """A6"""
    visit = cabinet.visit("11:30", day=MONDAY)
    answer = saved(doctor, cabinet.at("week/"), **{"o-0-end_minute": "11h"})
    page = text(answer)
    assert "Ce changement touche 1 rendez-vous" in page
    assert "lundi 5 janvier 2026" in page
    assert "11 h 30" in page
    assert hours(cabinet)[0] == (0, 540, 720)
    again = {**filled(answer), "decided": "1"}
    assert doctor.post(cabinet.at("week/"), again).status_code == 302
    assert hours(cabinet)[0] == (0, 540, 660)
    assert Appointment.objects.get().pk == visit.pk
    assert Appointment.objects.get().state == "booked"


def test_the_week_is_read_and_written_under_the_practitioner_s_lock(cabinet: Cabinet, manager: Client):
    """R14 R15"""
    data = filled(manager.get(cabinet.at("week/")))
    with CaptureQueriesContext(connection) as queries:
        manager.post(cabinet.at("week/"), {**data, "o-0-start_minute": "8h"})
    sql = [one["sql"] for one in queries]
    writes = [i for i, one in enumerate(sql) if one.startswith('UPDATE "practitioners_opening"')]
    # The last look at these practitioners before the first change; what the page reads of them before is no lock.
    lock = max(
        i
        for i, one in enumerate(sql)
        if 'FROM "practitioners_practitioner"' in one and " IN (" in one and "ORDER BY" in one and i < min(writes)
    )
    reads = [i for i, one in enumerate(sql) if 'FROM "practitioners_opening"' in one]
    assert lock < min(writes)
    assert lock < max(i for i in reads if i < min(writes))
    if connection.features.has_select_for_no_key_update:
        assert "FOR NO KEY UPDATE" in sql[lock]


def test_the_page_costs_the_same_for_a_full_week(cabinet: Cabinet, manager: Client, django_assert_num_queries):
    Opening.objects.exclude(weekday=0).delete()
    manager.get(cabinet.at("week/"))
    with django_assert_num_queries(12):
        manager.get(cabinet.at("week/"))
    for number in range(29):
        cabinet.opening(weekday=number % 7, start_minute=540 + 5 * number, end_minute=1200).visit_types.add(
            cabinet.type
        )
    with django_assert_num_queries(12):
        manager.get(cabinet.at("week/"))


def test_a_new_row_is_where_the_practitioner_mostly_receives(cabinet: Cabinet, manager: Client):
    Location.objects.create(practice=cabinet.practice, label="Annexe", address="2 quai")
    assert filled(manager.get(cabinet.at("week/")))["add-place"] == str(cabinet.location.pk)
