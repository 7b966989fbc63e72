"""What was saved comes back, into an empty instance only, and whoever was erased does not come with it (U6 P6 P13)."""

from base64 import b64encode
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from booking import appointments, erasures, identities, pairing, retention, sweep, worker
from booking.models import Appointment, Erasure, Message, OccupiedCell
from patients import store
from patients.models import PatientRecord
from practitioners import keys
from practitioners.models import KeyHolder, Practice, Staff
from tests.booking.cast import MONDAY, NOW, Office, identity
from tests.practitioners.cast import private_of
from tests.upkeep.cast import both, lose_everything
from upkeep import backup, pairs, restore, snapshots, tables

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def monday() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def names() -> dict[str, str]:
    """Who comes when, as alice sees it."""
    alice = Staff.objects.get(login="alice")
    vault = keys.Vault(alice, private_of(alice), MONDAY)
    shown = identities.show(Appointment.objects.all(), vault, "test", NOW)
    starts = {one.pk: f"{one.start:%d %H:%M}" for one in Appointment.objects.all()}
    return {starts[pk]: one.names or one.why for pk, one in shown.items()}


def run(*arguments: str, **options: Any) -> str:
    return said_by("restore", *arguments, **options)


def said_by(command: str, *arguments: str, **options: Any) -> str:
    """What a command says, with plain spaces."""
    out = StringIO()
    call_command(command, *arguments, stdout=out, **options)
    return out.getvalue().replace("\u00a0", " ")


def test_an_instance_comes_back_whole(office: Office):
    """U6: every row of both stores, as it was; names open with the same password; bookings go on."""
    for number, clock in enumerate(("09:00", "09:30", "10:00")):
        office.book(clock, identity=identity(f"Nom{number}", "Zoé"))
    cancelled = office.book("10:30")
    appointments.cancel(cancelled.token, "", NOW)
    before, seen = both(backup.take()), names()
    lose_everything()
    said = run()
    after = both(backup.take())
    for rows in (before, after):
        rows.pop("practitioners.storecheck"), rows.pop("patients.storecheck"), rows.pop("practitioners.accessevent")
    canaries = 2
    assert len(after.pop("patients.patientrecord")) == len(before.pop("patients.patientrecord")) == 4 + canaries
    assert after == before
    assert names() == seen
    assert "Les deux bases s’accordent." in said
    assert pairing.is_sound()
    assert PatientRecord.objects.count() == 4
    office.book("11:00")
    sweep.sweep(NOW)
    assert sweep.sweep(NOW + timedelta(hours=1)).deleted == 0


def test_new_rows_get_new_numbers_where_a_database_counts(office: Office):
    """On PostgreSQL a sequence does not know what was put past it."""
    from practitioners.models import Opening

    opening = Opening.objects.first()
    assert opening is not None
    opening.visit_types.add(office.type)
    backup.take()
    lose_everything()
    run()
    for one in Opening.objects.all():
        one.visit_types.set([office.type])
    assert Opening.objects.filter(visit_types=office.type).count() == Opening.objects.count()


def test_a_setting_s_history_keeps_what_it_speaks_of(office: Office):
    """Django numbers its content types as it meets them: they travel by name."""
    from django.contrib.admin.models import CHANGE, LogEntry
    from django.contrib.contenttypes.models import ContentType

    kind = ContentType.objects.get_for_model(Practice)
    LogEntry.objects.create(user=office.alice, content_type=kind, object_id=str(office.practice.pk),
                            object_repr="Cabinet", action_flag=CHANGE)  # fmt: skip
    rows = both(backup.take())
    assert rows["admin.logentry"][0]["content_type_id"] == ["practitioners", "practice"]
    lose_everything()
    ContentType.objects.all().delete()
    ContentType.objects.clear_cache()
    run()
    ContentType.objects.clear_cache()
    assert LogEntry.objects.get().get_edited_object() == Practice.objects.get()


@pytest.mark.parametrize("what", ["a practice", "a member", "a record"])
def test_only_an_empty_instance_is_restored_into(office: Office, what: str):
    office.book()
    backup.take()
    kept = {"a practice": Practice, "a member": Staff, "a record": PatientRecord}[what]
    rows = list(kept.objects.all())
    lose_everything()
    for row in rows:
        row.practitioner = None
        row.save(force_insert=True)
    with pytest.raises(CommandError, match="n’est pas vide"):
        run()
    assert kept.objects.count() == len(rows)
    assert not Appointment.objects.exists()


