"""A simulated fortnight: bookings, moves, cancellations and corrections at every hour, a worker that dies at random, a mail
server that flaps. Every message that was due left once, or is in sight as doubtful or failed; none left wrongly, late, at
night or twice; and nothing readable is left in the stores afterwards (M1 M3 M4 M5 M7 M8 M11 M14 U7).

Small in CI; `make fortnight` plays hundreds of visits (FORTNIGHT=600).
"""

import os
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from booking import appointments, chores, delivery, outbox, retention, schedule
from booking.delivery import Ways, claims
from booking.models import Appointment, Message, OccupiedCell
from booking.refusals import BookingRefused
from clicdocteur.grid import cell_of, instant_of
from patients import store
from practitioners.models import Practice
from tests import post as posts
from tests.booking.cast import NOW, TUESDAY, Office
from tests.post import Post

VISITS = int(os.environ.get("FORTNIGHT", "50"))
STEP = timedelta(minutes=30)
LINK = re.compile(r"/rdv/([A-Za-z0-9_-]{32})/")


class Killed(BaseException):
    """`kill -9`: nothing that runs afterwards, no handler, no answer."""


@dataclass
class World:
    """What was done, so that what left can be judged."""

    office: Office
    server: Post
    chance: random.Random = field(default_factory=lambda: random.Random("fortnight"))
    now: datetime = NOW
    booked: dict[int, Any] = field(default_factory=dict)
    # By token: who holds it. By visit: when it was cancelled, and which starts it had, with since when.
    owner: dict[str, int] = field(default_factory=dict)
    cancelled: dict[int, datetime] = field(default_factory=dict)
    starts: dict[int, list[tuple[datetime, datetime]]] = field(default_factory=lambda: defaultdict(list))
    left: list[tuple[datetime, str, str]] = field(default_factory=list)
    kills: int = 0
    seen: int = 0

    def take(self) -> None:
        """Note what arrived since the last time, with the hour."""
        for message in self.server.taken[self.seen :]:
            part = message.get_body(("plain",))
            assert part is not None
            self.left.append((self.now, str(message["To"]), part.get_content().replace("\r\n", "\n")))
        self.seen = len(self.server.taken)


