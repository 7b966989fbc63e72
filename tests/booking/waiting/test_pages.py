"""The waiting list's pages for patients."""

import pytest
import time_machine
from django.test import Client

from booking import appointments, waiting
from booking.models import Appointment, Offer, Wish
from booking.waiting import leaving
from patients.models import PatientRecord
from practitioners.models import VisitType
from tests.booking.cast import MONDAY, NOW, TUESDAY, cell, visit_type
from tests.booking.pages import FILLED, SURE, is_clean, text
from tests.booking.waiting.cast import TEN, Hall

FORM = "/fr/un/consultation/wish/"
WHEN = {"weekdays": ["0", "1"], "parts": ["1"]}
ANSWERED = {**FILLED, **WHEN}
EARLIER = {**WHEN, **SURE}


def left(client: Client, **more: object) -> str:
    """Leave a wish by the form as a browser sends it; return the address of its page."""
    page = client.get(FORM).content.decode()
    token = page.partition('name="token" value="')[2].partition('"')[0]
    answer = client.post(FORM, {**ANSWERED, "token": token, **more})
    assert answer.status_code == 303, text(answer)
    return answer["Location"]


def offered(hall: Hall) -> str:
    hall.wish()
    hall.freed()
    hall.work(TEN)
    return f"/fr/offer/{hall.offered()}/"


def test_a_wish_is_left_shown_and_withdrawn_with_its_record(hall, client):
    with time_machine.travel(NOW, tick=False):
        page = left(client)
        wish = Wish.objects.get()
        assert (wish.weekdays, wish.parts, wish.new_patient, wish.since) == (0b11, 1, False, NOW)
        answer = client.get(page)
        assert is_clean(answer)
        for said in ("Vous êtes sur la liste d’attente", "lundi, mardi · le matin", "zenobie@example.org"):
            assert said in text(answer)
        assert "Kowalczyk" not in text(answer)
        assert "Votre demande est retirée" in text(client.post(page, SURE))
        assert client.get(page).status_code == 404
    assert not Wish.objects.exists()
    assert not PatientRecord.objects.exists()


def test_a_form_sent_twice_is_one_wish(hall, client):
    """R8"""
    data = {**ANSWERED, "token": "A" * 32}
    assert client.post(FORM, data)["Location"] == client.post(FORM, data)["Location"] == f"/fr/wish/{'A' * 32}/"
    assert Wish.objects.count() == 1


def test_what_is_missing_is_said_and_what_was_typed_stays(hall, client):
    answer = client.post(FORM, {**FILLED, "email": "no address", "parts": ["9"]})
    assert answer.status_code == 422
    for said in ("Cochez au moins un jour", "Cochez des moments de la liste", "Écrivez une adresse complète"):
        assert said in text(answer)
    assert "Kowalczyk" in answer.content.decode()
    assert 'href="#id_weekdays_0"' in answer.content.decode()


def test_one_contact_is_on_a_list_twice_a_day_at_most(hall, client):
    """P10"""
    for letter in "AB":
        assert client.post(FORM, {**ANSWERED, "token": letter * 32}).status_code == 303
    answer = client.post(FORM, {**ANSWERED, "token": "C" * 32})
    assert answer.status_code == 429
    assert "Kowalczyk" in answer.content.decode()
    assert Wish.objects.count() == 2


@pytest.mark.parametrize(("most", "listed"), [("PER_NETWORK", 6), ("PER_LIST", 3)])
def test_one_network_and_one_list_have_so_many_wishes_and_no_more(hall, client, monkeypatch, most, listed):
    """P10: a script fills nobody's list, and no list is too long to be looked through."""
    monkeypatch.setattr(leaving, "PER_LIST", 3 if most == "PER_LIST" else 300)
    for number in range(listed + 1):
        form = {**ANSWERED, "email": f"w{number}@example.org", "token": "ABCDEFG"[number] * 32}
        assert client.post(FORM, form).status_code == (303 if number < listed else 429)
    assert Wish.objects.count() == listed


def test_the_list_is_shown_where_it_is_on_and_nowhere_else(hall, client, settings):
    with time_machine.travel(NOW, tick=False):
        for path in ("/fr/un/", "/fr/un/consultation/"):
            assert FORM in client.get(path).content.decode()
            assert is_clean(client.get(path))
        # A week without a time.
        Appointment.objects.all().delete()
        hall.one.absences.create(first_day=MONDAY, last_day=MONDAY.replace(day=11))
        assert "M’inscrire sur la liste d’attente" in text(client.get("/fr/un/consultation/?from=2026-01-05"))
        for change in ({"EMAIL_HOST": ""},):
            for name, value in change.items():
                setattr(settings, name, value)
            assert "wish" not in client.get("/fr/un/").content.decode()
            assert client.get(FORM).status_code == 404
        settings.EMAIL_HOST = "127.0.0.1"
        VisitType.objects.update(discreet=True)
        assert client.get(FORM).status_code == 404
        VisitType.objects.update(discreet=False)
        hall.one.waiting_list = False
        hall.one.save()
        for path in ("/fr/un/", "/fr/un/consultation/"):
            assert "wish" not in client.get(path).content.decode()
        assert client.post(FORM, ANSWERED).status_code == 404


