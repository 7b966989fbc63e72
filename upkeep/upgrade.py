"""To this version's tables: check, back up, migrate both stores, check. Killed at any point, it is run again.

Each migration is one transaction with its own note that it was applied, so that what is left to do can always be read from
the stores themselves. The backup is of the older tables, and a restore brings it along.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration

from booking import pairing
from clicdocteur.router import AGENDA, PATIENTS
from practitioners.models import Practice
from upkeep import backup, pairs, standing, tables

STORES: Final = (PATIENTS, AGENDA)
# A number of our own for PostgreSQL's advisory lock.
LOCK: Final = 0x636C6963


class Refused(Exception):
    """Nothing was changed. `why` is a code: unreachable, later, restoring, rotating, busy."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def upgrade(tell: Callable[[str, str], None], *, save_first: bool = True) -> bool:
    """Do all of it, telling each step (a code and a detail); return whether there was anything to do.

    Raises Refused before anything was changed, backup.Moving, OSError, DatabaseError.
    """
    with _alone():
        lacking = {store: _lacking(store) for store in STORES}
        if not any(lacking.values()):
            return False
        in_use = _is_in_use()
        if save_first and in_use:
            tell("saved", str(backup.take()))
        for store in STORES:
            for app, name in lacking[store]:
                tell("waiting", f"{app}.{name}")
            if in_use:
                _migrate(store)
            call_command("migrate", database=store, verbosity=0)
            tell("migrated", store)
    if not all(map(standing.is_migrated, STORES)):
        raise DatabaseError("the stores still lack migrations")
    return True


def _migrate(store: str) -> None:
    """Apply what a store lacks, each migration in one transaction with the note that it was applied.

    Django writes that note after its own transaction when a migration leaves statements for its end, and is then torn by a
    kill in between: the table is there, and the next run stumbles over it.
    """
    connection = connections[store]
    while plan := _plan(store):
        # SQLite changes tables only while foreign keys are not enforced, and that cannot be changed inside a transaction.
        with connection.constraint_checks_disabled(), transaction.atomic(using=store):
            MigrationExecutor(connection).migrate([(plan[0].app_label, plan[0].name)])


def _plan(store: str) -> list[Migration]:
    executor = MigrationExecutor(connections[store])
    return [migration for migration, _back in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def _lacking(store: str) -> list[tables.Node]:
    try:
        loader = tables.loader(store)
    except DatabaseError:
        raise Refused("unreachable") from None
    if standing.of_later_version(loader):
        raise Refused("later")
    if pairing.is_restoring():
        raise Refused("restoring")
    if len(settings.SERVER_SECRETS) > 1:
        raise Refused("rotating")
    return [node for node in standing.waiting(loader) if (node[0] == PATIENTS) == (store == PATIENTS)]


def _is_in_use() -> bool:
    try:
        return Practice.objects.only("pk").exists()
    except DatabaseError:
        return False


@contextmanager
def _alone() -> Iterator[None]:
    """Hold off another upgrade, on this machine and, on PostgreSQL, on any. Raises Refused."""
    path = Path(pairs.folder()) / ".upgrade"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with _alone_on_postgres():
            yield
    except BlockingIOError:
        raise Refused("busy") from None
    finally:
        os.close(descriptor)


@contextmanager
def _alone_on_postgres() -> Iterator[None]:
    if connections[AGENDA].vendor != "postgresql":
        yield
        return
    with connections[AGENDA].cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise Refused("busy")
    try:
        yield
    finally:
        with connections[AGENDA].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
