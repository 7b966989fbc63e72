"""The self-check tells the truth, and says what to do (T16 U7)."""

import json
import shutil
from collections import namedtuple
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone, translation

from booking import chores, pairing
from booking.channels import NotSent
from booking.models import Chore
from clicdocteur import clock
from patients.models import StoreCheck as PatientsCheck
from practitioners import access_log, keys
from practitioners.models import AgendaKey, KeyHolder, Practice, Practitioner
from practitioners.models import StoreCheck as AgendaCheck
from tests.agenda.cast import Desk, text
from tests.booking.cast import NOW, Office
from upkeep import doctor, milestones, standing
from upkeep.doctor import Level, held, machine, outside, running, saved, stores
from upkeep.models import Milestone

pytestmark = pytest.mark.django_db


ROLES = stores._roles


@pytest.fixture(autouse=True)
def usual_machine(monkeypatch: Any) -> None:
    """A machine as it should be, whatever this one is."""
    monkeypatch.setattr(clock, "is_kept", lambda: True)
    monkeypatch.setattr(machine, "_memory", lambda: iter(()))
    # On PostgreSQL the tests run as its administrator, which is rightly an alarm (tests/upkeep/test_roles.py).
    monkeypatch.setattr(stores, "_roles", lambda store, name: iter(()))


@pytest.fixture
def sound(db: None) -> Office:
    """An instance to which nothing is missing."""
    office = Office()
    office.alice.role = "manager"
    office.alice.save()
    for one, key in ((office.one, office.key_one), (office.two, office.key_two)):
        holder = KeyHolder.objects.get(staff=office.alice if one == office.one else office.bruno)
        sheet = KeyHolder.objects.filter(sheet_of=one).first()
        if sheet is None:
            private = _private(office, one, key, holder)
            keys.new_recovery_sheet(one, private)
        KeyHolder.objects.filter(sheet_of=one).update(confirmed=True)
    milestones.reached(Milestone.Kind.BACKUP, timezone.now())
    milestones.reached(Milestone.Kind.REHEARSAL, timezone.now())
    chores.beat(timezone.now())
    return office


def _private(office: Office, one: Practitioner, key: AgendaKey, holder: KeyHolder) -> bytes:
    from tests.practitioners.cast import private_of

    member = office.alice if one == office.one else office.bruno
    private = keys.agenda_private(private_of(member), member, one.pk, key.version, keys.practice_day())
    assert private is not None
    return private


def levels(part: Callable[[], Any]) -> dict[str, Level]:
    """The worst level by subject."""
    found: dict[str, Level] = {}
    for one in part():
        found[one.subject] = doctor.worst(
            [one, *([doctor.Finding("", found[one.subject], "")] if one.subject in found else [])]
        )
    return found


def test_a_sound_instance_raises_no_alarm_and_every_other_finding_says_what_to_do(sound: Office):
    found = doctor.examine()
    assert [one for one in found if one.level is Level.ALARM] == []
    assert all(one.todo for one in found if one.level is not Level.OK)
    assert {one.subject for one in found} >= {"Base de l’agenda", "Base des patients", "Les deux bases", "Secret du serveur",
                                              "Clés", "Sauvegardes", "Essai de restauration", "Horloge", "Disque"}  # fmt: skip


@pytest.mark.parametrize(
    ("state", "words"),
    [("apart", "reconcile"), ("wrong secret", "bon fichier"), ("restoring", "restore"), ("not set up", "setup")],
)
def test_what_is_wrong_with_the_pair_is_said_with_its_remedy(sound: Office, monkeypatch, state: str, words: str):
    monkeypatch.setattr(pairing, "state", lambda: pairing.Pairing(state))
    found = [one for one in stores.examine() if one.subject == "Les deux bases"]
    assert found[-1].level is not Level.OK
    assert words in found[-1].todo


def test_a_store_that_does_not_answer_is_said_and_the_rest_is_still_looked_at(sound: Office, monkeypatch, caplog):
    """I8: the examination itself never fails; what could not be looked at is said once, and its traces are for whoever debugs."""
    caplog.set_level("WARNING")
    monkeypatch.setattr(stores, "_reachable", lambda store: store != "patients")
    monkeypatch.setattr(held, "_keys", _down)
    monkeypatch.setattr(machine, "_clock", _down)
    found = doctor.examine()
    assert [one.subject for one in found].count("Examen") == 1
    assert [(one.levelname, one.exc_info) for one in caplog.records if one.name == "upkeep.doctor"] == [
        ("WARNING", None)
    ] * 2
    said = {one.subject: one for one in found}
    assert said["Base des patients"].level is Level.ALARM
    assert said["Base de l’agenda"].level is Level.OK
    assert "Sauvegardes" in said


