"""Practice, places, practitioners and visit types: what is published, what is kept, what is only warned about."""

import hashlib
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.models import Appointment
from practitioners import keys
from practitioners.models import Location, Opening, Practice, Practitioner, Staff, VisitType
from practitioners.validators import luhn_fits
from tests.agenda.admin.conftest import booked, filled, monday
from tests.agenda.cast import at_desk

PASSWORD = "Tilleul-7-moineaux"


def address(obj: Any, page: str = "change") -> str:
    return reverse(f"admin:practitioners_{obj._meta.model_name}_{page}", args=[obj.pk])


def saved(client: Client, obj: Any, **changes: Any) -> str:
    data = filled(client.get(address(obj)).content.decode()) | changes
    return client.post(address(obj), data, follow=True).content.decode()


def test_a_page_is_published_only_with_its_key_and_a_confirmed_sheet(
    manager: Client, practitioner: Practitioner
) -> None:
    """P17."""
    assert "manage.py agenda_key dr-martin" in saved(manager, practitioner, published="on")
    holder = keys.enrol(Staff.objects.get(), PASSWORD)
    keys.new_agenda_key(practitioner, [holder])
    at_desk(manager, Staff.objects.get())
    assert "ne peut pas encore être publiée" in saved(manager, practitioner, published="on")
    private = keys.agenda_private(
        keys.unlock(Staff.objects.get(), PASSWORD) or b"", Staff.objects.get(), practitioner.pk, 1, monday()
    )
    code = keys.new_recovery_sheet(practitioner, private or b"")
    assert keys.confirm_sheet(practitioner, code[-4:])
    saved(manager, practitioner, published="on")
    practitioner.refresh_from_db()
    assert practitioner.published


def test_a_published_page_stays_editable_whatever_happens_to_its_sheet(
    manager: Client, practitioner: Practitioner
) -> None:
    Practitioner.objects.update(published=True)
    saved(manager, practitioner, notice="Fermé jeudi")
    practitioner.refresh_from_db()
    assert (practitioner.notice, practitioner.published) == ("Fermé jeudi", True)


@pytest.mark.parametrize(("digits", "fits"), [("79927398713", True), ("79927398714", False), ("97927398713", False)])
def test_the_last_digit_of_an_rpps_is_a_luhn_sum(digits: str, fits: bool) -> None:
    assert luhn_fits(digits) is fits


def test_a_wrong_rpps_sum_is_a_warning_and_saves(manager: Client, practitioner: Practitioner) -> None:
    assert "relisez-le" in saved(manager, practitioner, rpps="79927398714")
    assert "relisez-le" not in saved(manager, practitioner, rpps="79927398713")
    assert "Onze chiffres" in saved(manager, practitioner, rpps="123")
    practitioner.refresh_from_db()
    assert practitioner.rpps == "79927398713"


@pytest.mark.parametrize("slug", ["admin", "en", "agenda"])
def test_an_address_of_the_product_is_refused_as_a_slug(manager: Client, practitioner: Practitioner, slug: str) -> None:
    assert "est réservé" in saved(manager, practitioner, slug=slug)


def test_who_has_appointments_is_not_deleted_but_guided(
    manager: Client, opening: Opening, visit_type: VisitType, location: Location
) -> None:
    """A5."""
    booked(visit_type, location, monday(), 600)
    booked(visit_type, location, monday(-3), 600)
    said = {
        opening.practitioner: "page publiée",
        visit_type: "Décochez « proposé »",
        location: "Retirez ses plages d’ouverture",
    }
    for obj, words in said.items():
        for method in (manager.get, manager.post):
            page = method(address(obj, "delete"), {"post": "yes"}, follow=True).content.decode()
            assert "2 rendez-vous, dont 1 à venir" in page
            assert words in page
        assert type(obj).objects.filter(pk=obj.pk).exists()
    assert Appointment.objects.count() == 2


def test_what_nobody_uses_is_deleted(
    manager: Client, opening: Opening, visit_type: VisitType, location: Location
) -> None:
    practitioner = opening.practitioner
    assert "supprimez-les d’abord" in manager.get(address(location, "delete"), follow=True).content.decode()
    assert "supprimez-les d’abord" in manager.get(address(practitioner, "delete"), follow=True).content.decode()
    for obj in (visit_type, opening, practitioner, location):
        assert manager.post(address(obj, "delete"), {"post": "yes"}).status_code == 302
        assert not type(obj).objects.exists()


