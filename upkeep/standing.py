"""May this instance be served as it is? Asked once when a process starts, and by machines at /readyz."""

from enum import StrEnum
from functools import cache

from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from booking import pairing
from clicdocteur.router import AGENDA, PATIENTS


class Standing(StrEnum):
    """Why pages are withheld; `READY` and `UNKNOWN` (a store is down) withhold none."""

    READY = "ready"
    UNKNOWN = "unknown"
    NOT_MIGRATED = "not migrated"
    RESTORING = "restoring"


def withheld() -> Standing | None:
    """Return why pages are withheld, or None. Looked at until it is well once, and then never again in this process."""
    if _well():
        return None
    found = standing()
    if found is Standing.READY:
        settled()
    return found if found in (Standing.NOT_MIGRATED, Standing.RESTORING) else None


def settled() -> None:
    """Take it that all is well, for as long as this process lives."""
    _well().append(True)


@cache
def _well() -> list[bool]:
    return []


def standing() -> Standing:
    """Look at both stores."""
    try:
        if not all(map(is_migrated, (AGENDA, PATIENTS))):
            return Standing.NOT_MIGRATED
        if pairing.state() is pairing.Pairing.RESTORING:
            return Standing.RESTORING
    except DatabaseError:
        return Standing.UNKNOWN
    return Standing.READY


def is_migrated(store: str) -> bool:
    """Whether a store has this version's tables. Raises DatabaseError."""
    return store in _migrated() or _look(store)


@cache
def _migrated() -> set[str]:
    """Stores seen migrated: a store does not become unmigrated under a running process."""
    return set()


def _look(store: str) -> bool:
    loader = MigrationExecutor(connections[store]).loader
    if waiting(loader) or of_later_version(loader):
        return False
    _migrated().add(store)
    return True


def waiting(loader: MigrationLoader) -> list[tuple[str, str]]:
    """Return the migrations that a store lacks, sorted."""
    return sorted(set(loader.graph.nodes) - set(loader.applied_migrations))


def of_later_version(loader: MigrationLoader) -> bool:
    """Whether a store has seen a migration that this version does not have."""
    apps = {app for app, _name in loader.graph.nodes}
    return any(app in apps and (app, name) not in loader.graph.nodes for app, name in loader.applied_migrations)
