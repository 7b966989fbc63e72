"""One verb, one transaction; a lost race is asked once more, then told."""

import logging
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, transaction

from booking.refusals import Busy
from practitioners.models import Practitioner

logger = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")


def verb(function: Callable[P, R]) -> Callable[P, R]:
    """Run a function in one agenda transaction; if the database gives up on it, once again, then raise Busy.

    A deadlock's loser, a lock that did not come in time, a serialization failure, SQLite's "busy", a full disk and a store
    that is down all arrive as OperationalError (or InterfaceError, once the connection is gone). Whatever the function wrote
    has been rolled back by then, so that asking again is safe.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with transaction.atomic():
                return function(*args, **kwargs)
        except (OperationalError, InterfaceError):
            if transaction.get_connection().in_atomic_block:
                raise  # an outer transaction is broken with us: only its owner may ask again
        try:
            with transaction.atomic():
                return function(*args, **kwargs)
        except (OperationalError, InterfaceError) as failure:
            logger.warning("%s gave up after two attempts", function.__name__, exc_info=failure)
            raise Busy from None

    return run


def lock_agenda(**practitioner: Any) -> list[int]:
    """Take a practitioner's row for the rest of the transaction, so that whoever changes this agenda takes turns.

    The row is named as in a filter: `pk=…`, or `appointments__link_hash=…`; none is locked when there is none. Returns which.

    Everything that decides from the plan or the occupancy locks first and reads afterwards (CASES R15). On SQLite the
    transaction is IMMEDIATE and holds the only write lock already.
    """
    rows = Practitioner.objects.select_for_update(no_key=True, of=("self",)).filter(**practitioner)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def lock_agendas(practitioners: Collection[int]) -> None:
    """Take the rows of several practitioners, in one order for everybody: who crosses somebody waits, and never deadlocks."""
    lock_agenda(pk__in=sorted(practitioners))
