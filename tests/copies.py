"""The cast, made once and copied: its rows and its objects, in a fraction of the time that making it takes."""

import copy
from collections.abc import Callable
from typing import Any, TypeVar

from django.apps import apps
from django.conf import settings
from django.db import connections, router, transaction
from django.utils import timezone

from practitioners.models import Practice
from tests.booking.cast import NOW

Cast = TypeVar("Cast")
# Of one table: the statement that writes a row, and the rows.
Rows = tuple[str, list[tuple[Any, ...]]]

_made: dict[tuple[object, ...], tuple[dict[str, list[Rows]], object]] = {}


def copy_of(make: Callable[[], Cast]) -> Cast:
    """Return what `make` makes in two empty stores: really made the first time, a copy of its rows and objects later.

    A copy has the ids, keys and boxes of the first. What they depend on (the day, the server secret, the cost of a password) is
    part of what tells one from another. In stores that hold something already it is made, as always.
    """
    if Practice.objects.exists():
        return make()
    now = timezone.now()
    key = (make, now if now == NOW else timezone.localdate(), settings.SERVER_SECRETS, settings.PASSWORD_COST)
    if key in _made:
        rows, made = _made[key]
        for store, tables in rows.items():
            with transaction.atomic(using=store), connections[store].cursor() as cursor:
                for statement, some in tables:
                    cursor.executemany(statement, some)
    else:
        made = make()
        _made[key] = {store: _rows(store) for store in connections}, made
    return copy.deepcopy(made)  # type: ignore[return-value]


def _rows(store: str) -> list[Rows]:
    """Everything that a store holds, as its driver gives it."""
    found = []
    tables = {
        one._meta.db_table
        for one in apps.get_models(include_auto_created=True)
        if router.allow_migrate_model(store, one) and one._meta.app_label not in ("contenttypes", "auth", "sites")
    }
    with connections[store].cursor() as cursor:
        quote = connections[store].ops.quote_name
        for table in sorted(tables):
            cursor.execute(f"SELECT * FROM {quote(table)}")  # noqa: S608 - names of our own tables
            if rows := cursor.fetchall():
                columns = [column[0] for column in cursor.description]
                names, marks = ", ".join(map(quote, columns)), ", ".join(["%s"] * len(columns))
                found.append((f"INSERT INTO {quote(table)} ({names}) VALUES ({marks})", rows))  # noqa: S608
    return found
