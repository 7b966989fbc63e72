"""One password at a time, on the whole machine: a derivation takes 128 MiB and half a second, so sign-ins wait in a short queue.

Threads of one process queue for its turn; processes take turns by a lock on the file of the server secret, which all of an
instance's processes name. The system takes the lock from a process that dies, so nothing is ever left locked.
"""

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from django.conf import settings

Result = TypeVar("Result")

# Who waits in a process behind the one that runs. Fewer than its threads, so that patients' pages are served meanwhile.
WAITING: Final = 2
PATIENCE_SECONDS: Final = 20
_LOOK_SECONDS: Final = 0.02

_places = threading.BoundedSemaphore(1 + WAITING)
_turn = threading.Lock()


class TooBusy(Exception):
    """The queue for trying passwords is full: try again in a moment."""


def in_turn(derive: Callable[[], Result]) -> Result:
    """Run one derivation when its turn comes. Raises TooBusy: at once when the queue is full, or after 20 seconds."""
    if not _places.acquire(blocking=False):
        raise TooBusy
    until = time.monotonic() + PATIENCE_SECONDS
    try:
        if not _turn.acquire(timeout=PATIENCE_SECONDS):
            raise TooBusy
        try:
            with _alone_on_the_machine(until):
                return derive()
        finally:
            _turn.release()
    finally:
        _places.release()


@contextmanager
def _alone_on_the_machine(until: float) -> Iterator[None]:
    """Hold the lock that one process has at a time. Raises TooBusy."""
    # Opened anew each time: a descriptor from before a fork would share its lock with the other workers.
    descriptor = os.open(settings.SECRET_FILE, os.O_RDONLY | os.O_CLOEXEC)
    try:
        while not _locked(descriptor):
            if time.monotonic() > until:
                raise TooBusy
            time.sleep(_LOOK_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