def test_whoever_was_erased_after_the_backup_is_erased_again(office: Office):
    """P13: by their own link or by the practice; their visit to come is cancelled and its time free; the list is opaque."""
    gone, stays = office.book("09:00", identity=identity("Partie", "P")), office.book("09:30")
    by_practice = office.book("10:00", identity=identity("Retirée", "R"))
    folder = backup.take()
    record = appointments.reference(gone).record
    retention.erase(gone.token, NOW)
    retention.erase_for(by_practice.pk, NOW, staff=1, session_tag=bytes(16))
    assert len(both(folder)["patients.patientrecord"]) == 5
    listed = "".join(path.read_text() for path in (pairs.folder() / "erased").glob("2*"))
    assert len(listed.split()) == 2
    assert str(record) not in listed
    lose_everything()
    assert "Effacés de nouveau : 2" in run()
    assert names() == {"06 08:30": "Zénobie Kowalczyk-N’Diaye"}
    again = Appointment.objects.get(pk=gone.pk)
    assert (again.state, again.patient_ref, again.link_hash) == ("cancelled", None, None)
    assert PatientRecord.objects.get().pk == appointments.reference(stays).record
    assert not OccupiedCell.objects.filter(appointment=gone).exists()
    # And so it is after the next loss, although the list now comes from the backup.
    backup.take()
    lose_everything()
    for path in (pairs.folder() / "erased").glob("2*"):
        path.unlink()
    run(str(folder))
    assert Appointment.objects.filter(patient_ref__isnull=False).count() == 3
    assert Erasure.objects.count() == 0


def test_an_erasure_between_the_two_stores_is_no_missing_identity(office: Office, monkeypatch):
    """U6: the agenda's archive still refers to a record that the patients' archive lost in the same instant."""
    gone = office.book()
    once: list[int] = []
    pin = snapshots._pin
    # It waits for whoever still reads the journal: here that is ourselves.
    monkeypatch.setattr(retention.erasing, "empty_journal", lambda: None)

    def pin_and_erase(alias: str) -> None:
        if alias.startswith("patients") and not once:
            once.append(1)
            retention.erase(gone.token, NOW)
        pin(alias)

    monkeypatch.setattr(snapshots, "_pin", pin_and_erase)
    rows = both(backup.take())
    assert [one["patient_ref"] is not None for one in rows["booking.appointment"]] == [True]
    lose_everything()
    assert "Les deux bases s’accordent." in run()
    assert Appointment.objects.get().patient_ref is None


def test_what_is_past_its_period_is_purged_before_anything_is_served(office: Office):
    """P13: a backup of 29 days ago still holds a visit's contact, which is gone today."""
    office.book()
    backup.take()
    lose_everything()
    with time_machine.travel(NOW + timedelta(days=29), tick=False):
        said = run()
        assert "Purgés : visites 1, identités 0" in said
    assert Appointment.objects.get().visit_type is None


def test_a_list_that_this_secret_does_not_open_stops_the_restore(office: Office, secrets, settings, monkeypatch):
    """Somebody might come back who asked to be forgotten."""
    office.book()
    backup.take()
    former = settings.SERVER_SECRETS[0]
    secrets(b"\x09" * 32)
    line = b64encode(store.erased_box(7)).decode()
    with erasures._alone():
        erasures._write(pairs.folder() / "erased" / "2026-01-05", {line})
    secrets(former)
    lose_everything()
    with pytest.raises(CommandError, match="1 effacements notés"):
        run()
    assert pairing.state() is pairing.Pairing.RESTORING
    # A worker that runs meanwhile sends nothing of what is queued.
    monkeypatch.setattr(worker.delivery, "work", lambda *given: pytest.fail("a message was looked at"))
    assert worker.once(NOW) == 0
    assert run(accept_list=True)
    assert pairing.is_sound()


def test_a_restore_that_was_cut_short_is_served_to_nobody_and_starts_over(office: Office, monkeypatch):
    office.book()
    backup.take()
    lose_everything()

    def killed(*_given: object, **_more: object) -> None:
        raise KeyboardInterrupt

    real = restore._heading

    def killed_in_between(archive: Any, of: str) -> Any:
        return killed() if of == "default" else real(archive, of)

    for name, instead in (("finish", killed), ("_heading", killed_in_between)):
        with monkeypatch.context() as patched:
            patched.setattr(restore, name, instead)
            with pytest.raises(KeyboardInterrupt):
                run()
        assert pairing.state() is pairing.Pairing.RESTORING
        assert not pairing.is_sound()
    run()
    assert pairing.is_sound()
    assert Appointment.objects.count() == PatientRecord.objects.count() == 1


