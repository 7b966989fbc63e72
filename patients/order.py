"""Rows leave no trace of the order in which they came: the table is written anew, ordered by its random keys."""

from django.db import connections, transaction

from clicdocteur.router import PATIENTS
from patients.models import PatientRecord


def may_shuffle() -> bool:
    """Whether this role may: on PostgreSQL the one that serves has no right to empty a table, and the owner does it."""
    connection = connections[PATIENTS]
    if connection.vendor == "sqlite":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, 'TRUNCATE')", [PatientRecord._meta.db_table])
        return bool(cursor.fetchone()[0])


def shuffle() -> None:
    """Rewrite the patients store in key order.

    SQLite's VACUUM writes pages in rowid order, and the rowid is the random key; freed pages go as well. On PostgreSQL
    CLUSTER and VACUUM FULL keep each row's `xmin`, which tells the order of writing, so the rows are copied, removed and
    inserted again in one transaction: afterwards all share one `xmin`.
    """
    connection = connections[PATIENTS]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
        return
    table = connection.ops.quote_name(PatientRecord._meta.db_table)
    with transaction.atomic(using=PATIENTS), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # a big store takes longer than any page may
        cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(f"CREATE TEMPORARY TABLE in_key_order ON COMMIT DROP AS SELECT * FROM {table} ORDER BY id")  # noqa: S608 - our own table's name
        cursor.execute(f"TRUNCATE {table}")
        cursor.execute(f"INSERT INTO {table} SELECT * FROM in_key_order ORDER BY id")  # noqa: S608 - our own table's name
