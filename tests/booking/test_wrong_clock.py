"""What the queue does when the machine's clock was wrong and is right again: nothing is lost from sight (T16 I8)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from agenda import post as messages_page
from booking import outbox, schedule, worker
from booking.delivery import Ways, claims
from booking.delivery.ways import REST
from booking.models import Message
from tests import post as posts
from tests.booking.cast import NOW, TUESDAY, Office
from tests.post import Post

WEEKS = TUESDAY + timedelta(days=14)


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    with posts.post() as running:
        posts.use(settings, running.port)
        yield running


def states() -> list[tuple[str, str, str]]:
    return sorted(Message.objects.values_list("kind", "state", "error"))


def test_a_confirmation_queued_while_the_clock_was_a_year_ahead_leaves_once_it_is_right(office: Office, post: Post):
    """Otherwise it is neither sent nor listed until that year. Its visit is in that year, too: so the letter says."""
    ahead = NOW + timedelta(days=364)
    office.book(day=TUESDAY + timedelta(days=364), now=ahead)
    assert [one.state for one in Message.objects.filter(kind="confirmation")] == ["queued"]
    worker.once(NOW)
    assert states()[0] == ("confirmation", "sent", "")
    assert post.addresses == ["zenobie@example.org"]
    assert worker.once(NOW) == 0


def test_what_a_clock_ahead_put_off_or_claimed_comes_back_and_reminders_keep_their_hour(office: Office, post: Post):
    """Claims: nothing had left of one, of one that was handed over nobody knows, and it is not sent again."""
    ahead = NOW + timedelta(days=400)
    for clock in ("09:00", "09:30", "10:00", "10:30"):
        office.book(clock, WEEKS)
    confirmations = Message.objects.filter(kind="confirmation").order_by("pk")
    of = dict(zip(("again", "claimed", "handed", "call"), confirmations, strict=True))
    Message.objects.filter(pk=of["again"].pk).update(again=ahead, attempts=2)
    Message.objects.filter(pk=of["claimed"].pk).update(state="claimed", due=ahead, claimed_until=ahead)
    Message.objects.filter(pk=of["handed"].pk).update(state="handed", claimed_until=ahead)
    Message.objects.filter(pk=of["call"].pk).update(state="call", kind="cancellation", due=ahead)
    reminders = sorted(Message.objects.filter(kind="reminder").values_list("due", flat=True))
    worker.once(NOW)
    found = {name: Message.objects.get(pk=message.pk) for name, message in of.items()}
    assert {name: message.state for name, message in found.items()} == {
        "again": "sent", "claimed": "sent", "handed": "doubtful", "call": "call",
    }  # fmt: skip
    assert found["call"].due == NOW, "on the list of whom to call"
    assert sorted(Message.objects.filter(kind="reminder").values_list("due", flat=True)) == reminders


def test_what_waits_for_its_own_minutes_is_left_to_them(office: Office, post: Post):
    """The time to undo, the next attempt and another worker's claim are no clock that was ahead."""
    first, second, third = (office.book(clock, WEEKS) for clock in ("09:00", "09:30", "10:00"))
    confirmations = Message.objects.filter(kind="confirmation")
    confirmations.filter(appointment=first).update(due=NOW + schedule.AFTER_PLAN_CHANGE)
    confirmations.filter(appointment=second).update(again=NOW + schedule.DELAYS[-1])
    confirmations.filter(appointment=third).update(state="claimed", claimed_until=NOW + claims.LEASE)
    before = sorted(confirmations.values_list("pk", "state", "due", "again", "claimed_until"))
    worker.once(NOW)
    assert sorted(confirmations.values_list("pk", "state", "due", "again", "claimed_until")) == before
    assert post.taken == []


def test_a_confirmation_that_a_late_clock_queued_for_a_time_that_is_over_is_shown_to_the_practice(
    office: Office, post: Post
):
    """The clock was a day late: the visit had passed before it was booked. Nothing leaves, and somebody sees that."""
    booked = office.book("09:00", TUESDAY)
    right = booked.end + timedelta(hours=8)
    worker.once(right)
    assert states() == [("confirmation", "failed", "expired")]
    assert outbox.trouble([booked.pk], right) == {booked.pk: "failed"}
    assert [line.message.kind for line in messages_page.lists([office.one], None, right).failed] == ["confirmation"]


def test_a_channel_that_rests_by_a_clock_ahead_is_tried_once_it_is_right():
    """The worker that runs on while its clock is set back."""
    ways, ahead = Ways(), NOW + timedelta(days=1)
    ways.failed("email", ahead)
    assert ways.opens("email", ahead) == ahead + REST
    assert ways.opens("email", NOW) is None
