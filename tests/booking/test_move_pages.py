"""The patient's move on its pages: no script, both languages, a step that asks once more, and every refusal with a way on."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from booking.models import Appointment
from practitioners.models import Practitioner, VisitType
from tests.booking.cast import MONDAY, NOW, TUESDAY, Office, cell
from tests.booking.pages import book_first, buttons, is_clean, text


@pytest.fixture
def link(client: Client, open_office: Office) -> str:
    """A booked visit's address: Monday at 9, an hour from now, which may be moved until half past eight."""
    VisitType.objects.update(cancel_before=30)
    return book_first(client)


def confirm(client: Client, link: str, start: str | int, **more: str | int) -> object:
    return client.post(f"{link}move/", {"start": start, "seen": 0, "confirmed": "on", **more})


def start_of() -> int:
    return Appointment.objects.get(state="booked").first_cell


def test_from_the_page_of_the_visit_to_another_time(client: Client, link: str) -> None:
    assert f'href="{link}move/"' in client.get(link).content.decode()
    week = client.get(f"{link}move/")
    assert is_clean(week)
    assert "Déplacer ce rendez-vous" in text(week)
    assert "lundi 5 janvier 2026 à 9 h" in text(week)
    value = buttons(week)["lundi 5 janvier à 10 h 00, Rue des Lilas"]
    asked = client.post(f"{link}move/", {"start": value})
    assert is_clean(asked)
    assert "Lundi 5 janvier 2026 à 10 h" in text(asked)
    assert start_of() == cell(MONDAY, "09:00")
    fields = dict(re.findall(r'name="(start|seen|confirmed)" value="([^"]+)"', asked.content.decode()))
    assert client.post(f"{link}move/", fields)["Location"] == link
    assert start_of() == cell(MONDAY, "10:00")
    assert "10 h 00" in text(client.get(link))


def test_its_own_time_is_not_among_the_offers_and_a_quarter_later_is(client: Client, link: str) -> None:
    """A16 R7"""
    offered = buttons(client.get(f"{link}move/"))
    assert "lundi 5 janvier à 9 h 00, Rue des Lilas" not in offered
    assert "lundi 5 janvier à 9 h 15, Rue des Lilas" in offered


def test_every_week_can_be_gone_through_and_a_full_one_says_when_next(client: Client, link: str) -> None:
    """U2"""
    page = client.get(f"{link}move/").content.decode()
    later = re.search(r'rel="next" href="([^"]+)"', page)
    assert later
    assert "lundi 12 janvier à 9 h 00, Rue des Lilas" in buttons(client.get(later[1].replace("&amp;", "&")))
    assert client.get(f"{link}move/?from=x").status_code == 400


def test_in_english_too(client: Client, link: str) -> None:
    week = text(client.get(f"{link.replace('/fr/', '/en/')}move/"))
    assert "Move this appointment" in week


@pytest.mark.parametrize(("page", "most"), [("move/", 4), ("", 2)])
def test_it_costs_as_many_queries_as_any_page_of_times(client: Client, link: str, page, most, django_assert_max_num_queries) -> None:  # fmt: skip
    with django_assert_max_num_queries(most):
        client.get(f"{link}{page}")


def test_a_page_is_small(client: Client, link: str) -> None:
    import gzip

    assert len(gzip.compress(client.get(f"{link}move/").content)) < 10_000


def test_what_somebody_else_took_is_told_with_the_nearest_times(client: Client, link: str, open_office: Office) -> None:
    """R6"""
    open_office.hold("10:00", MONDAY, network="198.51.100.9")
    answer = confirm(client, link, cell(MONDAY, "10:00"))
    assert answer.status_code == 409
    assert "vient d’être prise" in text(answer)
    assert f'action="{link}move/"' in answer.content.decode()
    assert buttons(answer)
    assert start_of() == cell(MONDAY, "09:00")


@pytest.mark.parametrize("start", ["", "x", "-1", "0", "999999999", "1.5"])
def test_what_no_button_says_is_answered_with_the_week(client: Client, link: str, start: str) -> None:
    """A2 T15"""
    answer = confirm(client, link, start)
    assert answer.status_code == 422
    assert "n’a pas été comprise" in text(answer)
    assert start_of() == cell(MONDAY, "09:00")


@pytest.mark.parametrize("clock", ["10:05", "20:00"])
def test_what_is_not_on_offer_is_refused_in_words(client: Client, link: str, clock: str) -> None:
    """A1 A2"""
    answer = confirm(client, link, cell(TUESDAY, clock))
    assert answer.status_code == 422
    assert "ne peut pas être réservée" in text(answer)
    assert start_of() == cell(MONDAY, "09:00")


@pytest.mark.parametrize("seen", [3, "", "x", "99999999", "-1"])
def test_a_page_from_before_staff_moved_it_shows_how_it_stands_now(client: Client, link: str, seen: object) -> None:
    """A16"""
    answer = confirm(client, link, cell(MONDAY, "10:00"), seen=seen)
    assert answer.status_code == 409
    assert "modifié ce rendez-vous entre-temps" in text(answer)
    assert "9 h 00" in text(answer)
    assert start_of() == cell(MONDAY, "09:00")


def test_after_the_deadline_the_telephone_is_named_and_no_button_offered(client: Client, link: str) -> None:
    """A16"""
    with time_machine.travel(NOW + timedelta(minutes=31), tick=False):
        assert f'href="{link}move/"' not in client.get(link).content.decode()
        for answer in (client.get(f"{link}move/"), confirm(client, link, cell(MONDAY, "10:00"))):
            assert answer.status_code == 409
            assert "Le délai pour déplacer en ligne est passé" in text(answer)
            assert "01 43 45 12 34" in text(answer)
    assert start_of() == cell(MONDAY, "09:00")


@pytest.mark.parametrize("state", ["cancelled", "seen", "arrived"])
def test_what_is_over_leads_back_to_its_page(client: Client, link: str, state: str) -> None:
    Appointment.objects.update(state=state)
    assert client.get(f"{link}move/")["Location"] == link
    assert confirm(client, link, cell(MONDAY, "10:00"))["Location"] == link


def test_what_only_the_practice_books_it_also_moves(client: Client, link: str) -> None:
    VisitType.objects.update(visibility="staff")
    answer = client.get(f"{link}move/")
    assert answer.status_code == 409
    assert "ne se déplace pas en ligne" in text(answer)


def test_a_private_type_moves_under_the_visit_s_own_link(client: Client, link: str) -> None:
    VisitType.objects.update(visibility="link", link_hash=bytes(32))
    assert buttons(client.get(f"{link}move/"))


def test_a_discreet_visit_says_date_and_place_only(client: Client, link: str) -> None:
    Appointment.objects.update(discreet=True)
    page = text(client.get(f"{link}move/"))
    assert "Consultation" not in page
    assert "lundi 5 janvier 2026" in page


def test_an_unknown_link_is_an_unknown_page(client: Client, open_office: Office) -> None:
    """P8"""
    for token in ("A" * 32, "x"):
        assert client.get(f"/fr/rdv/{token}/move/").status_code == 404


def test_nothing_moves_on_a_get(client: Client, link: str) -> None:
    """M2 I6"""
    client.get(f"{link}move/?start={cell(MONDAY, '10:00')}&confirmed=on&seen=0")
    assert start_of() == cell(MONDAY, "09:00")


def test_a_practitioner_who_left_the_web_moves_it_by_telephone(client: Client, link: str) -> None:
    Practitioner.objects.update(published=False)
    assert client.get(f"{link}move/").status_code == 409
