"""The worker: one loop that sends what is due and does the chores. Any number of them may run; it never answers a page."""

import logging
import math
import os
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import Error, close_old_connections, connections

from booking import chores, delivery, lost_links, pairing, waiting
from booking.delivery import Ways

logger = logging.getLogger(__name__)
TICK: Final = 2.0
BEATS: Final = timedelta(seconds=20)
# How long it waits when a store does not answer, at most.
LONGEST_WAIT: Final = 60.0


def run(stop: threading.Event, *, parent: int | None = None) -> None:
    """Work until *stop* is set, or until the process *parent* is no longer ours. What was begun is finished first."""
    ways, wait, beaten, sure = Ways(), TICK, -math.inf, False
    while not stop.is_set() and (parent is None or os.getppid() == parent):
        now = datetime.now(UTC)
        try:
            # By a clock that nobody sets back.
            if time.monotonic() - beaten >= BEATS.total_seconds():
                sure = _set_out(now)
                beaten = time.monotonic()
            busy = _deliver(now, ways) if sure else 0
            if sure:
                chores.work(now)
            wait = 0.0 if busy else TICK
        except Error as failure:
            wait = min(max(wait, TICK) * 2, LONGEST_WAIT)
            logger.error("a store failed (%s): the worker waits", type(failure).__name__)  # noqa: TRY400 - no trace
            connections.close_all()
        close_old_connections()
        stop.wait(wait)


def _deliver(now: datetime, ways: Ways) -> int:
    """Offer what was freed, look for lost links and send what is due. Nothing during a restore: what is queued there may have left already."""
    if pairing.state() is pairing.Pairing.RESTORING:
        return 0
    return waiting.work(now) + lost_links.answer(now) + delivery.work(now, ways)


def _set_out(now: datetime) -> bool:
    """Bring back what a wrong clock put off, and leave a sign of life; return whether the clock is to be trusted, and say it if not."""
    chores.prepare(now)
    delivery.bring_back(now)
    if chores.beat(now):
        return True
    logger.error(
        "ALARM, the clock jumped by days and nobody keeps it: nothing is sent or purged until it is right, or for a day"
    )
    return False


def once(now: datetime, *, seconds: float = 600) -> int:
    """Do all that is due at *now* and return how many messages were seen to: for tests, and for a cron without a worker."""
    ways, until, seen = Ways(), time.monotonic() + seconds, 0
    if not _set_out(now):
        return 0
    while (done := _deliver(now, ways)) and time.monotonic() < until:
        seen += done
    chores.work(now)
    return seen
