"""How many identities an account is shown in an hour: the week's work freely, other weeks up to a limit, then the password."""

from datetime import date, timedelta

import pytest

from practitioners import access_log
from practitioners.models import AccessEvent, Practice
from tests.agenda.cast import NAME, text
from tests.booking.cast import MONDAY, NOW
from tests.practitioners.cast import PASSWORD

FAR = date(2026, 2, 2)
CLOCKS = [f"{hour:02}:{minute:02}" for hour in range(8, 12) for minute in (0, 15, 30, 45)]


@pytest.fixture
def few(desk):
    """Three at most: the database takes what the form would refuse."""
    Practice.objects.update(shown_per_hour=3)
    return desk


def visits(desk, number, day=FAR):
    return [desk.visit(clock, day=day, minutes=15) for clock in CLOCKS[:number]]


def go(client, day=FAR):
    return client.get(f"/agenda/day/{day}/")


def again(client, password=PASSWORD, onward=f"/agenda/day/{FAR}/"):
    return client.post("/agenda/limit/", {"next": onward, "unlock_password": password})


def test_up_to_the_limit_names_are_shown(few, alice):
    visits(few, 3)
    assert NAME in text(go(alice))
    assert not AccessEvent.objects.filter(flagged=True).exists()


def test_past_the_limit_the_password_is_asked_and_nothing_is_opened(few, alice):
    visits(few, 4)
    answer = go(alice)
    assert answer.status_code == 429
    assert NAME not in text(answer)
    assert 'name="unlock_password"' in text(answer)
    assert f'value="/agenda/day/{FAR}/"' in text(answer)
    assert not AccessEvent.objects.exists()


def test_with_the_password_the_same_page_opens_and_the_log_has_a_flag(few, alice):
    shown = visits(few, 4)
    answer = again(alice)
    assert answer.url == f"/agenda/day/{FAR}/"
    assert NAME in text(alice.get(answer.url))
    flagged = AccessEvent.objects.filter(flagged=True)
    assert {one.appointment for one in flagged} == {0} | {one.pk for one in shown}
    Practice.objects.update(shown_per_hour=3)
    page = text(few.client("alice").get(f"/agenda/appointment/{shown[0].pk}/"))
    assert NAME not in page, "another session asks anew"


def test_a_wrong_password_opens_nothing(few, alice):
    visits(few, 4)
    answer = again(alice, "wrong")
    assert answer.status_code == 422
    assert "n’ouvre pas votre session" in text(answer)
    assert go(alice).status_code == 429
    assert not AccessEvent.objects.exists()


def test_pages_add_up_and_each_appointment_counts_once(few, alice):
    one, two, three, four = visits(few, 4)
    for visit in (one, one, two, three, two):
        assert alice.get(f"/agenda/appointment/{visit.pk}/").status_code == 200
    assert alice.get(f"/agenda/appointment/{four.pk}/").status_code == 429
    assert alice.get(f"/agenda/appointment/{one.pk}/").status_code == 200


def test_the_account_counts_and_not_the_session(few, alice):
    one, two, three, four = visits(few, 4)
    for visit in (one, two, three):
        alice.get(f"/agenda/appointment/{visit.pk}/")
    assert few.client("alice").get(f"/agenda/appointment/{four.pk}/").status_code == 429


def test_the_next_hour_begins_anew(few, alice, clock):
    visits(few, 3)
    visits(few, 3, FAR + timedelta(days=1))
    assert go(alice).status_code == 200
    assert go(alice, FAR + timedelta(days=1)).status_code == 429
    clock.move_to(NOW + timedelta(hours=1))
    assert go(few.client("alice"), FAR + timedelta(days=1)).status_code == 200


@pytest.mark.parametrize(("days", "free"), [(-8, False), (-7, True), (-1, True), (0, True), (7, True), (8, False)])
def test_the_seven_days_around_today_are_left_out(few, alice, clock, days, free):
    clock.move_to(NOW + timedelta(hours=1))
    alice = few.client("alice")
    visits(few, 5, MONDAY + timedelta(days=days))
    answer = go(alice, MONDAY + timedelta(days=days))
    assert (answer.status_code == 200) == free
    assert AccessEvent.objects.count() == (5 if free else 0)


def test_near_visits_do_not_use_up_the_limit(few, alice):
    visits(few, 16, MONDAY)
    visits(few, 3)
    assert go(alice, MONDAY).status_code == go(alice).status_code == 200


def test_a_locked_session_is_never_asked(few, alice):
    visits(few, 4)
    alice.post("/agenda/lock/")
    assert go(alice).status_code == 200


def test_managers_see_that_the_limit_was_passed(few, alice):
    visits(few, 4)
    again(alice)
    go(alice)
    few.alice.role = "manager"
    few.alice.save(update_fields=["role"])
    page = text(alice.get("/agenda/log/"))
    assert "mot de passe redemandé\u00a0: limite atteinte" in page
    assert '<strong class="stands-out">4</strong>' in page


def test_the_way_on_stays_in_the_agenda(few, alice):
    assert again(alice, onward="https://evil.example/").url == "/agenda/"


@pytest.mark.parametrize(("day", "queries"), [(MONDAY, 14), (FAR, 16)])
def test_a_page_of_another_week_costs_two_queries_more(desk, alice, day, queries, django_assert_num_queries):
    visits(desk, 3, day)
    alice.get(f"/agenda/list/{day}/")  # files the boxes
    with django_assert_num_queries(1, using="patients"), django_assert_num_queries(queries):
        alice.get(f"/agenda/list/{day}/")


def test_a_lifted_limit_is_one_row_an_hour(db):
    for _ in range(2):
        access_log.lift_limit(7, bytes(16), NOW)
    row = AccessEvent.objects.get()
    assert (row.appointment, row.action, row.flagged) == (0, "past-limit", True)
