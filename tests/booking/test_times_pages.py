"""A week of times: said fully, never empty without a reason, and deaf to nonsense."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from booking.links import link_hash, new_token
from booking.models import Appointment
from practitioners.models import Absence, Opening, Practice, Practitioner, VisitType
from tests.booking.cast import MONDAY, NOW, TUESDAY, Office, cell, visit_type
from tests.booking.pages import TIMES, buttons, is_clean, text


def test_a_buttons_name_says_day_hour_and_place_and_contains_what_is_seen(client: Client, open_office: Office) -> None:
    """CASES U1."""
    answer = client.get(TIMES)
    assert buttons(answer)["mardi 6 janvier à 9 h 30, Rue des Lilas"] == str(cell(TUESDAY, "09:30"))
    assert ">9 h 30</button>" in answer.content.decode().replace("\u00a0", " ")
    assert is_clean(answer)


def test_days_in_a_row_without_times_are_one_line_with_the_reason(client: Client, open_office: Office) -> None:
    Absence.objects.create(practitioner=open_office.one, first_day=TUESDAY, last_day=date(2026, 1, 8))
    page = text(client.get(TIMES))
    assert "du mardi 6 au jeudi 8 janvier : absence" in page
    assert "samedi 10 et dimanche 11 janvier : fermé" in page


def test_a_week_takes_four_queries_full_or_empty(
    client: Client, open_office: Office, django_assert_num_queries
) -> None:
    """And once in ten seconds a fifth: whether times are taken in numbers (`HOLD_PROOF=adaptive`)."""
    with django_assert_num_queries(5):
        client.get(TIMES)
    with django_assert_num_queries(4):
        client.get(TIMES)
    Absence.objects.create(practitioner=open_office.one, first_day=MONDAY, last_day=MONDAY + timedelta(days=14))
    with django_assert_num_queries(4):
        client.get(TIMES)


def test_an_empty_week_says_why_the_first_free_time_the_phone_and_the_colleagues(
    client: Client, open_office: Office
) -> None:
    """CASES U2."""
    Absence.objects.create(practitioner=open_office.one, first_day=MONDAY, last_day=MONDAY + timedelta(days=14))
    answer = client.get(TIMES)
    page = text(answer)
    assert "Le praticien est absent sur cette période." in page
    assert "Première heure libre : mardi 20 janvier à 9 h" in page
    assert "?from=2026-01-20" in answer.content.decode()
    assert "01 43 45 12 34" in page
    assert "Voir les heures libres des autres praticiens du cabinet" in page


@pytest.mark.parametrize("alone", [False, True])
def test_colleagues_are_offered_only_where_there_are_and_the_practice_allows(
    client: Client, open_office: Office, alone: bool
) -> None:
    Opening.objects.all().delete()
    assert "autres praticiens" in text(client.get(TIMES))
    if alone:
        Practitioner.objects.exclude(pk=open_office.one.pk).update(published=False)
    else:
        Practice.objects.update(offers_colleagues=False)
    assert "autres praticiens" not in text(client.get(TIMES))


def test_earlier_and_later_lead_a_week_back_and_forth(client: Client, open_office: Office) -> None:
    body = client.get(f"{TIMES}?from=2026-01-12").content.decode()
    assert 'rel="prev" href="/fr/un/consultation/?from=2026-01-05"' in body
    assert 'rel="next" href="/fr/un/consultation/?from=2026-01-19"' in body
    assert "Plus tôt" not in text(client.get(TIMES))


def test_the_switch_appears_when_durations_differ_and_a_known_patient_gets_the_shorter(
    client: Client, open_office: Office
) -> None:
    VisitType.objects.update(duration_new=60, duration_known=15)
    known, new = (client.get(f"{TIMES}?patient={kind}") for kind in ("known", "new"))
    assert "mardi 6 janvier à 11 h 45, Rue des Lilas" in buttons(known)
    assert "mardi 6 janvier à 11 h 45, Rue des Lilas" not in buttons(new)
    assert "Oui, déjà suivi" in text(known)
    assert buttons(client.get(TIMES)) == buttons(new)


def test_a_type_for_known_patients_says_so_and_takes_nobody_as_new(client: Client, open_office: Office) -> None:
    VisitType.objects.update(accepts_new=False)
    page = client.get(f"{TIMES}?patient=new")
    assert "réservé aux patients déjà suivis par Dr Un" in text(page)
    client.post(TIMES, {"start": next(iter(buttons(page).values())), "patient": "new"})
    assert Appointment.objects.get().new_patient is False


def test_times_to_be_released_are_announced(client: Client, open_office: Office) -> None:
    Opening.objects.filter(weekday=1).update(released_days=0, released_minute=450)
    page = text(client.get(TIMES))
    assert "mardi 6 janvier : ouvert à la réservation mardi 6 janvier à 7 h 30" in page


def test_a_practice_overseas_says_its_own_hours(client: Client, office: Office) -> None:
    """CASES T8."""
    Practice.objects.update(time_zone="Indian/Reunion", holiday_zone="reunion")
    with time_machine.travel(datetime(2026, 1, 5, 3, 0, tzinfo=UTC), tick=False):
        page = client.get(TIMES)
    assert "Horaires : heure de La Réunion." in text(page)
    assert buttons(page)["lundi 5 janvier à 9 h 00, Rue des Lilas"] == str(cell(MONDAY, "06:00"))


def test_today_is_the_practices_day_half_an_hour_past_midnight(client: Client, office: Office) -> None:
    """CASES T11: 23:30 UTC on Monday is Tuesday in Paris."""
    with time_machine.travel(datetime(2026, 1, 5, 23, 30, tzinfo=UTC), tick=False):
        page = text(client.get(TIMES))
    assert "Du mardi 6 au lundi 12 janvier" in page


@pytest.mark.parametrize(
    "asked",
    [
        *("", "0000-01-01", "0001-01-01", "9999-12-31", "2026-02-30", "2026-13-01", "-1", "first monday of", "\x00"),
        *("20260105", "2026-W02-1", "٢٠٢٦-٠١-٠٥", "2026-01-05T00:00", "9" * 5000, "'; DROP TABLE--", "1999-12-31"),
    ],
)
def test_a_day_that_is_none_is_a_bad_request(client: Client, open_office: Office, asked: str) -> None:
    """CASES T15."""
    answer = client.get(TIMES, {"from": asked})
    assert answer.status_code == 400
    assert "Cette demande n’a pas été comprise" in text(answer)


@pytest.mark.parametrize("asked", ["2000-01-01", "2026-01-04", "2098-01-01"])
def test_a_day_long_past_or_far_ahead_shows_the_nearest_week_there_is(
    client: Client, open_office: Office, asked: str
) -> None:
    assert client.get(TIMES, {"from": asked}).status_code == 200


@pytest.mark.parametrize("asked", ["", "NEW", "new,known", "\x00", "1" * 5000])
def test_neither_new_nor_known_is_a_bad_request(client: Client, open_office: Office, asked: str) -> None:
    assert client.get(TIMES, {"patient": asked}).status_code == 400
    assert client.post(TIMES, {"patient": asked, "start": "1"}).status_code == 400


@pytest.mark.parametrize(
    "start",
    [
        *("", "abc", "-1", "0", "5886612.5", "٥٨٨", "9" * 400, "\x00", "<script>", "999999999", "1e6", " 1"),
        str(cell(TUESDAY, "09:05")),  # off the steps
        str(cell(MONDAY, "07:00")),  # past
        str(cell(TUESDAY, "11:45")),  # ends after the window
        str(cell(date(2026, 12, 1), "09:00")),  # beyond the horizon
    ],
)
def test_a_start_that_is_not_offered_is_refused_and_nothing_is_stored(
    client: Client, open_office: Office, start: str
) -> None:
    """CASES A2."""
    answer = client.post(TIMES, {"start": start})
    assert answer.status_code in (409, 422)
    assert buttons(answer)
    assert not Appointment.objects.exists()


def test_another_practitioners_type_is_not_found(client: Client, open_office: Office) -> None:
    """CASES A2."""
    assert client.get("/fr/deux/consultation/").status_code == 404
    assert client.post("/fr/deux/consultation/", {"start": str(cell(TUESDAY, "09:00"))}).status_code == 404


def test_a_time_that_somebody_else_took_offers_the_nearest(client: Client, open_office: Office) -> None:
    """CASES R1."""
    page = client.get(TIMES)
    start = buttons(page)["mardi 6 janvier à 10 h 00, Rue des Lilas"]
    assert client.post(TIMES, {"start": start}).status_code == 303
    answer = client.post(TIMES, {"start": start})
    assert answer.status_code == 409
    assert "Cette heure vient d’être prise" in text(answer)
    assert "mardi 6 janvier à 9 h 30, Rue des Lilas" in buttons(answer)
    assert is_clean(answer)


def test_whoever_holds_too_many_times_is_asked_to_wait(client: Client, open_office: Office) -> None:
    """CASES P10."""
    statuses = [
        client.post(TIMES, {"start": start}).status_code
        for label, start in buttons(client.get(TIMES)).items()
        if " h 00" in label or " h 30" in label
    ]
    assert statuses[:12] == [303] * 12
    assert set(statuses[12:]) == {429}


def test_a_private_type_opens_by_its_link_and_by_no_other(client: Client, open_office: Office) -> None:
    token = new_token()
    VisitType.objects.update(visibility="link", link_hash=link_hash(token))
    path = f"/fr/lien/{token}/"
    page = client.get(path)
    assert page.status_code == 200
    assert 'content="noindex"' in page.content.decode()
    assert client.post(path, {"start": next(iter(buttons(page).values()))}).status_code == 303
    for wrong in (f"/fr/lien/{new_token()}/", "/fr/lien/x/", "/fr/lien/%00/", f"/fr/lien/{token}x/", TIMES):
        assert client.get(wrong).status_code == 404


@pytest.mark.parametrize("now_for", ["staff", "public"])
def test_a_link_of_a_type_that_is_for_others_by_now_leads_nowhere(
    client: Client, open_office: Office, now_for: str
) -> None:
    token = new_token()
    VisitType.objects.update(visibility=now_for, link_hash=link_hash(token))
    assert client.get(f"/fr/lien/{token}/").status_code == 404
    assert client.get(TIMES).status_code == (200 if now_for == "public" else 404)


def test_no_times_of_a_page_that_is_not_published(client: Client, open_office: Office) -> None:
    """P17"""
    token = new_token()
    visit_type(open_office.one, "suivi", visibility="link", link_hash=link_hash(token))
    assert client.get(f"/fr/lien/{token}/").status_code == 200
    Practitioner.objects.update(published=False)
    for path in (TIMES, f"/fr/lien/{token}/"):
        assert client.get(path).status_code == client.post(path, {"start": "1"}).status_code == 404


def test_a_post_from_another_site_is_refused(client: Client, open_office: Office) -> None:
    answer = client.post(TIMES, {"start": "1"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert "autre site" in text(answer)


def test_a_hold_keeps_no_trace_of_a_person_or_an_address(client: Client, open_office: Office) -> None:
    start = next(iter(buttons(client.get(TIMES)).values()))
    client.post(TIMES, {"start": start})
    hold = Appointment.objects.get()
    assert hold.patient_ref is None
    assert hold.held_until == NOW + timedelta(minutes=10)
    assert b"127.0.0.1" not in bytes(hold.network_tag or b"")
