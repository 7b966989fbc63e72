import pytest

from tests.booking.moving.cast import Room


@pytest.fixture
def room(db: None) -> Room:
    return Room()
