"""The minutes until the lock of before become the minutes until the veil, within its bounds (U5)."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from practitioners.models import Practice


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("before", "after"), [(2, 2), (30, 30), (60, 60), (61, 60), (240, 60), (0, 2)])
def test_the_minutes_of_before_come_along_within_the_new_bounds(before: int, after: int) -> None:
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    nodes = executor.loader.graph.node_map
    ours = next(node for key, node in nodes.items() if key[1].endswith("_veil_and_closing_hour"))
    earlier = [parent.key for parent in ours.parents]
    executor.migrate(earlier)
    old = executor.loader.project_state(earlier).apps.get_model("practitioners", "Practice")
    old.objects.create(name="Cabinet", address="1 rue", lock_after=before)
    MigrationExecutor(connection).migrate(latest)
    practice = Practice.objects.get()
    assert (practice.veil_after, practice.closes_minute) == (after, 1200)
