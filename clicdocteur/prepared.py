"""Queries whose SQL is always the same, compiled once: Django's compiler takes longer over some than the database does.

The queryset is built a single time per shape with values that stand for the real ones (a *shape* is the database and the
length of each list), its SQL is kept, and each call puts the real values in their places.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

Value = int | date | datetime
Argument = Value | Sequence[int]

# Values that no query of ours contains by itself; integers within 32 bits, because fields refuse larger ones.
_INTEGER = 2_100_000_000
_DAY = date(1903, 3, 3)
_INSTANT = datetime(1903, 3, 3, 3, 3, 3, tzinfo=UTC)


class Prepared:
    """A query by its builder, which takes integers, days, instants and lists of integers, and returns `values_list`.

    The builder may not reckon with its arguments: what it needs reckoned is passed reckoned. Rows come as the database
    driver gives them; SQLite gives days as text.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], using: str = "default") -> None:
        self._build = build
        self._using = using
        self._ready: dict[tuple[Any, ...], tuple[str, list[tuple[bool, Any]]] | None] = {}

    def rows(self, *arguments: Argument) -> list[tuple[Any, ...]]:
        """Run the query with these values; one query, or none when a list is empty and nothing can match."""
        asked = self._asked(arguments)
        if asked is None:
            return []
        with connections[self._using].cursor() as cursor:
            cursor.execute(*asked)
            return list(cursor.fetchall())

    def each(self, *arguments: Argument) -> Iterator[tuple[Any, ...]]:
        """Yield the same rows as they come, for rows so large that all of them should not be in memory together.

        Until the last one is taken, nobody can commit to a store on SQLite that is not in WAL mode.
        """
        asked = self._asked(arguments)
        if asked is not None:
            with connections[self._using].cursor() as cursor:
                cursor.execute(*asked)
                yield from cursor

    def _asked(self, arguments: Sequence[Argument]) -> tuple[str, list[Any]] | None:
        """Return the SQL and its parameters, or None when nothing can match; compiled when a shape is asked for first."""
        shape = (connections[self._using].vendor, *(len(one) if isinstance(one, Sequence) else -1 for one in arguments))
        if shape not in self._ready:
            self._ready[shape] = self._compile(arguments)
        ready = self._ready[shape]
        if ready is None:
            return None
        sql, places = ready
        values = [self._adapted(value) for value in _flat(arguments)]
        return sql, [values[value] if is_place else value for is_place, value in places]

    def _compile(self, arguments: Sequence[Argument]) -> tuple[str, list[tuple[bool, Any]]] | None:
        """Return the SQL and, for each parameter, a constant or the number of the value that goes there."""
        stand_ins = iter([_stand_in(value, number) for number, value in enumerate(_flat(arguments))])
        given = [[next(stand_ins) for _ in one] if isinstance(one, Sequence) else next(stand_ins) for one in arguments]
        numbers = {self._adapted(value): number for number, value in enumerate(_flat(given))}
        try:
            sql, parameters = self._build(*given).query.get_compiler(self._using).as_sql()
        except EmptyResultSet:
            return None
        places = [(one in numbers, numbers.get(one, one)) for one in parameters]
        if {number for is_place, number in places if is_place} != set(numbers.values()):
            raise ValueError("a value does not reach the query as it was given")
        return sql, places

    def _adapted(self, value: Any) -> Any:
        """A value as this database takes it."""
        if not isinstance(value, date):
            return value
        operations = connections[self._using].ops
        if isinstance(value, datetime):
            return operations.adapt_datetimefield_value(value)
        return operations.adapt_datefield_value(value)


def _flat(arguments: Sequence[Any]) -> list[Any]:
    return [value for one in arguments for value in (one if isinstance(one, Sequence) else (one,))]


def _stand_in(value: Value, number: int) -> Value:
    if isinstance(value, datetime):
        return _INSTANT + timedelta(seconds=number)
    if isinstance(value, date):
        return _DAY + timedelta(days=number)
    return _INTEGER + number