def _down() -> Any:
    raise DatabaseError("gone")


def test_an_older_schema_is_an_alarm(sound: Office, monkeypatch):
    monkeypatch.setattr(standing, "is_migrated", lambda store: False)
    assert levels(stores.examine)["Base de l’agenda"] is Level.ALARM


def test_after_a_restore_that_was_cut_short_nobody_is_sent_to_upgrade(sound: Office, monkeypatch):
    """U5: `upgrade` would refuse. One store may be filled and the other without tables."""
    PatientsCheck.objects.update(pairing=pairing.RESTORING + bytes(16))
    monkeypatch.setattr(standing, "is_migrated", lambda store: store == "patients")
    wrong = [one for one in stores.examine() if one.level is Level.ALARM]
    assert [one.todo.replace("\xa0", " ") for one in wrong] == ["Relancez « manage.py restore »."]

    def no_table(*_given: object, **_more: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(AgendaCheck.objects, "values_list", no_table)
    assert pairing.is_restoring()


def test_file_modes_count(sound: Office, settings, tmp_path: Path):
    secret = tmp_path / "secret"
    shutil.copy(settings.SECRET_FILE, secret)
    settings.SECRET_FILE = secret
    for mode, level in ((0o600, Level.OK), (0o400, Level.OK), (0o640, Level.ALARM), (0o604, Level.ALARM)):
        secret.chmod(mode)
        assert held._secret().level is level, oct(mode)


def test_an_agenda_that_one_person_alone_opens_is_an_alarm(sound: Office):
    assert levels(held._keys) == {"Clés": Level.OK}
    KeyHolder.objects.filter(sheet_of=sound.one).update(confirmed=False)
    assert levels(held._keys) == {"Clés": Level.ALARM}


def test_keys_cost_the_same_for_one_agenda_and_for_many(sound: Office, django_assert_num_queries):
    from tests.practitioners.cast import holder_of, practitioner

    with django_assert_num_queries(3):
        list(held._keys())
    for number in range(10):
        keys.new_agenda_key(practitioner(sound.practice, f"n{number}", published=True), [holder_of(sound.alice)])
    with django_assert_num_queries(3):
        list(held._keys())


def test_nobody_with_a_copy_of_the_secret_is_an_alarm(sound: Office):
    KeyHolder.objects.update(secret_box=None)
    assert levels(held._keys) == {"Clés": Level.ALARM}


@pytest.mark.parametrize(("minutes", "level"), [(0, "ok"), (5, "ok"), (89, "ok"), (91, "look"), (60 * 27, "alarm")])
def test_a_backup_s_age_is_the_possible_loss(sound: Office, minutes: int, level: str):
    milestones.reached(Milestone.Kind.BACKUP, timezone.now() - timedelta(minutes=minutes, seconds=5))
    found = saved._backup()
    assert found.level == level
    assert (f"{minutes} minutes" if minutes else "moins d’une minute") in found.said
    Milestone.objects.all().delete()
    assert saved._backup().level is Level.ALARM


def test_a_rehearsal_that_failed_or_is_old_or_never_was(sound: Office):
    assert saved._rehearsal().level is Level.OK
    milestones.reached(Milestone.Kind.REHEARSAL, timezone.now() - timedelta(days=36))
    assert saved._rehearsal().level is Level.LOOK
    milestones.reached(Milestone.Kind.REHEARSAL, timezone.now(), well=False)
    assert saved._rehearsal().level is Level.ALARM
    Milestone.objects.all().delete()
    assert saved._rehearsal().level is Level.LOOK


def test_a_clock_that_went_back_is_an_alarm_and_one_that_was_ahead_is_no_more(sound: Office, monkeypatch):
    """T16: something was noted at an hour that has not come yet. A time server tells which of the two it is."""
    monkeypatch.setattr(clock, "is_kept", lambda: None)
    access_log.record(sound.alice.pk, [1], "day", bytes(16), timezone.now())
    assert levels(machine._clock) == {"Horloge": Level.OK}
    with time_machine.travel(timezone.now() - timedelta(days=2)):
        assert levels(machine._clock) == {"Horloge": Level.ALARM}
        monkeypatch.setattr(clock, "is_kept", lambda: True)
        assert levels(machine._clock) == {"Horloge": Level.LOOK}


def test_the_hour_of_the_practice_is_said_whatever_the_machine_s_zone(sound: Office, monkeypatch):
    """T16: a container in another zone changes nothing; whoever reads sees the practice's own hour."""
    Milestone.objects.all().delete()
    Chore.objects.all().delete()
    Practice.objects.update(time_zone="Indian/Reunion")
    monkeypatch.setenv("TZ", "America/New_York")
    monkeypatch.setattr(machine, "_drift", lambda now: None)
    with time_machine.travel(datetime.fromisoformat("2026-01-05T08:00:00+00:00"), tick=False):
        said = next(machine._clock()).said.replace("\u00a0", " ")
    assert "lundi 5 janvier 2026 à 12 h" not in said  # the year is not said
    assert "lundi 5 janvier à 12 h" in said


def test_another_clock_than_the_database_s_is_an_alarm(sound: Office, monkeypatch):
    monkeypatch.setattr(machine, "_drift", lambda now: timedelta(minutes=-7))
    found = next(machine._clock())
    assert found.level is Level.ALARM
    assert "7 minutes" in found.said


def test_a_worker_that_doubts_the_date_says_so(sound: Office, monkeypatch):
    """T16"""
    monkeypatch.setattr(clock, "is_kept", lambda: False)
    chores.beat(timezone.now() + timedelta(days=60))
    found = list(running.examine())
    assert [one.level for one in found] == [Level.ALARM]
    assert "sauté de plusieurs jours" in found[0].said
    assert levels(machine._clock) == {"Horloge": Level.ALARM}, "its own sign of life lies in a time to come"


def test_a_clock_that_nobody_sets_is_worth_a_look(sound: Office, monkeypatch):
    monkeypatch.setattr(clock, "is_kept", lambda: False)
    assert levels(machine._clock) == {"Horloge": Level.LOOK}


@pytest.mark.parametrize(("free", "level"), [(50 << 30, "ok"), (1 << 30, "look"), (100 << 20, "alarm")])
def test_a_disk_that_fills_is_said(monkeypatch, backups: Path, free: int, level: str):
    """U8"""
    backups.mkdir()
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(100 << 30, 0, free))
    assert {one.level for one in machine._disks()} == {level}


