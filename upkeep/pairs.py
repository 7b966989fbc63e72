"""Backups as they lie in their folder: one folder a pair, with an archive of each store and a manifest."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

from clicdocteur import clock
from clicdocteur.router import AGENDA, PATIENTS
from practitioners import periods
from upkeep.archives import Unusable, Written, checksum, damaged

MANIFEST: Final = "manifest.json"
FILES: Final = {AGENDA: "agenda.jsonl.gz", PATIENTS: "patients.jsonl.gz"}
PARTIAL: Final = ".partial-"
# All of the last day, then one a day, then none: nobody's data outlives its period in a backup.
ALL_OF: Final = timedelta(days=1)
KEPT: Final = timedelta(days=periods.BACKUP_DAYS)
# What two machines' clocks may differ by.
AHEAD: Final = timedelta(hours=1)
STAMP: Final = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two archives that belong together, or that somebody says do."""

    agenda: Path
    patients: Path

    def path(self, store: str) -> Path:
        return self.agenda if store == AGENDA else self.patients


def folder() -> Path:
    """Return the folder of the backups."""
    return Path(settings.BACKUP_FOLDER)


def in_folder(path: Path) -> Pair:
    """Return the pair in one backup's folder."""
    return Pair(path / FILES[AGENDA], path / FILES[PATIENTS])


def listed() -> list[Path]:
    """Return the backups' folders, the oldest first: those that were finished."""
    return sorted(path for path in folder().glob("20*Z-*") if (path / MANIFEST).is_file())


def newest(now: datetime) -> Path | None:
    """Return the newest backup's folder, or None. Raises Unusable where it is of an hour to come: which is the newest is a guess then."""
    last = listed()[-1:]
    if last and taken(last[0]) > now + AHEAD:
        raise Unusable(_("%(folder)s porte une heure à venir : mettez la machine à l’heure, ou nommez le dossier voulu")
                       % {"folder": last[0].name})  # fmt: skip
    return last[0] if last else None


def taken(path: Path) -> datetime:
    """Return when the backup in a folder was taken, as its name says. Raises ValueError."""
    return datetime.strptime(path.name.partition("-")[0], STAMP).replace(tzinfo=UTC)


def manifest(heading: dict[str, Any], written: dict[str, Written]) -> dict[str, Any]:
    """Return what the manifest says: when, of which version, each archive's checksum, size and rows, and its own checksum."""
    found = {
        **heading,
        "archives": {
            FILES[store]: {"sha256": one.sha256, "size": one.size, "rows": one.rows} for store, one in written.items()
        },
    }
    return {**found, "checksum": _own(found)}


def _own(found: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()


def check(path: Path) -> dict[str, Any]:
    """Return the manifest of a backup's folder once its checksum and those of both archives are right. Raises Unusable."""
    try:
        said: dict[str, Any] = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        own = said.pop("checksum")
        if own != _own(said):
            raise damaged(path / MANIFEST)
        for name, archive in said["archives"].items():
            if checksum(path / name) != archive["sha256"]:
                raise damaged(path / name)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise Unusable(
            _("%(folder)s ne tient pas de sauvegarde entière (%(kind)s)")
            % {"folder": path.name, "kind": type(wrong).__name__}
        ) from None
    return said


def draft() -> Path:
    """Make a folder, for us alone, in which a backup is made before it gets its name."""
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder() / f"{PARTIAL}{os.getpid()}-{os.urandom(4).hex()}"
    path.mkdir(mode=0o700)
    return path


def finish(path: Path, said: dict[str, Any]) -> Path:
    """Write the manifest last, bring all of it to the disk, and give the folder its name in one step."""
    descriptor = os.open(path / MANIFEST, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(said, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    _sync(path)
    at = datetime.fromisoformat(said["taken"])
    final = path.rename(folder() / f"{at:{STAMP}}-{said['backup'][:6]}")
    _sync(folder())
    return final


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def rotate(now: datetime) -> int:
    """Delete what is not kept any longer, and what an interrupted backup left; return how many backups went."""
    if clock.is_kept():
        _date_anew(now)
    gone = spent([(path, taken(path)) for path in listed()], now)
    for path in gone:
        # Unfinished first, so that a deletion cut short leaves nothing that looks like a backup.
        (path / MANIFEST).unlink(missing_ok=True)
    stale = [path for path in folder().glob("20*Z-*") if path.is_dir() and not (path / MANIFEST).exists()]
    left = [
        path for path in folder().glob(f"{PARTIAL}*") if now.timestamp() - path.stat().st_mtime > ALL_OF.total_seconds()
    ]
    for path in {*gone, *stale, *left}:
        shutil.rmtree(path, ignore_errors=True)
    return len(gone)


def _date_anew(now: datetime) -> None:
    """Name those of an hour to come, taken by a clock that was ahead, as if they were an hour old: they are older, and outlive nothing."""
    for path in listed():
        if taken(path) > now + AHEAD:
            path.rename(folder() / f"{now - AHEAD:{STAMP}}-{path.name.partition('-')[2]}")


def spent(backups: Iterable[tuple[Path, datetime]], now: datetime) -> list[Path]:
    """Return the backups that rotation lets go: older than the period, or not the last of an older day (UTC)."""
    gone, day = [], None
    for path, at in sorted(backups, key=lambda one: one[1], reverse=True):
        if now - at > KEPT or (now - at > ALL_OF and at.date() == day):
            gone.append(path)
        day = at.date()
    return gone
