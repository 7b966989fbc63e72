"""A flood from one network is seen as one, and undone together; nobody else's visit is touched (P10)."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from booking import chores, floods, limits, retention
from booking.models import Appointment, Message, OccupiedCell, OnlineBooking
from practitioners.models import AccessEvent
from tests.agenda.cast import NAME, Desk, text
from tests.booking.cast import NOW, TUESDAY


@pytest.fixture
def flood(desk: Desk) -> list[Appointment]:
    """Five from one network; one of somebody else's."""
    times = [("09:00", 0), ("09:30", 0), ("10:00", 0), ("09:00", 1), ("09:30", 1)]
    booked = [
        desk.book(
            clock, TUESDAY + timedelta(days=days), network="192.0.2.66", contact={"email": f"f{number}@example.org"}
        )
        for number, (clock, days) in enumerate(times)
    ]
    desk.book("11:00", network="198.51.100.7", contact={"email": "honest@example.org"})
    return booked


def test_it_is_shown_as_a_number_an_hour_and_times_and_never_as_names_or_addresses(flood, desk: Desk, alice: Client):
    shown = text(alice.get("/agenda/online/")).replace("\u00a0", " ")
    assert "Réseau 1 : 5 rendez-vous" in shown
    assert "Réservés lundi 5 janvier à 8 h" in shown
    assert "mardi 6 janvier 2026 à 9 h 30 · Dr Un" in shown
    assert "1 autre rendez-vous" in shown
    assert "mardi 6 janvier 2026 à 11 h" not in shown
    for planted in ("192.0.2.66", "example.org", NAME, limits.network_tag("192.0.2.66").hex()):
        assert planted not in shown


def test_what_is_ticked_is_cancelled_freed_logged_and_nobody_is_written_to(flood, desk: Desk, alice: Client):
    kept, gone = flood[0], flood[1:]
    answer = alice.post("/agenda/online/undo/", {"visit": [str(one.pk) for one in gone]}, follow=True)
    assert "4 rendez-vous annulés" in text(answer).replace("\u00a0", " ")
    states = dict(Appointment.objects.values_list("pk", "state"))
    assert {states[one.pk] for one in gone} == {"cancelled_by_practice"}
    assert states[kept.pk] == "booked"
    assert not OccupiedCell.objects.filter(appointment__in=gone).exists()
    assert not Message.objects.filter(appointment__in=gone).exists()
    assert (
        AccessEvent.objects.filter(appointment__in=[one.pk for one in gone], action="to cancelled_by_prac").count() == 4
    )
    desk.book("09:30", network="198.51.100.9", contact={"email": "next@example.org"})
    again = alice.post("/agenda/online/undo/", {"visit": [str(one.pk) for one in gone]}, follow=True)
    assert "0 rendez-vous" in text(again).replace("\u00a0", " ")


def test_nothing_but_what_the_page_shows_can_be_undone(flood, desk: Desk, alice: Client):
    """P11 I6: not another agenda's, not a visit that staff took, not by who has no grant."""
    by_staff = desk.visit("11:30", day=TUESDAY)
    every = [str(one.pk) for one in (*flood, by_staff)]
    bruno = desk.client("bruno")
    assert "Réseau" not in text(bruno.get("/agenda/online/"))
    bruno.post("/agenda/online/undo/", {"visit": every})
    alice.post("/agenda/online/undo/", {"visit": [str(by_staff.pk), "7", "x", "-1"]})
    assert set(Appointment.objects.values_list("state", flat=True)) == {"booked"}
    assert alice.get("/agenda/online/undo/").status_code == 405


def test_a_locked_session_undoes_nothing(flood, desk: Desk, alice: Client):
    alice.post("/agenda/lock/", {"next": "/agenda/"})
    alice.post("/agenda/online/undo/", {"visit": [str(one.pk) for one in flood]})
    assert set(Appointment.objects.values_list("state", flat=True)) == {"booked"}


def test_it_is_forgotten_after_a_day_and_with_an_erasure(flood, desk: Desk, alice: Client):
    """The tag is another one each day, and of one day only."""
    retention.erase(flood[0].token, NOW)
    assert OnlineBooking.objects.count() == 5
    assert limits.day_tag(b"x", NOW) != limits.day_tag(b"x", NOW + timedelta(days=1))
    later = NOW + timedelta(days=1, minutes=1)
    with time_machine.travel(later, tick=False):
        assert floods.groups([desk.one], later) == []
    chores._holds(later)
    assert not OnlineBooking.objects.exists()


def test_the_page_costs_the_same_for_one_group_and_for_many(desk: Desk, alice: Client, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for number in range(2):
        for clock in ("09:00", "09:30", "10:00", "10:30", "11:00")[: 1 if number == 0 else 5]:
            day = TUESDAY + timedelta(days=number)
            desk.book(
                clock,
                day,
                network=f"192.0.2.{number}",
                contact={"email": f"{number}{clock[:2]}{clock[3:]}@example.org"},
            )
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert alice.get("/agenda/online/").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
