"""From a held time to a booked one, and all that may happen meanwhile."""

import re
from datetime import timedelta
from unittest import mock

import pytest
import time_machine
from django.core.files import uploadedfile
from django.db import OperationalError
from django.test import Client

from booking import holds
from booking.models import Appointment
from booking.refusals import Busy, NotBookable
from patients.models import PatientRecord
from practitioners.models import Practice, VisitType
from tests.booking.cast import NOW, TUESDAY, Office, cell
from tests.booking.pages import BY_PHONE, FILLED, TIMES, book_first, buttons, is_clean, take_first, text


def later(minutes: int) -> time_machine.travel:
    return time_machine.travel(NOW + timedelta(minutes=minutes), tick=False)


def rival(office: Office, start_of: Appointment, minutes: int) -> None:
    """Somebody else takes the time of a hold that has expired."""
    holds.take(
        office.type,
        start_of.first_cell,
        NOW + timedelta(minutes=minutes),
        new_patient=True,
        network="198.51.100.7",
    )


def test_the_form_keeps_the_chosen_time_in_sight_and_says_until_when_it_is_held(
    client: Client, open_office: Office
) -> None:
    answer = client.get(take_first(client))
    page = text(answer)
    assert is_clean(answer)
    assert answer["Cache-Control"] == "no-store"
    for said in (
        "lundi 5 janvier 2026 à 9 h",
        "Dr Un · Consultation · 30 min",
        "heure de Paris",
        "Cette heure est tenue jusqu’à 8 h 10.",
        "Confirmer le rendez-vous",
        "CNIL",
    ):
        assert said in page


def test_confirming_books_seals_and_leads_to_the_patients_page(client: Client, open_office: Office) -> None:
    address = book_first(client)
    booked = Appointment.objects.get()
    assert booked.state == "booked"
    assert booked.new_patient is False
    assert PatientRecord.objects.count() == 1
    answer = client.get(address)
    assert is_clean(answer)
    assert "Kowalczyk" not in answer.content.decode()


def test_a_repeated_post_changes_nothing_and_leads_to_the_same_page(client: Client, open_office: Office) -> None:
    """CASES R8."""
    address = take_first(client)
    first = client.post(address, FILLED)
    second = client.post(address, {**FILLED, "last_name": "Autre"})
    assert first["Location"] == second["Location"]
    assert client.get(address)["Location"] == first["Location"]
    assert Appointment.objects.count() == PatientRecord.objects.count() == 1


def test_more_time_keeps_what_is_filled_in_and_is_given_twice(client: Client, open_office: Office) -> None:
    address = take_first(client)
    first = client.post(f"{address}more/", FILLED)
    assert first.status_code == 200
    assert "Cette heure est tenue jusqu’à 8 h 20." in text(first)
    assert 'value="zenobie@example.org"' in first.content.decode()
    second = client.post(f"{address}more/", FILLED)
    assert "8 h 30" in text(second)
    assert "10 minutes de plus" not in text(second)
    third = client.post(f"{address}more/", FILLED)
    assert third.status_code == 409
    assert 'value="zenobie@example.org"' in third.content.decode()
    assert client.get(f"{address}more/").status_code == 303


def test_a_time_given_back_is_free_at_once(client: Client, open_office: Office) -> None:
    address = take_first(client)
    answer = client.post(f"{address}release/", FILLED)
    assert answer.status_code == 303
    assert answer["Location"].startswith(TIMES)
    assert not Appointment.objects.exists()
    assert client.get(address).status_code == 404


def test_a_late_form_takes_its_time_again_in_silence(client: Client, open_office: Office) -> None:
    """CASES R11, U3: forty minutes later, and nobody else came."""
    address = take_first(client)
    with later(40):
        assert "Le délai est passé." in text(client.get(address))
        assert client.post(address, FILLED).status_code == 303
    assert Appointment.objects.get().state == "booked"


def test_a_lost_race_keeps_the_form_offers_the_nearest_times_and_books_one_of_them(
    client: Client, open_office: Office
) -> None:
    """CASES R1, R11."""
    address = take_first(client)
    rival(open_office, Appointment.objects.get(), 20)
    with later(20):
        lost = client.post(address, {**FILLED, "smuggled": "x"})
        assert lost.status_code == 409
        assert is_clean(lost)
        assert "Cette heure vient d’être prise" in text(lost)
        body = lost.content.decode()
        assert '<input type="hidden" name="last_name" value="Kowalczyk-N’Diaye">' in body
        assert "smuggled" not in body
        assert "Kowalczyk" not in "".join(value for _, value in lost.items())
        start = next(iter(buttons(lost).values()))
        kept = client.post(address, {**FILLED, "start": start})
        assert kept.status_code == 200
        body = kept.content.decode()
        assert 'value="zenobie@example.org"' in body
        action = re.search(r'<form method="post" action="([^"]+)"', body)[1]
        assert action == address
        assert client.post(action, FILLED).status_code == 303
    assert Appointment.objects.filter(state="booked").count() == 1


def test_more_time_for_a_time_that_is_gone_offers_the_nearest(client: Client, open_office: Office) -> None:
    address = take_first(client)
    rival(open_office, Appointment.objects.get(), 20)
    with later(20):
        answer = client.post(f"{address}more/", FILLED)
    assert answer.status_code == 409
    assert buttons(answer)


