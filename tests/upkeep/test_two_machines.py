"""Nothing depends on one machine: two web processes and two workers on one PostgreSQL, booked through both."""

import http.client  # noqa: TID251 - the test is the visitor
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.booking.pages import FILLED, TIMES, buttons
from tests.conftest import ON_POSTGRES
from tests.post import free_port, post
from tests.processes import ROOT
from tests.upkeep.roles import stores

pytestmark = [
    pytest.mark.skipif(not ON_POSTGRES, reason="two machines need a server between them"),
    pytest.mark.django_db,
]

ROUNDS = 6
OFFICE = """
from tests.booking.cast import Office
from practitioners.models import Opening
Office(places=1)
Opening.objects.update(start_minute=0, end_minute=1440)
"""
COUNTED = """
from collections import Counter
from booking import pairing, reconciling
from booking.models import Appointment, Message, OccupiedCell
from django.utils import timezone
booked = Appointment.objects.filter(state="booked")
print(booked.count(), Message.objects.filter(kind="confirmation", state="sent").count(),
      reconciling.compare(timezone.now()).none, pairing.state())
"""


@dataclass
class Answer:
    """What a visitor gets."""

    status: int
    content: bytes
    location: str


def ask(port: int, path: str, **posted: str) -> Answer:
    connection = http.client.HTTPConnection("localhost", port, timeout=60)  # noqa: TID251
    try:
        if posted:
            kind = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
            connection.request("POST", path, urlencode(posted), kind)
        else:
            connection.request("GET", path)
        answer = connection.getresponse()
        return Answer(answer.status, answer.read(), answer.getheader("Location") or "")
    finally:
        connection.close()


@contextmanager
def running(folder: Path, environment: dict[str, str], *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the instance, ended by its own number."""
    with (folder / f"out-{time.monotonic_ns()}").open("wb") as out:
        process = subprocess.Popen([sys.executable, *command], env=environment, cwd=ROOT, stdout=out, stderr=out)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=90)


def until(true: object, seconds: float = 240) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if true():  # type: ignore[operator]
                return True
        except OSError:
            pass
        time.sleep(0.2)
    return False


def test_two_web_processes_and_two_workers_share_one_postgres(tmp_path: Path):
    """The same time asked for at both at once is given once; held at one, booked at the other; each message leaves once."""
    with stores(tmp_path) as served, post() as mail:
        made = served.serving.python(OFFICE)
        assert made.returncode == 0, made.stderr
        environment = {
            **served.serving.environment, "DJANGO_SETTINGS_MODULE": "tests.settings", "WEB_WORKERS": "1", "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(mail.port), "EMAIL_SECURITY": "none", "EMAIL_FROM": "Cabinet <rdv@example.org>", "HOME": os.environ.get("HOME", "/"),
        }  # fmt: skip
        ports = [free_port(), free_port()]
        web = ["-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "clicdocteur.wsgi"]
        worker = [str(ROOT / "manage.py"), "worker"]
        with (
            running(tmp_path, {**environment, "BIND": f"127.0.0.1:{ports[0]}"}, *web),
            running(tmp_path, {**environment, "BIND": f"127.0.0.1:{ports[1]}"}, *web),
            running(tmp_path, environment, *worker),
            running(tmp_path, environment, *worker),
            ThreadPoolExecutor(2) as pool,
        ):
            assert until(lambda: all(ask(port, "/readyz").status == 200 for port in ports))
            for number in range(ROUNDS):
                here, there = ports if number % 2 else ports[::-1]
                # The last one listed: the first may be past by the time that it is asked for.
                start = list(buttons(ask(here, TIMES)).values())[-1]
                both = list(pool.map(lambda port, start=start: ask(port, TIMES, start=start), ports))
                assert sorted(one.status for one in both) == [303, 409]
                form = next(one.location for one in both if one.status == 303)
                booked = ask(there, form, **{**FILLED, "email": f"p{number}@example.org"})
                assert booked.status == 303, booked.content
                assert ask(here, booked.location).status == 200
            assert until(lambda: len(mail.addresses) >= ROUNDS)
        # Both workers ended what they were handing over; whoever would send one twice has had the time, and a third worker too.
        subprocess.run([sys.executable, *worker, "--once"], env=environment, cwd=ROOT, check=True, timeout=240)
        assert sorted(mail.addresses) == [f"p{number}@example.org" for number in range(ROUNDS)]
        assert served.serving.python(COUNTED).stdout.split() == [str(ROUNDS), str(ROUNDS), "True", "sound"]
