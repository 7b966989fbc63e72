from collections.abc import Iterator

import pytest
import time_machine

from practitioners.models import Practice
from tests.booking.cast import NOW, Office
from tests.copies import copy_of


@pytest.fixture
def office(db: None) -> Office:
    return copy_of(Office)


@pytest.fixture
def morning() -> Iterator[None]:
    """It is Monday 5 January 2026, 8:00 in Paris, for every view."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def open_office(office: Office, morning: None) -> Office:
    """The office, at 8:00, with a telephone."""
    Practice.objects.update(phone="01 43 45 12 34", phone_hours="de 9 h à 12 h")
    return office
