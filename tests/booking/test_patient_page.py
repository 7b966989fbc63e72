"""The patient's page under the link: see, keep, correct, cancel, download, erase, book another."""

import json
from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar

from booking.links import link_hash
from booking.models import Appointment
from patients.models import PatientRecord
from practitioners.models import Location, Practitioner, VisitType
from tests.booking.cast import NOW, Office, visit_type
from tests.booking.pages import BY_PHONE, SURE, book_first, buttons, is_clean, text

VISIT_START = NOW + timedelta(hours=1)


def at(instant: datetime) -> time_machine.travel:
    return time_machine.travel(instant, tick=False)


@pytest.fixture
def link(client: Client, open_office: Office) -> str:
    """A booked visit's address: Monday at 9, an hour from now; cancelling is on time until half past eight."""
    VisitType.objects.update(cancel_before=30, after="Apportez vos ordonnances.")
    Location.objects.update(access="2e étage")
    return book_first(client)


def test_the_page_says_when_where_and_what_to_bring(client: Client, link: str) -> None:
    answer = client.get(link)
    assert is_clean(answer)
    assert answer["Cache-Control"] == "no-store"
    page = text(answer)
    for said in (
        "Rendez-vous confirmé",
        "lundi 5 janvier 2026 9 h 00 heure de Paris · 30 min",
        "Consultation Dr Un",
        "Rue des Lilas 3 rue des Lilas 2e étage",
        "Apportez vos ordonnances.",
        "Aucun message n’est envoyé pour ce rendez-vous : notez la date.",
        "zenobie@example.org",
        "Vous pouvez annuler jusqu’à 30 min avant.",
        "L’historique de ce navigateur garde l’adresse",
        "01 43 45 12 34",
    ):
        assert said in page


def test_the_code_is_drawn_inline_from_the_configured_address(client: Client, link: str, settings) -> None:
    """I9."""
    settings.SITE_URL = "http://localhost:8000"
    body = client.get(link, headers={"Host": "testserver"}).content.decode()
    drawing = body[body.index("<svg") : body.index("</svg>")]
    assert "style" not in drawing
    assert "<title>Code QR de cette page</title>" in drawing
    assert "testserver" not in body


def test_the_page_takes_two_queries(client: Client, link: str, django_assert_num_queries) -> None:
    with django_assert_num_queries(1, using="default"), django_assert_num_queries(1, using="patients"):
        client.get(link)


def test_a_discreet_visit_shows_date_and_place_label_only(client: Client, link: str) -> None:
    Appointment.objects.update(discreet=True)
    page = text(client.get(link))
    assert "lundi 5 janvier 2026" in page
    for hidden in ("Dr Un", "Consultation", "2e étage", "Apportez", "zenobie@example.org"):
        assert hidden not in page
    file = client.get(f"{link}calendar.ics").content.decode()
    assert "3 rue des Lilas" not in file


def test_the_calendar_file_is_neutral_stable_and_private(client: Client, link: str) -> None:
    """CASES M10."""
    first, second = (client.get(f"{link}calendar.ics") for _ in range(2))
    event = Calendar.from_ical(first.content).walk("VEVENT")[0]
    assert first["Content-Type"].startswith("text/calendar")
    assert event["SUMMARY"] == "Rendez-vous"
    assert event["CLASS"] == "PRIVATE"
    assert event["DTSTART"].dt == VISIT_START
    assert event["URL"] == f"http://localhost:8000{link}"
    assert event["UID"] == Calendar.from_ical(second.content).walk("VEVENT")[0]["UID"]
    assert str(Appointment.objects.get().pk) not in first.content.decode()
    assert "Dr Un" not in first.content.decode()


def test_a_cancelled_visit_leaves_the_calendar(client: Client, link: str) -> None:
    """CASES M10."""
    client.post(f"{link}cancel/", SURE)
    assert b"METHOD:CANCEL" in client.get(f"{link}calendar.ics").content


def test_a_label_cannot_break_out_of_the_page_or_the_calendar(client: Client, link: str) -> None:
    """CASES M12."""
    Location.objects.update(label='Lilas"><script>\r\nBEGIN:VALARM')
    body = client.get(link).content.decode()
    assert "<script" not in body
    file = client.get(f"{link}calendar.ics").content
    assert b"\r\nBEGIN:VALARM" not in file


