"""What becomes of a visit: one button, never two desks over each other, never without asking when it cannot be undone."""

import pytest

from booking.models import Appointment, OccupiedCell
from practitioners.models import AccessEvent
from tests.agenda.cast import NAME, mark, session_row, text
from tests.booking.cast import TUESDAY


def state(visit: Appointment) -> str:
    return Appointment.objects.get(pk=visit.pk).state


def test_a_visit_goes_through_its_day(desk, alice):
    visit = desk.visit()
    seen = "booked"
    for becomes in ("arrived", "in_consultation", "seen"):
        answer = mark(alice, visit, becomes, seen)
        assert answer.url == f"/agenda/appointment/{visit.pk}/"
        assert state(visit) == becomes
        seen = becomes


@pytest.mark.parametrize("marked", ["arrived", "in_consultation", "seen", "absent"])
def test_what_was_marked_by_mistake_goes_back(desk, alice, marked):
    visit = desk.visit(state=marked)
    mark(alice, visit, "booked", marked)
    assert state(visit) == "booked"


@pytest.mark.parametrize("freed", ["cancelled_by_practice", "excused"])
def test_giving_the_time_back_is_asked_again_and_then_done(desk, alice, freed):
    visit = desk.visit()
    OccupiedCell.objects.create(practitioner=desk.one, cell=visit.first_cell, lane=0, appointment=visit)
    asked = mark(alice, visit, freed)
    assert asked.url == f"/agenda/appointment/{visit.pk}/mark/{freed}/"
    assert state(visit) == "booked"
    page = text(alice.get(asked.url))
    assert "Garder ce rendez-vous" in page
    assert 'name="confirmed"' in page
    assert state(visit) == "booked"
    mark(alice, visit, freed, confirmed="on")
    assert state(visit) == freed
    assert not OccupiedCell.objects.exists()


@pytest.mark.parametrize(
    ("reach", "said"),
    [("email", "prévenu par e-mail"), ("call", "parmi les patients à appeler"), ("nobody", "Aucun message")],
)
def test_cancelling_says_whether_the_patient_is_told(desk, alice, settings, reach, said):
    settings.EMAIL_HOST = "127.0.0.1"
    visit = desk.visit()
    Appointment.objects.filter(pk=visit.pk).update(reach=reach)
    assert said in text(alice.get(f"/agenda/appointment/{visit.pk}/mark/cancelled_by_practice/"))
    assert said not in text(alice.get(f"/agenda/appointment/{visit.pk}/mark/excused/"))


@pytest.mark.parametrize("freed", ["cancelled", "cancelled_late", "cancelled_by_practice", "excused"])
def test_a_freed_time_does_not_come_back(desk, alice, freed):
    """R9"""
    visit = desk.visit(state=freed)
    for becomes in ("booked", "arrived", "seen"):
        mark(alice, visit, becomes, freed)
    assert state(visit) == freed
    assert 'name="becomes"' not in text(alice.get(f"/agenda/appointment/{visit.pk}/"))


@pytest.mark.parametrize(
    ("becomes", "seen"),
    [("cancelled", "booked"), ("cancelled_late", "booked"), ("held", "booked"), ("nonsense", "booked"), ("", "booked"), ("seen", "nonsense"), ("booked", "booked")],
)  # fmt: skip
def test_what_is_not_staff_s_to_say_changes_nothing(desk, alice, becomes, seen):
    visit = desk.visit()
    assert mark(alice, visit, becomes, seen).status_code == 302
    assert state(visit) == "booked"


def test_a_mark_from_a_screen_that_is_behind_changes_nothing_and_says_so(desk, alice):
    """Two desks: the other was faster."""
    visit = desk.visit()
    other = desk.client()
    mark(other, visit, "arrived")
    answer = mark(alice, visit, "absent", next="/agenda/")
    assert state(visit) == "arrived"
    assert answer.url == f"/agenda/appointment/{visit.pk}/"
    assert "à un autre poste" in text(alice.get(answer.url))


def test_a_double_click_changes_once(desk, alice):
    """R8"""
    visit = desk.visit()
    mark(alice, visit, "arrived")
    mark(alice, visit, "arrived")
    assert state(visit) == "arrived"


def test_marking_leads_back_to_the_page_it_came_from(desk, alice):
    visit = desk.visit()
    answer = mark(alice, visit, "arrived", next="/agenda/list/2026-01-05/#r1")
    assert answer.url == "/agenda/list/2026-01-05/#r1"
    assert mark(alice, visit, "seen", "arrived", next="https://example.org/").url.startswith("/agenda/appointment/")


def test_what_was_marked_is_said_without_a_name(desk, alice):
    """P7"""
    visit = desk.visit()
    mark(alice, visit, "arrived")
    assert NAME not in repr(session_row(alice))
    assert "Noté : arrivé." in text(alice.get("/agenda/")).replace("\xa0", " ")


@pytest.mark.parametrize("who", ["bruno", "chloe"])
def test_nobody_marks_a_visit_of_a_foreign_agenda(desk, who):
    """P11"""
    visit = desk.visit()
    assert mark(desk.client(who), visit, "arrived").status_code == 404
    assert state(visit) == "booked"


def test_a_link_marks_nothing(desk, alice):
    """M2, I6"""
    visit = desk.visit()
    assert alice.get(f"/agenda/appointment/{visit.pk}/mark/?becomes=arrived&seen=booked").status_code == 405
    alice.get(f"/agenda/appointment/{visit.pk}/mark/excused/")
    assert state(visit) == "booked"


def test_only_what_is_to_be_confirmed_has_a_page_for_it(desk, alice):
    visit = desk.visit()
    for becomes in ("arrived", "booked", "nonsense"):
        assert alice.get(f"/agenda/appointment/{visit.pk}/mark/{becomes}/").status_code == 404
    arrived = desk.visit("10:00", state="arrived")
    assert alice.get(f"/agenda/appointment/{arrived.pk}/mark/excused/").status_code == 404


def test_a_mark_is_noted_with_who_made_it(desk, alice):
    visit = desk.visit()
    mark(alice, visit, "arrived")
    assert list(AccessEvent.objects.values_list("staff", "appointment", "action")) == [
        (desk.alice.pk, visit.pk, "to arrived")
    ]


def test_a_visit_of_another_day_to_come_cannot_be_seen_yet(desk, alice):
    visit = desk.visit(day=TUESDAY)
    page = text(alice.get(f"/agenda/appointment/{visit.pk}/"))
    assert "Annuler ce rendez-vous" in page
    assert 'value="arrived"' not in page


def test_a_hold_is_the_patient_s_and_has_no_buttons(desk, alice):
    hold = desk.hold_on("09:00", minutes_left=5)
    assert 'name="becomes"' not in text(alice.get(f"/agenda/appointment/{hold.pk}/"))
