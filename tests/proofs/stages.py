"""A Dockerfile carried out where there is no engine: stages are roots, instructions are commands in them. As root."""

import contextlib
import fnmatch
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BARE = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
# How this machine reaches the package registries, which is its own affair.
REACH = (
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/pip.conf",
    "/etc/xdg/pip",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/apt/apt.conf.d",
)
BOUND = ("/opt/wheels", "/opt/pypi-more")


@dataclass
class Stage:
    """One stage: its root, and what the file has said so far."""

    root: Path
    environment: dict[str, str] = field(default_factory=lambda: dict(BARE))
    folder: str = "/"
    user: str = "0"
    said: dict[str, str] = field(default_factory=dict)

    def run(self, *command: str, **more: object) -> subprocess.CompletedProcess[str]:
        """Run a command inside, as the stage's user."""
        reach = {
            name: value for name, value in os.environ.items() if name.startswith("PIP_") or name == "SSL_CERT_FILE"
        }
        inner = ["sh", "-c", f'cd {self.folder} && exec "$@"', "sh", *command]
        whole = ["chroot", f"--userspec={self.user}:{self.user}", str(self.root), "env", "-i"]
        whole += [f"{name}={value}" for name, value in {**reach, **self.environment}.items()]
        return subprocess.run([*whole, *inner], text=True, check=False, **more)  # type: ignore[call-overload, no-any-return]


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Yield a Dockerfile's instructions, continued lines joined."""
    kept = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in re.sub(r"\\\n\s*", " ", kept).splitlines():
        if line.strip():
            word, _space, rest = line.strip().partition(" ")
            yield word, rest.strip()


def context(folder: Path) -> Path:
    """What `docker build` would be sent: the commit's files, less those that `.dockerignore` names."""
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True)
    subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    folder.chmod(0o755)
    for line in (ROOT / ".dockerignore").read_text().split("\n"):
        if line.strip() and not line.startswith("#"):
            for path in [
                one for one in folder.rglob("*") if fnmatch.fnmatch(str(one.relative_to(folder)), line.strip("/"))
            ]:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    return folder


def bare(folder: Path) -> Path:
    """A bare Debian with Python, made once."""
    base = folder / "base"
    if not (base / "etc/debian_version").exists():
        include = "ca-certificates,python3,python3-venv"
        subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={include}", "bookworm", str(base)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        (base / "usr/local/bin/python").symlink_to("/usr/bin/python3")
    for one in map(Path, REACH):
        if one.exists():
            target = base / one.relative_to("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(one, target, dirs_exist_ok=True) if one.is_dir() else shutil.copy(one, target)
    return base


@contextlib.contextmanager
def mounted(root: Path) -> Iterator[None]:
    """What a system finds mounted, and what pip looks into here."""
    done: list[Path] = []

    def mount(*how: str, at: str) -> None:
        place = root / at.lstrip("/")
        place.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", *how, str(place)], check=True)
        done.append(place)

    try:
        mount("-t", "proc", "proc", at="/proc")
        mount("--bind", "/dev", at="/dev")
        subprocess.run(["mount", "--make-private", str(root / "dev")], check=True)
        mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", at="/dev/shm")  # noqa: S108 - where gunicorn puts its heartbeat
        for one in BOUND:
            if Path(one).is_dir():
                mount("--bind", one, at=one)
        yield
    finally:
        for place in reversed(done):
            subprocess.run(["umount", str(place)], check=False)


def build(folder: Path) -> Stage:
    """Carry the Dockerfile out; return its last stage."""
    base, sent = bare(folder), context(Path(tempfile.mkdtemp(dir=folder)))
    stages: dict[str, Stage] = {}
    stage: Stage | None = None
    for word, rest in instructions((ROOT / "Dockerfile").read_text()):
        print(f"{word} {rest[:110]}", flush=True)
        if word == "FROM":
            name = rest.partition(" AS ")[2] or "last"
            root = folder / name
            shutil.rmtree(root, ignore_errors=True)
            subprocess.run(["cp", "-a", str(base), str(root)], check=True)
            stage = stages[name] = Stage(root)
            continue
        assert stage is not None
        step(stage, stages, sent, word, rest)
    assert stage is not None
    return stage


def step(stage: Stage, stages: dict[str, Stage], sent: Path, word: str, rest: str) -> None:
    """Carry out one instruction within a stage."""
    if word == "ENV":
        for one in shlex.split(rest):
            name, _equal, value = one.partition("=")
            stage.environment[name] = re.sub(r"\$(\w+)", lambda found: stage.environment.get(found[1], ""), value)
    elif word == "WORKDIR":
        stage.folder = rest
        (stage.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
    elif word == "COPY":
        *options, source, target = shlex.split(rest)
        origin = stages[options[0].removeprefix("--from=")].root if options else sent
        into = stage.root / (Path(stage.folder) / target).relative_to("/")
        found = origin / source.lstrip("/")
        into = into / found.name if target.endswith("/") and found.is_file() else into
        into.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", f"{found}/." if found.is_dir() else str(found), str(into)], check=True)
    elif word == "RUN":
        with mounted(stage.root):
            if stage.run("sh", "-c", rest).returncode:
                sys.exit(f"RUN failed: {rest}")
    elif word == "USER":
        stage.user = rest
    else:
        stage.said[word] = rest
