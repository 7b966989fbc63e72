"""Which tables a store has, as its applied migrations say: so that a backup is read and written by whatever version."""

from typing import Any, Final

from django.db import connections, models
from django.db.migrations.loader import MigrationLoader

from clicdocteur.router import AGENDA, PATIENTS, TwoStores

STORES: Final = (AGENDA, PATIENTS)
# Of every other table all rows go into a backup. Labels in lower case.
LEFT_OUT: Final = {
    "sessions.session": "a session ends with its machine",
    "practitioners.trustedbrowser": "trust that its owner ended must not come back",
    "practitioners.calendarfeed": "a subscription that its owner ended must not come back",
    "booking.counter": "limits of the day",
    "booking.chore": "the worker begins anew",
    "booking.onlinebooking": "of one day",
    "booking.orphan": "the sweep finds it again",
    "upkeep.milestone": "of this machine",
    "contenttypes.contenttype": "made by the migrations",
    "auth.permission": "made by the migrations",
    "auth.group": "unused",
    "auth.group_permissions": "unused",
    "account.emailaddress": "unused",
    "account.emailconfirmation": "unused",
}
Node = tuple[str, str]


def loader(store: str) -> MigrationLoader:
    """Return what is applied to a store, and what there is to apply."""
    return MigrationLoader(connections[store])


def applied(known: MigrationLoader) -> list[Node]:
    """Return each app's last applied migrations, sorted."""
    done = {node for node in known.applied_migrations if node in known.graph.nodes}
    return sorted(node for node in done if not any(child.key in done for child in _children(known, node)))


def _children(known: MigrationLoader, node: Node) -> list[Any]:
    return [child for child in known.graph.node_map[node].children if child.key[0] == node[0]]


def tables(known: MigrationLoader, nodes: list[Node], store: str) -> list[type[models.Model]]:
    """Return the models of a store as they were after these migrations, without those that a backup leaves out."""
    apps = known.project_state(nodes).apps
    router = TwoStores()
    return sorted(
        (
            model
            for model in apps.get_models(include_auto_created=True)
            if router.allow_migrate(store, model._meta.app_label) and model._meta.label_lower not in LEFT_OUT
        ),
        key=lambda model: model._meta.label_lower,
    )
