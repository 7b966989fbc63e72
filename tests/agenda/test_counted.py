"""What the desk is told of absences, where, and with whose rule."""

from datetime import timedelta

import pytest

from booking.models import Lapse
from clicdocteur.grid import cell_of
from practitioners.models import Practitioner
from tests.agenda.cast import NAME, mark, text
from tests.booking.cast import MONDAY, NOW

SUGGESTED = "/agenda/book/people/"


def test_the_page_the_list_and_the_suggestions_say_it_with_the_practitioners_rule(desk, alice):
    Practitioner.objects.update(lapse_rule="Après deux absences, par téléphone.")
    first, again = desk.visit("09:00"), desk.visit("10:00")
    mark(alice, first, "absent")
    page = text(alice.get(f"/agenda/appointment/{again.pk}/"))
    assert "1 absence" in page
    assert "Après deux absences, par téléphone." in page
    assert "1 absence" in text(alice.get(f"/agenda/list/{MONDAY}/"))
    found = text(alice.post(SUGGESTED, {"last_name": NAME, "first_name": "Zénobie"}))
    assert "1 absence" in found
    assert "par téléphone." in found


@pytest.mark.parametrize("visits", [1, 12])
def test_suggestions_cost_the_same_for_any_number_of_visits(desk, alice, visits, django_assert_num_queries):
    """A18: of each visit a part is read, and all that is said of it is in that part."""
    Practitioner.objects.update(lapse_rule="Après deux absences, par téléphone.")
    mark(alice, desk.visit("09:00"), "absent")
    for number in range(visits):
        desk.visit("10:00", day=MONDAY + timedelta(days=number % 5))
    asked = {"last_name": NAME, "cell": cell_of(NOW)}
    alice.post(SUGGESTED, asked)
    with django_assert_num_queries(11), django_assert_num_queries(2, using="patients"):
        found = text(alice.post(SUGGESTED, asked))
    assert "1 absence" in found
    assert "attendu" in found


def test_an_absence_is_counted_no_longer_and_again(desk, alice):
    visit = desk.visit()
    mark(alice, visit, "absent")
    page, count = f"/agenda/appointment/{visit.pk}/", f"/agenda/appointment/{visit.pk}/count/"
    assert "Ne plus compter" in text(alice.get(page))
    assert alice.post(count, {"counted": "no"}).url == page
    assert not Lapse.objects.exists()
    assert "Compter cette absence" in text(alice.get(page))
    alice.post(count, {"counted": "yes"})
    assert Lapse.objects.count() == 1


def test_what_cannot_be_counted_is_said(desk, alice):
    visit = desk.visit()
    answer = alice.post(f"/agenda/appointment/{visit.pk}/count/", {"counted": "yes"}, follow=True)
    assert "ne se compte pas" in text(answer)


def test_another_agenda_s_visit_is_not_counted_by_id(desk, alice):
    """CASES P11."""
    visit = desk.visit(of=desk.two, state="absent")
    assert alice.post(f"/agenda/appointment/{visit.pk}/count/", {"counted": "yes"}).status_code == 404
    assert not Lapse.objects.exists()


def test_a_locked_session_is_told_nothing(desk, alice):
    visit = desk.visit()
    mark(alice, visit, "absent")
    alice.post("/agenda/lock/")
    page = text(alice.get(f"/agenda/appointment/{visit.pk}/"))
    assert "1 absence" not in page


@pytest.mark.parametrize("number", [1, 30])
def test_the_list_costs_the_same_whatever_is_counted(desk, alice, number, django_assert_num_queries):
    """CASES A18."""
    for minute in range(number):
        visit = desk.visit(f"{9 + minute // 12:02d}:{minute % 12 * 5:02d}", minutes=5, name=f"Nom {minute}")
        if minute < 3:
            mark(alice, visit, "absent")
    alice.get(f"/agenda/list/{MONDAY}/")
    with django_assert_num_queries(1, using="patients"), django_assert_num_queries(14):
        alice.get(f"/agenda/list/{MONDAY}/")
