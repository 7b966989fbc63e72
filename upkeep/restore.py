"""From a pair of archives back to two stores: only into an empty instance, and served only when all of it is done.

`load` needs no key and no secret; `finish` needs the secret. From the first row on until the end both stores carry a mark
(`pairing.RESTORING`) under which nothing is served; a restore that was cut short starts over.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DatabaseError, connections, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import canaries, erasures, pairing, reconciling, retention
from clicdocteur.router import AGENDA, PATIENTS
from patients import order
from practitioners import keys
from upkeep import milestones, rows, tables
from upkeep.archives import Archive, Unusable, damaged
from upkeep.models import Milestone
from upkeep.pairs import Pair

CHECK = {AGENDA: "practitioners.storecheck", PATIENTS: "patients.storecheck"}
# What says that an instance is in use.
IN_USE = {AGENDA: ("practitioners.practice", "practitioners.staff"), PATIENTS: ("patients.patientrecord",)}


class NotEmpty(Exception):
    """There is an instance here already, whose rows a restore would not touch."""


class WrongSecret(Exception):
    """The server secret that is here is not the one that these stores were made under."""


class ListClosed(Exception):
    """So many entries of the list of erasures do not open with this secret: who was erased might come back."""

    def __init__(self, number: int) -> None:
        super().__init__(str(number))
        self.number = number


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the archives said of themselves."""

    headings: dict[str, dict[str, Any]]

    @property
    def taken(self) -> datetime:
        """The agenda's instant: what happened after it may be missing."""
        return datetime.fromisoformat(self.headings[AGENDA]["taken"])

    @property
    def of_one_backup(self) -> bool:
        return bool(self.headings[AGENDA]["backup"] == self.headings[PATIENTS]["backup"])


@dataclass(slots=True)
class Finished:
    """What the end of a restore did and found: counts, and the times of visits whose record is missing."""

    erased: int = 0
    purged: dict[str, int] = field(default_factory=dict)
    doubtful: int = 0
    paired: bool = False
    differences: reconciling.Differences | None = None


def load(pair: Pair) -> Loaded:
    """Bring both archives' rows into two empty stores, and both stores to this version's tables.

    Raises NotEmpty, Unusable (of another make, of a later version, damaged), DatabaseError; the stores are then still
    empty, or marked, and the next restore starts over.
    """
    _make_room()
    headings = {}
    for store in (PATIENTS, AGENDA):
        archive = Archive(pair.path(store))
        headings[store] = _heading(archive, store)
        _load(store, archive)
    for store in (PATIENTS, AGENDA):
        call_command("migrate", database=store, verbosity=0)
    return Loaded(headings)


def seen(pair: Pair) -> Loaded:
    """Return what two archives say of themselves, without loading them. Raises Unusable."""
    headings = {store: _heading(Archive(pair.path(store)), store) for store in (PATIENTS, AGENDA)}
    return Loaded(headings)


def _heading(archive: Archive, store: str) -> dict[str, Any]:
    if archive.heading.get("store") != store:
        raise Unusable(_("%(file)s n’est pas l’archive de cette base") % {"file": archive.path.name})
    return archive.heading


def _load(store: str, archive: Archive) -> None:
    """Make the tables as they were, and fill them in one transaction."""
    nodes = [(app, name) for app, name in archive.heading["migrations"]]
    _migrate(store, nodes)
    known = tables.loader(store)
    models_of = {model._meta.label_lower: model for model in tables.tables(known, tables.applied(known), store)}
    with transaction.atomic(using=store):
        for label, names, values in archive.tables():
            if label not in models_of:
                raise Unusable(
                    _("%(file)s a une table que cette version ne connaît pas : %(table)s")
                    % {"file": archive.path.name, "table": label}
                )
            coming = _marked(values, names) if label == CHECK[store] else values
            try:
                rows.write(models_of[label], store, names, coming)
            except ValueError as wrong:
                raise Unusable(f"{damaged(archive.path)} ({wrong})") from None
        with connections[store].cursor() as cursor:
            for statement in connections[store].ops.sequence_reset_sql(no_style(), list(models_of.values())):
                cursor.execute(statement)


def _marked(values: Iterator[list[Any]], names: list[str]) -> Iterator[list[Any]]:
    """Return the check's rows with the mark of a restore before their pairing."""
    place = names.index("pairing")
    marked = models.BinaryField()
    for row in values:
        row[place] = pairing.RESTORING + bytes(marked.to_python(row[place]))
        yield row


def _migrate(store: str, nodes: list[tables.Node]) -> None:
    """Bring an empty store to these migrations. Raises Unusable when this version does not have them."""
    executor = MigrationExecutor(connections[store])
    if missing := [f"{app}.{name}" for app, name in nodes if (app, name) not in executor.loader.graph.nodes]:
        raise Unusable(
            _("elle est d’une version plus récente (elle connaît %(name)s) : installez d’abord celle-là")
            % {"name": missing[0]}
        )
    if sorted(nodes) != [one for one in tables.applied(executor.loader) if (one[0] == PATIENTS) == (store == PATIENTS)]:
        # Whatever app the backup did not know is taken away, and comes with the migrations after it.
        apps = {app for app, _name in tables.applied(executor.loader)} - {app for app, _name in nodes}
        ours = [(app, None) for app in sorted(apps) if (app == PATIENTS) == (store == PATIENTS)]
        executor.migrate([*nodes, *ours])  # type: ignore[list-item]


def _make_room() -> None:
    """Empty what an interrupted restore left. Raises NotEmpty for anything else."""
    if _state() is pairing.Pairing.RESTORING:
        for store in (AGENDA, PATIENTS):
            _empty(store)
    for store, labels in IN_USE.items():
        known = tables.loader(store)
        for model in tables.tables(known, tables.applied(known), store):
            if model._meta.label_lower in labels and model._base_manager.using(store).exists():
                raise NotEmpty


def _state() -> pairing.Pairing | None:
    try:
        return pairing.state()
    except DatabaseError:
        return None  # not even the tables are there


def _empty(store: str) -> None:
    known = tables.loader(store)
    with transaction.atomic(using=store):
        for model in tables.tables(known, tables.applied(known), store):
            model._base_manager.using(store).all()._raw_delete(store)  # type: ignore[attr-defined]


def finish(loaded: Loaded, *, accept_list: bool = False, keep_canaries: bool = False) -> Finished:
    """With the secret: erase and purge again, compare the stores, and let them be served. Raises WrongSecret, ListClosed.

    Stores of two different backups are left apart, with nothing booked and nothing swept, until a person accepts them.
    """
    if not pairing.secret_opens():
        raise WrongSecret
    now, done = timezone.now(), Finished()
    records, closed = erasures.listed()
    if closed and not accept_list:
        raise ListClosed(closed)
    done.erased = retention.replay(records, now)
    planted = canaries.found(loaded.headings[AGENDA].get("canaries", []))
    if not keep_canaries:
        canaries.remove(planted)
    keys.expire(keys.practice_day())
    done.purged = retention.purge(now)
    done.doubtful = reconciling.doubt_messages(now)
    done.differences = reconciling.compare(now, leave_out=canaries.records(planted))
    if order.may_shuffle():
        order.shuffle()
    retention.empty_journal()
    pairing.end_restoring()
    if loaded.of_one_backup:
        pairing.renew()
        done.paired = True
    milestones.reached(Milestone.Kind.RESTORE, now, well=loaded.of_one_backup)
    return done
