"""Moving from the desk: a list of free times, a page that says what a time meets, and the button that does it."""

from datetime import date

import pytest

from booking.models import Appointment, OccupiedCell
from practitioners import keys
from practitioners.models import Absence, AccessEvent, Opening
from tests.agenda.cast import NAME, Desk, text
from tests.agenda.test_pages import private_two
from tests.booking.cast import MONDAY, PARIS, TUESDAY, visit_type
from tests.practitioners.cast import holder_of


def place(desk: Desk, clock: str = "10:30", day: date = TUESDAY, **more: object) -> dict[str, object]:
    return {"practitioner": desk.one.pk, "day": day.isoformat(), "time": clock, **more}


def posted(desk: Desk, visit: Appointment, *args: object, **more: object) -> dict[str, object]:
    now = Appointment.objects.get(pk=visit.pk)
    return place(desk, *args, seen=now.state, sequence=now.sequence, **more)


def clock(visit: Appointment) -> str:
    return f"{Appointment.objects.get(pk=visit.pk).start.astimezone(PARIS):%d %H:%M}"


def address(visit: Appointment) -> str:
    return f"/agenda/appointment/{visit.pk}/move/"


@pytest.fixture
def visit(desk: Desk) -> Appointment:
    booked = desk.visit("09:00", day=TUESDAY)
    OccupiedCell.objects.bulk_create(
        OccupiedCell(practitioner=desk.one, cell=one, lane=0, appointment=booked)
        for one in range(booked.first_cell, booked.end_cell)
    )
    return booked


def test_free_times_are_listed_without_scripts_and_each_is_a_link(desk, alice, visit):
    """U1: its own time is free for it too (R7)."""
    page = text(alice.get(address(visit))).replace("\xa0", " ")
    assert "9 h 15" in page
    assert f"?practitioner={desk.one.pk}&amp;day=2026-01-06&amp;time=09%3A15" in page
    assert "mercredi 7 janvier" in page


def test_a_day_on_which_only_its_own_time_is_free_is_not_announced(desk, alice, visit):
    """U2: a heading without a time under it offers nothing."""
    Opening.objects.filter(weekday=TUESDAY.weekday()).update(end_minute=570)
    page = text(alice.get(address(visit))).replace("\xa0", " ")
    assert "mardi 6 janvier</h4>" not in page
    assert "mardi 13 janvier</h4>" in page


def test_staff_see_times_that_patients_do_not_see_yet(desk, alice, visit):
    Opening.objects.update(released_days=0, released_minute=450)
    assert "time=09%3A15" in text(alice.get(address(visit)))


def test_a_time_is_shown_with_what_it_meets_before_anything_moves(desk, alice, visit):
    """I6 A17"""
    Absence.objects.create(practitioner=desk.one, first_day=TUESDAY, last_day=TUESDAY)
    page = text(alice.get(address(visit), place(desk, "23:00"))).replace("\xa0", " ")
    for part in (
        "mardi 6 janvier 2026 à 23 h",
        "Le praticien est absent",
        "ne reçoit pas à cette heure",
        "Déplacer quand même",
    ):
        assert part in page
    assert clock(visit) == "06 09:00"


def test_a_move_is_made_and_can_be_undone(desk, alice, visit):
    answer = alice.post(address(visit), posted(desk, visit))
    assert answer.url == f"/agenda/day/2026-01-06/#v{visit.pk}"
    assert clock(visit) == "06 10:30"
    assert "Déplacé : mardi 6 janvier à 10 h 30." in text(alice.get(answer.url)).replace("\xa0", " ")
    alice.post("/agenda/undo/")
    assert clock(visit) == "06 09:00"


def test_it_leads_back_to_the_page_it_came_from(desk, alice, visit):
    answer = alice.post(address(visit), posted(desk, visit, next="/agenda/day/2026-01-05/"))
    assert answer.url == "/agenda/day/2026-01-05/"
    answer = alice.post(address(visit), posted(desk, visit, "11:00", next="https://example.org/"))
    assert answer.url.startswith("/agenda/day/2026-01-06/")


def test_what_was_not_accepted_comes_back_as_a_question(desk, alice, visit):
    """A19 R15: somebody took the time while the page was open."""
    desk.visit("10:30", day=TUESDAY, name="Zwingli")
    answer = alice.post(address(visit), posted(desk, visit))
    assert answer.status_code == 409
    assert "L’agenda a changé entre-temps" in text(answer)
    assert "déjà un rendez-vous" in text(answer)
    assert clock(visit) == "06 09:00"
    alice.post(address(visit), posted(desk, visit, accepted=["taken"]))
    assert clock(visit) == "06 10:30"
    assert Appointment.objects.get(pk=visit.pk).lane == 100


def test_a_screen_that_is_behind_is_told(desk, alice, visit):
    """Two desks."""
    form = posted(desk, visit)
    desk.client().post(address(visit), posted(desk, visit, "11:00"))
    answer = alice.post(address(visit), form, follow=True)
    assert "à un autre poste" in text(answer)
    assert clock(visit) == "06 11:00"


@pytest.mark.parametrize("wrong", [{"time": "10:32"}, {"time": "25:00"}, {"day": "9999-12-31"}, {"day": "x"}, {"practitioner": 7}, {"seen": "nonsense"}, {"sequence": -1}, {"accepted": "everything"}])  # fmt: skip
def test_what_no_page_sends_moves_nothing(desk, alice, visit, wrong):
    """A2 T15"""
    assert alice.post(address(visit), {**posted(desk, visit), **wrong}).status_code == 302
    assert clock(visit) == "06 09:00"
    if "seen" not in wrong and "sequence" not in wrong and "accepted" not in wrong:
        assert alice.get(address(visit), {**place(desk), **wrong}).status_code == 422


