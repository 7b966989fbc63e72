import pytest

from tests.copies import copy_of
from tests.practitioners.cast import House


@pytest.fixture
def house(db: None) -> House:
    return copy_of(House)