def test_archives_of_two_backups_are_told_apart_reported_and_left_apart(office: Office):
    """P6: never silently. What the report says, visit by visit, is true; then a person accepts."""
    early = office.book("09:00")
    first = backup.take()
    said_by("tidy")
    late = office.book("10:00")
    second = backup.take()
    lose_everything()
    archives = {"agenda": str(pairs.in_folder(second).agenda), "patients": str(pairs.in_folder(first).patients)}
    said = run(**archives)
    assert "ne sont pas de la même sauvegarde" in said
    assert "mardi 6 janvier 2026 à 10 h · Dr Un" in said
    assert "à 9 h · Dr Un" not in said
    assert pairing.state() is pairing.Pairing.APART
    with pytest.raises(CommandError):
        said_by("tidy")
    assert "1 rendez-vous à venir est sans identité" in said_by("reconcile", accept=True)
    assert pairing.is_sound()
    assert {one.pk for one in Appointment.objects.all()} == {early.pk, late.pk}


def test_the_other_way_round_people_without_an_hour_are_counted(office: Office):
    office.book("09:00")
    first = backup.take()
    office.book("10:00")
    second = backup.take()
    lose_everything()
    said = run(agenda=str(pairs.in_folder(first).agenda), patients=str(pairs.in_folder(second).patients))
    # The other backup's two canaries are among them: nobody knows them for what they are.
    assert "Identités dont l’heure est perdue : 3" in said


def test_a_message_that_may_have_left_is_not_sent_again(office: Office):
    """A reminder of later today still is: what was due meanwhile is for people to look at."""
    booked = office.book()
    Message.objects.all().delete()
    for state, hours in (("queued", -1), ("queued", 5), ("claimed", -1), ("handed", -1), ("sent", -2), ("call", -1)):
        until = NOW if state in ("claimed", "handed") else None
        Message.objects.create(appointment=booked, practitioner=office.one, kind="change", state=state,
                               due=NOW + timedelta(hours=hours), claimed_until=until)  # fmt: skip
    backup.take()
    lose_everything()
    assert "qui ne partiront pas : 3" in run()
    assert sorted(Message.objects.values_list("state", flat=True)) == ["call", *["doubtful"] * 3, "queued", "sent"]


def test_the_hours_that_may_be_missing_are_named(office: Office):
    backup.take()
    lose_everything()
    with time_machine.travel(NOW + timedelta(hours=2, minutes=10), tick=False):
        said = run()
    assert "lundi 5 janvier 2026 : 8 h, 9 h, 10 h" in said


def test_a_backup_of_a_former_version_comes_back_through_its_migrations(office: Office):
    """U5: rows of before a migration are loaded into the tables of their day and then brought along."""
    office.book()
    executor = MigrationExecutor(connections["default"])
    latest = executor.loader.graph.leaf_nodes()
    executor.migrate([("upkeep", None), ("booking", "0006_worker")])
    try:
        folder = backup.take()
        assert "booking.erasure" not in both(folder)
        MigrationExecutor(connections["default"]).migrate(latest)
        seen = names()
        lose_everything()
        run(str(folder))
        assert names() == seen
    finally:
        MigrationExecutor(connections["default"]).migrate(latest)


def test_a_backup_of_a_later_version_says_so(office: Office, monkeypatch):
    real = tables.applied
    monkeypatch.setattr(tables, "applied", lambda known: [*real(known), ("booking", "9999_tomorrow")])
    monkeypatch.setattr(tables, "tables", lambda known, nodes, store: [])
    backup.take()
    monkeypatch.undo()
    lose_everything()
    with pytest.raises(CommandError, match="9999_tomorrow"):
        run()
    assert not KeyHolder.objects.exists()


def test_with_another_secret_nothing_is_served(office: Office, secrets):
    """P5"""
    backup.take()
    lose_everything()
    secrets(b"\x01" * 32)
    with pytest.raises(CommandError, match="n’ouvre pas ces bases"):
        run()
    assert not pairing.is_sound()


def test_without_a_backup_it_says_where_it_looked(office: Office, backups: Path):
    with pytest.raises(CommandError, match=str(backups)):
        run()
