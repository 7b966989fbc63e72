import pytest

from tests.booking.moving.cast import Room
from tests.copies import copy_of


@pytest.fixture
def room(db: None) -> Room:
    return copy_of(Room)
