"""Two stores on PostgreSQL as deploy/postgres/store/roles.sql makes them: an owner each, and a role that only serves."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from psycopg import sql

from clicdocteur import server_secret
from tests.processes import ROOT, Instance

STORES = ("agenda", "patients")


@dataclass
class Served:
    """One instance seen by three kinds of people: by its owner, by whoever serves, by the server's administrator."""

    owner: Instance
    serving: Instance
    urls: dict[str, str]


@contextmanager
def stores(folder: Path) -> Iterator[Served]:
    """Make databases and roles with psql, migrate as the owner, and take it all away afterwards."""
    if not shutil.which("psql"):
        pytest.skip("psql is not here")
    server = urlsplit(os.environ["AGENDA_DATABASE_URL"])
    asked = {name: values[0] for name, values in parse_qs(server.query).items()}
    names = {store: f"{store}_{token_hex(4)}" for store in STORES}

    def url(store: str, role: str) -> str:
        return f"postgres:///{names[store]}?host={asked['host']}&user={role}"

    try:
        for name in names.values():
            command = [
                "psql", "-q", "-h", asked["host"], "-U", asked["user"], "-v", f"store={name}", "-v", "password=one",
                "-v", "owner_password=other", "-f", str(ROOT / "deploy/postgres/store/roles.sql"), "postgres",
            ]  # fmt: skip
            for _again in range(2):
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                assert done.returncode == 0, done.stderr
        owners = {f"{store.upper()}_DATABASE_URL": url(store, f"{names[store]}_owner") for store in STORES}
        serving = {f"{store.upper()}_DATABASE_URL": url(store, names[store]) for store in STORES}
        served = Served(Instance(folder, owners), Instance(folder, serving), serving)
        server_secret.ensure(served.owner.secret)
        done = served.owner.manage("upgrade")
        assert done.returncode == 0, done.stderr
        yield served
    finally:
        with psycopg.connect(host=asked["host"], user=asked["user"], dbname="postgres", autocommit=True) as admin:
            for name in names.values():
                admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
                for role in (name, f"{name}_owner"):
                    admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))
