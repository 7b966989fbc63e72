"""Reading is accountable: managers see a day of the log, holders of an agenda see who opened one appointment."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from practitioners import access_log
from practitioners.access_log import chain
from practitioners.models import Staff
from tests.agenda.cast import NAME, text
from tests.booking.cast import NOW


@pytest.fixture
def manager(desk):
    """Chloé manages, and holds no agenda: managers read no names without a grant."""
    Staff.objects.filter(login="chloe").update(role=Staff.Role.MANAGER)
    return desk.client("chloe")


def noted(staff, *appointments, action="day", at=NOW, **more):
    access_log.record(staff.pk, appointments, action, bytes(16), at, **more)


def rows(page: str) -> list[list[str]]:
    """The cells of every row of a page's tables."""

    cells = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells.findall(row)]
        for row in re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
    ]


def test_a_day_says_who_was_shown_how_many_appointments(desk, manager):
    noted(desk.alice, 1, 2, 3)
    noted(desk.alice, 2, action="appointment")
    noted(desk.alice, 2, action="to arrived")
    noted(desk.bruno, 9, action="week")
    page = text(manager.get("/agenda/log/"))
    assert ["Alice", "3", "0", "1", "0", "0"] in rows(page)
    assert ["Bruno", "1", "0", "0", "0", "0"] in rows(page)
    assert "À regarder" not in page


def test_the_page_says_the_anchor_to_keep_elsewhere(desk, manager):
    assert "verify_access_log" not in text(manager.get("/agenda/log/")), "nothing is closed yet"
    noted(desk.alice, 1, 2)
    chain.close(NOW + timedelta(minutes=5))
    assert f'<code class="anchor">{chain.head()}</code>' in text(manager.get("/agenda/log/"))


def test_what_stands_out_is_listed_with_its_opaque_ids(desk, manager):
    noted(desk.alice, 41, action="export")
    noted(desk.alice, 42, action="erased")
    noted(desk.bruno, *range(100, 105), action="list", flagged=True)
    found = rows(text(manager.get("/agenda/log/2026-01-05/")).replace("\xa0", " "))
    assert ["8 h 00", "Alice", "sorti dans un fichier (copie ou export)", "41"] in found
    assert ["8 h 00", "Alice", "identité effacée", "42"] in found
    assert ["8 h 00", "Bruno", "liste du jour", "5 rendez-vous"] in found
    assert ["Bruno", "5", "5", "0", "0", "0"] in found
    english = rows(text(manager.get("/agenda/log/2026-01-05/", headers={"accept-language": "en"})))
    assert ["8:00", "Bruno", "day list", "5 appointments"] in english


def test_the_log_page_has_no_patient_s_name_though_the_manager_may_open_agendas(desk):
    """P7"""
    desk.visit()
    Staff.objects.filter(login="alice").update(role=Staff.Role.MANAGER)
    alice = desk.client()
    assert NAME in text(alice.get("/agenda/"))
    page = text(alice.get("/agenda/log/"))
    assert ["Alice", "1", "0", "0", "0", "0"] in rows(page)
    assert NAME not in page
    assert "Zénobie" not in page


def test_a_day_is_the_practice_s(desk, manager):
    """T11: half past midnight in Paris is still yesterday in UTC."""
    noted(desk.alice, 1, at=datetime(2026, 1, 3, 23, 30, tzinfo=UTC))
    assert rows(text(manager.get("/agenda/log/2026-01-03/"))) == []
    assert ["Alice", "1", "0", "0", "0", "0"] in rows(text(manager.get("/agenda/log/2026-01-04/")))
    assert "Personne n’a ouvert d’identité" in text(manager.get("/agenda/log/2026-01-03/"))


def test_the_days_lead_back_and_not_into_the_future(manager):
    page = text(manager.get("/agenda/log/"))
    assert "/agenda/log/2026-01-04/" in page
    assert "/agenda/log/2026-01-06/" not in page
    assert "/agenda/log/2026-01-05/" in text(manager.get("/agenda/log/2026-01-04/"))


@pytest.mark.parametrize("who", ["alice", "bruno"])
def test_only_managers_see_the_log_and_others_an_unknown_page(desk, who, caplog):
    """P11"""
    client = desk.client(who)
    assert client.get("/agenda/log/").status_code == client.get("/agenda/log/2026-01-05/").status_code == 404
    assert "manager's page" in caplog.text
    assert "/agenda/log/" not in text(client.get("/agenda/"))


def test_somebody_who_left_is_a_number(desk, manager):
    noted(Staff(pk=77), 1)
    assert ["n° 77", "1", "0", "0", "0", "0"] in rows(text(manager.get("/agenda/log/")))


@pytest.mark.parametrize("number", [1, 3])
def test_a_log_page_costs_the_same_for_one_and_for_three(desk, manager, number, django_assert_num_queries):
    for one in (desk.alice, desk.bruno, desk.chloe)[:number]:
        noted(one, 1, 2, 3, flagged=True)
    with django_assert_num_queries(9):
        manager.get("/agenda/log/")


def test_who_opened_one_appointment_can_be_told(desk, alice, clock):
    visit = desk.visit()
    alice.get("/agenda/")
    alice.get(f"/agenda/appointment/{visit.pk}/")
    clock.shift(25 * 60)
    alice.get("/agenda/")
    clock.shift(24 * 3600)
    noted(desk.bruno, visit.pk, action="to cancelled_by_practice"[:20], at=datetime.now(UTC))
    page = text(desk.client().get(f"/agenda/appointment/{visit.pk}/opened/")).replace("\xa0", " ")
    found = rows(page)
    assert ["lundi 5 janvier 2026, 8 h 00", "Alice", "fiche du rendez-vous, agenda du jour"] in found
    assert ["mardi 6 janvier 2026, 8 h 25", "Bruno", "noté « annulé par le cabinet »"] in found
    assert found.index(["mardi 6 janvier 2026, 8 h 25", "Bruno", "noté « annulé par le cabinet »"]) == 1
    assert NAME not in page
    assert f"/agenda/appointment/{visit.pk}/opened/" in text(desk.client().get(f"/agenda/appointment/{visit.pk}/"))


def test_nobody_has_opened_it_yet(desk, alice):
    visit = desk.visit(day=NOW.date().replace(day=20))
    assert "Personne n’a encore ouvert" in text(alice.get(f"/agenda/appointment/{visit.pk}/opened/"))


@pytest.mark.parametrize("who", ["bruno", "chloe"])
def test_who_opened_it_is_told_to_holders_of_its_agenda_only(desk, who):
    """P11: managers included."""
    visit = desk.visit()
    Staff.objects.filter(login="chloe").update(role=Staff.Role.MANAGER)
    assert desk.client(who).get(f"/agenda/appointment/{visit.pk}/opened/").status_code == 404