def test_debug_and_plain_http_are_said(settings):
    settings.DEBUG = True
    found = levels(machine._settings)
    assert found["Réglages"] is Level.ALARM
    settings.DEBUG = False
    assert levels(machine._settings)["Réglages"] is Level.LOOK


@pytest.mark.skipif(connection.vendor != "postgresql", reason="roles are PostgreSQL's")
def test_a_superuser_and_an_owner_of_the_tables_are_said_on_postgres(sound: Office):
    """The tests run as one."""
    found = list(ROLES("default", "x"))
    assert {one.level for one in found} == {Level.ALARM, Level.LOOK}


# What runs beside the pages.


def test_a_worker_that_is_silent_or_was_never_seen_or_stopped_is_an_alarm(sound: Office):
    """U7"""
    assert levels(running.examine) == {"Messages et entretien": Level.OK}
    Chore.objects.filter(kind="beat").update(done=timezone.now() - timedelta(days=2))
    assert levels(running.examine) == {"Messages et entretien": Level.ALARM}
    Chore.objects.all().delete()
    assert levels(running.examine) == {"Messages et entretien": Level.ALARM}
    chores.beat(timezone.now())
    Chore.objects.create(kind="sweep", due=timezone.now(), alarm=True)
    found = list(running.examine())
    assert (found[0].level, "sweep" in found[0].said) == (Level.ALARM, True)


@pytest.mark.parametrize(("why", "level"), [("", "ok"), ("unreachable", "alarm"), ("settings", "alarm")])
def test_the_mail_server_is_asked_and_nothing_is_sent(settings, monkeypatch, why: str, level: str):
    """M1"""
    settings.EMAIL_HOST = "smtp.example.org"

    def connect(mail: object) -> None:
        if why:
            raise NotSent(why, again=True, rest=True)

    monkeypatch.setattr(running.Mail, "open", connect)
    monkeypatch.setattr(running.Mail, "send", lambda *given: pytest.fail("nothing is to be sent"))
    assert doctor.worst(running.mail()) == level


def test_without_a_mail_server_it_is_said(settings):
    settings.EMAIL_HOST = ""
    assert doctor.worst(running.mail()) is Level.LOOK


# As a visitor meets it.

HEADERS = {"strict-transport-security": "max-age=1", "content-security-policy": "default-src 'none'", "referrer-policy": "no-referrer",
           "x-content-type-options": "nosniff"}  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "level"),
    [
        ({}, "ok"),
        ({"status": 502}, "alarm"),
        ({"days": 3}, "alarm"),
        ({"lost": "content-security-policy"}, "look"),
        ({"server": "nginx/1.22.1"}, "look"),
        ({"plain": True}, "alarm"),
        ({"raises": ConnectionRefusedError()}, "alarm"),
    ],
)
def test_what_a_visitor_meets_is_judged(settings, monkeypatch, answer: dict[str, Any], level: str):
    from email.message import Message

    settings.HTTPS, settings.SITE_URL = True, "https://rdv.example.org"
    headers = Message()
    for name, value in HEADERS.items():
        if name != answer.get("lost"):
            headers[name] = value
    headers["server"] = answer.get("server", "nginx")

    def ask(host: str, port: int) -> Any:
        assert (host, port) == ("rdv.example.org", 443)
        if "raises" in answer:
            raise answer["raises"]
        return answer.get("status", 200), headers, timezone.now() + timedelta(days=answer.get("days", 60))

    monkeypatch.setattr(outside, "_ask", ask)
    monkeypatch.setattr(outside, "_plain_is_served", lambda: answer.get("plain", False))
    assert doctor.worst(outside.examine()) == level


