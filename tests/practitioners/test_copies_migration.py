"""Copies of the server secret of before their tags come along, and are renewed with the next secret (U5)."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from practitioners import keys
from practitioners.models import KeyHolder
from tests.practitioners.cast import holder_of, private_of, staff

BEFORE = ("practitioners", "0006_second_factor")


@pytest.mark.django_db(transaction=True)
def test_a_manager_of_before_keeps_a_copy_that_is_renewed():
    manager, secretary = staff("manager", role="manager"), staff("secretary")
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    MigrationExecutor(connection).migrate([BEFORE])
    MigrationExecutor(connection).migrate(latest)
    assert holder_of(secretary).secret_tag is None
    assert keys.reseal_secrets() == 1
    assert keys.server_secrets(holder_of(manager), private_of(manager))
    assert KeyHolder.objects.count() == 2
