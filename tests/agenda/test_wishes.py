"""The waiting list at the desk: who waits, a time on offer, and booking over it."""

from collections.abc import Iterator

import pytest

from agenda.versions import versions
from booking import appointments, moving, undoing, waiting
from booking.models import Appointment, Offer, Wish
from booking.refusals import Warned
from booking.waiting_rules import EVERY_PART
from practitioners import keys
from practitioners.models import AccessEvent, Practitioner
from tests import post as posts
from tests.agenda.cast import Desk, text
from tests.agenda.desk.cast import book, page_of
from tests.booking.cast import MONDAY, TUESDAY, cell, identity
from tests.booking.waiting.cast import TEN, Hall, reserves
from tests.practitioners.cast import private_of

PATH = "/agenda/wishes/"
NAME = "Attend1"
TAG = bytes(range(16))


@pytest.fixture
def hall(desk: Desk, clock, settings) -> Iterator[Hall]:
    """The desk's house with a list; it is ten."""
    with posts.post() as server:
        posts.use(settings, server.port)
        hall = Hall.__new__(Hall)
        hall.__dict__.update(desk.__dict__, post=server, numbers=0)
        Practitioner.objects.update(waiting_list=True)
        hall.one.refresh_from_db()
        hall.type.practitioner = hall.one
        clock.move_to(TEN)
        yield hall


def on_offer(hall: Hall) -> Appointment:
    hall.freed()
    waiting.work(TEN)
    (reserve,) = reserves()
    return reserve


def test_who_waits_is_shown_with_a_name_when_unlocked_and_counted_when_not(hall, alice):
    """P7"""
    hall.wish()
    visit = hall.book("11:00", TUESDAY, identity=identity("Plustôt"))
    waiting.leave_earlier(visit.token, waiting.Wanted(0b1, EVERY_PART), TEN)
    page = text(alice.get(PATH))
    for said in (NAME, "w1@example.org", "Plustôt", "plus tôt que", "2 en attente"):
        assert said in page
    assert AccessEvent.objects.filter(action="waiting-list").count() == 2
    alice.post("/agenda/lock/")
    locked = text(alice.get(PATH))
    assert "2 en attente" in locked
    for secret in (NAME, "w1@example.org", "Plustôt"):
        assert secret not in locked


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_costs_the_same_whatever_its_length(hall, alice, number, django_assert_num_queries):
    """A18"""
    for _ in range(number):
        hall.wish()
    alice.get(PATH)
    with django_assert_num_queries(9):
        alice.get(PATH)


def test_the_desk_takes_somebody_off_and_another_s_list_is_not_there(hall, desk, alice):
    """P11"""
    wish = hall.wish()
    assert desk.client("bruno").post(f"{PATH}{wish.pk}/remove/").status_code == 404
    assert Wish.objects.exists()
    assert alice.post(f"{PATH}{wish.pk}/remove/").url == PATH
    assert "retirée et effacée" in text(alice.get(PATH))
    assert not Wish.objects.exists()


def test_a_freed_time_is_staff_s_at_once_and_marked_once_somebody_is_asked(hall, alice):
    hall.wish()
    hall.freed()
    day = f"/agenda/day/{TUESDAY}/"
    assert "libérée, proposée" not in text(alice.get(day))
    days, at = [(hall.one, TUESDAY)], (hall.practice, TEN)
    before = versions(days, *at)
    waiting.work(TEN)
    assert "libérée, proposée" in text(alice.get(day))
    assert versions(days, *at) != before
    (reserve,) = reserves()
    card = text(alice.get(page_of(reserve)))
    assert "peut l’accepter" in card
    assert f"/agenda/book/{hall.one.pk}/{TUESDAY}/540/" in card
    assert "jusqu’à 14 h" in text(alice.get(PATH)).replace("\u00a0", " ")


def test_booking_over_an_offer_takes_a_yes_and_then_the_offer_is_lost(hall, alice):
    """R12 A19"""
    hall.wish()
    reserve = on_offer(hall)
    first = book(alice, hall, "09:00")
    assert first.status_code == 409
    assert "proposée à une personne de la liste" in text(first)
    assert "La prendre quand même" in text(first)
    assert "surnombre" not in text(first)
    assert Appointment.objects.filter(pk=reserve.pk).exists()
    assert book(alice, hall, "09:00", overbook="on").status_code == 302
    booked = Appointment.objects.get(state="booked")
    assert (booked.lane, booked.first_cell) == (0, cell(TUESDAY, "09:00"))
    assert not reserves()
    assert Offer.objects.get().place is None
    assert Wish.objects.count() == 1


def test_a_time_that_waits_for_the_list_is_booked_by_staff_without_a_word(hall, alice):
    hall.wish()
    hall.freed()
    assert book(alice, hall, "09:00").status_code == 302
    assert not reserves()


def test_a_form_that_is_opened_and_left_costs_nobody_their_turn(hall, alice):
    hall.wish()
    hall.freed()
    alice.post(f"/agenda/book/{hall.one.pk}/{TUESDAY}/540/hold/", {"visit_type": hall.type.pk})
    alice.post("/agenda/book/release/")
    assert waiting.work(TEN) == 1


def test_staff_who_move_a_visit_onto_an_offer_are_warned(hall):
    hall.wish()
    hall.wish()
    visit = hall.book("11:00", TUESDAY)
    on_offer(hall)
    vault = keys.Vault(hall.alice, private_of(hall.alice), MONDAY, TAG)
    to = moving.Target(hall.one.pk, cell(TUESDAY, "09:00"))
    with pytest.raises(Warned) as warned:
        moving.move_for_staff(visit.pk, to, moving.Seen("booked", 0), TEN, vault=vault)
    assert warned.value.met == ("offered",)
    moving.move_for_staff(visit.pk, to, moving.Seen("booked", 0), TEN, vault=vault, accepted=("offered",))
    # What it left is kept for the list in its turn.
    assert [one.first_cell for one in reserves()] == [cell(TUESDAY, "11:00")]


def test_a_cancellation_that_staff_undo_takes_its_time_back_from_the_list(hall):
    hall.wish()
    visit = hall.book("09:00", TUESDAY)
    before = moving.Standing.of(visit)
    who = {"staff": hall.alice.pk, "session_tag": TAG}
    done = appointments.mark(visit.pk, "cancelled_by_practice", "booked", TEN, **who)
    waiting.work(TEN)
    assert Offer.objects.get().is_open(TEN)
    vault = keys.Vault(hall.alice, private_of(hall.alice), MONDAY, TAG)
    step = undoing.Step(visit.pk, before, moving.Seen(done.state, done.sequence))
    assert undoing.undo([step], TEN, TEN, vault=vault).back == [visit.pk]
    assert not reserves()
    assert not Offer.objects.get().is_open(TEN)


def test_without_any_list_the_page_says_where_to_open_one(desk, alice):
    assert "Aucune liste d’attente n’est ouverte" in text(alice.get(PATH))
