"""The agenda store knows when, the patients store knows who: two databases, and nothing of one in the other (P3 P4)."""

import os
from urllib.parse import parse_qs, urlsplit

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from clicdocteur import two_stores
from clicdocteur.router import TwoStores
from tests.processes import Instance

WHO = {"patients_patientrecord", "patients_storecheck"}


@pytest.mark.django_db
def test_the_patients_store_holds_the_patients_tables_and_nothing_else():
    tables = set(connections["patients"].introspection.table_names())
    assert tables - {"django_migrations"} == WHO


@pytest.mark.django_db
def test_the_agenda_store_holds_every_other_table_and_none_of_the_patients():
    tables = set(connections["default"].introspection.table_names())
    assert not {name for name in tables if name.startswith("patients")}
    others = {model._meta.db_table for model in apps.get_models() if model._meta.app_label != "patients"}
    assert others <= tables


def test_every_model_is_read_and_written_where_it_lies():
    router = TwoStores()
    for model in apps.get_models():
        place = "patients" if model._meta.app_label == "patients" else "default"
        assert router.db_for_read(model) == router.db_for_write(model) == place


def test_no_relation_crosses_from_one_store_to_the_other():
    """A foreign key would be a join; so would a column named like one."""
    for model in apps.get_models():
        for column in model._meta.get_fields():
            related = column.related_model
            if isinstance(related, type):
                assert (related._meta.app_label == "patients") == (model._meta.app_label == "patients"), column
    for model in apps.get_app_config("patients").get_models():
        assert not [column for column in model._meta.get_fields() if column.is_relation]


@pytest.mark.parametrize(
    "urls",
    [
        ("sqlite:///{0}/one.sqlite3", "sqlite:///{0}/one.sqlite3"),
        ("sqlite:///{0}/one.sqlite3", "sqlite:///{0}/../{1}/one.sqlite3"),
        ("sqlite:///{0}/one.sqlite3", "sqlite:///{0}/link.sqlite3"),
        ("postgres://a@h/one", "postgres://a@h/one"),
        ("postgres://a:1@h/one", "postgres://b:2@h:5432/one"),
    ],
    ids=["one file", "one file by two paths", "one file by a link", "one database", "one database, two roles"],
)
def test_a_start_is_refused_when_the_two_stores_are_one(tmp_path, urls):
    (tmp_path / "link.sqlite3").symlink_to(tmp_path / "one.sqlite3")
    agenda, patients = (url.format(tmp_path, tmp_path.name) for url in urls)
    instance = Instance(tmp_path, {"AGENDA_DATABASE_URL": agenda, "PATIENTS_DATABASE_URL": patients})
    instance.secret.write_text("ab" * 32)
    done = instance.manage("check")
    assert (done.returncode, done.stderr.strip()) == (
        1, "AGENDA_DATABASE_URL and PATIENTS_DATABASE_URL must be two different databases.",
    )  # fmt: skip


def test_a_start_is_allowed_when_they_are_two(tmp_path):
    instance = Instance(tmp_path)
    instance.secret.write_text("ab" * 32)
    done = instance.manage("check")
    assert done.returncode == 0, done.stderr


# One database has many names.


def spelt_otherwise(instance: Instance) -> Instance:
    """The same agenda, named as the patients store as well, so that no setting can see it."""
    agenda = instance.environment["AGENDA_DATABASE_URL"]
    if agenda.startswith("sqlite"):
        other = instance.folder / "other.sqlite3"
        other.hardlink_to(instance.agenda)
        return Instance(instance.folder, instance.environment | {"PATIENTS_DATABASE_URL": f"sqlite:///{other}"})
    socket = parse_qs(urlsplit(agenda).query)["host"][0]
    (instance.folder / "socket").symlink_to(socket)
    other_url = agenda.replace(socket, str(instance.folder / "socket"))
    return Instance(instance.folder, instance.environment | {"PATIENTS_DATABASE_URL": other_url})


START = "from clicdocteur import wsgi"


def test_one_database_under_two_names_is_refused_at_start_and_by_migrate(instance: Instance):
    """I3: asked of the servers themselves. Nothing of the one half comes into the other's place."""
    one = spelt_otherwise(instance)
    assert one.manage("check").returncode == 0, "what is written does not tell"
    migrated = one.manage("migrate", "--database", "patients")
    assert migrated.returncode == 1
    assert two_stores.SENTENCE in migrated.stderr
    started = one.python(START, settings="clicdocteur.settings")
    assert started.returncode == 1
    assert two_stores.SENTENCE in started.stderr
    tables = "from django.db import connection as c\nprint(*c.introspection.table_names())"
    assert "patients_patientrecord" not in one.python(tables).stdout


def test_two_databases_of_one_server_start(instance: Instance):
    started = instance.python(START, settings="clicdocteur.settings")
    assert started.returncode == 0, started.stderr
    assert instance.manage("check", "--database", "default", "--database", "patients").returncode == 0


def test_a_store_that_is_away_at_start_is_asked_later(instance: Instance):
    """I8: the machine starts; `/readyz` tells."""
    away = {
        name: url.replace(os.path.basename(urlsplit(url).path), "nowhere")  # noqa: PTH119 - of an address
        for name, url in instance.environment.items()
        if name == "PATIENTS_DATABASE_URL"
    }
    started = Instance(instance.folder, instance.environment | away).python(START, settings="clicdocteur.settings")
    assert started.returncode == 0, started.stderr


@pytest.mark.django_db
def test_readiness_says_that_the_stores_are_one(client, monkeypatch):
    """And goes on asking until it has seen them apart."""
    from clicdocteur import health

    health._seen_apart.cache_clear()
    monkeypatch.setattr(two_stores, "are_one", lambda: True)
    assert client.get("/readyz").json()["checks"]["two stores"] == "one database"
    with pytest.raises(ImproperlyConfigured):
        two_stores.need_two()
    monkeypatch.undo()
    assert client.get("/readyz").json()["checks"]["two stores"] == "ok"
