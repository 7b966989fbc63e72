"""Up to three of one family in a row: one appointment as long as theirs together, one link, each with a name."""

from datetime import timedelta

import pytest
from django.test import Client

from booking import holds, retention
from booking.models import Appointment, OccupiedCell
from booking.refusals import Refused
from patients import store
from patients.models import PatientRecord
from practitioners.models import AgendaKey, VisitType
from tests.booking.cast import MONDAY, NOW, TUESDAY, Office, cell
from tests.booking.pages import FILLED, TIMES, buttons, is_clean, text

OTHERS = {"last_name_2": "N’Diaye", "first_name_2": "Awa", "last_name_3": "N’Diaye", "first_name_3": "Ibou"}


@pytest.fixture
def family(open_office: Office) -> Office:
    VisitType.objects.update(family_max=3)
    open_office.type.refresh_from_db()
    return open_office


def persons() -> list[str]:
    visit = Appointment.objects.get()
    return [one.full_name for one in _opened(visit).identity.persons]


def _opened(visit: Appointment) -> store.Record:
    from practitioners import keys
    from practitioners.models import Staff
    from tests.practitioners.cast import private_of

    alice = Staff.objects.get(login="alice")
    private = keys.agenda_private(private_of(alice), alice, visit.practitioner_id, 1, MONDAY)
    reference = store.Reference(visit.pk, bytes(visit.patient_ref))
    found = store.open_many({reference: [private]})[visit.pk]
    assert isinstance(found, store.Record)
    return found


def take(client: Client, number: int, clock: str = "9 h 00") -> str:
    week = client.get(TIMES, {"persons": number, "from": "2026-01-06"})
    value = buttons(week)[f"mardi 6 janvier à {clock}, Rue des Lilas"]
    answer = client.post(TIMES, {"start": value, "persons": number})
    assert answer.status_code == 303, text(answer)
    return answer["Location"]


def test_a_type_for_one_does_not_ask_and_refuses_more(client: Client, open_office: Office):
    assert "Plusieurs personnes" not in text(client.get(TIMES))
    assert client.get(TIMES, {"persons": 2}).status_code == 400
    with pytest.raises(Refused):
        open_office.hold(persons=2)


@pytest.mark.parametrize("number", ["0", "4", "-1", "x", "1.5", ""])
def test_no_more_than_may_come_in_a_row(client: Client, family: Office, number: str):
    """A2"""
    assert client.get(TIMES, {"persons": number}).status_code == 400
    assert client.post(TIMES, {"persons": number, "start": cell(TUESDAY, "09:00")}).status_code == 400


def test_the_times_are_those_that_are_long_enough(client: Client, family: Office):
    """A13: of three hours, three half hours begin at half past ten at the latest."""
    page = client.get(TIMES, {"persons": 3, "from": "2026-01-06"})
    assert is_clean(page)
    assert "1 h 30" in text(page)
    offered = [label for label in buttons(page) if label.startswith("mardi 6 janvier")]
    assert offered[-1].startswith("mardi 6 janvier à 10 h 30")
    for way in ("persons=2", "persons=3"):
        assert way in page.content.decode()


def test_a_family_holds_one_stretch_and_books_one_appointment_with_each_name(client: Client, family: Office):
    form = take(client, 3)
    held = Appointment.objects.get()
    assert (held.persons, held.end - held.start) == (3, timedelta(minutes=90))
    assert OccupiedCell.objects.count() == 18
    page = text(client.get(form))
    assert "La deuxième personne" in page
    assert "La troisième personne" in page
    assert "3 personnes" in page
    link = client.post(form, {**FILLED, **OTHERS})["Location"]
    assert "/rdv/" in link
    assert persons() == ["Zénobie Kowalczyk-N’Diaye", "Awa N’Diaye", "Ibou N’Diaye"]
    assert PatientRecord.objects.count() == 1
    assert "1 h 30" in text(client.get(link))


def test_for_two_children_the_booker_is_apart(client: Client, family: Office):
    form = take(client, 2)
    child = {"whom": "other", "patient_last_name": "N’Diaye", "patient_first_name": "Awa", "first_name_2": "Ibou"}
    client.post(form, {**FILLED, **child})
    assert persons() == ["Awa N’Diaye", "Ibou"]
    assert _opened(Appointment.objects.get()).identity.booker.first_name == "Zénobie"


def test_each_is_asked_for_a_name_and_where_it_is_asked_a_birth_date(client: Client, family: Office):
    VisitType.objects.update(asks_birth_date=True)
    form = take(client, 2)
    answer = client.post(form, {**FILLED, "birth_date": "5/3/1987"})
    assert answer.status_code == 422
    assert "Indiquez le nom de cette personne." in text(answer)
    assert 'href="#id_last_name_2"' in answer.content.decode()
    assert 'href="#id_birth_date_2"' in answer.content.decode()
    filled = {**FILLED, **OTHERS, "birth_date": "5/3/1987", "birth_date_2": "1/2/2020"}
    assert client.post(form, filled).status_code == 303
    assert _opened(Appointment.objects.get()).identity.persons[1].birth_date.year == 2020


def test_a_late_form_takes_the_whole_stretch_again(client: Client, family: Office):
    """R11"""
    token = holds.take(family.type, cell(TUESDAY, "09:00"), NOW, new_patient=True, network="192.0.2.1", persons=2)
    later = NOW + timedelta(minutes=11)
    holds.extend(token, later)
    assert OccupiedCell.objects.count() == 12


def test_what_was_lost_is_offered_anew_for_as_many(client: Client, family: Office):
    form = take(client, 2)
    Appointment.objects.update(held_until=NOW - timedelta(minutes=1))
    family.hold("09:00", network="198.51.100.1")
    answer = client.post(form, {**FILLED, **OTHERS})
    assert answer.status_code == 409
    start = next(iter(buttons(answer).values()))
    again = client.post(form, {**FILLED, **OTHERS, "start": start})
    assert "Cette heure est à vous" in text(again)
    assert Appointment.objects.get(persons=2).end_cell - int(start) == 12


def test_a_family_moves_together(client: Client, family: Office):
    """A4"""
    link = client.post(take(client, 2), {**FILLED, **OTHERS})["Location"]
    week = client.get(f"{link}move/?from=2026-01-07")
    offered = [label for label in buttons(week) if label.startswith("mercredi 7 janvier")]
    assert offered[-1].startswith("mercredi 7 janvier à 11 h 00")
    start = buttons(week)[offered[-1]]
    client.post(f"{link}move/", {"start": start, "seen": 0, "confirmed": "on"})
    moved = Appointment.objects.get()
    assert (moved.first_cell, moved.persons) == (int(start), 2)
    assert OccupiedCell.objects.count() == 12


def test_how_many_they_were_goes_with_the_visit(client: Client, family: Office):
    client.post(take(client, 2), {**FILLED, **OTHERS})
    retention.purge(Appointment.objects.get().end + timedelta(days=7))
    assert Appointment.objects.get().persons == 1
    assert AgendaKey.objects.exists()


def test_a_page_for_a_family_takes_as_many_queries_as_any(client: Client, family: Office, django_assert_max_num_queries):  # fmt: skip
    client.get(TIMES)
    with django_assert_max_num_queries(4):
        client.get(TIMES, {"persons": 3})
