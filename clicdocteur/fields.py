"""Keys that tell nothing."""

import secrets
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

# What a column of a key holds: 63 bits.
LARGEST = 2**63 - 1


def key_from(text: str) -> int | None:
    """Return the key in a text that somebody sent, or None for what no row can have."""
    key = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else None
    return key if key is not None and key <= LARGEST else None


def random_key() -> int:
    """Return a random integer of 63 bits, never zero."""
    return secrets.randbits(63) or 1


class RandomKey(models.BigIntegerField):  # type: ignore[type-arg]
    """A primary key drawn at random, so that rows keep no trace of the order in which they came.

    On SQLite the column type must read exactly `integer`: only then *is* the key the rowid, hence the storage order.
    `bigint` (or a UUID) would leave a hidden rowid beside it that counts insertions, and an AutoField a sequence.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("primary_key", True)
        kwargs.setdefault("default", random_key)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for argument in ("primary_key", "default", "editable"):
            kwargs.pop(argument, None)
        return name, path, args, kwargs

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "integer" if connection.vendor == "sqlite" else "bigint"

    def rel_db_type(self, connection: BaseDatabaseWrapper) -> str:
        return self.db_type(connection)
