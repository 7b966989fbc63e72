import pytest
import time_machine
from django.test import Client

from tests.agenda.settings.cast import Cabinet
from tests.copies import copy_of


@pytest.fixture
def cabinet(db: None, clock: time_machine.Traveller) -> Cabinet:
    return copy_of(Cabinet)


@pytest.fixture
def manager(cabinet: Cabinet) -> Client:
    return cabinet.client("nadia")


@pytest.fixture
def doctor(cabinet: Cabinet) -> Client:
    return cabinet.client("denis")


@pytest.fixture
def holder(cabinet: Cabinet) -> Client:
    return cabinet.client("alice")
