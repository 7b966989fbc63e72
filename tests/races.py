"""Calls that start together, with real connections: what the race tests are made of."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

from booking.refusals import BookingRefused


def all_at_once(calls: Iterable[Callable[[], Any]], lost: tuple[type[Exception], ...] = (BookingRefused,)) -> list[Any]:
    """Run the calls in threads that start together; return each one's result, or the exception by which it lost."""
    calls = list(calls)
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            gate.wait(60)
            return call()
        except lost as why:
            return why
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def winners(results: list[Any]) -> list[Any]:
    return [one for one in results if not isinstance(one, Exception)]
