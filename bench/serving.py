"""A server as in production: gunicorn with two workers on loopback, in a process group of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")


def environment(folder: Path, port: int) -> dict[str, str]:
    """What an instance under this folder is told. Stores that the environment names are used as they are."""
    own = {
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "SITE_URL": f"http://localhost:{port}",
        "SECRET_FILE": str(folder / "secret"),
        "BIND": f"127.0.0.1:{port}",
        "WEB_WORKERS": "2",
        "LOG_LEVEL": "ERROR",
        # A run books more in an hour than any practice does, without a browser that would solve anything.
        "HOLD_PROOF": "off",
        "AGENDA_DATABASE_URL": f"sqlite:///{folder / 'agenda.sqlite3'}",
        "PATIENTS_DATABASE_URL": f"sqlite:///{folder / 'patients.sqlite3'}",
    }
    return os.environ | own


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def served(settings: dict[str, str], port: int) -> Iterator[int]:
    """Start the server, wait until it answers, yield its process id, stop it."""
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "clicdocteur.wsgi"]
    process = subprocess.Popen(command, cwd=ROOT, env=settings)
    try:
        for _ in range(300):
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None:
                sys.exit("The server did not start.")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def cpu_seconds(pid: int) -> float:
    """Processor time that the server's workers have used so far."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    total = 0.0
    for child in children:
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) / TICKS
    return total
