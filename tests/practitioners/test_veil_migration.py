"""The minutes until the lock of before become the minutes until the veil, within its bounds (U5)."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from practitioners.models import Practice

# Minutes until the lock of before; until the veil of after.
BECOMES = {2: 2, 30: 30, 60: 60, 61: 60, 240: 60, 0: 2}


@pytest.mark.django_db(transaction=True)
def test_the_minutes_of_before_come_along_within_the_new_bounds() -> None:
    """One journey for all (it takes seconds): as many practices as there are cases, which only a test has."""
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    nodes = executor.loader.graph.node_map
    ours = next(node for key, node in nodes.items() if key[1].endswith("_veil_and_closing_hour"))
    earlier = [parent.key for parent in ours.parents]
    executor.migrate(earlier)
    old = executor.loader.project_state(earlier).apps.get_model("practitioners", "Practice")
    for before in BECOMES:
        old.objects.create(name=str(before), address="1 rue", lock_after=before)
    MigrationExecutor(connection).migrate(latest)
    found = {int(one.name): (one.veil_after, one.closes_minute) for one in Practice.objects.all()}
    assert found == {before: (after, 1200) for before, after in BECOMES.items()}
