"""The faults, one function each: what happens to the instance while patients book, and what `doctor` has to say meanwhile."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.faults.instance import Served, start_postgres, stop_postgres
from tests.processes import ROOT

AGENDA, PATIENTS, LETTERS = "Base de l’agenda", "Base des patients", "Messages et entretien"
DAY = 86_400


@dataclass
class Play:
    """A scene under way: the instance, how long, its dice, and what the self-check ought to have said and did not."""

    server: Served
    stores: dict[str, str]
    seconds: float
    chance: random.Random
    untold: list[str] = field(default_factory=list)

    def wait(self, share: float) -> None:
        """Let patients book for a share of the scene."""
        time.sleep(self.seconds * share)

    def ask_doctor(self, subject: str, level: str, said: str = "") -> None:
        """Ask the self-check; note it if it does not find this."""
        found = self.server.doctor()
        if not any(one["subject"] == subject and one["level"] == level and said in one["said"] for one in found):
            heard = [(one["level"], one["said"]) for one in found if one["subject"] == subject]
            self.untold.append(f"{subject}: {level} {said!r}, but {heard or found}")


Scene = Callable[[Play], None]


def kill_workers(play: Play) -> None:
    """`kill -9` of web and message workers at random instants; the server starts others, we start the messages' again."""
    until = time.monotonic() + play.seconds
    while time.monotonic() < until:
        time.sleep(play.chance.uniform(0.2, 1.5))
        if play.chance.random() < 0.2:
            play.server.kill_messages()
            play.server.start_messages()
        elif workers := play.server.workers():
            with suppress(ProcessLookupError):
                os.kill(play.chance.choice(workers), signal.SIGKILL)


def kill_tidy(play: Play) -> None:
    """`kill -9` of the nightly run, again and again, at random instants."""
    until = time.monotonic() + play.seconds
    while time.monotonic() < until:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "tidy"], env=play.server.environment(), cwd=play.server.instance.folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=play.chance.uniform(0.8, 2.5))
        process.kill()
        process.wait()


@contextmanager
def _away(server: Served, variable: str) -> Iterator[None]:
    """Nobody gets into a store: its file is locked by somebody else, or its server lets nobody in."""
    url = server.instance.environment[variable]
    if url.startswith("sqlite"):
        other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=30)
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")
        other.close()
        return
    import psycopg

    name = urlsplit(url).path[1:]
    with psycopg.connect(url.replace(f"/{name}?", "/postgres?", 1), autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        yield
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def patients_away(play: Play) -> None:
    """The patients store is away for longer than anybody waits."""
    play.wait(0.25)
    with _away(play.server, "PATIENTS_DATABASE_URL"):
        play.ask_doctor(PATIENTS, "alarm")
        play.wait(0.25)
    play.wait(0.25)


def agenda_away(play: Play) -> None:
    """The agenda store is away for longer than anybody waits."""
    play.wait(0.25)
    with _away(play.server, "AGENDA_DATABASE_URL"):
        play.ask_doctor(AGENDA, "alarm")
        play.wait(0.25)
    play.wait(0.25)


def busy(play: Play) -> None:
    """Somebody else writes into one store or the other for seconds at a time: everybody waits, nobody is lost."""
    files = [play.server.instance.environment[f"{name}_DATABASE_URL"] for name in ("AGENDA", "PATIENTS")]
    until = time.monotonic() + play.seconds
    while time.monotonic() < until:
        other = sqlite3.connect(play.chance.choice(files).removeprefix("sqlite:///"), isolation_level=None, timeout=30)
        other.execute("BEGIN IMMEDIATE")
        time.sleep(play.chance.uniform(0.2, 3))
        other.execute("ROLLBACK")
        other.close()
        time.sleep(play.chance.uniform(0, 0.3))


def power_cut(play: Play) -> None:
    """PostgreSQL ends at once, in mid-transaction, and comes back; then it is told to restart, as an upgrade of it does."""
    for number, mode in enumerate(("immediate", "immediate", "fast")):
        play.wait(play.chance.uniform(0.15, 0.35))
        stop_postgres(play.stores, mode)
        if number == 0:
            play.ask_doctor(AGENDA, "alarm", "répond pas")
        start_postgres(play.stores)


def disk_full(play: Play) -> None:
    """The disk of both stores fills to the last byte, then there is room again (root: a tmpfs; else a limit on files' size)."""
    play.wait(0.3)
    disk = play.server.disk
    if disk is None:
        play.server.restart(limit=max(path.stat().st_size for path in play.server.files()) + 200_000)
        play.wait(0.5)
        play.server.restart()
        return
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as out, suppress(OSError):
        while True:
            out.write(bytes(1 << 16))
    with ballast.open("ab", buffering=0) as out, suppress(OSError):
        while True:
            out.write(bytes(64))
    play.ask_doctor("Disque", "alarm", "0 Mo libres")
    play.wait(0.3)
    ballast.unlink()
    play.wait(0.3)


def read_only(play: Play) -> None:
    """The stores' file system is read-only when the machine comes up, then is mended (root: a tmpfs mounted anew; else `chmod`)."""
    play.wait(0.3)
    play.server.stop()
    with play.server.nothing_written():
        play.server.start()
        play.ask_doctor(AGENDA, "alarm")
        play.ask_doctor(PATIENTS, "alarm")
        play.wait(0.3)
        play.server.stop()
    play.server.start()
    play.wait(0.3)


def mail_down(play: Play) -> None:
    """The mail server is gone: bookings go on, and what is to be told waits."""
    play.wait(0.3)
    play.server.letterbox.stop()
    play.ask_doctor("E-mail", "alarm", "ne prend pas nos messages")
    play.wait(0.4)
    play.server.letterbox.start()
    play.wait(0.3)


def clock_jump(play: Play) -> None:
    """The machine wakes up in another year, then a day late, then at the right hour (T16)."""
    play.server.until_ready()
    play.wait(0.3)
    play.server.restart(clock=400 * DAY)
    play.server.until_doubted()
    play.ask_doctor(LETTERS, "alarm", "La date a sauté")
    play.wait(0.2)
    play.server.restart(clock=-DAY, messages=False)
    play.ask_doctor("Horloge", "alarm", "en retard")
    play.server.restart()
    play.wait(0.3)


SCENES: dict[str, tuple[Scene, str]] = {
    "workers killed": (kill_workers, "both"),
    "tidy killed": (kill_tidy, "both"),
    "patients store away": (patients_away, "both"),
    "agenda store away": (agenda_away, "both"),
    "mail down": (mail_down, "both"),
    "clock jump": (clock_jump, "both"),
    "power cut of PostgreSQL": (power_cut, "postgres"),
    "SQLite busy": (busy, "sqlite"),
    "disk full": (disk_full, "sqlite"),
    "read-only file system": (read_only, "sqlite"),
}
