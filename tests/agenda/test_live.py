"""What changed at another desk: a number per practitioner's day, and the column that has another one."""

import re
from datetime import timedelta

import pytest

from booking import holds
from booking.models import Appointment
from practitioners.models import Absence, AccessEvent, Opening
from tests.agenda.cast import NAME, mark, session_row, text
from tests.booking.cast import MONDAY, NOW, TUESDAY, cell


def numbers(client, desk, *days: str) -> dict[str, int]:
    query = "&".join(f"on={desk.one.pk}-{day}" for day in days or ("20260105",))
    return client.get(f"/agenda/version/?{query}", headers={"X-Timer": "1"}).json()


def number(client, desk) -> int:
    (found,) = numbers(client, desk).values()
    return found


@pytest.mark.parametrize("change", ["mark", "book", "hold", "absence", "opening", "cancel", "move", "holiday"])
def test_whatever_changes_on_a_day_changes_its_number(desk, alice, change):
    visit = desk.visit("09:00")
    before = number(alice, desk)
    assert number(alice, desk) == before
    match change:
        case "mark":
            mark(desk.client(), visit, "arrived")
        case "book":
            desk.visit("10:00")
        case "hold":
            holds.take(desk.type, cell(MONDAY, "10:00"), NOW, new_patient=True, network="192.0.2.1")
        case "absence":
            Absence.objects.create(practitioner=desk.one, first_day=MONDAY, last_day=MONDAY, start_minute=600)
        case "opening":
            desk.opening(on=MONDAY, start_minute=840, end_minute=900)
        case "cancel":
            mark(desk.client(), visit, "cancelled_by_practice", confirmed="on")
        case "move":
            Appointment.objects.filter(pk=visit.pk).update(sequence=1, first_cell=visit.first_cell + 1)
        case "holiday":
            Opening.objects.all().delete()
    assert number(alice, desk) != before


def test_a_hold_that_expires_changes_the_number_by_itself(desk, alice, clock):
    desk.hold_on("09:00", minutes_left=5)
    before = number(alice, desk)
    clock.shift(5 * 60)
    assert number(alice, desk) != before


def test_another_day_and_another_agenda_change_nothing(desk, alice):
    before = numbers(alice, desk, "20260105", "20260106")
    desk.visit(of=desk.two)
    desk.visit(day=TUESDAY)
    after = numbers(alice, desk, "20260105", "20260106")
    changed = [key for key in before if before[key] != after[key]]
    assert changed == [f"{desk.one.pk}-20260106"]


def test_a_visit_over_midnight_belongs_to_both_days(desk, alice):
    """T10"""
    before = numbers(alice, desk, "20260105", "20260106")
    desk.visit("23:30", minutes=60)
    after = numbers(alice, desk, "20260105", "20260106")
    assert all(before[key] != after[key] for key in before)


def test_the_answer_says_nothing_of_a_person_and_notes_nothing(desk, alice):
    """P7"""
    desk.visit()
    answer = alice.get(f"/agenda/version/?on={desk.one.pk}-20260105")
    assert list(answer.json()) == [f"{desk.one.pk}-20260105"]
    assert all(isinstance(one, int) and one < 2**53 for one in answer.json().values())
    assert not AccessEvent.objects.exists()


@pytest.mark.parametrize("wrong", ["7-20260105", "{one}-20260230", "{one}-00000101", "{one}-99991231", "{one}", "x", "{one}-2026-01-05", "' OR 1=1"])  # fmt: skip
def test_what_is_no_day_of_an_agenda_is_an_unknown_page(desk, alice, wrong):
    """P11 T15"""
    assert alice.get("/agenda/version/", {"on": wrong.format(one=desk.one.pk)}).status_code == 404


def test_a_page_of_ten_weeks_can_ask_and_more_cannot(desk, alice):
    days = [f"{MONDAY + timedelta(days=one):%Y%m%d}" for one in range(71)]
    assert len(numbers(alice, desk, *days[:70])) == 70
    query = "&".join(f"on={desk.one.pk}-{day}" for day in days)
    assert alice.get(f"/agenda/version/?{query}").status_code == 404
    assert alice.get("/agenda/version/").json() == {}


def test_asking_counts_as_no_use(desk, alice, clock):
    """The lock comes all the same."""
    used = session_row(alice)["used"]
    for _ in range(5):
        clock.shift(60)
        number(alice, desk)
        alice.get(f"/agenda/column/{desk.one.pk}/2026-01-05/", headers={"X-Timer": "1"})
    assert session_row(alice)["used"] == used


def test_a_column_is_drawn_as_its_page_draws_it(desk, alice):
    desk.visit("09:00")
    page = text(alice.get("/agenda/"))
    column = text(alice.get(f"/agenda/column/{desk.one.pk}/2026-01-05/?hours=7-20&view=day"))
    assert NAME in column
    assert column.strip().splitlines()[-2] in page
    week = text(alice.get(f"/agenda/column/{desk.one.pk}/2026-01-05/?hours=7-20&view=week"))
    assert 'href="/agenda/day/2026-01-05/"' in week


def test_a_column_that_does_not_fit_any_more_says_so(desk, alice):
    desk.visit("21:00")
    address = f"/agenda/column/{desk.one.pk}/2026-01-05/"
    assert alice.get(f"{address}?hours=7-20").status_code == 409
    assert alice.get(f"{address}?hours=7-22").status_code == 200
    assert alice.get(f"{address}?hours=nonsense").status_code == 200


def test_what_a_script_fetches_is_noted_and_locked_like_every_page(desk, alice):
    visit = desk.visit()
    address = f"/agenda/column/{desk.one.pk}/2026-01-05/?hours=7-20&view=day"
    alice.get(address)
    assert list(AccessEvent.objects.values_list("appointment", "action")) == [(visit.pk, "day")]
    alice.post("/agenda/lock/")
    assert NAME not in text(alice.get(address))


def test_names_are_initials_there_too(desk, alice):
    desk.visit()
    alice.post("/agenda/display/", {"names": "initials"})
    assert NAME not in text(alice.get(f"/agenda/column/{desk.one.pk}/2026-01-05/?hours=7-20&view=day"))


@pytest.mark.parametrize(
    "page", ["/agenda/day/2026-01-05/", "/agenda/week/2026-01-05/", "/agenda/list/2026-01-05/", "/agenda/waiting/"]
)
def test_a_page_carries_the_numbers_of_what_it_shows(desk, alice, page):
    """What changes while it is on its way to the screen is told at its first question."""
    desk.visit()
    # An absence of another day, and openings in no order: neither is a day's own.
    Absence.objects.create(practitioner=desk.one, first_day=TUESDAY, last_day=TUESDAY)
    shown = {
        found[1]: int(found[2])
        for found in re.finditer(r'data-live="([^"]+)" data-number="(\d+)"', text(alice.get(page)))
    }
    assert shown
    for key, number in shown.items():
        assert alice.get(f"/agenda/version/?on={key}").json() == {key: number}
