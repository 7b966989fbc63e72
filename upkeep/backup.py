"""A consistent pair of both stores, taken while bookings go on.

The agenda's instant comes first and the patients' right after it. A booking writes its record before the agenda commits, so
every appointment of the first has its record in the second, unless it was erased in between: then the list of erasures
says so. What must not change in between (the agenda keys, the stores' pairing) is compared, and the pair is taken anew.
"""

import logging
import secrets
import shutil
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, connection, models
from django.utils import timezone

import clicdocteur
from booking import canaries, doubt, erasures, pairing
from booking.models import Chore
from clicdocteur.router import AGENDA, PATIENTS
from practitioners import keys
from practitioners.access_log import chain
from practitioners.models import AccessSeal, AgendaKey
from upkeep import archives, milestones, pairs, tables
from upkeep.models import Milestone
from upkeep.snapshots import snapshot

logger = logging.getLogger(__name__)
TRIES: Final = 5


class Moving(Exception):
    """The keys or the pairing of the stores changed at every try: somebody renews a key just now. Try again later."""


def take() -> Path:
    """Take a backup, rotate the older ones, and return its folder. Raises Moving, OSError, DatabaseError.

    Nothing of a failed try is left. An older schema than this version's is backed up as it is.
    """
    if len(settings.SERVER_SECRETS) > 1:
        # While the server secret changes, each backup has to come back from the copies that are in it.
        keys.reseal_secrets()
    for _try in range(TRIES):
        path = pairs.draft()
        try:
            said = _write(path)
            if said is not None:
                final = pairs.finish(path, said)
                break
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise
        shutil.rmtree(path, ignore_errors=True)
    else:
        raise Moving
    try:
        _afterwards(final)
    except DatabaseError as failure:
        # The pair is whole, and says so itself. What was not noted or let go is by the next one.
        logger.warning("a backup was taken and not noted: %s", type(failure).__name__)
    return final


def _afterwards(final: Path) -> None:
    now = timezone.now()
    # By a date that jumped every backup would be too old, and every erasure.
    if not (_has(Chore) and doubt.is_doubted(now)):
        pairs.rotate(now)
    if _has(Milestone):
        erasures.keep_beside_backups(now)
        milestones.reached(Milestone.Kind.BACKUP, pairs.taken(final))


def _write(path: Path) -> dict[str, Any] | None:
    """Write both archives of one instant; return the manifest, or None when something moved between the two stores."""
    now, name = timezone.now(), secrets.token_hex(16)
    heading = {"backup": name, "taken": now.isoformat(), "version": clicdocteur.VERSION}
    shapes = {store: _shape(store) for store in (AGENDA, PATIENTS)}
    with ExitStack() as agenda_open:
        agenda = agenda_open.enter_context(snapshot(AGENDA, path))
        with ExitStack() as patients_open:
            patients = patients_open.enter_context(snapshot(PATIENTS, path))
            if not _belong(agenda, patients):
                return None
            planted = canaries.plant(_current_keys(agenda))
            written = {
                PATIENTS: _archive(path, PATIENTS, patients, heading, shapes, [record for _one, record in planted])
            }
        told, anchor = [one.told() for one, _record in planted], _anchor(agenda)
        written[AGENDA] = _archive(path, AGENDA, agenda, {**heading, "canaries": told}, shapes, [])
    return pairs.manifest({**heading, "format": archives.FORMAT, "access_log": anchor}, written)


def _anchor(alias: str) -> str:
    """Return the anchor of the access log as this backup holds it."""
    return chain.head(alias) if _has(AccessSeal) else chain.NONE_YET


def _current_keys(alias: str) -> list[AgendaKey]:
    """Return the current agenda keys; of them only the columns that there always were."""
    keys_there = AgendaKey.objects.using(alias).filter(retired=False).order_by("pk")
    return list(keys_there.only("pk", "practitioner_id", "version", "public_key"))


@dataclass(frozen=True, slots=True)
class _Shape:
    """A store's tables, as its applied migrations say, and which these are."""

    nodes: list[tables.Node]
    models: list[type[models.Model]]


def _shape(store: str) -> _Shape:
    known = tables.loader(store)
    nodes = tables.applied(known)
    return _Shape([node for node in nodes if _of(node, store)], tables.tables(known, nodes, store))


def _archive(
    path: Path, store: str, alias: str, heading: dict[str, Any], shapes: dict[str, _Shape], more: Iterable[models.Model]
) -> archives.Written:
    shape = shapes[store]
    return archives.write(
        path / pairs.FILES[store],
        store,
        alias,
        {**heading, "migrations": [list(node) for node in shape.nodes]},
        shape.models,
        {"patients.patientrecord": list(more)},
    )


def _of(node: tables.Node, store: str) -> bool:
    return (node[0] == PATIENTS) == (store == PATIENTS)


def _belong(agenda: str, patients: str) -> bool:
    """Whether the two instants belong together: one pairing, and no agenda key that the agenda's does not know yet."""
    known = set(AgendaKey.objects.using(agenda).values_list("pk", flat=True))
    now = set(AgendaKey.objects.values_list("pk", flat=True))
    return now <= known and pairing.are_one(agenda, patients)


def _has(model: type[models.Model]) -> bool:
    """Whether a table is there: an upgrade's backup is taken before it may be."""
    return model._meta.db_table in connection.introspection.table_names()
