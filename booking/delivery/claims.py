"""Who has a message: every step is an update that counts, so that two workers never send one twice."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Value, When

from booking import schedule
from booking.models import Message

State, Error = Message.State, Message.Error
# How long a worker has a message for itself: longer than a server takes that is slow at every step.
LEASE: Final = timedelta(minutes=5)
# What waits at most: for its time to undo, and for another attempt. What is to wait twice as long was put off by a clock that was ahead.
_LONGEST, _LONGEST_AGAIN = schedule.AFTER_PLAN_CHANGE, max(schedule.DELAYS)
# These have an hour of their own.
_PLANNED: Final = (Message.Kind.REMINDER, Message.Kind.SUMMARY)
_NEEDED: Final = (
    "appointment__practitioner__practice", "appointment__location", "appointment__visit_type", "practitioner__practice",
    "offer__wish__visit_type", "offer__wish__appointment", "offer__place__location", "offer__place__practitioner__practice",
)  # fmt: skip


class Lost(Exception):
    """The claim was taken over, or the message taken back: nothing may be sent."""


def release(now: datetime) -> None:
    """Set free what dead workers left: nothing had left of a claim; of what was being handed over nobody knows."""
    stale = Message.objects.filter(claimed_until__lte=now)
    stale.filter(state=State.CLAIMED).update(state=State.QUEUED, claimed_until=None)
    stale.filter(state=State.HANDED).update(
        state=State.DOUBTFUL, claimed_until=None, closed=now, error=Error.UNREACHABLE
    )


def bring_back(now: datetime) -> None:
    """Bring back what a clock that was ahead put off, or left claimed there: until then it would be neither sent nor seen (T16)."""
    unplanned = Message.objects.filter(state__in=(*Message.UNSENT, State.CALL)).exclude(kind__in=_PLANNED)
    unplanned.filter(due__gt=now + 2 * _LONGEST).update(due=now)
    Message.objects.filter(state=State.QUEUED, again__gt=now + 2 * _LONGEST_AGAIN).update(again=now)
    Message.objects.filter(claimed_until__gt=now + 2 * LEASE).update(claimed_until=now)


def due(now: datetime, number: int) -> list[int]:
    """Return the ids of messages whose time has come; codes first, for somebody is waiting for them."""
    first = Case(When(kind=Message.Kind.CODE, then=Value(0)), default=Value(1))
    return list(_due(now).order_by(first, "due", "pk").values_list("pk", flat=True)[:number])


def claim(pk: int, now: datetime) -> Message | None:
    """Take a message that is due; return it as it now stands, or None when somebody else has it."""
    taken = _due(now).filter(pk=pk).update(
        state=State.CLAIMED, claimed_until=now + LEASE, attempts=F("attempts") + 1
    )  # fmt: skip
    return Message.objects.select_related(*_NEEDED).get(pk=pk) if taken else None


def due_together(beside: Message, now: datetime) -> QuerySet[Message]:
    """Return the other messages of this kind of the practice that are due now, with their visits.

    Of confirmations those of one action alone, which are due at the same instant: a series is confirmed in one message.
    """
    found = _due(now).filter(kind=beside.kind, appointment__practitioner__practice=beside.practitioner.practice_id)
    if beside.kind == Message.Kind.CONFIRMATION:
        found = found.filter(due=beside.due)
    return found.exclude(pk=beside.pk).select_related(*_NEEDED).order_by("appointment__start", "pk")


def hand(messages: Sequence[Message]) -> None:
    """Note that these are being handed over now, all or none. Raises Lost."""
    with transaction.atomic():
        for message in messages:
            if not _ours(message).filter(state=State.CLAIMED).update(state=State.HANDED):
                raise Lost


def close(messages: Collection[Message], state: str, now: datetime, *, error: str = "", channel: str = "") -> None:
    """Note what became of messages of ours."""
    for message in messages:
        _ours(message).update(state=state, claimed_until=None, closed=now, error=error, channel=channel)


def put_back(messages: Collection[Message], why: str, now: datetime) -> None:
    """Have them tried again later; give them up when it was often enough."""
    for message in messages:
        again = schedule.next_attempt(message.attempts, now)
        if again is None:
            close([message], State.FAILED, now, error=why)
        else:
            _ours(message).update(state=State.QUEUED, claimed_until=None, again=again, error=why)


def give_back(messages: Collection[Message], until: datetime) -> None:
    """Leave them until the channel is tried again: this was no attempt."""
    for message in messages:
        _ours(message).update(state=State.QUEUED, claimed_until=None, again=until, attempts=F("attempts") - 1)


def drop(message: Message) -> None:
    """Delete what nobody needs any more."""
    _ours(message).delete()


def to_call(message: Message) -> None:
    """Leave it to a person."""
    _ours(message).update(state=State.CALL, claimed_until=None)


def _due(now: datetime) -> QuerySet[Message]:
    return Message.objects.filter(Q(again__isnull=True) | Q(again__lte=now), state=State.QUEUED, due__lte=now)


def _ours(message: Message) -> QuerySet[Message]:
    """The row, as long as it is claimed as it was when we claimed it."""
    return Message.objects.filter(
        pk=message.pk, attempts=message.attempts, claimed_until=message.claimed_until, claimed_until__isnull=False
    )