def test_an_instance_of_this_machine_alone_asks_nobody(settings):
    assert not settings.HTTPS
    assert list(outside.examine()) == []


# The command and the page.


def test_the_command_ends_with_one_when_something_must_not_be_left(sound: Office):
    out = StringIO()
    call_command("doctor", inside=True, json=True, stdout=out)
    said = json.loads(out.getvalue())
    assert said["level"] in ("ok", "look")
    assert all({"subject", "level", "said", "todo"} == set(one) for one in said["findings"])
    Milestone.objects.all().delete()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", inside=True, brief=True, stdout=out)
    assert ended.value.code == 1
    assert "!!  Sauvegardes" in out.getvalue()
    assert "→ Lancez « manage.py backup »" in out.getvalue().replace("\u00a0", " ")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_is_for_managers_and_in_their_language(desk: Desk, language: str):
    """P11: nobody else."""
    assert desk.client("bruno").get("/agenda/doctor/").status_code == 404
    desk.alice.role = "manager"
    desk.alice.save()
    client = desk.client()
    shown = text(client.get("/agenda/doctor/", headers={"Accept-Language": language}))
    assert {"fr": "À faire maintenant", "en": "To do now"}[language] in shown
    assert {"fr": "Il n’y en a pas.", "en": "There is none."}[language] in shown
    assert str(django_settings.SERVER_SECRETS[0].hex()) not in shown


def test_every_finding_s_sentence_has_its_english(sound: Office):
    french = {one.said for one in doctor.examine()} | {one.todo for one in doctor.examine()}
    with translation.override("en"):
        english = {one.said for one in doctor.examine()} | {one.todo for one in doctor.examine()}
    assert french & english <= {""} | {one for one in french if "http" in one or "manage.py" in one or "_" in one}


# Nothing is served from tables that are not this version's.


@pytest.fixture
def starting(monkeypatch: Any) -> None:
    """A process that has not seen yet that all is well."""
    standing._well().clear()
    yield
    standing.settled()


@pytest.mark.parametrize("found", [standing.Standing.NOT_MIGRATED, standing.Standing.RESTORING])
@pytest.mark.parametrize("path", ["/fr/", "/en/", "/agenda/sign-in/"])
def test_older_tables_or_a_restore_under_way_withhold_every_page(
    starting, monkeypatch, client: Client, found, path: str
):
    """U5: with a page that says so; machines still get their answers."""
    monkeypatch.setattr(standing, "standing", lambda: found)
    answer = client.get(path)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "120"
    assert {"/en/": "maintenance"}.get(path, "maintenance") in text(answer)
    assert client.get("/healthz").status_code == 200
    assert client.post("/agenda/sign-in/", {"login": "x"}).status_code == 503


def test_it_is_looked_at_once_until_it_is_well(starting, client: Client, open_office: Office, monkeypatch):
    looked = []
    real = standing.standing

    def look() -> standing.Standing:
        looked.append(1)
        return standing.Standing.NOT_MIGRATED if len(looked) == 1 else real()

    monkeypatch.setattr(standing, "standing", look)
    assert client.get("/fr/").status_code == 503
    for _again in range(3):
        assert client.get("/fr/").status_code == 200
    assert len(looked) == 2


def test_a_store_that_is_down_withholds_nothing(starting, client: Client, open_office: Office, monkeypatch):
    """I8: times are still shown when the patients store is away."""
    monkeypatch.setattr(pairing, "state", _down)
    assert standing.standing() is standing.Standing.UNKNOWN
    assert standing.withheld() is None


def test_readyz_and_the_gate_see_a_store_of_before(transactional_db, starting):
    """The real thing: a migration taken back."""
    from django.db.migrations.executor import MigrationExecutor

    standing._migrated().clear()
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    executor.migrate([("upkeep", None)])
    try:
        assert standing.withheld() is standing.Standing.NOT_MIGRATED
        assert Client().get("/readyz").json()["checks"]["default store"] == "not migrated"
    finally:
        MigrationExecutor(connection).migrate(latest)
    assert standing.withheld() is None
    assert NOW
