"""The beginning of an instance: practice, first practitioner, first manager, agenda key and recovery sheet, in one go."""

from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _

from booking import pairing
from clicdocteur import two_stores
from patients.models import PatientRecord
from practitioners import keys
from practitioners.models import KeyHolder, Location, Practice, Practitioner, Staff

Row = TypeVar("Row", bound=models.Model)


class AlreadyFounded(Exception):
    """There is a practice here. Set-up makes the first one and nothing else (R17)."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What set-up asks: the fields of each row by name, and the first manager's password."""

    practice: dict[str, Any]
    location: dict[str, Any]
    practitioner: dict[str, Any]
    manager: dict[str, Any]
    password: str
    manager_is_practitioner: bool = True


@dataclass(frozen=True, slots=True)
class Founded:
    """What set-up made; `code` is the recovery sheet's, which is kept nowhere."""

    practitioner: Practitioner
    manager: Staff
    code: str


def is_done() -> bool:
    """Whether there is a practice. Nothing is migrated for the answer: stores in use are backed up before (`upgrade`)."""
    try:
        return Practice.objects.exists()
    except DatabaseError:
        return False


def refuse_if_founded() -> None:
    """Raise AlreadyFounded, which names the practice that is there."""
    if (practice := Practice.objects.first()) is not None:
        raise AlreadyFounded(
            _("Cette instance est déjà installée, pour « %(name)s ». Rien n’a été changé.") % {"name": practice.name}
        )
    if Staff.objects.exists() or PatientRecord.objects.exists():
        raise AlreadyFounded(_("Ces bases contiennent déjà des données, sans cabinet. Rien n’a été changé."))


def found(beginning: Beginning) -> Founded:
    """Make everything or nothing. Of two at once, one succeeds and the other raises AlreadyFounded. Raises ValidationError."""
    with transaction.atomic():
        _one_at_a_time()
        refuse_if_founded()
        practice = _saved(Practice(**beginning.practice))
        _saved(Location(practice=practice, **beginning.location))
        practitioner = _saved(Practitioner(practice=practice, **beginning.practitioner))
        manager = Staff(role=Staff.Role.MANAGER, **beginning.manager)
        manager.practitioner = practitioner if beginning.manager_is_practitioner else None
        manager.set_unusable_password()
        holder = keys.enrol(_saved(manager), beginning.password)
        private = keys.unlock(manager, beginning.password)
        if private is None:
            raise RuntimeError("the password that was just set does not open its key")
        code = sheet_for(practitioner, manager, holder, private)
        pairing.renew()
    return Founded(practitioner, manager, code)


def sheet_for(practitioner: Practitioner, staff: Staff, holder: KeyHolder, private: bytes) -> str:
    """Return the code of a new recovery sheet; the agenda key is made first where there is none.

    Raises ValidationError when the staff member has no access to this agenda.
    """
    with transaction.atomic():
        current = practitioner.agenda_keys.filter(retired=False).first()
        if current is None:
            current = keys.new_agenda_key(practitioner, [holder])
        agenda = keys.agenda_private(private, staff, practitioner.pk, current.version, keys.practice_day())
        if agenda is None:
            raise ValidationError(_("Ce membre du cabinet n’a pas accès à cet agenda."))
        return keys.new_recovery_sheet(practitioner, agenda)


def _one_at_a_time() -> None:
    """Hold back whoever else sets up now. On SQLite the transaction is IMMEDIATE and does so already."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {Practice._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")


def _saved(row: Row) -> Row:
    row.full_clean()
    row.save(force_insert=True)
    return row


def migrate_what_is_new() -> None:
    """Bring both stores to this version's tables. Raises ImproperlyConfigured when both are one database."""
    two_stores.need_two()
    for name in ("default", "patients"):
        executor = MigrationExecutor(connections[name])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", database=name, verbosity=0)
