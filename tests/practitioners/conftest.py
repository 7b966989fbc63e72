import pytest

from tests.practitioners.cast import House


@pytest.fixture
def house(db: None) -> House:
    return House()
