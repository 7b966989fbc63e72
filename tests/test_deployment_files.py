"""What an administrator reads and runs says the same as the code."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from clicdocteur import settings
from tests.proofs import stages

ROOT = Path(__file__).resolve().parent.parent


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def read_by(name: str) -> set[str]:
    """The variables that a file of ours reads from the environment."""
    patterns = (r'env\.\w+\(\s*"([A-Z_]+)"', r'environ\.get\(\s*"([A-Z_]+)"', r'\bstore\(\s*"([A-Z_]+)"')
    return {variable for pattern in patterns for variable in re.findall(pattern, text(name))}


def test_every_variable_that_is_read_is_in_the_example_and_no_other() -> None:
    read = (
        read_by("clicdocteur/settings.py")
        | read_by("clicdocteur/server_secret.py")
        | read_by("deploy/gunicorn.conf.py")
    )
    assert {"SITE_URL", "SECRET_FILE", "AGENDA_DATABASE_URL", "BIND"} <= read
    shown = set(re.findall(r"^(?:# )?([A-Z_]+)=", text(".env.example"), re.MULTILINE))
    assert shown == read - {"READY_TEXT"}


def test_every_variable_of_the_settings_is_in_the_readme() -> None:
    table = text("README.md")
    missing = [name for name in read_by("clicdocteur/settings.py") if f"`{name}`" not in table]
    assert not missing


def test_the_example_s_values_are_the_defaults() -> None:
    for line in re.findall(r"^[A-Z_]+=.*$", text(".env.example"), re.MULTILINE):
        name, _, value = line.partition("=")
        assert re.search(rf'"{name}", default="?{value}"?', text("clicdocteur/settings.py"), re.IGNORECASE), line


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_lock_files_carry_hashes_and_no_addresses(name: str) -> None:
    lock = text(f"requirements/{name}.txt")
    assert "http" not in re.sub(r"^\s*# via.*$", "", lock, flags=re.MULTILINE)
    options = [line for line in lock.splitlines() if line.lstrip().startswith("--")]
    assert options
    assert all(re.fullmatch(r"\s+--hash=sha256:[0-9a-f]{64}(?: \\)?", line) for line in options)
    packages = re.findall(r"^([a-z0-9][\w.\[\]-]*)==", lock, re.MULTILINE)
    assert len(packages) == len(re.findall(r"^[a-z0-9].*==.*\\$", lock, re.MULTILINE))


def tracked() -> list[str]:
    found = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, text=True)
    return [name for name in found.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_registry_no_machine_path_and_no_secret_is_committed() -> None:
    names = tracked()
    if not names:
        pytest.skip("not a git checkout")
    assert ".venv" not in names
    assert not [name for name in names if re.search(r"\.(sqlite3|mo|pyc|pem|key)$|(^|/)\.env$|(^|/)secret$", name)]
    strange = re.compile(r"index-url\s*=|/root/|/home/\w+/|/work/|BEGIN [A-Z ]*PRIVATE KEY")
    for name in names:
        path = ROOT / name
        if (
            path.suffix in (".py", ".toml", ".txt", ".sh", ".yml", ".md", ".html", ".css", ".js", "")
            and name != "tests/test_deployment_files.py"
        ):
            assert not strange.search(path.read_text(encoding="utf-8", errors="ignore")), name


def test_behind_a_pooler_nothing_lasts_longer_than_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """pgbouncer refuses options at the start of a session; the role has the same limits."""
    monkeypatch.setenv("AGENDA_DATABASE_URL", "postgres://agenda@pooler:6432/agenda")
    direct, pooled = (settings.store("AGENDA_DATABASE_URL", "", "", pooled=pooled) for pooled in (False, True))
    assert direct["OPTIONS"]["options"] == "-c lock_timeout=5000 -c statement_timeout=20000"
    assert not direct.get("DISABLE_SERVER_SIDE_CURSORS")
    assert "options" not in pooled.get("OPTIONS", {})
    assert pooled["DISABLE_SERVER_SIDE_CURSORS"] is True
    roles = text("deploy/postgres/store/roles.sql")
    assert "SET lock_timeout = '5s'" in roles
    assert "SET statement_timeout = '20s'" in roles


def test_the_license_is_the_agpl_in_full() -> None:
    license_text = text("LICENSE")
    assert license_text.lstrip().startswith("GNU AFFERO GENERAL PUBLIC LICENSE")
    assert "13. Remote Network Interaction" in license_text
    assert license_text.count("\n") > 650


def test_the_image_runs_as_nobody_special_with_locked_packages() -> None:
    docker = text("Dockerfile")
    assert docker.count("\nFROM ") == 2
    assert all(re.search(r":3\.11[\w.-]+", line) for line in re.findall(r"^FROM .*$", docker, re.MULTILINE))
    assert "--require-hashes" in docker
    assert re.search(r"^USER (?!0|root)", docker, re.MULTILINE)
    assert "HEALTHCHECK" in docker
    ignored = text(".dockerignore").split()
    assert {".git", ".env", "var", "*.sqlite3*"} <= set(ignored)


def test_the_image_proof_reads_every_instruction_and_the_build_s_secret_stays_behind() -> None:
    """`make prove-image` carries them out in a bare root."""
    said = list(stages.instructions(text("Dockerfile")))
    assert {word for word, _rest in said} <= {
        "FROM", "ENV", "RUN", "COPY", "WORKDIR", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD",
    }  # fmt: skip
    secret = next(rest for word, rest in said if word == "RUN" and "SECRET_FILE=" in rest)
    assert "SECRET_FILE=/build/" in secret
    copied = [rest for word, rest in said if word == "COPY" and "--from" in rest]
    assert copied
    assert not any("/build" in rest for rest in copied)
    last = dict(said)
    assert json.loads(last["CMD"]) == ["sh", "deploy/container.sh"]
    assert json.loads(last["HEALTHCHECK"].partition("CMD ")[2]) == ["python", "deploy/healthcheck.py"]


def test_gunicorn_writes_no_access_log_and_masks_links_in_the_other() -> None:
    """I9."""
    values: dict[str, object] = {"__file__": str(ROOT / "deploy/gunicorn.conf.py")}
    exec(compile(text("deploy/gunicorn.conf.py"), "gunicorn.conf.py", "exec"), values)  # noqa: S102
    assert values["accesslog"] is None
    assert "%(h)s" not in str(values["access_log_format"])
    assert values["control_socket_disable"] is True
    logs = values["logconfig_dict"]
    assert isinstance(logs, dict)
    assert logs["loggers"]["gunicorn.access"]["handlers"] == []
    assert logs["handlers"]["console"]["filters"] == ["mask"]
