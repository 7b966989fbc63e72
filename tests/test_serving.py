"""`make demo` and `make run` as a person runs them: a real server, on loopback, from nothing."""

import http.client  # noqa: TID251 - the test is the visitor
import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.post import free_port

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.skipif(
    not (ROOT / ".venv/bin/gunicorn").exists(), reason="runs from the tree's own environment"
)


def environment(port: int, data: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {"PORT": str(port), "DATA": str(data)}


def run(port: int, data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", "deploy/demo.sh", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment(port, data), capture_output=True, text=True, check=False, timeout=240
    )


def get(port: int, path: str) -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection("localhost", port, timeout=60)  # noqa: TID251
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body, dict(answer.getheaders())


@contextmanager
def demo(port: int, data: Path) -> Iterator[subprocess.Popen[str]]:
    began = time.monotonic()
    command = ["sh", "deploy/demo.sh"]
    out = data.parent / "out"
    # Whatever the demo starts holds one end of a pipe: once nobody does, all of it has ended, and the files stand still.
    everybody, end = os.pipe()
    with out.open("w") as file, os.fdopen(everybody) as held:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(port, data), stdout=file, stderr=file, text=True, pass_fds=[end]
        )
        os.close(end)
        try:
            while time.monotonic() - began < 240:
                try:
                    get(port, "/healthz")
                    break
                except OSError:
                    assert process.poll() is None, out.read_text()
                    time.sleep(0.1)
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=90)
            assert select.select([held], [], [], 90)[0], "something that the demo started is still there"


def is_ready(port: int) -> bool:
    """The worker, which starts beside the pages, gave a sign of life."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if get(port, "/readyz")[0] == 200:
            return True
        time.sleep(0.2)
    return False


def test_the_demo_starts_from_nothing_keeps_its_data_and_starts_over(tmp_path: Path) -> None:
    port, data = free_port(), tmp_path / "with a space" / "demo"
    data.parent.mkdir()
    with demo(port, data) as process:
        assert is_ready(port)
        status, body, headers = get(port, "/fr/")
        assert status == 200
        assert "Claire Fontaine" in body
        assert "gunicorn" not in headers.get("Server", "")
        assert "Set-Cookie" not in headers
        get(port, "/fr/rdv/PlantedCapabilityToken0123456789/")
        busy = run(port, data)
        assert busy.returncode != 0
        assert f"PORT={port + 1}" in busy.stderr
        assert "tourne encore" in run(port, data, "reset").stderr
    said = (data.parent / "out").read_text()
    assert f"http://localhost:{port}/agenda/" in said
    assert "PlantedCapabilityToken" not in said
    assert process.poll() is not None
    with pytest.raises(ConnectionError):
        get(port, "/healthz")
    assert all(oct(path.stat().st_mode)[-2:] == "00" for path in [data, *data.iterdir()])

    secret = (data / "secret").read_text()
    with demo(port, data):
        assert get(port, "/fr/dr-claire-fontaine/")[0] == 200
    assert (data / "secret").read_text() == secret
    (data / "somebody-s.txt").write_text("not ours")
    assert run(port, data, "reset").returncode == 0
    assert [path.name for path in data.iterdir()] == ["somebody-s.txt"]


def test_a_port_that_is_no_number_is_refused_in_words(tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", "deploy/demo.sh"],
        cwd=ROOT,
        env=environment(0, tmp_path / "demo") | {"PORT": "abc"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "PORT=abc" in done.stderr
    assert not (tmp_path / "demo").exists()


def test_a_fresh_tree_comes_as_far_as_the_first_question(tmp_path: Path) -> None:
    """`make run` from a clone: no secret, no catalogue, no static file is there yet. Nobody answers, which is said in a sentence."""
    tree, data = tmp_path / "clone", tmp_path / "data"
    left = shutil.ignore_patterns(".*", "staticfiles", "var", "tests", "docs", "bench", "*.mo", "__pycache__")
    shutil.copytree(ROOT, tree, ignore=left)
    (tree / ".venv").symlink_to((ROOT / ".venv").resolve())
    done = subprocess.run(
        ["sh", "deploy/run.sh"], cwd=tree, env=environment(free_port(), data), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Une instance neuve" in done.stdout
    assert done.stderr.startswith("CommandError: Personne ne répond")
    assert (tree / "staticfiles/staticfiles.json").exists()
    assert {oct(path.stat().st_mode)[-2:] for path in [data, *data.iterdir()]} == {"00"}
