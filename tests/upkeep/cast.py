"""Backups as a test reads them, and a machine that was lost."""

from pathlib import Path
from typing import Any

from django.core.management import call_command

from upkeep import pairs
from upkeep.archives import Archive


def read(path: Path) -> dict[str, list[dict[str, Any]]]:
    """All rows of an archive by table."""
    archive = Archive(path)
    return {label: [dict(zip(names, row, strict=True)) for row in rows] for label, names, rows in archive.tables()}


def both(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """All rows of both archives of a backup."""
    pair = pairs.in_folder(folder)
    return read(pair.agenda) | read(pair.patients)


def lose_everything() -> None:
    """The machine is gone; the new one has two empty stores."""
    for name in ("default", "patients"):
        call_command("flush", database=name, interactive=False, verbosity=0)
