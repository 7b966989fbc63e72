"""The two stores: reachable, distinct, migrated, belonging together; on PostgreSQL, roles that may do no more than they need."""

from collections.abc import Iterator

from django.db import DatabaseError, ProgrammingError, connections, transaction
from django.utils.translation import gettext as _

from booking import pairing
from clicdocteur import two_stores
from clicdocteur.router import AGENDA, PATIENTS
from upkeep import standing
from upkeep.doctor.findings import Finding, alarm, look, ok


def examine() -> Iterator[Finding]:
    """Look at both stores. What cannot be reached is said once, and nothing more is asked of it."""
    names = {AGENDA: _("Base de l’agenda"), PATIENTS: _("Base des patients")}
    reached = [store for store in names if _reachable(store)]
    for store, name in names.items():
        if store not in reached:
            yield alarm(name, _("Elle ne répond pas."), _("Vérifiez son adresse (URL), son compte, et qu’elle tourne."))
        elif not standing.is_migrated(store):
            todo = (
                _("Relancez « manage.py restore ».") if pairing.is_restoring() else _("Lancez « manage.py upgrade ».")
            )
            yield alarm(name, _("Ses tables ne sont pas celles de cette version."), todo)
        elif not _takes_writes(store):
            yield alarm(
                name,
                _("Elle se lit et ne s’écrit pas : rien ne se réserve."),
                _(
                    "Disque plein ou en lecture seule, verrou qui dure, serveur de secours : voyez les journaux du service."
                ),
            )
        else:
            yield ok(name, _("Elle répond, ses tables sont à jour."))
            yield from _roles(store, name)
    if len(reached) == 2 and all(map(standing.is_migrated, reached)):
        yield from _together()


def _reachable(store: str) -> bool:
    """Whether a table can be read: `SELECT 1` would be answered over a file that is locked, or full of something else."""
    try:
        with connections[store].cursor() as cursor:
            cursor.execute("SELECT app FROM django_migrations LIMIT 1")
    except ProgrammingError:
        return True  # PostgreSQL's word for a table that is not there: a matter of migrations
    except DatabaseError as failure:
        return "no such table" in str(failure)
    return True


def _takes_writes(store: str) -> bool:
    """Whether a transaction may write here now. Nothing is changed: on SQLite its lock is taken and the header written as it was."""
    connection = connections[store]
    try:
        if connection.vendor != "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean")
                return not cursor.fetchone()[0]
        with transaction.atomic(using=store), connection.cursor() as cursor:
            (found,) = cursor.execute("PRAGMA user_version").fetchone()
            cursor.execute(f"PRAGMA user_version = {found:d}")
    except DatabaseError:
        return False
    return True


def _together() -> Iterator[Finding]:
    subject = _("Les deux bases")
    if two_stores.are_one():
        yield alarm(
            subject,
            _("Ce sont deux adresses d’une même base."),
            _("Donnez deux bases différentes, puis restaurez une sauvegarde."),
        )
    state = pairing.state()
    if state is pairing.Pairing.SOUND:
        yield ok(subject, _("Elles vont ensemble, et le secret du serveur les ouvre."))
    elif state is pairing.Pairing.NOT_SET_UP:
        yield look(subject, _("L’instance n’est pas encore installée."), _("Lancez « manage.py setup »."))
    elif state is pairing.Pairing.WRONG_SECRET:
        yield alarm(
            subject,
            _("Le secret du serveur n’est pas le leur : rien ne se réserve."),
            _("Remettez le bon fichier, ou « manage.py recover »."),
        )
    elif state is pairing.Pairing.RESTORING:
        yield alarm(subject, _("Une restauration n’est pas finie."), _("Relancez « manage.py restore »."))
    else:
        yield alarm(
            subject,
            _("L’une a été restaurée sans l’autre : rien ne se réserve."),
            _("Lancez « manage.py reconcile » et lisez ce qu’il dit."),
        )


# On PostgreSQL.

_ATTRIBUTES = """SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls
                 FROM pg_roles WHERE rolname = current_user"""
_OWNED = "SELECT count(*) FROM pg_tables WHERE tableowner = current_user AND schemaname = current_schema()"
_OTHERS = """SELECT datname FROM pg_database
             WHERE datname = %s AND datname <> current_database() AND has_database_privilege(datname, 'CONNECT')"""


def _roles(store: str, name: str) -> Iterator[Finding]:
    if connections[store].vendor != "postgresql":
        return
    other = connections[PATIENTS if store == AGENDA else AGENDA].settings_dict["NAME"]
    with connections[store].cursor() as cursor:
        cursor.execute(_ATTRIBUTES)
        strong = cursor.fetchone()[0]
        cursor.execute(_OWNED)
        owned = cursor.fetchone()[0]
        cursor.execute("SELECT has_schema_privilege(current_schema(), 'CREATE')")
        may_create = cursor.fetchone()[0]
        cursor.execute(_OTHERS, [other])
        crosses = cursor.fetchone() is not None
    if strong:
        yield alarm(
            name,
            _("Son compte a des droits d’administration du serveur de bases."),
            _("Donnez un compte ordinaire : docs/install.md, « PostgreSQL »."),
        )
    if owned or may_create:
        yield look(
            name,
            _("Son compte peut changer les tables."),
            _("Servez avec un compte sans ce droit, migrez avec le propriétaire : docs/install.md, « PostgreSQL »."),
        )
    if crosses and not strong:
        yield look(
            name,
            _("Son compte peut aussi se connecter à l’autre base."),
            _("REVOKE CONNECT … FROM PUBLIC : docs/install.md, « PostgreSQL »."),
        )