def test_cancelling_asks_once_more_takes_a_reason_and_frees_the_time(client: Client, link: str) -> None:
    """CASES M2: nothing changes on GET."""
    page = text(client.get(f"{link}cancel/"))
    assert "Annuler ce rendez-vous" in page
    assert "Garder ce rendez-vous" in page
    assert Appointment.objects.get().state == "booked"
    answer = client.post(f"{link}cancel/", {"reason": "no_need", **SURE})
    assert answer.status_code == 303
    cancelled = Appointment.objects.get()
    assert (cancelled.state, cancelled.cancel_reason) == ("cancelled", "no_need")
    assert "Rendez-vous annulé" in text(client.get(link))
    assert "lundi 5 janvier à 9 h 00, Rue des Lilas" in buttons(client.get("/fr/un/consultation/"))
    assert client.post(f"{link}cancel/", {"reason": "mistake", **SURE}).status_code == 303
    assert Appointment.objects.get().cancel_reason == "no_need"


@pytest.mark.parametrize("reason", ["<script>", "other", "\x00", "x" * 5000])
def test_a_reason_that_is_not_on_the_list_cancels_nothing(client: Client, link: str, reason: str) -> None:
    assert client.post(f"{link}cancel/", {"reason": reason, **SURE}).status_code == 422
    assert Appointment.objects.get().state == "booked"


def test_after_the_deadline_one_says_that_one_will_not_come(client: Client, link: str) -> None:
    with at(VISIT_START - timedelta(minutes=29)):
        assert "Le délai d’annulation est passé." in text(client.get(link))
        assert "Prévenir que je ne viendrai pas" in text(client.get(f"{link}cancel/"))
        client.post(f"{link}cancel/", SURE)
        assert "Le cabinet est prévenu" in text(client.get(link))
    assert Appointment.objects.get().state == "cancelled_late"


def test_once_the_visit_has_begun_there_is_nothing_to_cancel(client: Client, link: str) -> None:
    with at(VISIT_START + timedelta(minutes=1)):
        answer = client.post(f"{link}cancel/", SURE)
        assert answer.status_code == 409
        assert "Il est trop tard pour le faire ici" in text(answer)
        assert "Rendez-vous en cours" in text(client.get(link))
    assert Appointment.objects.get().state == "booked"


def test_after_the_visit_the_link_still_shows_exports_and_erases(client: Client, link: str) -> None:
    Appointment.objects.update(state="seen")
    with at(VISIT_START + timedelta(days=2)):
        page = text(client.get(link))
        assert "Rendez-vous passé" in page
        assert "Annuler" not in page
        assert client.get(f"{link}my-data.json").status_code == 200
        assert client.post(f"{link}erase/", SURE).status_code == 200
    assert not PatientRecord.objects.exists()


def test_a_corrected_contact_replaces_the_old_one_and_the_link(client: Client, link: str) -> None:
    assert client.post(f"{link}contact/", {"channel": "email", "email": "nope"}).status_code == 422
    answer = client.post(f"{link}contact/", {"channel": "email", "email": "zoe@example.net"})
    assert answer.status_code == 303
    renewed = answer["Location"]
    assert renewed != link
    assert "zoe@example.net" in text(client.get(renewed))
    assert client.get(link).status_code == 404


def test_a_visit_cancelled_by_the_practice_says_so(client: Client, link: str) -> None:
    Appointment.objects.update(state="cancelled_by_practice")
    assert "Le cabinet a annulé ce rendez-vous" in text(client.get(link))
    for page in ("cancel/", "contact/"):
        assert client.get(f"{link}{page}")["Location"] == link


def test_my_data_is_what_the_server_reads_and_the_list_of_what_is_sealed(client: Client, link: str) -> None:
    answer = client.get(f"{link}my-data.json")
    data = json.loads(answer.content)
    assert answer["Content-Disposition"].startswith("attachment")
    assert data["readable_by_the_server"]["contact"]["value"] == "zenobie@example.org"
    assert data["sealed"]["what"]
    assert data["sealed"]["ask"] == "01 43 45 12 34"
    assert "Kowalczyk" not in answer.content.decode()


def test_erasing_asks_once_more_cancels_and_leaves_nothing(client: Client, link: str) -> None:
    """CASES P2."""
    page = text(client.get(f"{link}erase/"))
    assert "Le rendez-vous est annulé en même temps." in page
    assert PatientRecord.objects.exists()
    answer = client.post(f"{link}erase/", SURE)
    assert "Vos données sont effacées" in text(answer)
    left = Appointment.objects.get()
    assert (left.state, left.patient_ref, left.link_hash) == ("cancelled", None, None)
    assert not PatientRecord.objects.exists()
    assert client.get(link).status_code == client.post(f"{link}erase/", SURE).status_code == 404


def test_another_appointment_takes_the_contact_along_and_never_in_an_address(client: Client, link: str) -> None:
    visit_type(client and Appointment.objects.get().practitioner, "suivi", duration_new=15, duration_known=15)
    choice = client.get(f"{link}another/")
    assert "Votre contact sera repris." in text(choice)
    path = f"{link}another/?type=suivi"
    assert path in choice.content.decode()
    week = client.get(path)
    assert "another/?type=suivi&amp;from=" in week.content.decode()
    assert "zenobie" not in week.content.decode()
    form = client.post(path, {"start": next(iter(buttons(week).values()))})
    assert form.status_code == 200
    assert is_clean(form)
    assert 'value="zenobie@example.org"' in form.content.decode()


