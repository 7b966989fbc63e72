"""Queries compiled once answer as the queries that they were made from, whatever is asked, on either database."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from booking.models import Counter
from clicdocteur.prepared import Prepared
from practitioners.models import Absence, Opening, Practice, Practitioner
from practitioners.queries import _rows, plans

START = datetime(2027, 3, 27, 23, 30, tzinfo=UTC)


def counters(amounts: list[int], expired: datetime) -> object:
    return Counter.objects.filter(amount__in=amounts, expires__gt=expired).order_by("tag").values_list("tag", "amount")


@pytest.mark.django_db
def test_it_answers_as_its_queryset_for_lists_of_any_length_and_any_instant() -> None:
    Counter.objects.bulk_create(
        Counter(tag=str(number), amount=number % 7, expires=START + timedelta(hours=number)) for number in range(50)
    )
    prepared = Prepared(counters)
    for amounts in ([1], [2, 3], [3, 2], [0, 1, 2, 3, 4, 5, 6], [1], []):
        for at in (START - timedelta(days=9), START + timedelta(hours=20, microseconds=1), START + timedelta(days=9)):
            assert prepared.rows(amounts, at) == list(counters(amounts, at))  # type: ignore[call-overload]


@pytest.mark.django_db
def test_an_empty_list_asks_nothing() -> None:
    with CaptureQueriesContext(connections["default"]) as asked:
        assert Prepared(counters).rows([], START) == []
    assert len(asked) == 0


@pytest.mark.django_db
def test_a_value_that_the_builder_reckons_with_is_refused() -> None:
    reckons = Prepared(lambda amount: Counter.objects.filter(amount=amount + 1).values_list("tag"))
    with pytest.raises(ValueError, match="does not reach"):
        reckons.rows(1)


@pytest.mark.django_db
def test_plans_of_every_shape_come_back_as_they_were_written() -> None:
    practice = Practice.objects.create(name="P", address="A")
    people = [
        Practitioner.objects.create(practice=practice, slug=f"dr-{n}", name=str(n), speciality="MG") for n in range(3)
    ]
    place = practice.locations.create(label="L", address="A")
    for number, one in enumerate(people):
        Opening.objects.create(
            practitioner=one, location=place, on=date(2027, 1, 4 + number), start_minute=0, end_minute=60
        )
        Opening.objects.create(
            practitioner=one, location=place, weekday=number, start_minute=60, end_minute=1440,
            valid_from=date(2026, 1, 1), valid_to=date(2027, 6, 1), released_days=0, released_minute=0,
        )  # fmt: skip
        Absence.objects.create(
            practitioner=one,
            first_day=date(2027, 2, 1),
            last_day=date(2027, 2, 2),
            repeat_weeks=2,
            repeat_until=date(2027, 5, 1),
        )
    for chosen in (people, people[:1], people[1:], []):
        for first, last in ((date(2027, 1, 1), date(2027, 1, 5)), (date(2027, 2, 1), date(2027, 9, 1))):
            found = plans(chosen, practice, first, last)
            assert len(found) == len(chosen)
            raw = list(_rows([one.pk for one in chosen], first, last)) if chosen else []
            assert sum(len(plan.openings) + len(plan.absences) for plan in found.values()) == len(raw)
            days = [rule.on for plan in found.values() for rule in plan.openings if rule.on]
            assert all(type(day) is date and first <= day <= last for day in days)
            for plan in found.values():
                for rule in plan.absences:
                    assert (rule.first_day, rule.repeat_until) == (date(2027, 2, 1), date(2027, 5, 1))


@pytest.mark.django_db(transaction=True)
def test_threads_that_ask_first_at_once_all_get_their_answer() -> None:
    Counter.objects.create(tag="a", amount=1, expires=START)
    prepared, together, found = Prepared(counters), threading.Barrier(6), []

    def one() -> None:
        together.wait()
        found.append(prepared.rows([1], START - timedelta(days=1)))
        connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[("a", 1)]] * 6