@pytest.mark.parametrize("state", ["seen", "absent", "cancelled", "in_consultation"])
def test_what_is_over_does_not_move(desk, alice, state):
    over = desk.visit(state=state)
    assert "ne se déplace pas" in text(alice.get(address(over), follow=True))
    assert "Déplacer…" not in text(alice.get(f"/agenda/appointment/{over.pk}/"))


@pytest.mark.parametrize("who", ["bruno", "chloe"])
def test_nobody_moves_a_visit_of_a_foreign_agenda(desk, visit, who):
    """P11"""
    client = desk.client(who)
    assert client.get(address(visit)).status_code == 404
    assert client.post(address(visit), posted(desk, visit)).status_code == 404
    assert clock(visit) == "06 09:00"


def test_nor_into_one(desk, alice, visit):
    """P11"""
    kind = visit_type(desk.two, "consultation")
    form = posted(desk, visit, practitioner=desk.two.pk, kind=kind.pk)
    assert alice.post(address(visit), form).status_code == 302
    assert Appointment.objects.get(pk=visit.pk).practitioner == desk.one


def test_to_another_practitioner_of_the_reader_with_a_type_of_theirs(desk, visit):
    keys.grant(desk.key_two, private_two(desk), holder_of(desk.alice))
    first, alike = visit_type(desk.two, "autre", position=0), visit_type(desk.two, "consultation", position=1)
    client = desk.client()
    assert f'value="{alike.pk}" selected' in text(client.get(address(visit), place(desk, practitioner=desk.two.pk)))
    form = posted(desk, visit, practitioner=desk.two.pk, kind=first.pk, accepted=["closed"])
    client.post(address(visit), form)
    moved = Appointment.objects.get(pk=visit.pk)
    assert (moved.practitioner, moved.visit_type) == (desk.two, first)
    assert NAME in text(desk.client("bruno").get("/agenda/day/2026-01-06/"))
    client.post("/agenda/undo/")
    assert Appointment.objects.get(pk=visit.pk).practitioner == desk.one
    assert NAME in text(client.get("/agenda/day/2026-01-06/"))


def test_a_form_that_meets_the_lock_goes_on_with_the_password(desk, alice, visit):
    """U3"""
    form = posted(desk, visit)
    alice.post("/agenda/lock/")
    page = text(alice.post(address(visit), form))
    assert "Session verrouillée" in page
    assert 'name="time" value="10:30"' in page
    assert clock(visit) == "06 09:00"


def test_moving_is_noted_with_who_did_it(desk, alice, visit):
    alice.post(address(visit), posted(desk, visit))
    assert AccessEvent.objects.filter(staff=desk.alice.pk, appointment=visit.pk, action="moved").exists()


def test_whether_somebody_can_be_told_is_said(desk, alice, visit):
    told = {"email": "par e-mail", "call": "appeler le patient", "nobody": ""}
    for reach, words in told.items():
        Appointment.objects.filter(pk=visit.pk).update(reach=reach)
        page = text(alice.get(address(visit), place(desk)))
        # Without a mail server an address is called too.
        expected = "appeler le patient" if reach == "email" else words
        assert (expected in page) if expected else ('name="tell"' not in page)


@pytest.mark.parametrize("number", [1, 6])
def test_the_list_of_free_times_costs_the_same_whatever_is_booked(
    desk, alice, visit, number, django_assert_max_num_queries
):
    """A18"""
    for hour in range(number):
        desk.visit("10:00", day=date(2026, 1, 7 + hour))
    alice.get(address(visit))
    AccessEvent.objects.all().delete()
    with django_assert_max_num_queries(14):
        alice.get(address(visit))


def test_monday_s_page_of_times_does_not_offer_what_has_begun(desk, alice, clock):
    visit = desk.visit("11:00", day=MONDAY)
    clock.shift(3600 * 2 + 600)  # 10:10
    page = text(alice.get(address(visit)))
    assert "day=2026-01-05&amp;time=10%3A15" in page
    assert "day=2026-01-05&amp;time=10%3A00" not in page


def test_what_is_cut_waits_in_the_session_until_it_is_moved(desk, alice, visit):
    """No id in the browser's own storage."""
    assert alice.post("/agenda/cut/", {"appointment": visit.pk}).status_code == 204
    assert f'data-cut-id="{visit.pk}"' in text(alice.get("/agenda/week/2026-01-12/"))
    alice.post(address(visit), posted(desk, visit))
    assert 'data-cut-id=""' in text(alice.get("/agenda/"))
    alice.post("/agenda/cut/", {"appointment": visit.pk})
    alice.post("/agenda/cut/", {"appointment": ""})
    assert 'data-cut-id=""' in text(alice.get("/agenda/"))


def test_nothing_of_a_foreign_agenda_is_cut(desk, alice):
    """P11"""
    assert alice.post("/agenda/cut/", {"appointment": desk.visit(of=desk.two).pk}).status_code == 404
    assert alice.post("/agenda/cut/", {"appointment": "x"}).status_code == 204
    assert alice.get("/agenda/cut/").status_code == 405