def test_a_time_that_cannot_be_had_any_more_says_so_and_keeps_the_form(client: Client, open_office: Office) -> None:
    address = take_first(client)
    with later(90):  # past nine
        answer = client.post(address, FILLED)
    assert answer.status_code == 422
    assert "Ces jours sont passés." in text(answer)
    assert 'value="zenobie@example.org"' in answer.content.decode()


@pytest.mark.parametrize("start", ["", "abc", "-1", "\x00", "9" * 50, "0", str(cell(TUESDAY, "09:05"))])
def test_another_time_that_is_none_keeps_form_and_hold(client: Client, open_office: Office, start: str) -> None:
    address = take_first(client)
    answer = client.post(address, {**FILLED, "start": start})
    assert answer.status_code == 422
    assert 'value="zenobie@example.org"' in answer.content.decode()
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("path", ["x", "A" * 32, "A" * 4000, "%00", "..%2f", "é"])
@pytest.mark.parametrize("page", ["", "more/", "release/"])
def test_a_hold_that_is_none_is_not_found(client: Client, open_office: Office, path: str, page: str) -> None:
    """CASES P8."""
    assert client.get(f"/fr/hold/{path}/{page}").status_code == 404
    assert client.post(f"/fr/hold/{path}/{page}", FILLED).status_code == 404


def test_the_same_contact_books_four_times_a_day_and_is_then_asked_to_wait(client: Client, open_office: Office) -> None:
    """CASES P10."""
    for _ in range(4):
        book_first(client)
    answer = client.post(take_first(client), FILLED)
    assert answer.status_code == 429
    assert 'value="zenobie@example.org"' in answer.content.decode()
    assert Appointment.objects.filter(state="booked").count() == 4


@pytest.mark.parametrize("refusal", [Busy(), NotBookable()])
def test_a_refusal_of_the_stores_keeps_the_form_and_says_that_nothing_was_saved(
    client: Client, open_office: Office, refusal: Exception
) -> None:
    """CASES R16, U8."""
    address = take_first(client)
    with mock.patch("booking.appointments.book", side_effect=refusal):
        answer = client.post(address, FILLED)
    assert answer.status_code == 503
    assert "Rien n’a été enregistré." in text(answer)
    assert 'value="zenobie@example.org"' in answer.content.decode()


def test_the_error_page_of_a_broken_store_asks_nothing_of_it(
    client: Client, open_office: Office, django_assert_num_queries
) -> None:
    Practice.objects.update(phone="01 43 45 12 34")
    client.get("/fr/")
    with (
        mock.patch("booking.views.practice.front_page", side_effect=OperationalError("gone")),
        django_assert_num_queries(0),
    ):
        answer = client.get("/fr/")
    assert answer.status_code == 503
    assert "La réservation est momentanément impossible" in text(answer)
    # « Téléphonez au cabinet » is of no use without the number, and this process has shown it before.
    assert 'href="tel:+33143451234"' in answer.content.decode()


def test_the_desk_is_told_what_to_do_and_not_to_phone_itself(client: Client) -> None:
    with mock.patch("agenda.views.session.the_practice", side_effect=OperationalError("gone")):
        answer = client.get("/agenda/sign-in/")
    assert answer.status_code == 503
    assert "Les listes de secours imprimées" in text(answer)
    assert "téléphonez au cabinet" not in text(answer)
    with mock.patch("clicdocteur.middleware.standing.withheld", return_value="upgrade"):
        assert "les listes de secours imprimées" in text(client.get("/agenda/"))
        assert "téléphonez au cabinet" in text(client.get("/fr/"))


def test_no_file_that_is_sent_along_touches_the_disk(client: Client, open_office: Office, monkeypatch) -> None:
    """I3: nobody asks for one; a large one would lie in a folder for temporary files, beside all that was typed."""
    monkeypatch.setattr(uploadedfile.tempfile, "NamedTemporaryFile", lambda **named: pytest.fail("a file was made"))
    large = uploadedfile.SimpleUploadedFile("photo.jpg", b"x" * 400_000)
    assert client.post(take_first(client), {**FILLED, "file": large}).status_code == 303


def test_the_form_takes_one_query(client: Client, open_office: Office, django_assert_num_queries) -> None:
    address = take_first(client)
    with django_assert_num_queries(1):
        client.get(address)


def test_the_language_changes_without_losing_the_step(client: Client, open_office: Office) -> None:
    address = take_first(client)
    english = address.replace("/fr/", "/en/")
    assert f'href="{english}"' in client.get(address).content.decode()
    assert f'href="{english}"' in client.post(address, {}).content.decode()
    assert f'href="{english}"' in client.post(f"{address}more/", {}).content.decode()
    assert "This time is held until 8:20." in text(client.get(english))


def test_a_discreet_visit_is_booked_without_any_contact(client: Client, open_office: Office) -> None:
    """CASES P18."""
    VisitType.objects.update(discreet=True)
    address = book_first(client, channel="none", email="")
    page = text(client.get(address))
    assert "Dr Un" not in page
    assert "Consultation" not in page
    assert "Rue des Lilas" in page
    assert "3 rue des Lilas" not in page.replace(Practice.objects.get().address, "")


def test_a_phone_number_is_kept_from_the_servers_own_eyes(client: Client, open_office: Office) -> None:
    page = text(client.get(book_first(client, **BY_PHONE)))
    assert "06 12 34 56 78" not in page
    assert "Votre contact est scellé : seul le cabinet peut le lire." in page