@pytest.fixture
def world(transactional_db: None, settings: Any) -> Iterator[World]:
    with posts.post() as server, time_machine.travel(NOW, tick=False):
        posts.use(settings, server.port)
        # Room for all of them: what is full is refused.
        office = Office(places=min(30, 3 + VISITS // 40))
        for weekday in (5, 6):
            office.opening(weekday=weekday, start_minute=540, end_minute=720)
        yield World(office, server)


def book(world: World) -> None:
    """Somebody books one to twelve days ahead; one in six is a phone, one in five has two visits."""
    number = len(world.booked)
    day = world.now.astimezone(world.office.practice.zone).date() + timedelta(days=world.chance.randint(1, 12))
    clock = world.chance.choice(["09:00", "09:30", "10:00", "10:30", "11:00", "11:30"])
    # One number books four visits a day at most, so each has its own.
    contact = (
        {"phone": f"01 99 00 {number // 100:02d} {number % 100:02d}"}
        if number % 6 == 5
        else {"email": f"p{number - number % 5 // 4}@example.org"}
    )
    try:
        made = world.office.book(
            clock, day, world.now, contact=contact, network=f"198.51.{number // 200}.{number % 200}"
        )
    except BookingRefused:
        return  # taken: somebody else was faster
    world.booked[made.pk] = made
    world.owner[made.token] = made.pk
    world.starts[made.pk].append((world.now, made.start))


def act(world: World) -> None:
    """Somebody cancels, the practice moves or cancels, somebody corrects a contact, or switches reminders off."""
    live = [pk for pk, one in world.booked.items() if pk not in world.cancelled and world.starts[pk][-1][1] > world.now]
    if not live:
        return
    pk = world.chance.choice(live)
    visit, kind = world.booked[pk], world.chance.random()
    if kind < 0.25:
        appointments.cancel(visit.token, "", world.now)
        world.cancelled[pk] = world.now
    elif kind < 0.45:
        who = {"staff": world.office.alice.pk, "session_tag": b"t" * 16}
        appointments.mark(pk, "cancelled_by_practice", "booked", world.now, **who)
        world.cancelled[pk] = world.now
    elif kind < 0.75:
        move(world, pk)
    elif kind < 0.9 and visit.reach == "email":
        email = f"c{len(world.owner)}@example.org"
        renewed = appointments.correct_contact(visit.token, store.Visit(email=email), world.now, language="en")
        world.owner[renewed] = pk
        visit.token = renewed
    elif visit.reach == "email":
        appointments.choose_reminders(visit.token, on=False)


def move(world: World, pk: int) -> None:
    """The practice moves a visit by a day, on an overbooking lane, and has the patient told a minute later."""
    row = Appointment.objects.select_related("practitioner__practice").get(pk=pk)
    by = timedelta(days=1)
    row.start, row.end = row.start + by, row.end + by
    row.first_cell, row.end_cell, row.sequence = cell_of(row.start), cell_of(row.end), row.sequence + 1
    row.lane = 100 + len(world.left) + world.chance.randrange(10_000)
    OccupiedCell.objects.filter(appointment=row).delete()
    row.save()
    outbox.tell(row, Message.Kind.CHANGE, world.now, after=schedule.AFTER_ACTION)
    world.starts[pk].append((world.now, row.start))
    assert instant_of(row.first_cell) == row.start


def weather(world: World) -> None:
    """The mail server flaps: it is up, refuses for now, refuses one for good, or hangs up after taking."""
    kind = world.chance.random()
    world.server.cut = kind > 0.97
    if kind < 0.75:
        world.server.answer = lambda verb, address: ""
    elif kind < 0.95:
        world.server.answer = lambda verb, address: "451 try later" if verb == "RCPT" else ""
    else:
        world.server.answer = lambda verb, address: "550 unknown" if address.startswith("p1") else ""


def work(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker passes; one time in eight it is killed, at a random one of its steps."""
    steps = world.chance.randint(1, 12) if world.chance.random() < 1 / 8 else 0
    count = 0

    def perhaps(real: Any) -> Any:
        def step(*given: Any, **named: Any) -> Any:
            nonlocal count
            count += 1
            if steps and count == steps:
                world.kills += 1
                raise Killed
            return real(*given, **named)

        return step

    with monkeypatch.context() as patch:
        for name in ("claim", "hand", "close", "put_back", "drop"):
            patch.setattr(claims, name, perhaps(getattr(claims, name)))
        ways = Ways()
        try:
            for _ in range(8):
                if not delivery.work(world.now, ways):
                    break
            if world.now.minute == 0 and world.now.hour % 4 == 0:
                chores.work(world.now)
        except Killed:
            ways.close()
    world.take()


def times(world: World, on_average: float) -> int:
    """Return how often something happens in a round that happens so often on average."""
    return int(on_average) + (world.chance.random() < on_average % 1)


def play(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fortnight in half hours; for two of its days no worker runs at all. Then another, in which nothing new happens."""
    chores.prepare(NOW)
    rounds = int(timedelta(days=14) / STEP)
    for number in range(2 * rounds):
        world.now = NOW + number * STEP
        if number >= rounds and number % 4:
            continue
        with time_machine.travel(world.now, tick=False):
            if number < rounds:
                for _ in range(times(world, 1.3 * VISITS / rounds)):
                    book(world)
                for _ in range(times(world, 0.6 * VISITS / rounds)):
                    act(world)
            if not 5 * 48 <= number < 7 * 48:
                weather(world)
                work(world, monkeypatch)


def test_a_fortnight(world: World, monkeypatch: pytest.MonkeyPatch):
    play(world, monkeypatch)
    assert len(world.booked) > VISITS * 0.8
    assert world.kills > 3
    nothing_left_twice(world)
    nothing_left_wrongly(world)
    reminders_kept_their_hours(world)
    whatever_was_due_is_settled_or_in_sight(world)
    nothing_readable_is_left(world)


def nothing_left_twice(world: World) -> None:
    """One mail per Message-ID; and no visit twice in one kind with the same time."""
    ids = Counter(str(message["Message-ID"]) for message in world.server.taken)
    assert ids.most_common(1)[0][1] == 1
    told = Counter(
        (token, text.split("\n\n")[1], when_said(text))
        for _at, _to, text in world.left
        for token in LINK.findall(text)
        if "rappel" not in text and "reminder" not in text
    )
    assert told.most_common(1)[0][1] == 1, told.most_common(1)


def when_said(text: str) -> str:
    return next(line for line in text.splitlines() if "(" in line)


def nothing_left_wrongly(world: World) -> None:
    """Nothing after the visit; nothing but the cancellation once it was cancelled; only to an address that the visit had."""
    for at, _to, text in world.left:
        for token in LINK.findall(text):
            pk = world.owner[token]
            start = next(start for since, start in reversed(world.starts[pk]) if since <= at)
            assert at < start, text
            if pk in world.cancelled and world.cancelled[pk] < at:
                assert "annulé" in text or "cancelled" in text, text
            elif "annulé." in text or "is cancelled" in text:
                assert pk in world.cancelled


def reminders_kept_their_hours(world: World) -> None:
    """M8: between nine and eight in the evening, of the visit's true time, one message a contact and day."""
    zone, per_day = Practice.objects.get().zone, Counter[tuple[str, Any]]()
    reminders = [row for row in world.left if "rappelons" in row[2] or "This is a reminder" in row[2]]
    assert reminders
    for at, to, text in reminders:
        local = at.astimezone(zone)
        assert 9 <= local.hour < 20
        per_day[to, local.date()] += 1
        for token in LINK.findall(text):
            known = world.starts[world.owner[token]]
            day = next(start for since, start in reversed(known) if since <= at).astimezone(zone).date()
            assert (day - local.date()).days in (1, 7)
    assert per_day.most_common(1)[0][1] == 1


def whatever_was_due_is_settled_or_in_sight(world: World) -> None:
    """Every message has come to an end: sent exactly as often as it arrived, or doubtful, failed, or to be called."""
    states = Counter(Message.objects.values_list("state", flat=True))
    assert set(states) <= {"sent", "doubtful", "failed", "call"}, states
    for pk, at in world.cancelled.items():
        visit = Appointment.objects.get(pk=pk)
        if visit.patient_ref is None or not Message.objects.filter(appointment=pk).exists():
            continue  # retention was here
        row = Message.objects.filter(appointment=pk, kind="cancellation").first()
        assert row is not None or (visit.reach == "call" and visit.state == "cancelled"), (pk, at)


def nothing_readable_is_left(world: World) -> None:
    """I4: all visits are over, and the server reads nobody."""
    last = max(start for starts in world.starts.values() for _since, start in starts)
    assert last < world.now
    retention.purge(world.now)
    rows = Appointment.objects.exclude(patient_ref=None)
    assert [one.pk for one in rows if (contact := appointments.contact_of(one)) and contact.value] == []
    assert TUESDAY
