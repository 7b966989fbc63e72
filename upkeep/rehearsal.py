"""A backup that was never restored is a hope: the newest pair comes back in a throwaway place, and is looked at there.

The place is two SQLite files in a folder of ours, whatever the instance runs on: the archives are the same for both.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from booking import canaries, identities, pairing
from booking.models import Appointment, Wish
from clicdocteur.router import AGENDA
from patients import store
from practitioners import keys
from practitioners.access_log import chain
from practitioners.models import Practitioner
from upkeep import pairs
from upkeep.restore import Finished, Loaded


class Failed(Exception):
    """The pair did not come back. The text is what `restore` said."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found in the throwaway place. `sheet` is "" when none was tried, else whether and what it opened."""

    appointments: int
    records: int
    missing: int
    orphans: int
    closed: int
    paired: bool
    log_sound: bool
    sheet: str = ""
    canary_opens: bool = False
    opened: int = 0
    sealed: int = 0

    @property
    def well(self) -> bool:
        """Whether all that was looked at is as it should be."""
        agree = self.paired and self.log_sound and not (self.missing or self.closed)
        return agree and (not self.sheet or (self.canary_opens and self.opened == self.sealed))

    def as_map(self) -> dict[str, Any]:
        return asdict(self)


def rehearse(path: Path, sheet: tuple[str, str] | None) -> Examined:
    """Restore a backup's folder into a throwaway place and examine it. Raises Failed, OSError.

    With a sheet (a practitioner's address, its code) the place has no secret, as after a fire: the sheet brings it back.
    """
    with tempfile.TemporaryDirectory(prefix=".rehearsal-", dir=pairs.folder()) as name:
        place = Path(name)
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "restore", str(path), "--rehearsal"]
        secret = Path(settings.SECRET_FILE).absolute()
        if sheet is not None:
            secret, code = place / "secret", place / "code"
            code.touch(mode=0o600)
            code.write_text(sheet[1], encoding="utf-8")
            command += ["--practitioner", sheet[0], "--sheet-file", str(code)]
        done = subprocess.run(  # noqa: S603 - ourselves
            command, env=_environment(place, secret), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Failed(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else str(done.returncode))
        return Examined(**json.loads(done.stdout.splitlines()[-1]))


def _environment(place: Path, secret: Path) -> Mapping[str, str]:
    stores = {"AGENDA_DATABASE_URL": "agenda.sqlite3", "PATIENTS_DATABASE_URL": "patients.sqlite3"}
    left = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in stores}
    return {
        **left,
        **{name: f"sqlite:///{place / file}" for name, file in stores.items()},
        "SECRET_FILE": str(secret),
        "BACKUP_FOLDER": str(pairs.folder()),
        "TMPDIR": str(place),
    }


def examine(loaded: Loaded, done: Finished, sheet: tuple[str, str] | None) -> Examined:
    """Look at stores that were just restored, in the process that restored them; the canaries are still there."""
    assert done.differences is not None  # noqa: S101 - a finished restore has compared them
    try:
        chain.verify()
        log_sound = True
    except chain.Broken:
        log_sound = False
    planted = canaries.found(loaded.headings[AGENDA].get("canaries", []))
    tried = _try(planted, *sheet) if sheet else {}
    return Examined(
        appointments=Appointment.objects.count(),
        records=len(store.record_ids()) - len(planted),
        missing=len(done.differences.missing) + done.differences.missing_past,
        orphans=done.differences.orphans,
        closed=done.differences.closed,
        paired=done.paired and pairing.is_sound(),
        log_sound=log_sound,
        **tried,
    )


def _try(planted: list[canaries.Canary], slug: str, code: str) -> dict[str, Any]:
    """Open the canary, and every record of the agenda, with a recovery sheet's code."""
    practitioner = Practitioner.objects.filter(slug=slug).first()
    halves = keys.agendas_of_sheet(practitioner, code) if practitioner else None
    if practitioner is None or not halves:
        return {"sheet": "closed"}
    mine = {one.reference: [halves[one.version]] for one in planted
            if one.practitioner == practitioner.pk and one.version in halves}  # fmt: skip
    wanted = {
        store.Reference(pk, bytes(ref or b"")): list(halves.values())
        for model in (Appointment, Wish)
        for pk, ref in model.objects.filter(practitioner=practitioner, patient_ref__isnull=False).values_list(
            "pk", "patient_ref"
        )
    }
    return {
        "sheet": "opens",
        "canary_opens": bool(mine) and len(identities.opening(mine)) == len(mine),
        "opened": len(identities.opening(wanted)),
        "sealed": len(wanted),
    }
