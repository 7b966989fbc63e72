"""The practice erases who came, at their request (P2): asked again, noted, and the same as at their own wish."""

import pytest

from booking import retention
from booking.models import Appointment, MonthlyCount, OccupiedCell
from patients.models import PatientRecord
from practitioners.models import AccessEvent
from tests.agenda.cast import NAME, text
from tests.booking.cast import NOW, TUESDAY


def erase(client, visit, **fields):
    return client.post(f"/agenda/appointment/{visit.pk}/erase/", {"confirmed": "on"} | fields)


def test_erasing_is_asked_again_with_what_goes_and_what_stays(desk, alice):
    visit = desk.visit(day=TUESDAY)
    assert f"/agenda/appointment/{visit.pk}/erase/" in text(alice.get(f"/agenda/appointment/{visit.pk}/"))
    page = text(alice.get(f"/agenda/appointment/{visit.pk}/erase/"))
    assert NAME in page
    assert "Garder l’identité" in page
    assert "il est annulé en même temps" in page
    assert PatientRecord.objects.exists()


def test_a_visit_to_come_is_cancelled_and_its_time_is_free(desk, alice):
    """P2: explicitly, and the agenda says so."""
    visit = desk.visit(day=TUESDAY)
    OccupiedCell.objects.create(practitioner=desk.one, cell=visit.first_cell, lane=0, appointment=visit)
    answer = erase(alice, visit)
    assert answer.url == f"/agenda/appointment/{visit.pk}/"
    left = Appointment.objects.get()
    assert (left.state, left.patient_ref, left.link_hash, left.visit_type) == (
        "cancelled_by_practice",
        None,
        None,
        None,
    )
    assert not PatientRecord.objects.exists()
    assert not OccupiedCell.objects.exists()
    page = text(alice.get(answer.url))
    assert "Identité effacée" in page
    assert "sans nom" in page
    assert NAME not in page
    assert "Effacer l’identité" not in page


@pytest.mark.parametrize("state", ["seen", "absent", "arrived", "cancelled"])
def test_a_visit_of_the_past_keeps_its_state(desk, alice, state):
    visit = desk.visit("07:00", state=state)
    assert "annulé en même temps" not in text(alice.get(f"/agenda/appointment/{visit.pk}/erase/"))
    erase(alice, visit)
    assert Appointment.objects.get().state == state
    assert MonthlyCount.objects.get().state == state


def test_the_erasure_is_noted_in_the_access_log(desk, alice):
    visit = desk.visit()
    erase(alice, visit)
    noted = AccessEvent.objects.get(action="erased")
    assert (noted.staff, noted.appointment) == (desk.alice.pk, visit.pk)


def test_without_the_confirmation_and_on_a_get_nothing_goes(desk, alice):
    """I6"""
    visit = desk.visit()
    assert alice.post(f"/agenda/appointment/{visit.pk}/erase/").url.endswith("/erase/")
    alice.get(f"/agenda/appointment/{visit.pk}/erase/?confirmed=on")
    assert PatientRecord.objects.exists()


def test_a_locked_session_erases_with_the_password_and_not_without(desk, alice):
    visit = desk.visit()
    alice.post("/agenda/lock/")
    assert NAME not in text(alice.get(f"/agenda/appointment/{visit.pk}/erase/"))
    assert "Session verrouillée" in text(erase(alice, visit))
    assert PatientRecord.objects.exists()


@pytest.mark.parametrize("who", ["bruno", "chloe"])
def test_nobody_erases_in_a_foreign_agenda(desk, who):
    """P11"""
    visit = desk.visit()
    client = desk.client(who)
    assert client.get(f"/agenda/appointment/{visit.pk}/erase/").status_code == 404
    assert erase(client, visit).status_code == 404
    assert PatientRecord.objects.exists()


def test_a_hold_and_what_is_erased_already_have_nobody_to_erase(desk, alice):
    hold, visit = desk.hold_on("09:00", minutes_left=9), desk.visit("10:00")
    retention.erase_for(visit.pk, NOW, staff=1, session_tag=bytes(16))
    for one in (hold, visit):
        assert alice.get(f"/agenda/appointment/{one.pk}/erase/").status_code == 404
        assert erase(alice, one).status_code == 404
    assert MonthlyCount.objects.get().amount == 1
