"""A button for one's own site, and a subscription to busy times: secret, revocable, and nothing but busy times."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from icalendar import Calendar

from booking.calendars import Busy, busy_calendar
from clicdocteur.logs import masked
from practitioners import keys
from practitioners.models import CalendarFeed, Grant, Staff
from tests.agenda.cast import NAME, Desk, text
from tests.booking.cast import NOW
from tests.practitioners.cast import holder_of


def address(client: Client, desk: Desk) -> str:
    shown = text(client.post(f"/agenda/website/{desk.one.pk}/calendar/"))
    found = re.search(r"http://localhost:8000(/calendrier/[\w-]{32}\.ics)", shown)
    assert found
    return found[1]


def spans(file: bytes) -> list[tuple[str, str]]:
    return [(f"{one.start:%H:%M}", f"{one.end:%H:%M}") for one in Calendar.from_ical(file).walk("VEVENT")]


def test_the_button_is_a_plain_link_to_the_practitioner_s_page(desk: Desk, alice: Client):
    shown = text(alice.get("/agenda/website/"))
    assert (
        "&lt;a href=&quot;http://localhost:8000/fr/un/&quot; rel=&quot;noreferrer&quot;&gt;Prendre rendez-vous&lt;/a&gt;"
        in shown
    )
    assert "/fr/deux/" not in shown


def test_a_subscription_says_when_and_never_with_whom_for_what_or_how_many(desk: Desk, alice: Client):
    """Two visits in a row are one busy time; a cancelled one and a held time are none."""
    visits = [desk.visit("09:00"), desk.visit("09:30"), desk.visit("11:00")]
    desk.visit("10:15", state="cancelled", minutes=15)
    desk.hold_on("15:00", minutes_left=5)
    answer = Client().get(address(alice, desk))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert spans(answer.content) == [("08:00", "09:00"), ("10:00", "10:30")]
    said = answer.content.decode()
    for planted in (NAME, "Zénobie", "Consultation", "Dr Un", "Lilas", *(str(one.pk) for one in visits)):
        assert planted not in said
    assert not answer.cookies
    assert answer["Cache-Control"] == "no-store"


def test_the_address_is_shown_once_and_kept_as_a_hash(desk: Desk, alice: Client):
    path = address(alice, desk)
    token = path.split("/")[-1].removesuffix(".ics")
    assert token not in text(alice.get("/agenda/website/"))
    assert token.encode() not in bytes(CalendarFeed.objects.get().token_hash)
    assert token not in masked(f"Not Found: {path}")


def test_a_new_address_or_an_end_kills_the_former_one(desk: Desk, alice: Client):
    """P12"""
    first = address(alice, desk)
    second = address(alice, desk)
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    alice.post(f"/agenda/website/{desk.one.pk}/calendar/end/")
    assert Client().get(second).status_code == 404
    assert not CalendarFeed.objects.exists()


@pytest.mark.parametrize("loss", ["grant", "account", "last day"])
def test_who_loses_the_agenda_loses_the_subscription_at_once(desk: Desk, alice: Client, loss: str):
    """P12"""
    path = address(alice, desk)
    if loss == "grant":
        keys.revoke(holder_of(desk.alice), desk.one)
    elif loss == "account":
        Staff.objects.filter(login="alice").update(is_active=False)
    else:
        Grant.objects.filter(holder=holder_of(desk.alice)).update(ends_on=NOW.date() - timedelta(days=1))
    assert Client().get(path).status_code == 404


def test_nobody_subscribes_to_an_agenda_without_a_grant(desk: Desk):
    """P11"""
    bruno = desk.client("bruno")
    assert bruno.post(f"/agenda/website/{desk.one.pk}/calendar/").status_code == 404
    assert Client().get(f"/calendrier/{'A' * 32}.ics").status_code == 404
    assert Client().post(f"/calendrier/{'A' * 32}.ics").status_code == 405


def test_a_subscription_costs_the_same_for_one_visit_and_for_many(desk: Desk, alice: Client, django_assert_num_queries):
    path = address(alice, desk)
    desk.visit("09:00")
    with django_assert_num_queries(4):
        Client().get(path)
    for number in range(30):
        desk.visit("09:00", minutes=10, lane=number + 1)
    with django_assert_num_queries(4):
        Client().get(path)


def test_spans_that_touch_or_overlap_are_one():
    at = [NOW + timedelta(minutes=15 * number) for number in range(8)]
    file = busy_calendar([Busy(at[0], at[3]), Busy(at[1], at[2]), Busy(at[3], at[4]), Busy(at[6], at[7])])
    assert len(spans(file)) == 2
    assert spans(file)[0] == (f"{at[0]:%H:%M}", f"{at[4]:%H:%M}")
