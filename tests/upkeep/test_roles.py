"""On PostgreSQL whoever serves reads and writes rows and does nothing else; tables are their owner's affair."""

import json
from pathlib import Path

import pytest

from tests.conftest import ON_POSTGRES
from tests.processes import Instance, copied
from tests.upkeep.roles import stores

pytestmark = [pytest.mark.skipif(not ON_POSTGRES, reason="roles are PostgreSQL's"), pytest.mark.django_db]

BOOKED = """
from tests.booking.cast import Office
from booking import pairing
from practitioners.models import Practice
office = Office()
office.book("09:00")
# Its one visit is of January: it would be purged.
Practice.objects.update(identity_kept=1830, identity_kept_reason="essai")
print(pairing.state())
"""
FORBIDDEN = """
from django.db import connections, DatabaseError
refused = []
for store, statements in {
    "default": ["CREATE TABLE x (y int)", "DROP TABLE booking_appointment", "TRUNCATE booking_counter",
                "ALTER TABLE booking_appointment ADD COLUMN z int", "CREATE SCHEMA s", "SET ROLE postgres"],
    "patients": ["TRUNCATE patients_patientrecord", "DROP TABLE patients_patientrecord", "CREATE TABLE x (y int)"],
}.items():
    for statement in statements:
        try:
            with connections[store].cursor() as cursor:
                cursor.execute(statement)
        except DatabaseError:
            refused.append(statement)
print(len(refused))
other = connections["patients"].settings_dict
import psycopg
try:
    psycopg.connect(host=other["OPTIONS"]["host"], user=connections["default"].settings_dict["OPTIONS"]["user"], dbname=other["NAME"])
    print("crossed")
except psycopg.OperationalError:
    print("kept apart")
"""
ROWS = """
from django.db import connections
with connections["patients"].cursor() as cursor:
    cursor.execute("SELECT count(DISTINCT xmin::text), count(*) FROM patients_patientrecord")
    print(*cursor.fetchone())
"""


def test_the_role_that_serves_books_saves_and_tidies_and_changes_no_table(tmp_path: Path):
    """Everything that a day needs, with the rights of roles.sql alone; the rewrite waits for the owner."""
    with stores(tmp_path) as served:
        booked = served.serving.python(BOOKED)
        assert booked.stdout.strip() == "sound", booked.stderr
        refused = served.serving.python(FORBIDDEN)
        assert refused.stdout.split("\n")[:2] == ["9", "kept apart"], refused.stdout + refused.stderr
        for command in (["backup"], ["tidy"]):
            done = served.serving.manage(*command)
            assert done.returncode == 0, done.stderr
        assert served.serving.manage("rewrite").returncode == 1
        assert served.owner.manage("rewrite").returncode == 0
        assert served.serving.python(ROWS).stdout.split() == ["1", "1"]


def test_doctor_finds_nothing_to_say_about_these_roles_and_something_about_the_owner(tmp_path: Path):
    with stores(tmp_path) as served:
        served.serving.python(BOOKED)

        def said(instance: object) -> list[str]:
            found = json.loads(instance.manage("doctor", "--inside", "--json").stdout)["findings"]  # type: ignore[attr-defined]
            return [one["said"] for one in found if one["subject"].startswith("Base ") and one["level"] != "ok"]

        assert said(served.serving) == []
        assert said(served.owner) == ["Son compte peut changer les tables."] * 2


def test_a_backup_of_sqlite_comes_back_on_postgres_by_its_owner(tmp_path: Path, migrated_files: Instance):
    """The way from the small practice to the large one."""
    (tmp_path / "small").mkdir()
    (tmp_path / "large").mkdir()
    small = copied(migrated_files, tmp_path / "small")
    assert small.python(BOOKED).returncode == 0
    assert small.manage("backup").returncode == 0
    with stores(tmp_path / "large") as served:
        served.owner.secret.write_text(small.secret.read_text())
        folder = next((tmp_path / "small/backups").glob("2*"))
        done = served.owner.manage("restore", str(folder))
        assert done.returncode == 0, done.stderr
        assert "s’accordent" in done.stdout
        count = "from booking.models import Appointment; from booking import pairing; print(Appointment.objects.count(), pairing.state())"
        assert served.serving.python(count).stdout.strip() == "1 sound"
