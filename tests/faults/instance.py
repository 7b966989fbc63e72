"""A real instance to be hurt: gunicorn with two workers, the messages' worker and a mail server, in a folder of its own."""

import contextlib
import http.client
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller

from clicdocteur import server_secret
from tests.engines import binaries, unprivileged
from tests.post import Post, free_port
from tests.processes import ROOT, Instance

# Both stores, and six places on weekdays from 9 to 12: enough for hundreds of bookings in the coming weeks.
FOUNDED = """
from django.core.management import call_command
for store in ("default", "patients"):
    call_command("migrate", database=store, verbosity=0)
from tests.booking.cast import Office
open("alice.key", "wb").write(Office(places=6).private_one())
"""
DISK_BYTES = 48 << 20


class Letterbox:
    """A mail server that can be gone, and comes back where it was."""

    def __init__(self) -> None:
        self.post, self.port = Post(), free_port()
        self._controller: Controller | None = None

    def start(self) -> None:
        self._controller = Controller(self.post, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
        self._controller = None


@dataclass
class Served:
    """The instance, its processes, and what they said. `disk` is a file system of the stores' own, where one could be had."""

    instance: Instance
    port: int
    letterbox: Letterbox
    disk: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    messages: subprocess.Popen[bytes] | None = None
    clock: float = 0
    said: Path = field(init=False)

    def __post_init__(self) -> None:
        self.said = self.instance.folder / "server.log"

    @property
    def is_sqlite(self) -> bool:
        """Whether the stores are files."""
        return self.instance.environment["AGENDA_DATABASE_URL"].startswith("sqlite")

    def files(self) -> list[Path]:
        """The files of the stores."""
        names = ("AGENDA_DATABASE_URL", "PATIENTS_DATABASE_URL")
        return [Path(self.instance.environment[name].removeprefix("sqlite:///")) for name in names]

    def environment(self) -> dict[str, str]:
        """What the instance is told."""
        return self.instance.environment | {
            "BIND": f"127.0.0.1:{self.port}", "SITE_URL": f"http://localhost:{self.port}", "TRUSTED_PROXIES": "1",
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings", "LOG_LEVEL": "WARNING", "FAULTS_CLOCK": str(self.clock),
            # The patients here are no browsers, and book more than any practice.
            "HOLD_PROOF": "off", "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(self.letterbox.port), "EMAIL_SECURITY": "none",
            "EMAIL_FROM": "rdv@example.org",
        }  # fmt: skip

    def start(self, *, limit: int | None = None, clock: float = 0, messages: bool = True) -> None:
        """Serve, by a clock that is wrong by so many seconds; no file may grow beyond *limit* bytes, as on a disk that is full."""
        self.clock = clock

        def full() -> None:
            if limit is not None:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "clicdocteur.wsgi"]
        with self.said.open("ab") as out:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment(), stdout=subprocess.DEVNULL if limit else out,
                stderr=subprocess.DEVNULL if limit else out, preexec_fn=full, start_new_session=True,
            )  # fmt: skip
        if messages:
            self.start_messages()
        self.wait()

    def restart(self, **how: Any) -> None:
        """Stop, and start in another way."""
        self.stop()
        self.start(**how)

    def start_messages(self) -> None:
        """Run the worker that sends messages and does the chores."""
        with self.said.open("ab") as out:
            self.messages = subprocess.Popen(
                [sys.executable, "manage.py", "worker"], cwd=ROOT, env=self.environment(), stdout=out, stderr=out
            )

    def kill_messages(self, how: int = signal.SIGKILL) -> None:
        """End that worker."""
        if self.messages is not None:
            self.messages.send_signal(how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.messages.wait(timeout=30)
            self.messages.kill()
            self.messages.wait()
        self.messages = None

    def wait(self, path: str = "/healthz", seconds: float = 40) -> None:
        """Wait until a page answers."""
        if said := self._unwell(path, seconds):
            raise SystemExit(f"{path} never answered well: {said}; see {self.said}")

    def _unwell(self, path: str, seconds: float) -> str:
        """Ask a page until it answers 200; return what it said last if it does not in time."""
        until, heard = time.monotonic() + seconds, "nothing"
        while time.monotonic() < until:
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("localhost", self.port, timeout=15)
                connection.request("GET", path)
                answer = connection.getresponse()
                heard = answer.read().decode()[:500] or "nothing"
                if answer.status == 200:
                    return ""
            time.sleep(0.1)
        return heard

    def until_ready(self) -> None:
        """Wait for `/readyz`: stores, pairing, worker, and no chore in alarm. One that was put off for minutes is done now."""
        if self._unwell("/readyz", 5):
            code = "from booking.models import Chore\nfrom django.utils import timezone\nChore.objects.filter(alarm=True).update(due=timezone.now())"
            self.instance.python(code)
            self.wait("/readyz", 120)

    def until_doubted(self) -> None:
        """Wait until the worker has seen that its clock may be wrong."""
        code = "from booking.models import Chore\nprint(Chore.objects.filter(kind='beat', alarm=True).exists())"
        until = time.monotonic() + 40
        while "True" not in self.instance.python(code).stdout and time.monotonic() < until:
            time.sleep(0.2)

    def doctor(self) -> list[dict[str, str]]:
        """What the self-check finds."""
        command = [sys.executable, str(ROOT / "manage.py"), "doctor", "--json"]
        done = subprocess.run(
            command, cwd=self.instance.folder, env=self.environment(), capture_output=True, text=True, check=False, timeout=240
        )  # fmt: skip
        try:
            found: list[dict[str, str]] = json.loads(done.stdout)["findings"]
        except ValueError:
            return [{"subject": "doctor", "level": "broken", "said": done.stderr[-800:]}]
        return found

    def workers(self) -> list[int]:
        """The processes of the server's workers."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(one) for one in children.read_text().split()]

    def stop(self) -> None:
        """End the server and all its workers."""
        self.kill_messages(signal.SIGTERM)
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            self.process = None

    @contextlib.contextmanager
    def nothing_written(self) -> Iterator[None]:
        """The stores' files and their folder take no writes; the server is stopped before and after."""
        if self.disk is not None:
            subprocess.run(["mount", "-o", "remount,ro", str(self.disk)], check=True)
            yield
            subprocess.run(["mount", "-o", "remount,rw", str(self.disk)], check=True)
            return
        folder = self.files()[0].parent
        for path in (*self.files(), folder):
            path.chmod(0o500)
        yield
        for path in (folder, *self.files()):
            path.chmod(0o700)


@contextlib.contextmanager
def served(folder: Path, stores: dict[str, str], *, own_disk: bool = False) -> Iterator[Served]:
    """Make an instance with a practice in it, serve it, stop it."""
    folder.mkdir(parents=True, exist_ok=True)
    disk = _disk(folder) if own_disk else None
    if disk is not None:
        stores = {f"{name.upper()}_DATABASE_URL": f"sqlite:///{disk}/{name}.sqlite3" for name in ("agenda", "patients")}
    instance = Instance(folder, dict(stores))
    server_secret.ensure(instance.secret)
    done = instance.python(FOUNDED)
    if done.returncode:
        raise SystemExit(done.stderr)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    letterbox = Letterbox()
    letterbox.start()
    made = Served(instance, port, letterbox, disk)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        letterbox.stop()
        if disk is not None:
            subprocess.run(["umount", str(disk)], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _disk(folder: Path) -> Path | None:
    """A small file system of its own under this folder; None where nobody may mount one."""
    place = folder / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0700", "tmpfs", str(place)], check=False, capture_output=True
    )  # fmt: skip
    return place if mounted.returncode == 0 else None


def _pg_ctl(stores: dict[str, str], *what: str) -> None:
    folder = Path(parse_qs(urlsplit(stores["AGENDA_DATABASE_URL"]).query)["host"][0])
    options = f"-k {folder} -c listen_addresses= -c fsync=on -c max_connections=200 -c shared_buffers=64MB"
    command = [
        str(binaries() / "pg_ctl"),
        "-D",
        str(folder / "data"),
        "-w",
        "-o",
        options,
        "-l",
        str(folder / "log"),
        *what,
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user=unprivileged(), cwd=folder)


def stop_postgres(stores: dict[str, str], mode: str) -> None:
    """Stop PostgreSQL: `immediate` is what a power cut does, in the middle of whatever it does; `fast` is an orderly end."""
    _pg_ctl(stores, "-m", mode, "stop")


def start_postgres(stores: dict[str, str]) -> None:
    """Start it again."""
    _pg_ctl(stores, "start")
