"""Guard rails for every test, and the cast."""

import importlib.util
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypotheses

from booking import proofs, reserving
from clicdocteur import clock, garbage, server_secret
from patients.store import boxes
from tests.processes import Instance, copied, on_postgres
from upkeep import standing

ON_POSTGRES = "postgresql" in settings.DATABASES["default"]["ENGINE"]
DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}

# The same examples in every run, however slow the machine: a red run is a fault, never chance. (`make fuzz` draws at random.)
hypotheses.register_profile("tests", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypotheses.load_profile("tests")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Open both stores to whatever touches one; on PostgreSQL run only that, and pages in a browser were seen on SQLite."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(
                pytest.mark.django_db(**{**(marker.kwargs if marker else {}), "databases": "__all__"}), False
            )
    # Once a browser has started, its loop stays in this thread; so its tests come last, in an order that is still random.
    items.sort(key=lambda item: "e2e" in item.path.parts)
    if not ON_POSTGRES:
        return
    kept, left = [], []
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        touches = item.get_closest_marker("django_db") is not None or fixtures & {*DATABASE_FIXTURES, "migrated"}
        (kept if touches and not item.get_closest_marker("e2e") else left).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left)


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end: the garbage collector need not walk it again (an eighth of the time)."""
    garbage.settle()


@pytest.fixture(scope="session")
def messages() -> ModuleType:
    """The script that keeps the English catalogue."""
    path = Path(settings.BASE_DIR) / "locale/messages.py"
    spec = importlib.util.spec_from_file_location("messages", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session", autouse=True)
def english_catalogue(messages: ModuleType) -> None:
    """English is compiled before the first page is rendered."""
    messages.compile_catalogue()


@pytest.fixture(scope="session", autouse=True)
def stores_are_ready() -> None:
    """Both stores are migrated before the first page is asked for."""
    standing.settled()


@pytest.fixture(autouse=True)
def clock_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A time server keeps the clock: tests travel by months, and a worker asks who vouches for that."""
    monkeypatch.setattr(clock, "is_kept", lambda: True)


@pytest.fixture(autouse=True)
def no_language_is_left_over() -> Iterator[None]:
    """A request leaves its language to the thread: a command in the next test would speak it."""
    translation.deactivate()
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def no_pressure_is_left_over() -> None:
    """A page remembers for ten seconds whether holds are to bring work: tests stand still in time."""
    proofs.were_wanted.cache_clear()


@pytest.fixture(autouse=True)
def freed_times_are_public_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A time that nobody waits for comes back after a random delay; the tests of that set it again (tests/booking/waiting)."""
    monkeypatch.setattr(reserving, "LONGEST_DELAY", timedelta(0))


@pytest.fixture
def secrets(settings: Any) -> Iterator[Callable[..., None]]:
    """Change the server secrets as a restart would, and undo it."""

    def change(*those: bytes) -> None:
        settings.SERVER_SECRETS = those
        boxes.keys.cache_clear()

    yield change
    boxes.keys.cache_clear()


@pytest.fixture(scope="session")
def migrated_files(tmp_path_factory: pytest.TempPathFactory) -> Instance:
    """An instance on SQLite whose stores are empty, of which the tests have copies: migrating takes seconds."""
    return Instance(tmp_path_factory.mktemp("migrated")).set_up()


@pytest.fixture(scope="session")
def migrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """The same, on the engine that this run is for."""
    if not ON_POSTGRES:
        yield request.getfixturevalue("migrated_files")
        return
    with on_postgres(tmp_path_factory.mktemp("migrated")) as made:
        yield made.set_up()


@pytest.fixture
def instance(tmp_path: Path, migrated: Instance) -> Iterator[Instance]:
    """An instance in processes of its own, set up and empty, on the engine that this run is for."""
    if not ON_POSTGRES:
        yield copied(migrated, tmp_path)
        return
    with on_postgres(tmp_path, migrated) as made:
        server_secret.ensure(made.secret)
        yield made
