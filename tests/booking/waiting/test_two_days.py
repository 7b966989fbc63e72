"""Two simulated days with time travel: people wait, book, leave, accept, refuse and forget; the worker is killed at random."""

import random
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import time_machine

from booking import appointments, delivery, retention, waiting
from booking.delivery import Ways, claims
from booking.models import Appointment, Message, OccupiedCell, Offer, Wish
from booking.refusals import BookingRefused
from booking.waiting_rules import BETWEEN, LEAST_AHEAD, LONGEST_LIFE, PER_WISH
from clicdocteur.grid import cell_of
from patients.models import PatientRecord
from tests.booking.cast import NOW, TUESDAY
from tests.booking.waiting.cast import Hall, reserves

STEP = timedelta(minutes=90)
DAYS = 2


class Killed(BaseException):
    """`kill -9`, at one of the worker's steps."""


def test_two_days_of_wishes(hall: Hall, monkeypatch):
    """M5 M6 A1: whatever happens in whatever order, each time is one person's, offers keep their limits, and nothing is left."""
    chance, visits, accepted, kills = random.Random("days"), [], 0, 0
    for number in range(DAYS * 16):
        now = NOW + number * STEP
        with time_machine.travel(now, tick=False):
            if chance.random() < 0.6:
                hall.wish(now=now, weekdays=chance.randrange(1, 32), parts=1)
            for _ in range(2):
                _book(hall, chance, now, visits)
            if visits:
                gone = visits.pop(chance.randrange(len(visits)))
                if gone.start > now:
                    appointments.cancel(gone.token, "", now)
            hall.quiet()
            kills += _work(now, chance, monkeypatch)
            accepted += _answer(hall, chance, now)
            _is_sound(now)
    assert accepted > 1
    assert kills > 1
    offers = list(Offer.objects.exclude(wish=None).order_by("made"))
    for made in ([one.made for one in offers if one.wish_id == wish] for wish in {one.wish_id for one in offers}):
        assert len(made) <= PER_WISH
        assert all(later - one >= BETWEEN for one, later in pairwise(made))
    assert Counter(str(mail["Message-ID"]) for mail in hall.post.taken).most_common(1)[0][1] == 1
    _ends(hall, now + timedelta(days=400))


def _book(hall: Hall, chance: random.Random, now, visits: list) -> None:
    day = TUESDAY + timedelta(days=chance.randint(0, DAYS + 2))
    clock = chance.choice(["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"])
    hall.numbers += 1
    try:
        contact = {"email": f"b{hall.numbers}@example.org"}
        visits.append(hall.book(clock, day, now, contact=contact, network=f"198.51.100.{hall.numbers}"))
    except BookingRefused:
        return  # taken, kept for somebody, past, or at the week-end


def _work(now, chance: random.Random, monkeypatch) -> int:
    """A worker passes, twice; one time in six it is killed while it hands something over, or before."""
    step = chance.choice(["claim", "hand", "close"]) if chance.random() < 1 / 6 else ""

    def killed(*given: object, **named: object) -> None:
        raise Killed

    dead = 0
    for later in (timedelta(0), timedelta(minutes=2)):
        waiting.work(now + later)
        with monkeypatch.context() as patch:
            if step and later:
                patch.setattr(claims, step, killed)
            try:
                delivery.work(now + later, Ways())
            except Killed:
                dead = 1
    return dead


def _answer(hall: Hall, chance: random.Random, now) -> int:
    """Whoever finds an offer in their mail accepts it, leaves it, gives up waiting, or looks too late."""
    done = 0
    for mail in hall.post.taken[-6:]:
        token = mail.get_body(("plain",)).get_content().partition("/offer/")[2].split("/")[0]
        kind = chance.random()
        if not token or not Offer.objects.filter(link_hash=appointments.link_hash(token)).exists():
            continue
        try:
            if kind < 0.3:
                waiting.accept(token, now + timedelta(minutes=5))
                done += 1
            elif kind < 0.5:
                waiting.decline(token)
            elif kind < 0.55:
                waiting.withdraw_by_offer(token, now)
        except waiting.Gone:
            continue
    return done


def _is_sound(now) -> None:
    live = Appointment.objects.filter(state__in=Appointment.LIVE).exclude(state="held", held_until__lte=now)
    taken = [
        (one.lane, cell)
        for one in live.exclude(end__lte=now - timedelta(days=2))
        for cell in range(one.first_cell, one.end_cell)
    ]
    assert len(taken) == len(set(taken))
    for reserve in (one for one in reserves() if one.held_until > now):
        assert OccupiedCell.objects.filter(appointment=reserve).count() == reserve.end_cell - reserve.first_cell
    for offer in Offer.objects.filter(ended=False, accepted=False, place__isnull=False, expires__gt=now):
        assert offer.start - offer.made >= LEAST_AHEAD
        assert offer.expires - offer.made <= LONGEST_LIFE
        assert offer.place.held_until > offer.expires
    for mail in Message.objects.filter(kind="offer", state="sent", closed__gte=now):
        assert 8 <= mail.closed.hour < 19  # in UTC: nine to eight in Paris


def _ends(hall: Hall, now) -> None:
    """A year later nothing is left to read or to offer, and no record without its row."""
    waiting.work(now)
    retention.purge(now)
    retention.purge(now)
    assert not Wish.objects.exists()
    assert not Offer.objects.exists()
    assert not PatientRecord.objects.exists()
    assert cell_of(now)