def test_a_private_link_has_its_list_too(hall, client):
    kind = visit_type(hall.one, "suivi", visibility="link", link_hash=appointments.link_hash("L" * 32))
    with time_machine.travel(NOW, tick=False):
        assert f"/fr/lien/{'L' * 32}/wish/" in client.get(f"/fr/lien/{'L' * 32}/").content.decode()
        answer = client.post(f"/fr/lien/{'L' * 32}/wish/", {**ANSWERED, "token": "A" * 32})
    assert answer.status_code == 303
    assert Wish.objects.get().visit_type == kind


def test_a_scanner_that_opens_every_link_changes_nothing(hall, client):
    """M2"""
    page = offered(hall)
    with time_machine.travel(TEN, tick=False):
        before = list(Offer.objects.values()), list(Wish.objects.values()), list(Appointment.objects.values())
        for path in (page, page, f"/fr/wish/{Wish.objects.get().pk}/"):
            client.get(path)
            client.head(path)
        assert before == (list(Offer.objects.values()), list(Wish.objects.values()), list(Appointment.objects.values()))
        assert client.post(page, {}).status_code == 422
        assert before[0] == list(Offer.objects.values())


def test_an_offer_is_accepted_on_its_page_and_leads_to_the_visit_s(hall, client):
    page = offered(hall)
    with time_machine.travel(TEN, tick=False):
        answer = client.get(page)
        assert is_clean(answer)
        for said in ("mardi 6 janvier 2026 à 9 h", "Un · Consultation", "jusqu’au lundi 5 janvier à 14 h"):
            assert said in text(answer).replace("Mardi", "mardi"), text(answer)
        assert "left" not in text(answer)
        first = client.post(page, {"answer": "yes"})
        again = client.post(page, {"answer": "yes"})
        visit = client.get(first["Location"])
    assert first["Location"] == again["Location"] == client.get(page)["Location"] == page.replace("offer", "rdv")
    assert "Rendez-vous confirmé" in text(visit)


def test_an_offer_that_is_over_was_never_or_is_left_says_so_kindly(hall, client):
    page = offered(hall)
    with time_machine.travel(TEN, tick=False):
        unknown = client.get(f"/fr/offer/{'A' * 32}/")
        assert unknown.status_code == client.get("/fr/offer/x/").status_code == 410
        left = client.post(page, {"answer": "no"})
        assert "Cette heure va à la personne suivante" in text(left)
        gone = client.post(page, {"answer": "yes"})
    assert gone.status_code == 410
    assert "n’est plus proposée" in text(gone)
    assert "reste sur la liste" in text(gone)
    assert "reste sur la liste" not in text(unknown)
    assert Appointment.objects.filter(state="booked").count() == 0


def test_nothing_more_is_offered_to_whoever_says_never(hall, client):
    page = offered(hall)
    with time_machine.travel(TEN, tick=False):
        assert "effacés de la liste d’attente" in text(client.post(page, {"answer": "never"}))
    assert not Wish.objects.exists()


def test_a_visit_s_page_asks_for_an_earlier_time(hall, client):
    visit = hall.book("11:00", TUESDAY)
    page = f"/fr/rdv/{visit.token}/"
    with time_machine.travel(NOW, tick=False):
        assert f"{page}earlier/" in client.get(page).content.decode()
        assert is_clean(client.get(f"{page}earlier/"))
        assert client.post(f"{page}earlier/", {"weekdays": ["1"], **SURE}).status_code == 422
        assert client.post(f"{page}earlier/", EARLIER)["Location"] == page
        assert "lundi, mardi · le matin" in text(client.get(page))
        assert client.get(f"{page}my-data.json").json()["readable_by_the_server"]["earlier_if_possible"] == (
            "lundi, mardi · le matin"
        )
        assert 'id="id_weekdays_1" checked' in client.get(f"{page}earlier/").content.decode()
        assert client.post(f"{page}earlier/", {"answer": "never"})["Location"] == page
        assert not Wish.objects.exists()
        client.post(f"{page}earlier/", EARLIER)
        hall.freed()
        hall.work(TEN)
    with time_machine.travel(TEN, tick=False):
        offer = f"/fr/offer/{hall.offered()}/"
        assert "À la place de votre rendez-vous : mardi 6 janvier à 11 h" in text(client.get(offer))
        assert client.post(offer, {"answer": "yes"})["Location"] == page
    visit.refresh_from_db()
    assert visit.first_cell == cell(TUESDAY, "09:00")


def test_without_a_list_or_past_the_deadline_no_earlier_time_is_asked_for(hall, client):
    visit = hall.book("11:00", TUESDAY)
    page = f"/fr/rdv/{visit.token}/"
    with time_machine.travel(visit.start - waiting.offering.waiting_rules.LEAST_AHEAD, tick=False):
        assert "earlier" not in client.get(page).content.decode()
        assert client.post(f"{page}earlier/", EARLIER)["Location"] == page
    hall.one.waiting_list = False
    hall.one.save()
    with time_machine.travel(NOW, tick=False):
        assert "earlier" not in client.get(page).content.decode()
        assert client.post(f"{page}earlier/", EARLIER)["Location"] == page
    assert not Wish.objects.exists()
