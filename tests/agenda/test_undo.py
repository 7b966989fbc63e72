"""The last action of a session is undone from a button that is on every page of the desk, or by a key."""

import re
from datetime import timedelta

import pytest

from booking import holds
from booking.models import Appointment, OccupiedCell
from patients.models import PatientRecord
from tests.agenda.cast import NAME, mark, session_row, text
from tests.agenda.desk.cast import book, filled, slot_of
from tests.booking.cast import MONDAY, NOW, TUESDAY, cell


def state(visit: Appointment) -> str:
    return Appointment.objects.get(pk=visit.pk).state


def offered(client) -> str:
    """What the button says, or nothing."""
    found = re.search(r'data-key="u">([^<]+)<', text(client.get("/agenda/")))
    return found[1] if found else ""


def undo(client) -> str:
    return text(client.post("/agenda/undo/", {"next": "/agenda/"}, follow=True))


def test_nothing_is_offered_before_anything_was_done(desk, alice):
    assert offered(alice) == ""
    assert "plus rien à défaire" in undo(alice)


def test_a_mark_is_undone(desk, alice):
    visit = desk.visit()
    mark(alice, visit, "arrived")
    assert offered(alice) == "Défaire le changement d’état"
    assert "C’est défait." in undo(alice)
    assert state(visit) == "booked"
    assert offered(alice) == ""


def test_a_cancellation_is_undone_with_its_cells(desk, alice):
    visit = desk.visit()
    mark(alice, visit, "cancelled_by_practice", confirmed="on")
    assert offered(alice) == "Défaire l’annulation"
    undo(alice)
    assert state(visit) == "booked"
    assert OccupiedCell.objects.filter(appointment=visit).count() == 6


def test_a_time_that_a_patient_took_meanwhile_stays_theirs(desk, alice):
    """R9"""
    visit = desk.visit()
    mark(alice, visit, "cancelled_by_practice", confirmed="on")
    holds.take(desk.type, cell(MONDAY, "09:00"), NOW, new_patient=True, network="192.0.2.1")
    assert "a été reprise entre-temps" in undo(alice)
    assert state(visit) == "cancelled_by_practice"


def test_it_can_be_undone_for_ten_minutes(desk, alice, clock):
    visit = desk.visit()
    mark(alice, visit, "arrived")
    clock.shift(10 * 60 - 1)
    assert offered(alice)
    clock.shift(1)
    assert not offered(alice)
    assert "plus rien à défaire" in undo(alice)
    assert state(visit) == "arrived"


def test_only_the_last_action_is_undone(desk, alice):
    first, second = desk.visit("09:00"), desk.visit("10:00")
    mark(alice, first, "arrived")
    mark(alice, second, "arrived")
    undo(alice)
    undo(alice)
    assert (state(first), state(second)) == ("arrived", "booked")


def test_what_another_desk_changed_since_is_not_undone(desk, alice):
    visit = desk.visit()
    mark(alice, visit, "arrived")
    mark(desk.client(), visit, "in_consultation", "arrived")
    assert "à un autre poste" in undo(alice)
    assert state(visit) == "in_consultation"


def test_each_session_undoes_its_own(desk, alice):
    visit = desk.visit()
    mark(alice, visit, "arrived")
    other = desk.client()
    assert not offered(other)
    undo(other)
    assert state(visit) == "arrived"


def test_a_session_holds_no_name_for_it(desk, alice):
    """P7"""
    mark(alice, desk.visit(), "cancelled_by_practice", confirmed="on")
    assert NAME not in repr(session_row(alice))
    assert "Zénobie" not in repr(session_row(alice))


def test_a_locked_session_is_asked_for_its_password_first(desk, alice):
    visit = desk.visit()
    mark(alice, visit, "arrived")
    alice.post("/agenda/lock/")
    assert "Session verrouillée" in text(alice.post("/agenda/undo/"))
    assert state(visit) == "arrived"


def test_who_has_lost_the_agenda_undoes_nothing_in_it(desk, alice):
    """P11"""
    from practitioners.models import Grant

    visit = desk.visit()
    mark(alice, visit, "arrived")
    Grant.objects.filter(holder__staff=desk.alice).delete()
    assert alice.post("/agenda/undo/").status_code == 404
    assert state(visit) == "arrived"


def test_a_link_undoes_nothing(desk, alice):
    """I6"""
    visit = desk.visit()
    mark(alice, visit, "arrived")
    assert alice.get("/agenda/undo/").status_code == 405
    assert state(visit) == "arrived"


@pytest.mark.parametrize("sequence", [0, 1])
def test_a_mark_on_a_visit_that_was_moved_meanwhile_changes_nothing(desk, alice, sequence):
    """Two desks: its screen still showed the old time."""
    visit = desk.visit(sequence=1)
    mark(alice, visit, "arrived", sequence=sequence)
    assert state(visit) == ("arrived" if sequence == 1 else "booked")


def test_an_appointment_booked_by_telephone_is_undone_with_its_record_and_its_page_leads_to_its_day(desk, alice):
    booked = book(alice, desk)
    assert offered(alice) == "Défaire la création"
    answer = alice.post("/agenda/undo/", {"next": booked.url})
    assert answer.url == "/agenda/day/2026-01-06/"
    assert "C’est défait." in text(alice.get(answer.url))
    assert not Appointment.objects.exists()
    assert not PatientRecord.objects.exists()
    assert not OccupiedCell.objects.exists()


def test_a_form_that_came_twice_does_not_make_what_happened_since_undoable(desk, alice):
    """R8 R9: what was booked has arrived meanwhile; a repeated form must not let it be deleted."""
    form = filled(desk)
    alice.post(slot_of(desk), form)
    visit = Appointment.objects.get()
    mark(alice, visit, "arrived")
    undo(alice)
    Appointment.objects.update(state="arrived")
    alice.post(slot_of(desk), form)
    assert offered(alice) == ""
    assert state(visit) == "arrived"


def test_a_series_is_undone_as_a_whole(desk, alice):
    visit = desk.visit(day=TUESDAY)
    weeks = [cell(TUESDAY + timedelta(days=7 * week), "09:00") for week in (1, 2, 3)]
    alice.post(f"/agenda/appointment/{visit.pk}/series/", {"weeks": 4, "on": weeks})
    assert Appointment.objects.count() == 4
    assert offered(alice) == "Défaire 3 créations"
    undo(alice)
    assert Appointment.objects.get() == visit
    again = f"/agenda/appointment/{visit.pk}/again/"
    alice.post(again, {"type": desk.type.pk, "start": weeks[0]})
    assert offered(alice) == "Défaire la création"
