"""The same person again: in a week, a month, three months or on a day; with somebody else; every week."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking import desk as at
from booking import identities
from booking.models import Appointment
from patients.models import PatientRecord
from practitioners.keys import Vault
from practitioners.models import Absence, AccessEvent
from tests.agenda.cast import NAME, text
from tests.agenda.desk.cast import cell, grant_both, page_of
from tests.booking.cast import MONDAY, NOW, PARIS, TUESDAY, visit_type
from tests.practitioners.cast import PASSWORD, private_of


def starts(page: str) -> list[int]:
    return [int(start) for start in re.findall(r'name="start" value="(\d+)"', page)]


def days_of(page: str) -> set[date]:
    from clicdocteur.grid import day_of

    return {day_of(start, PARIS) for start in starts(page)}


def names_of(desk, login: str = "alice") -> list[str]:
    member = getattr(desk, login)
    shown = identities.show(
        Appointment.objects.order_by("start"), Vault(member, private_of(member), MONDAY), "test", NOW
    )
    return [one.names or one.why for one in shown.values()]


@pytest.mark.parametrize(("choice", "day"), [("week", date(2026, 1, 13)), ("month", date(2026, 2, 6)), ("quarter", date(2026, 4, 6))])  # fmt: skip
def test_one_key_proposes_times_around_a_week_a_month_or_three(desk, alice, choice, day):
    visit = desk.visit("10:00", day=TUESDAY)
    page = text(alice.get(page_of(visit, "again"), {"in": choice, "type": desk.type.pk}))
    found = days_of(page)
    assert len(found) == 5
    # Easter Monday is a holiday, so the days around it are proposed.
    assert min(abs((one - day).days) for one in found) <= 1
    assert max(abs((one - day).days) for one in found) <= 4
    for part in ("Dans 1 semaine", "Dans 1 mois", "Dans 3 mois", 'data-key="s"', NAME):
        assert part in page
    on_the_day = [start for start in starts(page) if start // 288 == starts(page)[0] // 288]
    assert cell(min(found), "10:00") in on_the_day, "around the same hour"


def test_the_chosen_time_gets_a_record_of_its_own(desk, alice):
    visit = desk.visit("10:00", day=TUESDAY)
    page = text(alice.get(page_of(visit, "again"), {"in": "week", "type": desk.type.pk}))
    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    chosen = {"type": desk.type.pk, "start": cell(date(2026, 1, 13), "10:00"), "token": token, "in": "week"}
    answer = alice.post(page_of(visit, "again"), chosen)
    made = Appointment.objects.exclude(pk=visit.pk).get()
    assert answer.url == page_of(made)
    assert alice.post(page_of(visit, "again"), chosen).url == answer.url, "R8"
    assert names_of(desk) == [f"Zénobie {NAME}"] * 2
    assert PatientRecord.objects.count() == 2
    assert made.first_cell == cell(date(2026, 1, 13), "10:00")


def test_a_day_is_chosen_by_hand_and_a_wrong_one_is_said(desk, alice):
    visit = desk.visit("10:00", day=TUESDAY)
    page = text(alice.get(page_of(visit, "again"), {"in": "day", "on": "2026-03-10", "type": desk.type.pk}))
    assert date(2026, 3, 10) in days_of(page)
    for wrong in ({"on": "9999-12-31"}, {"on": ""}, {"on": "2026-02-30"}, {"type": "7"}, {"in": "never"}):
        answer = alice.get(page_of(visit, "again"), {"in": "day", "on": "2026-03-10", "type": desk.type.pk, **wrong})
        assert answer.status_code == 422, wrong
        assert starts(text(answer)) == []


def test_a_time_that_went_meanwhile_leads_back_to_the_same_question(desk, alice):
    """R15"""
    visit = desk.visit("10:00", day=TUESDAY)
    start = cell(date(2026, 1, 13), "10:00")
    desk.visit("10:00", day=date(2026, 1, 13))
    answer = alice.post(page_of(visit, "again"), {"type": desk.type.pk, "start": start, "in": "week"})
    assert answer.status_code == 409
    assert "vient d’être prise" in text(answer)
    assert start not in starts(text(answer))
    assert starts(text(answer))


def test_with_another_practitioner_the_record_is_sealed_to_their_key(desk):
    kind = visit_type(desk.two, "suite", name="Suite")
    visit = desk.visit("10:00", day=TUESDAY)
    assert "Suite" not in text(desk.client().get(page_of(visit, "again")))
    sent = {"type": kind.pk, "start": cell(TUESDAY, "15:00")}
    assert desk.client().post(page_of(visit, "again"), sent).status_code == 404
    grant_both(desk)
    client = desk.client()
    assert "Suite" in text(client.get(page_of(visit, "again")))
    assert client.post(page_of(visit, "again"), sent).status_code == 302
    assert sorted(names_of(desk, "bruno")) == sorted([f"Zénobie {NAME}", "no-key"])


@pytest.mark.parametrize("who", ["bruno", "chloe"])
@pytest.mark.parametrize("part", ["again", "series", "note", "slip", "attestation"])
def test_a_foreign_visit_is_404_on_every_page_of_the_desk(desk, who, part):
    """P11"""
    visit = desk.visit(day=TUESDAY, state="arrived")
    client = desk.client(who)
    assert client.get(page_of(visit, part)).status_code == 404
    assert client.post(page_of(visit, part), {"note": "x", "start": 1, "name": "x"}).status_code == 404
    assert Appointment.objects.count() == 1
    assert not AccessEvent.objects.exists()


@pytest.mark.parametrize("part", ["again", "series", "note", "slip", "attestation"])
def test_without_a_person_there_is_nothing_to_carry_over(desk, alice, part):
    hold = desk.hold_on("09:00", minutes_left=5)
    forgotten = desk.visit("10:00", state="seen", patient_ref=None, key_version=None, visit_type=None)
    for visit in (hold, forgotten):
        assert alice.get(page_of(visit, part)).status_code == 404


@pytest.mark.parametrize("sent", [{}, {"start": "x"}, {"start": "1"}, {"type": "x", "start": "5892288"}, {"type": "9" * 30, "start": "5892288"}])  # fmt: skip
def test_what_no_form_sends_is_404(desk, alice, sent):
    visit = desk.visit(day=TUESDAY)
    assert alice.post(page_of(visit, "again"), sent).status_code == 404


@pytest.mark.parametrize(
    ("start", "weeks", "months", "expected"),
    [("2026-01-31", 0, 1, "2026-02-28"), ("2027-12-31", 0, 2, "2028-02-29"), ("2026-11-30", 0, 3, "2027-02-28"), ("2026-03-24", 1, 0, "2026-03-31"), ("2099-12-31", 0, 1, "2099-12-31")],
)  # fmt: skip
def test_a_month_later_is_a_day_that_there_is(start, weeks, months, expected):
    """T13 T3: and the hour on the wall stays."""
    at_nine = datetime.fromisoformat(f"{start}T09:30").replace(tzinfo=ZoneInfo("Europe/Paris"))
    assert f"{at.later(at_nine, weeks, months):%Y-%m-%d %H:%M}" == f"{expected} 09:30"


# Every week.


def test_a_series_shows_its_conflicts_first_and_books_what_is_ticked(desk, alice):
    visit = desk.visit("09:00", day=TUESDAY)
    Absence.objects.create(practitioner=desk.one, first_day=date(2026, 1, 13), last_day=date(2026, 1, 13))
    desk.visit("09:15", day=date(2026, 1, 20))
    page = text(alice.get(page_of(visit, "series"), {"weeks": 4}))
    assert page.count(" checked>") == 2
    assert "absent" in page
    assert "en surnombre" in page
    on = re.findall(r'name="on" value="(\d+)"', page)
    over = re.findall(r'name="over" value="(\d+)"', page)
    assert (len(on), len(over)) == (3, 1)
    answer = alice.post(page_of(visit, "series"), {"weeks": 4, "on": on[1:], "over": over})
    assert answer.url == page_of(visit)
    made = Appointment.objects.filter(state="booked").exclude(pk=visit.pk).order_by("start")
    assert [one.lane for one in made] == [100, 0, 0, 0]
    assert PatientRecord.objects.count() == 5
    assert "3 rendez-vous notés" in text(alice.get(answer.url))


def test_a_date_that_was_taken_meanwhile_books_none_and_is_marked(desk, alice):
    """R15"""
    visit = desk.visit("09:00", day=TUESDAY)
    on = re.findall(r'name="on" value="(\d+)"', text(alice.get(page_of(visit, "series"), {"weeks": 3})))
    desk.visit("09:00", day=date(2026, 1, 20))
    answer = alice.post(page_of(visit, "series"), {"weeks": 3, "on": on})
    assert answer.status_code == 409
    assert text(answer).count('class="lost"') == 1
    assert text(answer).count(" checked>") == 3
    assert Appointment.objects.count() == 2


@pytest.mark.parametrize("weeks", ["0", "53", "-1", "x", "", "9" * 30])
def test_a_series_has_1_to_52_weeks(desk, alice, weeks):
    """T15"""
    visit = desk.visit("09:00", day=TUESDAY)
    answer = alice.get(page_of(visit, "series"), {"weeks": weeks})
    assert answer.status_code == 422
    assert "de 1 à 52" in text(answer)
    assert alice.post(page_of(visit, "series"), {"weeks": weeks}).status_code == 422


def test_nothing_ticked_and_dates_of_nobody_book_nothing(desk, alice):
    visit = desk.visit("09:00", day=TUESDAY)
    for sent in ({}, {"on": ["1", "x", str(cell(date(2026, 1, 14), "09:00"))]}):
        answer = alice.post(page_of(visit, "series"), {"weeks": 4, **sent})
        assert answer.status_code == 422
        assert "Cochez" in text(answer)
    assert Appointment.objects.count() == 1


def test_fifty_two_weeks_are_one_form(desk, alice):
    visit = desk.visit("09:00", day=TUESDAY)
    on = re.findall(r'name="on" value="(\d+)"', text(alice.get(page_of(visit, "series"), {"weeks": 52})))
    alice.post(page_of(visit, "series"), {"weeks": 52, "on": on})
    assert Appointment.objects.count() == 53
    zone = desk.practice.zone
    assert {f"{one.start.astimezone(zone):%a %H:%M}" for one in Appointment.objects.all()} == {"Tue 09:00"}


def test_forms_that_meet_the_lock_go_on_with_the_password(desk, alice):
    """U3"""
    visit = desk.visit("09:00", day=TUESDAY)
    on = re.findall(r'name="on" value="(\d+)"', text(alice.get(page_of(visit, "series"), {"weeks": 3})))
    alice.post("/agenda/lock/")
    met = text(alice.post(page_of(visit, "series"), {"weeks": 3, "on": on}))
    assert met.count('name="on"') == 3
    sent = {"weeks": 3, "on": on, "unlock_password": PASSWORD}
    assert alice.post(page_of(visit, "series"), sent).status_code == 302
    assert Appointment.objects.count() == 4


@pytest.mark.parametrize("weeks", [2, 30])
def test_the_preview_costs_the_same_for_any_number_of_weeks(desk, alice, weeks, django_assert_num_queries):
    """A18"""
    visit = desk.visit("09:00", day=TUESDAY)
    alice.get(page_of(visit, "series"), {"weeks": weeks})
    with django_assert_num_queries(13), django_assert_num_queries(1, using="patients"):
        alice.get(page_of(visit, "series"), {"weeks": weeks})


def test_the_appointment_offers_what_makes_sense(desk, alice):
    visit = desk.visit("09:00", day=TUESDAY)
    page = text(alice.get(page_of(visit)))
    for part in ("again", "series", "note", "slip"):
        assert f'href="{page_of(visit, part)}"' in page
    assert f'href="{page_of(visit, "attestation")}"' not in page
    over = desk.visit("09:00", day=MONDAY - timedelta(days=3), state="seen")
    page = text(alice.get(page_of(over)))
    assert f'href="{page_of(over, "attestation")}"' in page
    assert f'href="{page_of(over, "slip")}"' not in page
    assert 'data-key="r"' in page
