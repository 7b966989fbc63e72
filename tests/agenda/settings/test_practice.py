"""The practice and its places: time zone, periods, security; and what is used stays."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.models import Appointment
from practitioners import periods
from practitioners.models import Location, Practice
from tests.agenda.factor import enrol_telephone, next_code
from tests.agenda.settings.cast import Cabinet, filled, saved, text

PATH = "/agenda/settings/practice/"


ADMIN = "/agenda/admin/practitioners/practice/{}/change/"


@pytest.mark.parametrize("month", ["2026-01-12", "2026-07-12"])
def test_saved_unchanged_changes_nothing(cabinet: Cabinet, clock, month: str):
    """T4"""
    clock.move_to(f"{month} 08:00:00+00:00")
    manager = cabinet.client("nadia")
    before = Practice.objects.values().get()
    assert saved(manager, PATH).status_code == 302
    assert Practice.objects.values().get() == before
    place = Location.objects.values().get()
    assert saved(manager, f"/agenda/settings/places/{cabinet.location.pk}/").status_code == 302
    assert Location.objects.values().get() == place


def test_every_field_of_the_admin_s_page_is_here(cabinet: Cabinet, manager: Client):
    """What another helper adds to the practice in the admin is set here too."""
    shown = set(filled(manager.get(PATH)))
    editable = {one.name for one in Practice._meta.concrete_fields if one.editable and one.name != "id"}
    ticked = {name for name in editable if Practice._meta.get_field(name).get_internal_type() == "BooleanField"}
    assert editable - shown <= ticked
    assert {f'name="{name}"' for name in editable} <= set(text(manager.get(PATH)).replace(">", " ").split())


def test_another_time_zone_is_a_choice_with_a_preview(cabinet: Cabinet, manager: Client):
    """T5"""
    visit = cabinet.book("10:00")
    assert "Je confirme" not in text(manager.get(PATH))
    answer = saved(manager, PATH, time_zone="Indian/Reunion", holiday_zone="reunion")
    assert answer.status_code == 422
    page = text(answer)
    assert "1 rendez-vous sont pris" in page
    assert "10:00 →" in page
    assert "13:00" in page
    assert "Je confirme le nouveau fuseau" in page
    assert Practice.objects.get().time_zone == "Europe/Paris"
    assert manager.post(PATH, {**filled(answer), "zone_confirmed": "on"}).status_code == 302
    assert Practice.objects.get().time_zone == "Indian/Reunion"
    assert Appointment.objects.get().start == visit.start


def test_visits_left_outside_by_another_zone_are_counted(cabinet: Cabinet, manager: Client):
    """A6: 10:00 in Paris is 13:00 in Réunion, where the openings of 9 to 12 now are."""
    cabinet.book("10:00")
    answer = saved(manager, PATH, time_zone="Indian/Reunion", holiday_zone="reunion", zone_confirmed="on")
    page = text(manager.get(answer["Location"]))
    assert "1 rendez-vous sont maintenant hors des heures de réception" in page
    assert "pas ceux du même territoire" not in page


def test_zone_and_holidays_of_two_territories_are_warned_about(cabinet: Cabinet, manager: Client):
    answer = saved(manager, PATH, time_zone="Indian/Reunion")
    assert "pas ceux du même territoire" in text(manager.get(answer["Location"]))


@pytest.mark.parametrize("zone", ["Mars/Phobos", "../../etc/passwd", "", "x" * 500])
def test_a_zone_that_does_not_exist_is_refused(cabinet: Cabinet, manager: Client, zone: str):
    assert saved(manager, PATH, time_zone=zone).status_code == 422
    assert Practice.objects.get().time_zone == "Europe/Paris"


@pytest.mark.parametrize("period", periods.EDITABLE, ids=lambda period: period.field)
def test_longer_takes_a_written_reason(cabinet: Cabinet, manager: Client, period: periods.Period):
    longer = {"identity_kept": str(max(121, period.default + 1)), "identity_kept_reason": "Suivi au long cours"}
    longer |= {period.field: str(period.default + 1)}
    answer = saved(manager, PATH, **{**longer, period.reason_field: " "})
    assert answer.status_code == 422
    assert "demande une raison écrite" in text(answer)
    assert saved(manager, PATH, **{**longer, period.reason_field: "Suivi au long cours"}).status_code == 302
    assert getattr(Practice.objects.get(), period.field) == period.default + 1


def test_two_managers_do_not_overwrite_each_other_in_silence(cabinet: Cabinet, manager: Client):
    shown = filled(manager.get(PATH))
    Practice.objects.update(phone="01 02 03 04 05")
    answer = manager.post(PATH, {**shown, "name": "Autre nom"})
    assert answer.status_code == 409
    assert "« 01 02 03 04 05 »" in text(answer)
    assert Practice.objects.get().name == "Cabinet des Lilas"


@pytest.mark.parametrize("page", [PATH, ADMIN])
def test_where_a_second_factor_is_demanded_the_practice_s_settings_ask_for_it(cabinet: Cabinet, clock, page: str):
    """Who finds a desk open does not switch the second factor off; the form waits for the code, complete."""
    Practice.objects.update(requires_second_factor=True)
    manager, secret, _codes = enrol_telephone("nadia")
    clock.shift(660)
    path = page.format(cabinet.practice.pk)
    answer = saved(manager, path, requires_second_factor=None, name="Autre nom")
    assert 'name="factor_code"' in text(answer)
    assert Practice.objects.get().requires_second_factor
    waiting = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text(answer)))
    manager.post(path, {**waiting, "factor_code": next_code(clock, secret)})
    practice = Practice.objects.get()
    assert (practice.requires_second_factor, practice.name) == (False, "Autre nom")


def test_the_practice_is_saved_under_every_practitioner_s_lock(cabinet: Cabinet, manager: Client):
    """R14: the zone and the holidays say when anybody receives."""
    data = filled(manager.get(PATH))
    with CaptureQueriesContext(connection) as queries:
        manager.post(PATH, {**data, "name": "Autre nom"})
    sql = [one["sql"] for one in queries]
    lock = next(
        i
        for i, one in enumerate(sql)
        if 'FROM "practitioners_practitioner"' in one and "ORDER BY" in one and " IN (" in one
    )
    assert lock < next(i for i, one in enumerate(sql) if one.startswith("UPDATE"))
    if connection.features.has_select_for_no_key_update:
        assert "FOR NO KEY UPDATE" in sql[lock]


def test_a_place_is_added_changed_and_deleted_when_nobody_uses_it(cabinet: Cabinet, manager: Client):
    path = "/agenda/settings/places/"
    assert "Dr Un" in text(manager.get(path))
    assert saved(manager, f"{path}new/", label="Annexe", address="2 quai\n75019 Paris").status_code == 302
    made = Location.objects.get(label="Annexe")
    assert made.practice_id == cabinet.practice.pk
    assert saved(manager, f"{path}{made.pk}/", access="Deuxième étage").status_code == 302
    made.refresh_from_db()
    assert made.access == "Deuxième étage"
    assert "rien d’autre ne change" in text(manager.get(f"{path}{made.pk}/delete/"))
    manager.post(f"{path}{made.pk}/delete/")
    assert not Location.objects.filter(label="Annexe").exists()


def test_a_place_that_is_used_stays_and_the_page_says_why(cabinet: Cabinet, manager: Client):
    """A5"""
    path = f"/agenda/settings/places/{cabinet.location.pk}/delete/"
    assert "supprimez-les d’abord" in text(manager.get(path))
    cabinet.book("09:00")
    assert "1 rendez-vous, dont 1 à venir" in text(manager.get(path))
    manager.post(path)
    assert Location.objects.filter(pk=cabinet.location.pk).exists()
