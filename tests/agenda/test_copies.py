"""The full copy for the patient who asks: all of one appointment, behind the password, noted as an export (P7)."""

import json

import pytest

from booking.models import Appointment
from patients.models import PatientRecord
from practitioners.models import AccessEvent, Practice
from tests.agenda.cast import NAME, text
from tests.booking.cast import TUESDAY, identity
from tests.practitioners.cast import PASSWORD


def ask(client, visit, kind="text", password=PASSWORD):
    return client.post(f"/agenda/appointment/{visit.pk}/copy/", {"unlock_password": password, "as": kind})


def test_the_password_is_asked_though_the_session_is_open(desk, alice):
    visit = desk.visit()
    page = alice.get(f"/agenda/appointment/{visit.pk}/copy/")
    assert 'name="unlock_password"' in text(page)
    assert "Content-Disposition" not in page
    for wrong in ("", "wrong"):
        answer = ask(alice, visit, password=wrong)
        assert answer.status_code == 422
        assert "Content-Disposition" not in answer
    assert not AccessEvent.objects.filter(action="export").exists()


def test_as_json_all_of_the_appointment_is_there(desk, alice):
    booked = desk.book(contact={"email": "zenobie@example.org"}, identity=identity("Ng", "Ada"), new_patient=True)
    Appointment.objects.update(cancel_reason="mistake", state="cancelled")
    answer = ask(alice, booked, "json")
    assert answer["Content-Disposition"] == 'attachment; filename="copie-rendez-vous.json"'
    copy = json.loads(answer.content)
    assert copy["persons"] == [{"last_name": "Ng", "first_name": "Ada", "birth_date": None}]
    assert copy["visit"]["email"] == copy["contact_that_the_server_reads"]["value"] == "zenobie@example.org"
    assert copy["appointment"] == {
        "start": "2026-01-06T09:00:00+01:00", "end": "2026-01-06T09:30:00+01:00", "time_zone": "Europe/Paris",
        "place": "Rue des Lilas", "state": "annulé par le patient", "cancel_reason": "je me suis trompé",
        "practitioner": "Dr Un", "visit_type": "Consultation", "new_patient": True,
    }  # fmt: skip
    assert copy["days_kept_after_the_visit"] == {"visit": 7, "identity": 120}


def test_as_text_people_read_the_same(desk, alice):
    visit = desk.visit(day=TUESDAY, message="Je viens\navec ma fille")
    answer = ask(alice, visit)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    read = text(answer).replace("\xa0", " ")
    for line in (
        "Cabinet des Lilas, le lundi 5 janvier 2026 à 8 h",
        "Rendez-vous : mardi 6 janvier 2026 à 9 h",
        "Praticien : Dr Un",
        f"Personne : Zénobie {NAME}",
        "Téléphone : +33612345678",
        "Message : Je viens\n    avec ma fille",
        "gardés 7 jours ; le nom, 120 jours.",
    ):
        assert line in read
    assert "Réservé par" not in read


def test_a_discreet_visit_is_copied_in_full_to_the_patient(desk, alice):
    visit = desk.visit(discreet=True)
    assert json.loads(ask(alice, visit, "json").content)["appointment"]["practitioner"] == "Dr Un"


def test_after_the_visit_box_is_emptied_the_copy_has_what_is_left(desk, alice):
    booked = desk.book()
    from booking import retention

    retention.purge(booked.end.replace(day=20))
    copy = json.loads(ask(alice, booked, "json").content)
    assert copy["visit"] is None
    assert copy["persons"][0]["last_name"] == NAME
    assert NAME in text(ask(alice, booked))


def test_the_copy_is_noted_as_an_export(desk, alice):
    visit = desk.visit()
    ask(alice, visit)
    noted = AccessEvent.objects.get(action="export")
    assert (noted.staff, noted.appointment) == (desk.alice.pk, visit.pk)


def test_neither_the_address_nor_the_file_s_name_nor_the_log_says_who(desk, alice, caplog):
    """P7"""
    caplog.set_level(0)
    answer = ask(alice, desk.visit())
    assert NAME not in answer["Content-Disposition"] + answer.request["PATH_INFO"] + caplog.text
    assert PASSWORD not in caplog.text
    assert answer["Cache-Control"] == "no-store"


def test_past_the_limit_the_password_that_was_just_asked_is_enough_and_flags_it(desk, alice):
    Practice.objects.update(shown_per_hour=0)
    visit = desk.visit(day=TUESDAY.replace(month=3))
    assert ask(alice, visit).status_code == 200
    assert AccessEvent.objects.get(action="export").flagged


def test_a_locked_session_unlocks_with_the_same_password(desk, alice):
    visit = desk.visit()
    alice.post("/agenda/lock/")
    assert NAME not in text(alice.get(f"/agenda/appointment/{visit.pk}/copy/"))
    assert NAME in text(ask(alice, visit))


@pytest.mark.parametrize("who", ["bruno", "chloe"])
def test_nobody_copies_from_a_foreign_agenda(desk, who):
    """P11"""
    visit = desk.visit()
    client = desk.client(who)
    assert client.get(f"/agenda/appointment/{visit.pk}/copy/").status_code == 404
    assert ask(client, visit).status_code == 404
    assert not AccessEvent.objects.exists()


def test_what_does_not_open_gives_no_file_and_says_so(desk, alice):
    visit = desk.visit()
    PatientRecord.objects.all().delete()
    answer = ask(alice, visit)
    assert answer.status_code == 409
    assert "pas de copie" in text(answer)
    assert not AccessEvent.objects.filter(action="export").exists()


def test_a_hold_and_what_is_erased_have_no_copy(desk, alice):
    hold = desk.hold_on("09:00", minutes_left=9)
    assert alice.get(f"/agenda/appointment/{hold.pk}/copy/").status_code == 404
    assert ask(alice, hold).status_code == 404
