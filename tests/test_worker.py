"""`manage.py worker` as a process of its own: it begins, ends when it is told or left alone, and survives `kill -9`."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests import post as posts
from tests.post import Post
from tests.processes import ROOT, Instance, copied

BOOK = """
from datetime import UTC, datetime, timedelta
from booking import appointments, holds
from booking.links import link_hash
from booking.models import Appointment
from patients import store
from practitioners.models import Practice, Practitioner, VisitType
from tests.booking.cast import Office, identity
from clicdocteur.grid import cell_at
from zoneinfo import ZoneInfo

now = datetime.now(UTC)
if not Practice.objects.exists():
    office = Office()
    office.opening(weekday=5, start_minute=540, end_minute=720)
    office.opening(weekday=6, start_minute=540, end_minute=720)
    Practitioner.objects.update(works_holidays=True)
day = (now.astimezone(ZoneInfo("Europe/Paris")) + timedelta(days={days})).date()
cell = cell_at(day, {minute}, ZoneInfo("Europe/Paris"))
token = holds.take(VisitType.objects.get(), cell, now, new_patient=True, network="192.0.2.1")
appointments.book(token, appointments.Submission(identity(), store.Visit(email="{email}"), "fr"), now)
"""


@pytest.fixture
def post() -> Iterator[Post]:
    with posts.post() as running:
        yield running


@pytest.fixture
def instance(tmp_path: Path, post: Post, migrated_files: Instance) -> Instance:
    mail = {
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(post.port),
        "EMAIL_SECURITY": "none",
        "EMAIL_FROM": "rdv@example.org",
    }
    return copied(migrated_files, tmp_path, {**mail, "EMAIL_TIMEOUT": "60"})


@contextmanager
def worker(instance: Instance, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(ROOT / "manage.py"), "worker", *arguments]
    with (instance.folder / "log").open("a") as log:
        process = subprocess.Popen(
            command, env=instance.environment, cwd=instance.folder, stdout=log, stderr=log, text=True
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait(timeout=90)


def book(instance: Instance, email: str, minute: int = 540) -> None:
    done = instance.python(BOOK.format(days=2, minute=minute, email=email))
    assert done.returncode == 0, done.stderr


def seen(instance: Instance) -> str:
    """The queue, read beside the worker."""
    with closing(sqlite3.connect(instance.agenda, timeout=30)) as store:
        return str(store.execute("SELECT kind, state FROM booking_message ORDER BY kind, state").fetchall())


def wait_for(condition: object, seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:  # type: ignore[operator]
        time.sleep(0.05)
    assert condition()  # type: ignore[operator]


def test_a_worker_sends_what_is_due_and_ends_when_it_is_told(instance: Instance, post: Post):
    book(instance, "anna@example.org")
    with worker(instance) as process:
        wait_for(lambda: post.taken)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=90) == 0
    assert post.addresses == ["anna@example.org"]
    assert "('confirmation', 'sent')" in seen(instance)
    log = (instance.folder / "log").read_text()
    assert "worker: ended" in log
    assert "anna" not in log


def test_a_worker_that_is_told_to_end_finishes_what_it_is_handing_over(instance: Instance, post: Post):
    post.opened.clear()
    book(instance, "anna@example.org")
    with worker(instance) as process:
        wait_for(lambda: "handed" in seen(instance))
        process.send_signal(signal.SIGTERM)
        post.opened.set()
        assert process.wait(timeout=90) == 0
    assert post.addresses == ["anna@example.org"]
    assert "('confirmation', 'sent')" in seen(instance)


def test_a_worker_killed_while_it_hands_over_leaves_a_doubt_and_the_next_one_sends_the_rest(
    instance: Instance, post: Post
):
    """`kill -9` in the window: nobody knows whether the first left, so it is not sent again; the second never was."""
    post.opened.clear()
    book(instance, "anna@example.org")
    with worker(instance) as process:
        wait_for(lambda: "handed" in seen(instance))
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=90)
    assert "handed" in seen(instance)
    post.opened.set()
    book(instance, "bert@example.org", minute=600)
    # Six minutes later its lease is over.
    aged = "from datetime import timedelta; from django.db.models import F; from booking.models import Message; "
    aged += "Message.objects.filter(state='handed').update(claimed_until=F('claimed_until') - timedelta(minutes=6))"
    assert instance.python(aged).returncode == 0
    with worker(instance, "--once") as process:
        assert process.wait(timeout=90) == 0
    assert [one for one in post.addresses if one == "bert@example.org"] == ["bert@example.org"]
    assert post.addresses.count("anna@example.org") <= 1
    assert "('confirmation', 'doubtful')" in seen(instance)
    assert "('confirmation', 'sent')" in seen(instance)


def test_a_worker_ends_with_the_process_that_started_it(instance: Instance, tmp_path: Path):
    """As `make demo` starts it: the shell that did becomes the web server, and when that ends nobody is left over."""
    script = f"{sys.executable} {ROOT / 'manage.py'} worker --until-ends $$ & echo $! > {tmp_path}/pid; exec sleep 2"
    with (tmp_path / "log").open("a") as log:
        subprocess.run(
            ["sh", "-c", script], env=instance.environment, cwd=tmp_path, check=True, timeout=90, stdout=log, stderr=log
        )
    pid = int((tmp_path / "pid").read_text())
    wait_for(lambda: not alive(pid))


def alive(pid: int) -> bool:
    try:
        return "worker" in Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return False
