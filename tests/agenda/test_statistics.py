"""Local statistics: numbers of quarters that are over, to managers and to the practitioner alone, and never of a few."""

import re
from datetime import date

import pytest

from agenda.statistics import Quarter, closed
from booking.models import MonthlyCount, MonthlyFill, MonthlyLead
from practitioners.models import AccessEvent, Staff
from tests.agenda.cast import text
from tests.booking.cast import visit_type

PAGE = "/agenda/statistics/"
# It is January 2026: the last quarter of 2025 was over a week and two days ago on the 10th.
OVER = date(2025, 8, 1)


def count(desk, state, amount, month=OVER, kind=None):
    of = kind or desk.type
    MonthlyCount.objects.create(practitioner=of.practitioner, visit_type=of, state=state, month=month, amount=amount)


@pytest.fixture
def manager(desk):
    Staff.objects.filter(login="chloe").update(role=Staff.Role.MANAGER)
    return desk.client("chloe")


def rows(page: str) -> list[list[str]]:
    cells = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)
    clean = re.sub(r'<span class="hidden-text">.*?</span>', "", page.replace("\xa0", " ").replace("&nbsp;", " "))
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells.findall(row)]
        for row in re.findall(r"<tr>(.*?)</tr>", clean, re.DOTALL)
    ]


@pytest.mark.parametrize(
    ("today", "latest"),
    [("2026-01-05", "2025-3"), ("2026-01-09", "2025-3"), ("2026-01-10", "2025-4"), ("2026-03-31", "2025-4"), ("2026-04-10", "2026-1")],
)  # fmt: skip
def test_a_quarter_is_shown_once_its_last_visit_is_counted(desk, today, latest):
    found = closed(date.fromisoformat(today), desk.practice)
    assert found[0].key == latest
    assert len({one.key for one in found}) == len(found) == 8
    assert Quarter(2025, 4).end == Quarter(2026, 1).first == date(2026, 1, 1)


def test_a_quarter_says_what_became_of_visits_how_full_and_how_far_ahead(desk, manager):
    second = visit_type(desk.one, "suivi", name="Suivi")
    for state, amount in (("seen", 70), ("booked", 6), ("absent", 8), ("cancelled", 9), ("excused", 3)):
        count(desk, state, amount, month=date(2025, 7, 1))
    count(desk, "seen", 4)
    count(desk, "seen", 20, kind=second)
    MonthlyFill.objects.create(practitioner=desk.one, month=OVER, open_minutes=1000, used_minutes=830, counted_to=OVER)
    MonthlyLead.objects.create(practitioner=desk.one, visit_type=desk.type, ahead=3, month=OVER, amount=12)
    page = text(manager.get(PAGE))
    assert "3e trimestre 2025" in page
    found = rows(page)
    assert ["Consultation", "80", "8", "12", "100", "9 %"] in found
    assert ["Suivi", "20", "0", "0", "20", "0 %"] in found
    assert ["ensemble", "100", "8", "12", "120", "7 %"] in found
    assert ["Consultation", "0", "12", "0", "12"] in found
    assert ["3e trimestre 2025", "83 %", "7 %"] in found
    assert 'class="part-85"' in page


def test_few_are_never_shown_nor_worked_out(desk, manager):
    """P7"""
    second, third = visit_type(desk.one, "suivi", name="Suivi"), visit_type(desk.one, "rare", name="Motif rare")
    count(desk, "seen", 50)
    count(desk, "absent", 8)
    count(desk, "seen", 30, kind=second)
    count(desk, "absent", 4, kind=second)
    count(desk, "absent", 2, kind=third)
    found = rows(text(manager.get(PAGE)))
    assert not any("Motif rare" in row for row in found)
    assert ["Consultation", "50", "8", "0", "58", "14 %"] in found
    assert ["autres motifs", "30", "6", "0", "36", "17 %"] in found
    assert ["ensemble", "80", "14", "0", "94", "15 %"] in found
    MonthlyCount.objects.filter(state="absent").update(amount=1)
    found = rows(text(manager.get(PAGE)))
    assert ["ensemble", "80", "–", "0", "–", "–"] in found
    assert ["3e trimestre 2025", "–", "–"] in found
    assert not any("Consultation" in row for row in found)


def test_of_a_handful_nothing_is_said(desk, manager):
    """U2"""
    count(desk, "seen", 4)
    MonthlyFill.objects.create(practitioner=desk.one, month=OVER, open_minutes=600, used_minutes=60, counted_to=OVER)
    page = text(manager.get(PAGE))
    assert "Trop peu de rendez-vous" in page
    assert "10&nbsp;%" not in page


def test_what_is_not_over_is_not_shown_even_when_asked(desk, manager):
    count(desk, "seen", 50, month=date(2025, 12, 1))
    assert not any("50" in row for row in rows(text(manager.get(PAGE))))
    for asked in ("2025-4", "2026-1", "1999-1", "x", ""):
        assert manager.get(PAGE, {"quarter": asked}).status_code == 404
    assert manager.get(PAGE, {"quarter": "2025-2"}).status_code == 200


def test_a_practitioner_sees_their_own_a_manager_all_and_nobody_else_any(desk, manager, caplog):
    """P11"""
    assert {"Dr Un", "Dr Deux"} <= set(re.findall(r">(Dr \w+)</h2>", text(manager.get(PAGE))))
    Staff.objects.filter(login="bruno").update(role=Staff.Role.PRACTITIONER, practitioner=desk.two)
    bruno = desk.client("bruno")
    assert re.findall(r">(Dr \w+)</h2>", text(bruno.get(PAGE))) == ["Dr Deux"]
    assert PAGE in text(bruno.get("/agenda/"))
    alice = desk.client("alice")
    assert alice.get(PAGE).status_code == 404
    assert PAGE not in text(alice.get("/agenda/"))
    assert "asked for statistics" in caplog.text


def test_no_name_is_read(desk, alice):
    Staff.objects.filter(login="alice").update(role=Staff.Role.MANAGER)
    alice.get(PAGE)
    assert not AccessEvent.objects.exists()
    alice.post("/agenda/lock/")
    assert alice.get(PAGE).status_code == 200


@pytest.mark.parametrize("months", [1, 20])
def test_the_page_costs_the_same_whatever_was_counted(desk, manager, months, django_assert_num_queries):
    """A18"""
    for number in range(months):
        count(desk, "seen", 50, month=date(2024 + number // 12, number % 12 + 1, 1))
    manager.get(PAGE)
    with django_assert_num_queries(9):
        manager.get(PAGE)
