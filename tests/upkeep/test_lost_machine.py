"""A new machine: two archives, the program, and a sheet or a manager's password. In processes of its own (U6 P5)."""

import json
import os
import shutil
import stat
from pathlib import Path

import pytest

from tests.practitioners.cast import PASSWORD
from tests.processes import Instance, copied
from tests.test_recover import MADE, SEEN

KEPT = """
from practitioners.models import Practice
# Its one visit is of January: it would be purged on the way.
Practice.objects.update(identity_kept=1830, identity_kept_reason="essai")
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, migrated_files: Instance) -> tuple[Path, str]:
    """The folder of an instance with one booking and a backup; and its recovery sheet's code."""
    folder = tmp_path_factory.mktemp("house")
    instance = copied(migrated_files, folder)
    done = instance.python(MADE + KEPT)
    assert done.returncode == 0, done.stderr
    saved = instance.manage("backup")
    assert saved.returncode == 0, saved.stderr
    return folder, done.stdout.strip()


@pytest.fixture
def one(house: tuple[Path, str], tmp_path: Path) -> Instance:
    """A copy of it, to be harmed."""
    shutil.copytree(house[0], tmp_path / "one")
    return Instance(tmp_path / "one")


@pytest.mark.parametrize("by", ["sheet", "password"])
def test_a_new_machine_comes_back_from_two_archives_and_a_sheet_or_a_password(
    house: tuple[Path, str], one: Instance, tmp_path: Path, by: str
):
    """The secret's file is written before anything is served, with its mode; a wrong code serves nothing."""
    (tmp_path / "new").mkdir()
    new = Instance(tmp_path / "new", {"BACKUP_FOLDER": str(tmp_path / "one" / "backups")})
    how = ["--practitioner", "un"]
    if by == "password":
        (tmp_path / "password").write_text(PASSWORD + "\n")
        how = ["--login", "alice", "--password-file", str(tmp_path / "password")]
    else:
        refused = new.manage("restore", *how, typed="0000-0000\n")
        assert refused.returncode == 1
        assert "n’ouvre pas la copie" in refused.stderr
        assert "relancez la même commande" in refused.stderr
        assert not new.secret.exists()
    done = new.manage("restore", *how, typed=f"{house[1]}\n")
    assert done.returncode == 0, done.stderr
    assert "Les deux bases s’accordent." in done.stdout
    assert "puis démarrez le service" in done.stdout.splitlines()[-1]
    assert "redémarrez" not in done.stderr, "a restore goes on by itself"
    assert new.secret.read_text() == one.secret.read_text()
    assert stat.S_IMODE(new.secret.stat().st_mode) == 0o600
    assert not [path for path in (tmp_path / "new").iterdir() if path.name.startswith("clicdocteur-stand-in-")]
    assert new.python(SEEN).stdout.strip() == "sound Zénobie Kowalczyk-N’Diaye"


def test_a_rehearsal_says_that_the_backup_comes_back_and_leaves_nothing(
    house: tuple[Path, str], one: Instance, tmp_path: Path
):
    instance = one
    (tmp_path / "code").write_text(f"{house[1]}\n")
    plain = instance.manage("rehearse", "--json")
    assert plain.returncode == 0, plain.stderr
    assert json.loads(plain.stdout) == {
        "well": True, "appointments": 1, "records": 1, "missing": 0, "orphans": 0, "closed": 0, "paired": True,
        "log_sound": True, "sheet": "", "canary_opens": False, "opened": 0, "sealed": 0,
    }  # fmt: skip
    with_sheet = instance.manage(
        "rehearse", "--practitioner", "un", "--sheet-file", str(tmp_path / "code"), LANG="en_GB.UTF-8"
    )
    assert with_sheet.returncode == 0, with_sheet.stderr
    assert "canary open, records opened 1 of 1" in with_sheet.stdout
    assert "The rehearsal went well" in with_sheet.stdout.splitlines()[-1]
    assert sorted(path.name for path in (instance.folder / "backups").iterdir() if path.name[0] == ".") == []
    assert (
        instance.python("from upkeep.models import *; print(Milestone.objects.get(kind='rehearsal').well)").stdout
        == "True\n"
    )


def test_a_rehearsal_fails_with_a_sheet_that_opens_nothing_and_with_a_damaged_backup(one: Instance, tmp_path: Path):
    instance = one
    (tmp_path / "code").write_text("0000-0000-0000\n")
    wrong = instance.manage("rehearse", "--practitioner", "un", "--sheet-file", str(tmp_path / "code"))
    assert wrong.returncode == 1
    assert "L’essai a échoué" in wrong.stderr
    archive = next((instance.folder / "backups").glob("2*/patients.jsonl.gz"))
    archive.write_bytes(archive.read_bytes()[:-7])
    damaged = instance.manage("rehearse")
    assert damaged.returncode == 1
    assert "patients.jsonl.gz est modifié, coupé ou abîmé" in damaged.stderr
    noted = instance.python("from upkeep.models import *; print(Milestone.objects.get(kind='rehearsal').well)")
    assert noted.stdout == "False\n"


def test_a_backup_killed_at_any_instant_leaves_the_former_one_and_no_half(one: Instance):
    """U5 U6: `kill -9` while the archives are written, before the manifest, before the name."""
    instance = one
    folder = instance.folder / "backups"
    former = sorted(folder.glob("2*"))
    for point in ("upkeep.archives._File.finish", "upkeep.pairs._sync"):
        room, _dot, name = point.rpartition(".")
        killed = instance.python(
            f"import os, signal\nimport upkeep.archives, upkeep.pairs\nfrom upkeep import backup\n"
            f"setattr({room}, {name!r}, lambda *given: os.kill(os.getpid(), signal.SIGKILL))\nbackup.take()"
        )
        assert killed.returncode == -9, killed.stderr
        assert sorted(folder.glob("2*")) == former
    for path in folder.glob(".partial-*"):
        os.utime(path, (0, 0))
    assert instance.manage("backup").returncode == 0
    assert not list(folder.glob(".partial-*"))
    assert len(list(folder.glob("2*"))) == 2
