"""An instance in processes of its own, with stores of its own: for what a test cannot do to itself."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit

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

    def manage(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run `manage.py`."""
        return self._run([str(ROOT / "manage.py"), *command])

    def python(
        self, code: str, settings: str = "tests.settings", seconds: float = 240
    ) -> subprocess.CompletedProcess[str]:
        """Run a few lines inside this instance, with the tests' cheap passwords, for so long at most."""
        start = "import django\ndjango.setup()\n"
        return self._run(["-c", start + code], seconds, DJANGO_SETTINGS_MODULE=settings)

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

    def _run(self, command: list[str], seconds: float = 240, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command],
            env=self.environment | more,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )


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
