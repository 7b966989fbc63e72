"""A lost machine: two stores, no secret file, and a sheet or a manager's password. In processes of its own."""

import stat
import subprocess
from pathlib import Path

import pytest

from tests.practitioners.cast import PASSWORD
from tests.processes import Instance, copied

MADE = """
from tests.booking.cast import Office
from practitioners import keys
from practitioners.models import Staff
office = Office()
Staff.objects.filter(login="alice").update(role="manager")
manager = Staff.objects.get(login="alice")
keys.keep_secret(manager.key_holder)
manager.key_holder.save()
office.book()
print(keys.new_recovery_sheet(office.one, office.private_one()))
"""
SEEN = """
from booking import identities, pairing
from booking.models import Appointment
from practitioners import keys
from practitioners.models import Staff
from tests.booking.cast import MONDAY, NOW
from tests.practitioners.cast import private_of
alice = Staff.objects.get(login="alice")
shown = identities.show(Appointment.objects.all(), keys.Vault(alice, private_of(alice), MONDAY), "test", NOW)
print(pairing.state(), *(one.names or one.why for one in shown.values()))
"""


def recover(instance: Instance, typed: str, *options: str) -> subprocess.CompletedProcess[str]:
    return instance.manage("recover", *options, typed=typed + "\n")


@pytest.mark.parametrize("by", ["sheet", "password"])
def test_the_secret_file_comes_back_from_the_agenda_store(tmp_path: Path, migrated_files: Instance, by: str):
    instance = copied(migrated_files, tmp_path)
    made = instance.python(MADE)
    assert made.returncode == 0, made.stderr
    code, secret = made.stdout.strip(), instance.secret.read_text()
    (tmp_path / "password").write_text(PASSWORD + "\n")
    instance.secret.unlink()
    how = ["un"] if by == "sheet" else ["--login", "alice", "--password-file", str(tmp_path / "password")]
    before = instance.agenda.read_bytes(), instance.patients.read_bytes()
    wrong = ["un"] if by == "sheet" else ["--login", "bruno", "--password-file", str(tmp_path / "password")]
    refused = recover(instance, "0" * 32, *wrong)
    assert refused.returncode == 1
    assert "Rien n’a été écrit" in refused.stderr
    assert not instance.secret.exists()
    done = recover(instance, code, *how)
    assert done.returncode == 0, done.stderr
    assert instance.secret.read_text() == secret
    assert stat.S_IMODE(instance.secret.stat().st_mode) == 0o600
    assert (instance.agenda.read_bytes(), instance.patients.read_bytes()) == before
    assert not list(tmp_path.glob("clicdocteur-stand-in-*"))
    seen = instance.python(SEEN)
    assert seen.stdout.strip() == "sound Zénobie Kowalczyk-N’Diaye", seen.stderr
