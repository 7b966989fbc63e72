from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine

from tests.agenda.cast import Desk
from tests.booking.cast import NOW, Office
from tests.copies import copy_of


@pytest.fixture(autouse=True)
def backups(settings: Any, tmp_path: Path) -> Path:
    """A folder of its own for each test's backups."""
    settings.BACKUP_FOLDER = tmp_path / "backups"
    return tmp_path / "backups"


@pytest.fixture
def office(transactional_db: None) -> Office:
    return copy_of(Office)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as travelled:
        yield travelled


@pytest.fixture
def desk(db: None, clock: time_machine.Traveller) -> Desk:
    return copy_of(Desk)


@pytest.fixture
def open_office(db: None, clock: time_machine.Traveller) -> Office:
    return copy_of(Office)
