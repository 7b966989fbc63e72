"""Many at once: one winner, on both engines."""

from collections.abc import Iterator
from functools import partial

import pytest
from django.http import Http404

from booking import delivery, desk, waiting
from booking.appointments import contact_of
from booking.delivery import Ways
from booking.desk import Coming, Desk
from booking.desk.terms import Wanted
from booking.links import new_token
from booking.models import Appointment, Message, Offer, Wish
from booking.refusals import BookingRefused
from patients import store
from tests import post as posts
from tests.booking.cast import TUESDAY, cell, identity
from tests.booking.test_races import all_at_once, assert_nobody_shares_a_cell
from tests.booking.waiting.cast import TEN, Hall, open_offers

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def hall(settings) -> Iterator[Hall]:
    with posts.post() as server:
        posts.use(settings, server.port)
        yield Hall(post=server)


def offered(hall: Hall) -> str:
    hall.wish("first@example.org")
    hall.freed()
    waiting.work(TEN)
    delivery.work(TEN.replace(minute=2), Ways())
    return hall.offered()


def overbooked_on(hall: Hall) -> None:
    """Staff book over what is on offer, with their yes."""
    wanted = Wanted(hall.type.pk, cell(TUESDAY, "09:00"), new_patient=True, overbook=True)
    coming = Coming(identity("Comptoir"), store.Visit(phone="06 12 34 56 78"))
    desk.book_at_desk(wanted, coming, new_token(), TEN, by=Desk(hall.alice.pk, b"t" * 16))


def test_two_workers_make_one_offer(hall):
    """M6"""
    for number in range(4):
        hall.wish(f"w{number}@example.org")
    hall.freed()
    all_at_once([partial(waiting.work, TEN)] * 4)
    assert len(open_offers(TEN)) == Offer.objects.count() == Message.objects.filter(kind="offer").count() == 1


def test_an_offer_accepted_in_five_tabs_is_one_visit(hall):
    """R8"""
    token = offered(hall)
    assert all_at_once([partial(waiting.accept, token, TEN)] * 5) == [token] * 5
    assert Appointment.objects.filter(state="booked").count() == 1
    assert_nobody_shares_a_cell(TEN)


def test_accepting_meets_staff_who_book_over_it_and_one_of_them_has_the_time(hall):
    """R6 R9 R12"""
    token = offered(hall)
    results = all_at_once([partial(waiting.accept, token, TEN), partial(overbooked_on, hall)])
    booked = Appointment.objects.filter(state="booked")
    in_the_opening = booked.filter(lane__lt=100)
    assert in_the_opening.count() == 1
    assert isinstance(results[0], waiting.Gone) == (booked.count() == 1)
    assert Wish.objects.count() == (1 if isinstance(results[0], waiting.Gone) else 0)
    assert_nobody_shares_a_cell(TEN)


def test_accepting_meets_the_end_of_the_offer(hall):
    """R11"""
    token, other = offered(hall), hall.wish("second@example.org")
    Offer.objects.update(expires=TEN.replace(minute=10))
    late = TEN.replace(minute=10)
    results = all_at_once([partial(waiting.accept, token, late.replace(minute=9)), partial(waiting.work, late)])
    taken = not isinstance(results[0], BookingRefused)
    assert Appointment.objects.filter(state="booked").count() == int(taken)
    assert Offer.objects.filter(wish=other).exists() is not taken
    assert_nobody_shares_a_cell(TEN)


def test_withdrawing_meets_accepting_and_the_record_is_somebody_s_or_gone(hall):
    token, wish = offered(hall), Wish.objects.get()
    # The link of the wish is in its contact.
    link = contact_of(wish).token
    results = all_at_once([partial(accept_or_404, token), partial(waiting.withdraw, link, TEN)])
    booked = Appointment.objects.filter(state="booked").count()
    assert booked == (1 if results[0] == token else 0)
    assert not Wish.objects.exists()
    assert store.record_ids() >= {
        store.Reference(pk, bytes(ref)).record
        for pk, ref in Appointment.objects.filter(state="booked").values_list("pk", "patient_ref")
    }


def accept_or_404(token: str) -> object:
    try:
        return waiting.accept(token, TEN)
    except Http404:
        return None
