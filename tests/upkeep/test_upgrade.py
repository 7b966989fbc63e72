"""An upgrade over real data, interrupted anywhere, refused where it must be, with the former version's backup (U5)."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from booking.models import Appointment
from tests.booking.cast import Office
from tests.processes import Instance, copied
from tests.upkeep.cast import both
from upkeep import pairs, standing, upgrade

OLDER = [("upkeep", None), ("booking", "0006_worker")]

BOOKED = """
from tests.booking.cast import Office
office = Office()
office.book("09:00"); office.book("09:30")
open("alice.key", "wb").write(office.private_one())
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
MigrationExecutor(connection).migrate([("upkeep", None), ("booking", "0006_worker")])
"""
KILLED = """
import os, signal
from django.core.management import call_command
from django.db.migrations.executor import MigrationExecutor
real, seen = MigrationExecutor.apply_migration, []
def apply(self, state, migration, **more):
    if len(seen) == {after}:
        os.kill(os.getpid(), signal.SIGKILL)
    seen.append(1)
    return real(self, state, migration, **more)
MigrationExecutor.apply_migration = apply
call_command("upgrade")
"""
TORN = """
import os, signal
from django.core.management import call_command
from django.db.migrations.recorder import MigrationRecorder
MigrationRecorder.record_applied = lambda *given: os.kill(os.getpid(), signal.SIGKILL)
call_command("upgrade")
"""
SEEN = """
from booking import appointments, pairing
from booking.models import Appointment
from patients import store
key = open("alice.key", "rb").read()
refs = {appointments.reference(one): [key] for one in Appointment.objects.all()}
print(pairing.state(), sorted(one.identity.persons[0].last_name for one in store.open_many(refs).values()))
"""


def test_an_upgrade_killed_at_every_point_is_run_again_and_keeps_everything(tmp_path: Path, migrated_files: Instance):
    """U5: `kill -9` before the first migration, between two, and between a change and the note that it was made."""
    instance = copied(migrated_files, tmp_path)
    done = instance.python(BOOKED)
    assert done.returncode == 0, done.stderr
    for code in (KILLED.format(after=0), TORN, KILLED.format(after=1)):
        killed = instance.python(code)
        assert killed.returncode == -9, killed.stderr
    finished = instance.manage("upgrade")
    assert finished.returncode == 0, finished.stderr
    assert "Sauvegarde d’avant" in finished.stdout
    assert "sont à jour. Démarrez" in finished.stdout
    again = instance.manage("upgrade")
    assert "Rien à faire" in again.stdout
    assert instance.python(SEEN).stdout.strip() == "sound ['Kowalczyk-N’Diaye', 'Kowalczyk-N’Diaye']"
    assert len(list((tmp_path / "backups").glob("2*"))) == 4


@pytest.fixture
def older(transactional_db: None, monkeypatch: pytest.MonkeyPatch):
    """Two stores of an earlier version, with a booking."""
    office = Office()
    office.book()
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    MigrationExecutor(connection).migrate(OLDER)
    standing._migrated().clear()
    yield office
    MigrationExecutor(connection).migrate(latest)


def run(**options: object) -> str:
    out = StringIO()
    call_command("upgrade", stdout=out, **options)
    return out.getvalue()


def test_it_saves_the_former_tables_and_brings_the_new_ones(older: Office):
    said = run()
    assert "booking.0007_erasures" in said
    saved = pairs.listed()[-1]
    assert "booking.erasure" not in both(saved)
    assert len(both(saved)["booking.appointment"]) == 1
    assert standing.is_migrated("default")
    assert Appointment.objects.count() == 1


def test_without_a_place_for_the_backup_nothing_is_changed(older: Office, settings):
    """U8: the disk is full, or the folder is another account's."""
    settings.BACKUP_FOLDER = Path("/proc/nowhere")
    with pytest.raises(CommandError, match="relancez la même commande"):
        run()
    assert not standing.is_migrated("default")


def test_stores_of_a_later_version_are_refused_and_not_served(transactional_db):
    """U5, rolled back: the former program on the newer tables."""
    MigrationRecorder(connections["default"]).record_applied("booking", "9999_tomorrow")
    standing._migrated().clear()
    try:
        assert standing.standing() is standing.Standing.NOT_MIGRATED
        with pytest.raises(CommandError, match="version plus récente"):
            run()
    finally:
        MigrationRecorder(connections["default"]).record_unapplied("booking", "9999_tomorrow")


def test_two_upgrades_at_once_are_one(older: Office):
    with upgrade._alone(), pytest.raises(CommandError, match="autre mise à jour"):
        run()
    assert run()


def test_it_waits_for_a_rotation_of_the_secret_to_end(older: Office, secrets, settings):
    """Its backup could not come back by itself."""
    secrets(*settings.SERVER_SECRETS, b"\x05" * 32)
    with pytest.raises(CommandError, match="rotate_server_secret"):
        run()


def test_new_stores_get_their_tables_without_a_backup(tmp_path: Path):
    instance = Instance(tmp_path)
    from clicdocteur import server_secret

    server_secret.ensure(instance.secret)
    done = instance.manage("upgrade")
    assert done.returncode == 0, done.stderr
    assert not list((tmp_path / "backups").glob("2*"))
