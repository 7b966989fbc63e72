"""docs/threat-model.md names the tests that show what it says: each exists, and each attacker has some."""

import ast
import re
from pathlib import Path

import pytest

from tests.processes import Instance

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs/threat-model.md").read_text(encoding="utf-8")
NAMED = re.findall(r"^- (tests/\S+\.py)::(test_\w+)$", DOCUMENT, re.MULTILINE)
ATTACKERS = re.split(r"^## ", DOCUMENT, flags=re.MULTILINE)[1:]


def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("path", sorted({path for path, _name in NAMED}))
def test_every_test_that_is_named_exists(path):
    assert {name for where, name in NAMED if where == path} <= functions_of(path)


def test_whatever_looks_like_a_test_s_name_is_written_so_that_it_is_checked():
    assert len(re.findall(r"::test_", DOCUMENT)) == len(NAMED) > 90
    assert len(set(NAMED)) == len(NAMED), "named twice"


@pytest.mark.parametrize("section", ATTACKERS, ids=lambda section: section.splitlines()[0])
def test_every_attacker_has_tests(section):
    assert re.search(r"^- tests/", section, re.MULTILINE)


def test_the_attackers_of_the_brief_are_all_there():
    titles = " ".join(section.splitlines()[0].lower() for section in ATTACKERS)
    for word in (
        "one store", "backup", "both stores", "everything", "sysadmin", "while it runs", "alters rows", "colleague", "insider",
        "former employee", "replacement", "desk", "network observer", "enumerator", "bots", "relatives", "scanners", "password",
    ):  # fmt: skip
        assert word in titles, word


@pytest.mark.parametrize(
    ("url", "starts"),
    [
        ("http://localhost:8000", True),
        ("http://127.0.0.1", True),
        ("http://rdv.example.org", False),
        ("http://192.168.1.7", False),
        ("ftp://localhost", False),
        ("https://rdv.example.org/under", False),
    ],
)
def test_plain_http_is_served_on_this_machine_only(tmp_path, url, starts):
    """I5 I9: anywhere else a start without https is refused, in a sentence."""
    instance = Instance(tmp_path, {"SITE_URL": url})
    instance.secret.write_text("ab" * 32)
    done = instance.manage("check")
    assert (done.returncode == 0) == starts, done.stderr
    if not starts:
        assert done.stderr.startswith("SITE_URL must be ")
        assert "Traceback" not in done.stderr
