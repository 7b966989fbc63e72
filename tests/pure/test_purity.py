"""The pure modules take values and give values: no framework, no clock, no network."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PURE = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in (
        "clicdocteur/grid.py",
        "practitioners/openings.py",
        "practitioners/holidays.py",
        "practitioners/periods.py",
        "booking/availability/*.py",
        "booking/rules.py",
        "booking/calendars.py",
        "booking/formulas.py",
        "booking/imports/columns.py",
        "booking/imports/events.py",
        "booking/imports/reading.py",
        "booking/imports/values.py",
        "booking/retention_plan.py",
        "agenda/standing.py",
    )
    for path in ROOT.glob(pattern)
)
FORBIDDEN_IMPORTS = {"django", "time", "os", "random", "secrets", "socket", "urllib", "http", "logging"}
CLOCKS = {"now", "today", "utcnow", "localtime"}


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]
            yield from (alias.name for alias in node.names)


def called(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr


def test_all_pure_modules_are_looked_at() -> None:
    assert len(PURE) == 18


@pytest.mark.parametrize("name", PURE)
def test_a_pure_module_imports_no_framework_and_no_clock(name: str) -> None:
    """T13."""
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    assert not FORBIDDEN_IMPORTS & set(imported(tree))
    assert not CLOCKS & set(called(tree))


@pytest.mark.parametrize("text", ["from django.db import models", "import time", "x = datetime.now(UTC)"])
def test_the_look_finds_what_it_looks_for(text: str) -> None:
    tree = ast.parse(text)
    assert FORBIDDEN_IMPORTS & set(imported(tree)) or CLOCKS & set(called(tree))
