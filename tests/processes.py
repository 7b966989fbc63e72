"""An instance in processes of its own, with stores of its own: for what a test cannot do to itself."""

import atexit
import multiprocessing
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connections

from clicdocteur import server_secret

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Instance:
    """One instance: a secret file under `folder`, and two SQLite stores there unless the environment names others."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.secret, self.agenda, self.patients = (
            self.folder / name for name in ("secret", "agenda.sqlite3", "patients.sqlite3")
        )
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SECRET_FILE": str(self.secret),
            "AGENDA_DATABASE_URL": f"sqlite:///{self.agenda}",
            "PATIENTS_DATABASE_URL": f"sqlite:///{self.patients}",
            "BACKUP_FOLDER": str(self.folder / "backups"),
            "CLICDOCTEUR_TEST_DIR": str(self.folder),
            "TMPDIR": str(self.folder),
            **self.environment,
        }

    def set_up(self) -> "Instance":
        """Make the secret and both stores, empty."""
        server_secret.ensure(self.secret)
        for store in ("default", "patients"):
            done = self.manage("migrate", "--database", store, "--verbosity", "0")
            assert done.returncode == 0, done.stderr
        return self

    def manage(self, *command: str, typed: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        """Run `manage.py`: what is typed into it, and more of an environment."""
        return self._run([str(ROOT / "manage.py"), *command], typed=typed, **more)

    def python(
        self, code: str, settings: str = "tests.settings", seconds: float = 240
    ) -> subprocess.CompletedProcess[str]:
        """Run a few lines inside this instance, with the tests' cheap passwords, for so long at most."""
        start = "import django\ndjango.setup()\n"
        return self._run(["-c", start + code], seconds=seconds, DJANGO_SETTINGS_MODULE=settings)

    def begin(self, code: str, settings: str = "tests.settings") -> subprocess.Popen[str]:
        """Begin a few lines inside this instance, for somebody else to wait for or to kill."""
        return subprocess.Popen(
            [sys.executable, "-c", f"import django\ndjango.setup()\n{code}"],
            env=self.environment | {"DJANGO_SETTINGS_MODULE": settings},
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _run(
        self, command: list[str], *, typed: str = "", seconds: float = 240, **more: str
    ) -> subprocess.CompletedProcess[str]:
        environment = self.environment | more
        # Variables for Python itself are read as it starts; and `make faults` runs without pytest, for hours.
        talks_to_python = any(name.startswith("PYTHON") and name != "PYTHONPATH" for name in environment)
        if talks_to_python or "PYTEST_CURRENT_TEST" not in os.environ:
            return subprocess.run(
                [sys.executable, *command], env=environment, cwd=self.folder, input=typed, capture_output=True, text=True,
                check=False, timeout=seconds,
            )  # fmt: skip
        with TemporaryDirectory() as name:
            streams = [Path(name) / one for one in ("in", "out", "error")]
            streams[0].write_text(typed)
            forked = _warm.Process(target=_become, args=(command, environment, self.folder, streams))
            forked.start()
            forked.join(seconds)
            if forked.exitcode is None:
                forked.kill()
                raise subprocess.TimeoutExpired(command, seconds)
            said, errors = (one.read_text() for one in streams[1:])
        return subprocess.CompletedProcess(command, forked.exitcode, said, errors)


# A Python that has imported what our modules import from others, and of which a test's processes are forks: they cost a third.
# Nothing of ours and nothing that asks for settings is among it; these are each process's own.
_warm = multiprocessing.get_context("forkserver")
_warm.set_forkserver_preload(
    "altcha cryptography.hazmat.primitives.hpke csp.middleware django.core.management django.core.serializers "
    "django.db.models django.forms django.http django.template.defaulttags django.template.loader_tags django.views.generic "
    "environ fido2.server holidays icalendar limits phonenumbers psycopg pytest segno sqlparse whitenoise.middleware".split()
)


def _become(command: list[str], environment: dict[str, str], folder: Path, streams: list[Path]) -> None:
    """In the fork: be `python` with this command, in this environment and folder, with files for its streams."""
    for number, (stream, mode) in enumerate(zip(streams, ("r", "w", "w"), strict=True)):
        with stream.open(mode) as file:
            os.dup2(file.fileno(), number)
    sys.stdin = os.fdopen(0, closefd=False)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    assert not settings.configured, "a library that was imported beforehand has read the settings of the tests"
    try:
        if command[0] == "-c":
            sys.argv = ["-c"]
            exec(command[1], {"__name__": "__main__"})  # noqa: S102 - what `python -c` does
        else:
            sys.argv = command
            runpy.run_path(command[0], run_name="__main__")
    except Exception:  # noqa: BLE001 - as the interpreter does
        sys.excepthook(*sys.exc_info())
        sys.exit(1)
    finally:
        # What the end of an interpreter does, and that of a fork does not.
        atexit._run_exitfuncs()
        if settings.configured:
            connections.close_all()


@contextmanager
def on_postgres(folder: Path, like: Instance | None = None) -> Iterator[Instance]:
    """An instance on two databases of the server that the tests run on, which go afterwards; copies of another's, if given."""
    import psycopg

    variables = ("AGENDA_DATABASE_URL", "PATIENTS_DATABASE_URL")
    server = os.environ[variables[0]]
    urls = {one: _renamed(server, f"{one.split('_')[0].lower()}_{token_hex(4)}") for one in variables}
    with psycopg.connect(_renamed(server, "postgres"), autocommit=True) as admin:
        for variable, url in urls.items():
            copied = f" TEMPLATE {_database(like.environment[variable])}" if like else ""
            admin.execute(f"CREATE DATABASE {_database(url)}{copied}")
        try:
            yield Instance(folder, urls)
        finally:
            for url in urls.values():
                admin.execute(f"DROP DATABASE {_database(url)} WITH (FORCE)")


def copied(like: Instance, folder: Path, environment: dict[str, str] | None = None) -> Instance:
    """An instance with copies of another's two SQLite stores, and a secret file of its own."""
    made = Instance(folder, environment or {})
    for one, other in ((like.agenda, made.agenda), (like.patients, made.patients)):
        shutil.copyfile(one, other)
    server_secret.ensure(made.secret)
    return made


def _database(url: str) -> str:
    return urlsplit(url).path[1:]


def _renamed(url: str, database: str) -> str:
    """The same server and role, another database. Written by hand: urlunsplit drops the two slashes of an empty host."""
    one = urlsplit(url)
    return f"{one.scheme}://{one.netloc}/{database}?{one.query}"