def test_another_appointment_costs_four_queries_at_most(
    client: Client, link: str, django_assert_max_num_queries
) -> None:
    for page, most in (("", 3), ("?type=consultation", 4)):
        path = f"{link}another/{page}"
        client.get(path)
        with django_assert_max_num_queries(most):
            client.get(path)


def test_where_nothing_can_be_booked_any_more_the_page_says_so(client: Client, link: str) -> None:
    """U2: its practitioner's page was withdrawn."""
    Practitioner.objects.update(published=False)
    page = client.get(f"{link}another/")
    assert is_clean(page)
    assert "Aucun motif n’est réservable en ligne Pour un rendez-vous, téléphonez au cabinet. 01 43 45 12 34" in text(
        page
    )
    assert client.get(f"{link}another/?type=consultation").status_code == 404


def test_a_sealed_contact_has_to_be_typed_again(client: Client, open_office: Office) -> None:
    link = book_first(client, **BY_PHONE)
    assert "Vos coordonnées sont scellées" in text(client.get(f"{link}another/"))


@pytest.mark.parametrize("asked", ["", "x", "\x00", "../un", "deux", "a" * 5000])
def test_another_appointment_of_a_type_that_is_none_is_refused(client: Client, link: str, asked: str) -> None:
    assert client.get(f"{link}another/", {"type": asked}).status_code in (400, 404)


@pytest.mark.parametrize("token", ["x", "A" * 32, "A" * 4000, "%00", "é"])
@pytest.mark.parametrize("page", ["", "contact/", "cancel/", "calendar.ics", "my-data.json", "erase/", "another/"])
def test_a_link_that_is_none_is_not_found(client: Client, open_office: Office, token: str, page: str) -> None:
    """CASES P8."""
    assert client.get(f"/fr/rdv/{token}/{page}").status_code == 404


def test_a_hold_is_no_appointment_yet(client: Client, open_office: Office) -> None:
    """CASES A3."""
    token = open_office.hold()
    assert client.get(f"/fr/rdv/{token}/").status_code == 404
    assert client.post(f"/fr/rdv/{token}/cancel/", SURE).status_code == 404


def test_the_address_alone_says_which_visit_is_meant(client: Client, link: str) -> None:
    """CASES A3: whatever names another's, in a query or a body, is read by nobody."""
    theirs = book_first(client, email="autre@example.org")
    token = theirs.split("/")[3]
    before = Appointment.objects.values().get(link_hash=link_hash(token))
    names = dict.fromkeys(("id", "pk", "appointment", "appointment_id"), before["id"]) | {"token": token, "link": token}
    form = {**names, **SURE, "reason": "mistake", "channel": "email", "email": "zoe@example.net"}
    renewed = client.post(f"{link}contact/?{urlencode(names)}", form)["Location"]
    client.post(f"{renewed}cancel/?{urlencode(names)}", form)
    assert Appointment.objects.get(cancel_reason="mistake").pk != before["id"]
    client.post(f"{renewed}erase/?{urlencode(names)}", form)
    assert Appointment.objects.values().get(pk=before["id"]) == before
    assert "autre@example.org" in text(client.get(theirs))
    assert PatientRecord.objects.count() == 1


def test_every_step_keeps_its_language_link_and_its_cleanness(client: Client, link: str) -> None:
    """P15: no other site shows it in a frame, among the rest."""
    for page in ("", "contact/", "cancel/", "erase/", "another/", "another/?type=consultation"):
        answer = client.get(f"{link}{page}")
        assert is_clean(answer)
        assert f'href="{link.replace("/fr/", "/en/")}{page}"' in answer.content.decode()


def test_a_practice_overseas_prints_its_zone(client: Client, link: str) -> None:
    """CASES T7."""
    Appointment.objects.update(time_zone="America/Martinique")
    page = text(client.get(link))
    assert "4 h 00 heure de la Martinique" in page


@pytest.mark.parametrize(("kind", "said"), [("phone", "Par téléphone"), ("home", "À domicile"), ("video", "En visio")])
def test_a_visit_away_from_the_practice_is_not_sent_there(
    client: Client, open_office: Office, kind: str, said: str
) -> None:
    VisitType.objects.update(place=kind)
    link = book_first(client, address="1 rue du Bois")
    page = text(client.get(link))
    assert said in page
    assert "Rue des Lilas" not in page
    assert "Lilas" not in client.get(f"{link}calendar.ics").content.decode()
