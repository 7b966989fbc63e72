"""The access log of before the chain comes along, and can be closed (U5)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from practitioners.access_log import chain
from practitioners.models import AccessEvent

BEFORE, AFTER = ("practitioners", "0003_periods_of_retention"), ("practitioners", "0004_access_log_chain")


@pytest.mark.django_db(transaction=True)
def test_rows_of_before_the_chain_are_closed_in_their_hour():
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    executor.migrate([BEFORE])
    old = executor.loader.project_state([BEFORE]).apps.get_model("practitioners", "AccessEvent")
    hour = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=1)
    old.objects.create(staff=7, appointment=1, action="day", hour=hour, session_tag=bytes(16))
    MigrationExecutor(connection).migrate([AFTER])
    MigrationExecutor(connection).migrate(latest)
    row = AccessEvent.objects.get()
    assert (row.recorded, row.flagged) == (hour, False)
    assert chain.close(timezone.now()) == 1
    assert chain.verify().rows == 1
