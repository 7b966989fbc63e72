from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from tests.agenda.cast import Desk
from tests.booking.cast import NOW
from tests.copies import copy_of


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


@pytest.fixture
def desk(db: None, clock: time_machine.Traveller) -> Desk:
    return copy_of(Desk)


@pytest.fixture
def alice(desk: Desk) -> Client:
    return desk.client()