def test_a_type_that_is_no_longer_offered_keeps_its_visits(
    manager: Client, visit_type: VisitType, location: Location
) -> None:
    """A5, deactivated."""
    visit = booked(visit_type, location, monday())
    data = filled(manager.get(address(visit_type)).content.decode())
    del data["active"]
    assert manager.post(address(visit_type), data).status_code == 302
    visit.refresh_from_db()
    assert (visit.state, visit.visit_type.active) == ("booked", False)


def test_a_changed_duration_leaves_booked_visits_as_they_are(
    manager: Client, visit_type: VisitType, location: Location
) -> None:
    """A4."""
    visit = booked(visit_type, location, monday(), length=30)
    assert "gardent la leur" in manager.get(address(visit_type)).content.decode()
    saved(manager, visit_type, duration_new="60", duration_known="45")
    again = Appointment.objects.get()
    assert (again.start, again.end, again.end_cell) == (visit.start, visit.end, visit.end_cell)


def test_another_time_zone_is_a_choice_with_a_preview(
    manager: Client, visit_type: VisitType, location: Location
) -> None:
    """T5."""
    practice = location.practice
    visit = booked(visit_type, location, monday(), 600)
    page = saved(manager, practice, time_zone="Indian/Reunion")
    assert "1 rendez-vous sont pris" in page
    assert re.search(r"10:00 → .*, 1[23]:00", page)
    assert Practice.objects.get().time_zone == "Europe/Paris"
    saved(manager, practice, time_zone="Indian/Reunion", zone_confirmed="on")
    assert Practice.objects.get().time_zone == "Indian/Reunion"
    assert Appointment.objects.get().start == visit.start


@pytest.mark.parametrize("zone", ["Mars/Phobos", "../../etc/passwd", "Europe/Paris\0", "x" * 500])
def test_a_zone_that_does_not_exist_is_refused(manager: Client, practice: Practice, zone: str) -> None:
    saved(manager, practice, time_zone=zone)
    assert Practice.objects.get().time_zone == "Europe/Paris"


def test_zone_and_holidays_of_two_territories_are_warned_about(manager: Client, practice: Practice) -> None:
    page = saved(manager, practice, time_zone="Indian/Reunion", holiday_zone="metropole")
    assert "pas ceux du même territoire" in page
    assert "pas ceux du même" not in saved(manager, practice, holiday_zone="reunion")


def test_the_link_of_a_type_is_shown_once_and_kept_as_a_hash(manager: Client, visit_type: VisitType) -> None:
    VisitType.objects.update(visibility="link")
    page = manager.post(address(visit_type, "link")).content.decode()
    token = re.search(r"http://localhost:8000/fr/lien/([\w-]{22,})/", page)
    assert token is not None
    visit_type.refresh_from_db()
    assert bytes(visit_type.link_hash or b"") == hashlib.sha256(token[1].encode()).digest()
    again = manager.get(address(visit_type)).content.decode()
    assert token[1] not in again
    assert "Un lien est en service" in again
    assert token[1] not in str(dict(manager.session))
    assert "révoqué" in manager.post(address(visit_type, "unlink"), follow=True).content.decode()
    visit_type.refresh_from_db()
    assert visit_type.link_hash is None


def test_a_link_is_neither_made_nor_revoked_by_a_get(manager: Client, visit_type: VisitType) -> None:
    """I6."""
    assert manager.get(address(visit_type, "link")).status_code == 405
    assert manager.get(address(visit_type, "unlink")).status_code == 405
    assert manager.post(reverse("admin:practitioners_visittype_link", args=[1])).status_code == 404


def test_a_stranger_makes_no_link(client: Client, visit_type: VisitType) -> None:
    assert client.post(address(visit_type, "link")).status_code == 302
    visit_type.refresh_from_db()
    assert visit_type.link_hash is None


def test_a_plan_is_saved_under_the_practitioner_s_lock(manager: Client, opening: Opening) -> None:
    """R14: whoever books meanwhile waits, or is waited for."""
    data = filled(manager.get(address(opening)).content.decode())
    with CaptureQueriesContext(connection) as queries:
        manager.post(address(opening), data)
    sql = [one["sql"] for one in queries]
    lock = next(i for i, one in enumerate(sql) if "practitioners_practitioner" in one and "ORDER BY" in one)
    assert lock < next(i for i, one in enumerate(sql) if one.startswith("UPDATE"))
    if connection.features.has_select_for_no_key_update:
        assert "FOR NO KEY UPDATE" in sql[lock]
