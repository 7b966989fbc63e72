"""The worker's second duty: what is due from time to time. Each chore may run twice, late or interrupted, and does no harm.

A chore is a row with the instant at which it is due next, claimed by an update that counts. What was missed while no worker
ran is done once. Nightly ones go by the practice's wall clock, so that a change of the clocks neither skips nor repeats one.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from django.db import DatabaseError, connection
from django.db.models import Q, QuerySet

from booking import counting, doubt, erasures, floods, holds, limits, outbox, pairing, retention, summaries, sweep
from booking.models import Chore
from booking.queries import the_practice
from clicdocteur.grid import cell_at, cell_of, day_of, instant_of
from patients import order
from practitioners import invitations, keys, plan_rows, trusted
from practitioners.access_log import chain

logger = logging.getLogger(__name__)
Kind = Chore.Kind
# How long a worker has a chore for itself, and when one that a store failed is tried again.
LEASE, SOON = timedelta(hours=1), timedelta(minutes=5)
SILENT_AFTER: Final = timedelta(minutes=15)


class Trouble(Exception):
    """A chore stopped on purpose: a person has to look. The text says why, in counts and codes."""


@dataclass(frozen=True, slots=True)
class Duty:
    """What a chore does, and how often; `at` is the minute of the practice's day of a daily one."""

    do: Callable[[datetime], object]
    every: timedelta = timedelta(days=1)
    at: int | None = None

    def following(self, now: datetime, zone: ZoneInfo) -> datetime:
        """Return when it is due next, after *now*."""
        if self.at is None:
            return now + self.every
        day = day_of(cell_of(now), zone)
        today = instant_of(cell_at(day, self.at, zone))
        return today if today > now else instant_of(cell_at(day + timedelta(days=1), self.at, zone))


def _holds(now: datetime) -> None:
    retention.forget_unproven(now)
    holds.expired(now)
    limits.forget_expired(now)
    floods.forget_old(now)
    trusted.forget_expired(now)
    plan_rows.forget_expired(now)


def _retention(now: datetime) -> dict[str, int]:
    _need_sound_stores()
    erasures.keep_beside_backups(now)
    return retention.purge(now)


def _log(now: datetime) -> str:
    """Close the minutes that are over. The anchor is said when there is a new one: most minutes of a night add nothing."""
    before = chain.head()
    try:
        said = retention.tend_access_log(now)
    except chain.Broken as broken:
        raise Trouble(f"the access log does not verify: {broken}") from None
    return said if chain.head() != before else ""


def _sweep(now: datetime) -> sweep.Report:
    try:
        return sweep.sweep(now)
    except sweep.Alarm as alarm:
        raise Trouble(str(alarm)) from None


def _order(now: datetime) -> None:
    """Rewrite the patients store in key order, and pair the stores anew after a sweep without an alarm."""
    _sweep(now)
    # On PostgreSQL the role that serves may not: the owner of the table does it (`manage.py rewrite`).
    if order.may_shuffle():
        order.shuffle()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
        retention.empty_journal()
    pairing.renew()


def _grants(now: datetime) -> object:
    invitations.forget_old(now)
    return keys.expire(keys.practice_day())


def _need_sound_stores() -> None:
    if (state := pairing.state()) is not pairing.Pairing.SOUND:
        raise Trouble(f"stores and secret: {state}")


DUTIES: Final[Mapping[str, Duty]] = MappingProxyType(
    {
        Kind.HOLDS: Duty(_holds, timedelta(minutes=10)),
        Kind.REMINDERS: Duty(outbox.remind_all, timedelta(hours=1)),
        Kind.SUMMARIES: Duty(summaries.plan, at=summaries.HOUR),
        Kind.RETENTION: Duty(_retention, timedelta(hours=1)),
        Kind.GRANTS: Duty(_grants, at=5),
        Kind.LOG: Duty(_log, timedelta(minutes=1)),
        Kind.SWEEP: Duty(_sweep, timedelta(hours=1)),
        Kind.JOURNAL: Duty(lambda _now: retention.empty_journal(), timedelta(minutes=5)),
        Kind.COUNTS: Duty(counting.openings, at=20),
        Kind.ORDER: Duty(_order, at=3 * 60 + 30),
    }
)


def prepare(now: datetime) -> None:
    """Make the rows that are missing. Daily chores begin at their hour, the others at once.

    What a clock that has gone back meanwhile put off to a later day, or left claimed there, comes back.
    """
    practice = the_practice()
    zone = practice.zone if practice else ZoneInfo("Europe/Paris")
    for kind, duty in DUTIES.items():
        due = now if duty.at is None else duty.following(now, zone)
        Chore.objects.get_or_create(kind=kind, defaults={"due": due})
        Chore.objects.filter(kind=kind, due__gt=now + max(duty.every, LEASE) * 2).update(due=due, claimed_until=None)


def beat(now: datetime) -> bool:
    """Leave a sign of life; return whether what cannot be undone may be done at this hour.

    A clock that wakes up in another year would purge everybody and send nothing. So after a gap of days that no time server
    vouches for, work waits: until one does, until the clock goes back, or for a day, in which somebody sees the alarm (T16).
    """
    row, made = Chore.objects.get_or_create(kind=Kind.BEAT, defaults={"done": now, "due": now})
    if made:
        return True
    since = doubt.since(row, now)
    Chore.objects.filter(kind=Kind.BEAT).update(done=now, due=since or now, alarm=since is not None)
    return since is None


def work(now: datetime) -> int:
    """Do the chores that are due and that nobody else is doing; return how many. Raises DatabaseError."""
    practice = the_practice()
    if practice is None:
        return 0
    kinds = list(_due(now).values_list("kind", flat=True))
    # In their own order, which is that of `tidy`.
    return sum(_one(kind, now, practice.zone) for kind in DUTIES if kind in kinds)


def _due(now: datetime) -> QuerySet[Chore]:
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    return Chore.objects.filter(free, due__lte=now, kind__in=list(DUTIES))


def _one(kind: str, now: datetime, zone: ZoneInfo) -> int:
    if not _due(now).filter(kind=kind).update(claimed_until=now + LEASE):
        return 0
    duty, alarm = DUTIES[kind], False
    due = duty.following(now, zone)
    try:
        done = duty.do(now)
        logger.log(logging.INFO if done else logging.DEBUG, "%s: %s", kind, done or "done")
    except Trouble as trouble:
        alarm = True
        logger.error("ALARM, %s: %s", kind, trouble)  # noqa: TRY400 - a sentence, not a trace
    except DatabaseError as failure:
        alarm, due = True, now + SOON
        logger.warning("%s was put off: a store failed (%s)", kind, type(failure).__name__)
    Chore.objects.filter(kind=kind).update(due=due, claimed_until=None, done=now, alarm=alarm)
    return 1


def silent_since(now: datetime) -> datetime | None:
    """Return since when no worker gave a sign of life, if that is too long; `datetime.min` when none ever did."""
    beat = Chore.objects.filter(kind=Kind.BEAT).first()
    if beat is None or beat.done is None:
        return datetime.min.replace(tzinfo=now.tzinfo)
    return beat.done if now - beat.done > SILENT_AFTER else None


def alarms() -> list[str]:
    """Return the kinds of the chores that stopped and wait for a person."""
    return list(Chore.objects.filter(alarm=True).order_by("kind").values_list("kind", flat=True))
