"""Are the two stores two? Asked of the servers themselves, since one database has many names.

`localhost`, `127.0.0.1`, a socket and a pooler may all lead to one PostgreSQL, and a hard link to one file: settings compare
what is written, and this compares what is there. A store that holds both halves is one dump that holds both halves.
"""

from pathlib import Path
from secrets import randbits
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError
from django.db import connections, transaction

from clicdocteur.router import AGENDA, PATIENTS

SENTENCE = "AGENDA_DATABASE_URL and PATIENTS_DATABASE_URL lead to one and the same database. They must be two."


def are_one() -> bool:
    """Say whether both addresses lead to one database. Raises DatabaseError when a store does not answer."""
    vendors = {connections[name].vendor for name in (AGENDA, PATIENTS)}
    if vendors == {"sqlite"}:
        agenda, patients = (Path(str(connections[name].settings_dict["NAME"])) for name in (AGENDA, PATIENTS))
        return agenda.exists() and patients.exists() and agenda.samefile(patients)
    return vendors == {"postgresql"} and _meet()


def _meet() -> bool:
    """Take a lock through one connection and try it through the other: such locks belong to one database of one server.

    It asks for no right and leaves nothing; a pooler that gives each transaction another connection does not mislead it.
    """
    number = randbits(62)
    with transaction.atomic(using=AGENDA), transaction.atomic(using=PATIENTS):
        _ask(AGENDA, "SELECT pg_advisory_xact_lock(%s)", number)
        return not _ask(PATIENTS, "SELECT pg_try_advisory_xact_lock(%s)", number)


def _ask(name: str, sql: str, number: int) -> Any:
    with connections[name].cursor() as cursor:
        cursor.execute(sql, [number])
        return cursor.fetchone()[0]


def need_two() -> None:
    """Raise ImproperlyConfigured, with a sentence, when the stores are one. A store that is down says nothing yet."""
    try:
        one = are_one()
    except DatabaseError:
        return
    if one:
        raise ImproperlyConfigured(SENTENCE)


@register(Tags.database)
def check(databases: Any = None, **named: Any) -> list[CheckMessage]:
    """Stop `migrate` and `check --database` before both halves come into one place. Without databases nothing is asked."""
    try:
        if databases:
            need_two()
    except ImproperlyConfigured as wrong:
        return [Error(str(wrong), id="clicdocteur.E001")]
    return []
