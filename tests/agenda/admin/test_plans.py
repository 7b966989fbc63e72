"""Openings and absences: typed as said, refused in words, and visits left outside are listed."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import formats, translation

from agenda.admin.forms import ClockField
from booking.models import Appointment
from practitioners.models import Absence, Location, Opening, Practitioner, VisitType
from tests.agenda.admin.conftest import booked, filled, monday


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [("09:30", 570), ("9h30", 570), ("9 h 30", 570), ("9\u00a0h\u00a030", 570), ("9", 540), ("9h", 540), ("24:00", 1440), ("0:00", 0)],
)  # fmt: skip
def test_a_time_is_typed_as_people_write_it(typed: str, minutes: int) -> None:
    assert ClockField().clean(typed) == minutes


@pytest.mark.parametrize("typed", ["24:05", "25:00", "9:60", "neuf", "-1", "9:3", "9:30:00", "", "٩", "1" * 5000])
def test_what_is_no_time_is_refused(typed: str) -> None:
    if typed == "٩":
        assert ClockField().clean(typed) == 540
        return
    with pytest.raises(ValidationError):
        ClockField().clean(typed)


def change(obj: object) -> str:
    return reverse(f"admin:practitioners_{obj._meta.model_name}_change", args=[obj.pk])  # type: ignore[attr-defined]


@pytest.mark.parametrize("now", ["2027-01-15T10:00:00Z", "2027-07-15T10:00:00Z"])
def test_a_form_opened_and_saved_unchanged_moves_nothing(
    manager: Client, opening: Opening, visit_type: VisitType, time_machine: object, now: str
) -> None:
    """T4."""
    opening.visit_types.add(visit_type)
    one_off = Opening.objects.create(
        practitioner=opening.practitioner, location=opening.location, on="2027-07-20", start_minute=0, end_minute=125
    )
    absence = Absence.objects.create(
        practitioner=opening.practitioner,
        first_day="2027-01-20",
        last_day="2027-07-20",
        start_minute=755,
        end_minute=1440,
    )
    for obj in (
        opening,
        one_off,
        absence,
        opening.practitioner,
        visit_type,
        opening.location,
        opening.location.practice,
    ):
        rows = [list(model.objects.order_by("pk").values()) for model in (Opening, Absence, Practitioner, VisitType)]
        page = manager.get(change(obj)).content.decode()
        answer = manager.post(change(obj), filled(page))
        assert answer.status_code == 302, answer.content.decode()
        again = [list(model.objects.order_by("pk").values()) for model in (Opening, Absence, Practitioner, VisitType)]
        assert again == rows
    assert list(opening.visit_types.all()) == [visit_type]


def posted(opening: Opening, client: Client, **changes: object) -> str:
    data = filled(client.get(change(opening)).content.decode()) | changes
    return client.post(change(opening), data, follow=True).content.decode()


def test_a_night_duty_is_refused_with_the_advice_to_split(manager: Client, opening: Opening) -> None:
    """T10."""
    page = posted(opening, manager, start_minute="22:00", end_minute="02:00")
    assert "22:00–24:00, puis 00:00–02:00" in page
    page = posted(opening, manager, start_minute="22:00", end_minute="24:00")
    assert "22:00–24:00, puis" not in page
    opening.refresh_from_db()
    assert (opening.start_minute, opening.end_minute) == (1320, 1440)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"on": "2030-01-07"}, "l’un des deux"),
        ({"weekday": ""}, "l’un des deux"),
        ({"replaces": "on"}, "Seule une plage à une date"),
        ({"valid_from": "2030-02-01", "valid_to": "2030-01-01"}, "ne vaudrait jamais"),
        ({"released_minute": ""}, "ou aucun des deux"),
        ({"released_minute": "24:00"}, "avant 24:00"),
        ({"start_minute": "9:02"}, "multiple de 5"),
        ({"step": "7"}, "multiple de 5"),
        ({"places": "31"}, "30"),
        ({"valid_from": "9999-12-31"}, "entre 2000 et 2099"),
        ({"valid_from": "0000-01-01"}, "date"),
    ],
)
def test_an_opening_that_cannot_be_used_is_refused_in_words(
    manager: Client, opening: Opening, changes: dict[str, str], words: str
) -> None:
    before = Opening.objects.values().get()
    assert words in posted(opening, manager, **changes)
    assert Opening.objects.values().get() == before


def test_an_opening_takes_only_its_practitioner_s_types(
    manager: Client, opening: Opening, practitioner: Practitioner
) -> None:
    """A2, at the settings."""
    other = Practitioner.objects.create(
        practice=practitioner.practice, slug="dr-roche", name="Dr Roche", speciality="ORL"
    )
    foreign = VisitType.objects.create(practitioner=other, name="Audiométrie", slug="audiometrie")
    page = manager.get(change(opening)).content.decode()
    assert "Audiométrie" not in page
    posted(opening, manager, visit_types=[foreign.pk])
    assert not opening.visit_types.exists()
    data = filled(manager.get(reverse("admin:practitioners_opening_add")).content.decode())
    data |= {"practitioner": practitioner.pk, "location": opening.location_id, "weekday": 2}
    data |= {"start_minute": "8h", "end_minute": "9h", "visit_types": [foreign.pk]}
    answer = manager.post(reverse("admin:practitioners_opening_add"), data)
    assert "autre praticien" in answer.content.decode()


def test_a_shorter_opening_lists_the_visits_left_outside_once_and_they_stay(
    manager: Client, opening: Opening, visit_type: VisitType, location: Location
) -> None:
    """A6."""
    day = monday()
    booked(visit_type, location, day, 9 * 60)
    late = booked(visit_type, location, day, 17 * 60 + 30)
    page = posted(opening, manager, end_minute="17:45")
    assert "1 rendez-vous déjà pris est maintenant hors des heures" in page
    with translation.override("fr"):
        assert f"{formats.date_format(day, 'D j F Y')}, 17:30" in page
    late.refresh_from_db()
    assert late.state == "booked"
    assert "hors des heures" not in posted(opening, manager, step="20")


def test_an_absence_lists_the_visits_it_meets_and_deleting_it_brings_nothing_back(
    manager: Client, opening: Opening, visit_type: VisitType, location: Location
) -> None:
    """A7, A9: many, partly overlapping."""
    day = monday()
    for minute in (9 * 60, 11 * 60 + 45, 15 * 60):
        booked(visit_type, location, day, minute)
    data = filled(manager.get(reverse("admin:practitioners_absence_add")).content.decode())
    data |= {"practitioner": opening.practitioner_id, "first_day": day, "last_day": day}
    data |= {"start_minute": "12h", "end_minute": "24:00"}
    page = manager.post(reverse("admin:practitioners_absence_add"), data, follow=True).content.decode()
    assert "2 rendez-vous déjà pris sont maintenant hors des heures" in page
    assert Appointment.objects.filter(state="booked").count() == 3
    absence = Absence.objects.get()
    manager.post(reverse("admin:practitioners_absence_delete", args=[absence.pk]), {"post": "yes"})
    assert not Absence.objects.exists()
    assert Appointment.objects.filter(state="booked").count() == 3


def test_the_week_is_edited_on_the_practitioner_s_page(manager: Client, opening: Opening) -> None:
    page = manager.get(change(opening.practitioner)).content.decode()
    data = filled(page)
    assert data["openings-0-start_minute"] == "09:00"
    data |= {"openings-0-start_minute": "8h30", "openings-TOTAL_FORMS": "2", "openings-1-weekday": "1"}
    data |= {"openings-1-start_minute": "14h", "openings-1-end_minute": "18:00", "openings-1-parity": "odd"}
    data |= {"openings-1-location": opening.location_id, "openings-1-practitioner": opening.practitioner_id}
    answer = manager.post(change(opening.practitioner), data)
    assert answer.status_code == 302, answer.content.decode()
    hours = Opening.objects.order_by("weekday").values_list("start_minute", "parity", "released_minute")
    assert list(hours) == [(510, "every", 450), (840, "odd", None)]


@pytest.mark.parametrize("typed", ["", "x", "9" * 19, "9" * 500, "-1", "٣", "1 OR 1=1"])
def test_a_practitioner_that_does_not_exist_is_a_form_error(manager: Client, opening: Opening, typed: str) -> None:
    data = filled(manager.get(reverse("admin:practitioners_opening_add")).content.decode())
    data |= {"practitioner": typed, "location": opening.location_id, "weekday": 2}
    data |= {"start_minute": "8h", "end_minute": "9h"}
    answer = manager.post(reverse("admin:practitioners_opening_add"), data)
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert Opening.objects.count() == 1
