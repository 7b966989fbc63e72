"""A store as it was at one instant, read through a second connection while bookings go on."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

from django.db import connections, transaction

from clicdocteur.router import PATIENTS
from clicdocteur.settings import SQLITE


@contextmanager
def snapshot(store: str, folder: Path) -> Iterator[str]:
    """Open a store at this instant, for reading; yield the name of the connection.

    The agenda on SQLite and both stores on PostgreSQL go on being written meanwhile. The patients store on SQLite has no
    write-ahead log, on purpose: it is copied into *folder* first, and writers wait for that copy alone.
    """
    alias, settings, copy = f"{store} at an instant", _settings(store), folder / ".copy"
    if store == PATIENTS and settings["ENGINE"] == SQLITE:
        _copy(store, copy)
        settings["NAME"] = str(copy)
    # Of this thread alone, and in no settings.
    connections[alias] = type(connections[store])(settings, alias)
    try:
        with transaction.atomic(using=alias):
            _pin(alias)
            yield alias
    finally:
        connections[alias].close()
        del connections[alias]
        for left in folder.glob(f"{copy.name}*"):
            left.unlink()


def _copy(store: str, path: Path) -> None:
    """Copy a SQLite store page by page, in one step, into a file for us alone."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    connections[store].ensure_connection()
    with closing(sqlite3.connect(path)) as target:
        target.execute("PRAGMA synchronous=OFF")
        connections[store].connection.backup(target)


def _settings(store: str) -> dict[str, Any]:
    settings: dict[str, Any] = deepcopy(connections[store].settings_dict)
    if settings["ENGINE"] == SQLITE:
        # A reader does not ask for the write lock.
        settings["OPTIONS"] = {**settings["OPTIONS"], "transaction_mode": "DEFERRED"}
    return settings


def _pin(alias: str) -> None:
    """Let the instant be now: a transaction begins to see with its first statement."""
    with connections[alias].cursor() as cursor:
        if connections[alias].vendor == "sqlite":
            cursor.execute("PRAGMA query_only=ON")
            cursor.execute("SELECT count(*) FROM sqlite_master")
        else:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SELECT count(*) FROM pg_class")
        cursor.fetchall()
