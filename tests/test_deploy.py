"""What an administrator starts: compose files, systemd units, proxies and scripts are closed down, and name only what there is."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = {
    name: yaml.safe_load((ROOT / name).read_text(encoding="utf-8")) for name in ("compose.yaml", "compose.sqlite.yaml")
}
SERVICES = [(name, service) for name in COMPOSE for service in COMPOSE[name]["services"]]
UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
SCRIPTS = sorted([*(ROOT / "deploy").rglob("*.sh"), *(ROOT / "tests/proofs").glob("*.sh")])
COMMANDS = set(get_commands())
EXAMPLE = set(re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))


def service(name: str, one: str) -> dict[str, Any]:
    found: dict[str, Any] = COMPOSE[name]["services"][one]
    return found


# Compose.


@pytest.mark.parametrize(("name", "one"), SERVICES)
def test_a_container_is_closed_down(name: str, one: str):
    said = service(name, one)
    assert said["read_only"] is True
    assert said["cap_drop"] == ["ALL"]
    assert said.get("cap_add", []) == (["NET_BIND_SERVICE"] if one == "proxy" else [])
    assert said["security_opt"] == ["no-new-privileges:true"]
    assert said["ulimits"]["core"] == 0
    assert said["memswap_limit"] == said["mem_limit"]
    assert not {"privileged", "devices", "pid", "ipc", "userns_mode"} & set(said)
    assert ("ports" in said) == (one == "proxy")
    assert said["tmpfs"]
    assert "healthcheck" in said


@pytest.mark.parametrize("name", COMPOSE)
def test_images_are_of_a_named_version(name: str):
    for said in COMPOSE[name]["services"].values():
        assert re.search(r":(\d|\$\{CLICDOCTEUR_VERSION)", said["image"]), said["image"]


@pytest.mark.parametrize(("name", "one"), SERVICES)
def test_a_service_s_variables_are_ours_and_hold_no_secret(name: str, one: str):
    said = service(name, one)
    if one == "proxy" or "postgres" in said["image"]:
        return
    for variable, value in said["environment"].items():
        assert variable.removesuffix("_FILE") in EXAMPLE or variable in EXAMPLE, variable
        assert "postgres://" not in str(value)


@pytest.mark.parametrize(("name", "one"), SERVICES)
def test_a_service_starts_what_there_is(name: str, one: str):
    said = service(name, one)
    if said["image"].startswith("clicdocteur"):
        words = [*said.get("entrypoint", []), *said["command"]]
        if "manage.py" in words:
            assert words[words.index("manage.py") + 1] in COMMANDS
        else:
            assert words == ["sh", "deploy/container.sh", "pages"]


def test_the_self_check_is_part_of_every_start_and_stops_none():
    """What it says is read in the logs; a practice whose backup is late is served all the same."""
    lines = (ROOT / "deploy/container.sh").read_text(encoding="utf-8").splitlines()
    asked = next(number for number, line in enumerate(lines) if "manage.py doctor --brief --inside ||" in line)
    assert asked < next(number for number, line in enumerate(lines) if line.startswith("exec gunicorn"))
    unit = (ROOT / "deploy/systemd/clicdocteur-web.service").read_text(encoding="utf-8")
    assert re.search(r"^ExecStartPre=-\S+/python manage\.py doctor --brief --inside$", unit, re.MULTILINE)
    assert "doctor --brief --inside ||" in (ROOT / "deploy/run.sh").read_text(encoding="utf-8")


def test_the_two_databases_see_neither_each_other_nor_the_outside():
    said = COMPOSE["compose.yaml"]
    assert {name for name, one in said["networks"].items() if (one or {}).get("internal")} == {
        "pages",
        "agenda",
        "patients",
    }
    assert said["services"]["agenda-db"]["networks"] == ["agenda"]
    assert said["services"]["patients-db"]["networks"] == ["patients"]
    outside = {one for one, what in said["services"].items() if "outside" in what["networks"]}
    assert outside == {"proxy", "worker", "manage"}


def test_only_what_changes_tables_has_the_owner_s_address():
    services = COMPOSE["compose.yaml"]["services"]
    owners = {one for one, what in services.items() if "agenda_owner_url" in what.get("secrets", [])}
    assert owners == {"migrate", "rewrite", "manage"}
    writers = {one for one, what in services.items() if "./secrets/server:/secret" in what.get("volumes", [])}
    assert writers == {"manage"}


def test_the_script_makes_every_secret_and_keeps_what_is_there(tmp_path: Path):
    if (
        not shutil.which("chown")
        or subprocess.run(["id", "-u"], capture_output=True, text=True, check=True).stdout != "0\n"
    ):
        pytest.skip("needs root")
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    command = ["sh", str(tmp_path / "deploy/compose-secrets.sh"), "rdv.example.org"]
    subprocess.run(command, check=True, capture_output=True)
    for path in (one["file"] for one in COMPOSE["compose.yaml"]["secrets"].values()):
        assert (tmp_path / path).stat().st_mode & 0o777 == 0o400, path
    secret = tmp_path / "secrets/server/server-secret"
    assert re.fullmatch(r"[0-9a-f]{64}\n?", secret.read_text())
    assert secret.stat().st_mode & 0o777 == 0o600
    assert secret.stat().st_uid == 10001
    url = (tmp_path / "secrets/agenda_owner_url").read_text()
    assert re.fullmatch(r"postgres://agenda_owner:[0-9a-f]{48}@agenda-db/agenda", url)
    assert (tmp_path / "secrets/agenda_owner_password").read_text().strip() in url
    before = {path: path.read_bytes() for path in (tmp_path / "secrets").rglob("*") if path.is_file()}
    subprocess.run(command, check=True, capture_output=True)
    assert before == {path: path.read_bytes() for path in before}


def test_secrets_enter_neither_git_nor_an_image():
    for name in (".gitignore", ".dockerignore"):
        lines = {line.strip("/") for line in (ROOT / name).read_text(encoding="utf-8").split()}
        assert {"secrets", ".env.compose"} <= lines, name


# systemd.


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_is_closed_down_and_starts_what_there_is(path: Path):
    text = path.read_text(encoding="utf-8")
    for line in (
        "User=clicdocteur", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes",
        "CapabilityBoundingSet=", "LimitCORE=0", "MemorySwapMax=0", "UMask=0077", "RestrictSUIDSGID=yes", "LockPersonality=yes",
        "SystemCallFilter=@system-service", "InaccessiblePaths=/etc/clicdocteur",
        "LoadCredential=server-secret:/etc/clicdocteur/secret/server-secret",
    ):  # fmt: skip
        assert f"\n{line}\n" in text, line
    assert "SECRET_FILE=%d/server-secret" in text
    started = re.findall(r"^ExecStart=\S+ manage\.py (\w+)", text, re.MULTILINE)
    assert not started or started[0] in COMMANDS
    assert started or "gunicorn" in text


@pytest.mark.parametrize("one", ["web", "worker", "backup", "doctor"])
def test_whoever_goes_by_the_date_may_ask_who_keeps_it(one: str):
    """T16: under ProtectClock, and among the privileged calls, reading is forbidden too. Setting stays forbidden for want of the capability."""
    text = (ROOT / f"deploy/systemd/clicdocteur-{one}.service").read_text(encoding="utf-8")
    assert "ProtectClock" not in re.sub(r"(?m)^#.*$", "", text)
    denied, allowed = (
        text.index(f"\nSystemCallFilter={what}\n") for what in ("~@privileged", "adjtimex clock_adjtime")
    )
    assert denied < allowed, "the later line counts"


def test_every_timer_starts_a_unit_and_every_unit_is_started():
    timers = {path.stem for path in (ROOT / "deploy/systemd").glob("*.timer")}
    units = {path.stem for path in UNITS}
    assert timers <= units
    lasting = {path.stem for path in UNITS if "WantedBy=multi-user.target" in path.read_text(encoding="utf-8")}
    assert timers | lasting == units
    installer = (ROOT / "deploy/install-debian.sh").read_text(encoding="utf-8")
    for name in (*(f"{one}.timer" for one in timers), *(f"{one}.service" for one in lasting)):
        assert name in installer, name


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_systemd_understands_the_units():
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, sorted((ROOT / "deploy/systemd").iterdir()))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if "clicdocteur" in line and "is not executable" not in line]
    assert said == []


# Proxies.


def directives(name: str) -> str:
    """A proxy's file without its comments."""
    return re.sub(r"^\s*#.*$", "", (ROOT / "deploy/proxy" / name).read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_nginx_writes_no_visitor_no_link_no_referrer_and_no_form():
    """I9"""
    said = directives("nginx.conf")
    line = re.search(r"log_format clicdocteur '([^']*)'", said)
    assert line
    assert not re.search(
        r"remote_addr|http_referer|\$request\b|request_uri|\$uri|args|user_agent|cookie|forwarded", line[1]
    )
    assert re.findall(r"access_log ([^;]+);", said) == ["off", "/var/log/nginx/clicdocteur.log clicdocteur"]
    assert re.search(r"error_log \S+ crit;", said)
    assert "proxy_request_buffering off;" in said
    assert "proxy_max_temp_file_size 0;" in said
    buffers = {int(size) for size in re.findall(r"client_(?:max_body_size|body_buffer_size) (\d+)k;", said)}
    assert buffers == {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024}
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in said
    assert "server_tokens off;" in said


def test_caddy_writes_no_access_log_and_believes_no_visitor():
    said = directives("Caddyfile")
    assert not re.search(r"^\t?log\s*$", said, re.MULTILINE)
    assert "header_up X-Forwarded-For {remote_host}" in said
    assert f"max_size {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024}KB" in said
    assert "admin off" in said


@pytest.mark.skipif(not shutil.which("caddy"), reason="Caddy is not here")
def test_caddy_understands_its_file(tmp_path: Path):
    done = subprocess.run(
        ["caddy", "adapt", "--adapter", "caddyfile", "--config", str(ROOT / "deploy/proxy/Caddyfile")],
        env={"PATH": "/usr/bin:/bin", "SITE_HOST": "rdv.example.org", "HOME": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


# Scripts and image.


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_parses_and_stops_at_an_error(path: Path):
    assert subprocess.run(["sh", "-n", str(path)], check=False).returncode == 0
    if path.name != "serve.sh":  # it is sourced
        assert re.search(r"^set -eu$", path.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_image_s_recipe_keeps_the_usual_rules():
    """What a linter of Dockerfiles asks."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert not re.search(r"^ADD |:latest|sudo |curl [^|]*\| *sh|chmod 777", text, re.MULTILINE)
    assert all(path.startswith("/") for path in re.findall(r"^WORKDIR (\S+)", text, re.MULTILINE))
    assert not re.search(r"^(CMD|ENTRYPOINT) (?!\[)", text, re.MULTILINE)
    assert not re.search(r"^ENV .*(SECRET|PASSWORD)=(?!/)", text, re.MULTILINE)
    last = text.rpartition("\nFROM ")[2]
    assert last.index("USER") > last.index("RUN useradd")
    assert "RUN" not in last[last.index("USER") :]


def test_the_documents_name_commands_and_files_that_there_are():
    for name in ("install", "operate", "backup", "hosting", "server-down"):
        text = (ROOT / f"docs/{name}.md").read_text(encoding="utf-8")
        for command in re.findall(r"(?:manage\.py|`clicdocteur|run --rm manage) ([a-z_]{4,})", text):
            assert command in COMMANDS, (name, command)
        for path in re.findall(r"\b(?:deploy|docs)/[\w./-]+\w", text):
            assert (ROOT / path).exists(), (name, path)
