"""A backup is a consistent pair, taken while bookings go on (U6), and holds nothing that it should not."""

import gzip
import stat
import threading
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import OperationalError, connections

from booking import appointments, chores, limits, pairing
from booking.models import Appointment, Erasure
from clicdocteur.grid import cell_of
from patients import store
from practitioners import access_log, keys
from practitioners.access_log import chain
from practitioners.models import AccessSeal, AgendaKey
from tests.booking.cast import NOW, TUESDAY, Office, identity
from tests.practitioners.cast import holder_of
from tests.upkeep.cast import both
from upkeep import backup, pairs, tables
from upkeep.archives import Unusable
from upkeep.models import Milestone

pytestmark = pytest.mark.django_db(transaction=True)
SEEN = datetime(2026, 3, 2, 12, tzinfo=UTC)


def records_of(rows: dict[str, list[dict[str, Any]]]) -> tuple[set[int], set[int]]:
    """The records that a backup's appointments refer to, and those that it holds."""
    refs = [(one["id"], one["patient_ref"]) for one in rows["booking.appointment"] if one["patient_ref"]]
    known = {store.Reference(pk, b64decode(ref)).record for pk, ref in refs}
    return known, {one["id"] for one in rows["patients.patientrecord"]}


def book_until(office: Office, stop: threading.Event, day: int, booked: list[str]) -> None:
    """Book, and cancel every third, until told to stop; note what was confirmed."""
    try:
        for clock in (f"{hour:02d}:{minute:02d}" for hour in (9, 10, 11) for minute in (0, 30)):
            for week in range(8):
                if stop.is_set():
                    return
                token = office.hold(clock, TUESDAY + timedelta(days=day + 7 * week), network=f"192.0.2.{day}")
                contact = store.Visit(email=f"{clock}.{week}.{day}@example.org".replace(":", "."))
                appointments.book(token, appointments.Submission(identity(), contact, "fr"), NOW)
                booked.append(token)
                if week % 3 == 0:
                    appointments.cancel(token, "", NOW)
    finally:
        connections.close_all()


@pytest.mark.race
def test_every_appointment_of_a_backup_has_its_record_while_bookings_go_on(office: Office, settings):
    """U6: three desks book while backups are taken, five and until there is something in them; nobody who books is refused for it."""
    settings.HOLD_PROOF = "off"
    office.opening(weekday=1, start_minute=540, end_minute=720)
    stop, booked, folders = threading.Event(), list[str](), []
    with ThreadPoolExecutor(3) as pool:
        desks = [pool.submit(book_until, office, stop, day, booked) for day in (0, 1, 2)]
        while len(folders) < 4 or (len(booked) < 6 and not all(desk.done() for desk in desks)):
            folders.append(backup.take())
        folders.append(backup.take())
        stop.set()
        for desk in desks:
            desk.result()
    assert len(booked) > 5
    counts = []
    for folder in folders:
        pairs.check(folder)
        known, held = records_of(both(folder))
        assert known <= held
        counts.append(len(known))
    assert counts == sorted(counts)
    assert counts[-1] > 0


def test_a_backup_that_no_store_could_note_is_one(office: Office, monkeypatch, caplog):
    """A store that is locked for longer than anybody waits, once the pair is written: to say that there is none would be wrong."""
    office.book()

    def locked(*_given: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(backup.milestones, "reached", locked)
    pairs.check(backup.take())
    assert "a backup was taken and not noted: OperationalError" in caplog.text
    assert not Milestone.objects.filter(kind="backup").exists()


def test_a_backup_holds_both_stores_in_key_order_and_none_of_what_is_left_out(office: Office):
    for clock in ("09:00", "09:30", "10:00", "10:30"):
        office.book(clock)
    limits.hit("x", "y", limit=1, seconds=60)
    rows = both(backup.take())
    assert not set(rows) & set(tables.LEFT_OUT)
    assert len(rows["booking.appointment"]) == 4
    assert len(rows["patients.patientrecord"]) == 4 + AgendaKey.objects.filter(retired=False).count()
    for label, found in rows.items():
        place = "id" if "id" in next(iter(found), {}) else None
        assert not place or all(one[place] < other[place] for one, other in pairwise(found)), label
    booked = {one["id"]: one for one in rows["booking.appointment"]}
    for one in Appointment.objects.all():
        assert datetime.fromisoformat(booked[one.pk]["start"]) == one.start
        assert b64decode(booked[one.pk]["link_hash"]) == bytes(one.link_hash or b"")


def test_a_backup_says_the_access_log_s_anchor_of_its_instant(office: Office):
    access_log.record(7, [1, 2], "day", bytes(16), NOW)
    chain.close(NOW + timedelta(minutes=5))
    said = pairs.check(backup.take())["access_log"]
    access_log.record(7, [3], "day", bytes(16), NOW + timedelta(hours=1))
    chain.close(NOW + timedelta(hours=2))
    assert said.startswith("2:")
    assert chain.verify(said).rows == 3
    AccessSeal.objects.filter(number=1).delete()
    with pytest.raises(chain.Broken):
        chain.verify(said)


def test_whatever_is_left_out_is_a_table_of_today_and_no_session_or_counter_is_kept():
    every = {model._meta.label_lower for model in apps.get_models(include_auto_created=True)}
    assert set(tables.LEFT_OUT) <= every
    kept = every - set(tables.LEFT_OUT)
    assert not [label for label in kept if "session" in label or "counter" in label or "heartbeat" in label]


def test_the_files_are_ours_alone_and_say_no_secret_and_no_name(office: Office, backups: Path, settings):
    office.book(identity=identity("Zyxwortel", "Qarabella"), contact={"email": "zyxwortel@example.org"})
    folder = backup.take()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert sorted(path.name for path in folder.iterdir()) == ["agenda.jsonl.gz", "manifest.json", "patients.jsonl.gz"]
    text = b"".join(gzip.decompress(path.read_bytes()) for path in folder.glob("*.gz"))
    text += (folder / "manifest.json").read_bytes()
    for planted in ("Zyxwortel", "Qarabella", "zyxwortel@example.org", settings.SERVER_SECRETS[0].hex()):
        assert planted.encode() not in text
    assert Milestone.objects.get(kind="backup").well


def test_no_record_of_a_backup_is_named_by_the_agenda_s_archive(office: Office):
    """P3 I3: the canaries and the list of erasures too say only what the server secret opens."""
    office.book()
    folder = backup.take()
    agenda = gzip.decompress(pairs.in_folder(folder).agenda.read_bytes()).decode()
    for one in both(folder)["patients.patientrecord"]:
        assert str(one["id"]) not in agenda


@pytest.mark.parametrize("file", ["agenda.jsonl.gz", "patients.jsonl.gz", "manifest.json"])
def test_a_changed_or_cut_off_file_is_refused(office: Office, file: str):
    folder = backup.take()
    whole = (folder / file).read_bytes()
    for damaged in (whole[:-10], whole.replace(whole[20:24], b"0000"), b""):
        (folder / file).write_bytes(damaged)
        with pytest.raises(Unusable):
            pairs.check(folder)


def test_a_failed_backup_leaves_nothing_and_the_former_ones_alone(office: Office, backups: Path, monkeypatch, capsys):
    """U8: a full disk."""
    first = backup.take()

    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("upkeep.archives._File._put", full)
    with pytest.raises(CommandError, match="OSError"):
        call_command("backup")
    assert [path for path in backups.iterdir() if path.name != "erased"] == [first]
    pairs.check(first)


def test_a_key_renewed_between_the_two_stores_makes_the_pair_anew(office: Office, monkeypatch):
    """A record sealed to a key that the agenda's archive does not know would be lost."""
    real, renewed = pairing.are_one, []

    def renew_once(agenda: str, patients: str) -> bool:
        if not renewed:
            renewed.append(keys.new_agenda_key(office.one, [holder_of(office.alice)]).pk)
            return bool(set(AgendaKey.objects.using(agenda).values_list("pk", flat=True)) & set(renewed))
        return real(agenda, patients)

    monkeypatch.setattr(pairing, "are_one", renew_once)
    rows = both(backup.take())
    assert renewed[0] in {one["id"] for one in rows["practitioners.agendakey"]}


def test_stores_that_never_hold_still_are_said(office: Office, monkeypatch):
    monkeypatch.setattr(pairing, "are_one", lambda *given: False)
    with pytest.raises(CommandError, match="en cours de renouvellement"):
        call_command("backup")


def test_while_the_server_secret_changes_the_copies_in_a_backup_open_both(office: Office, secrets, settings):
    """The backup must come back from what is in it."""
    office.alice.role = "manager"
    office.alice.save()
    former, newer = settings.SERVER_SECRETS[0], b"\x07" * 32
    holder = holder_of(office.alice)
    keys.keep_secret(holder)
    holder.save()
    secrets(newer, former)
    backup.take()
    holder.refresh_from_db()
    private = keys.unlock(office.alice, "Framboise-1789-été")
    assert private is not None
    assert keys.server_secrets(holder, private) == (newer, former)


def every_hour(days: int) -> list[tuple[Path, datetime]]:
    return [(Path(str(hours)), SEEN - timedelta(hours=hours)) for hours in range(24 * days)]


def test_rotation_keeps_all_of_a_day_one_a_day_for_thirty_and_nothing_older():
    """P13"""
    gone = set(pairs.spent(every_hour(60), SEEN))
    kept = [at for path, at in every_hour(60) if path not in gone]
    assert [at for at in kept if SEEN - at <= timedelta(days=1)] == [SEEN - timedelta(hours=h) for h in range(25)]
    older = [at for at in kept if SEEN - at > timedelta(days=1)]
    assert {at.hour for at in older} == {23}
    assert len(older) == len({at.date() for at in older}) == 29
    assert min(older) >= SEEN - timedelta(days=30)


def test_a_backup_deletes_what_is_over_its_period_and_what_an_interrupted_one_left(office: Office, backups: Path):
    first = backup.take()
    old = first.rename(backups / "20251201T000000Z-aaaaaa")
    cut = backups / "20260101T000000Z-bbbbbb"
    cut.mkdir()
    (cut / "agenda.jsonl.gz").touch()
    second = backup.take()
    assert not old.exists()
    assert not cut.exists()
    assert pairs.listed() == [second]


def test_a_date_that_jumped_deletes_no_backup_and_forgets_nobody_who_was_erased(
    office: Office, backups: Path, time_machine, monkeypatch
):
    """T16 I8: the hourly backup runs by the same wrong clock as the worker, which is in doubt."""
    monkeypatch.setattr("clicdocteur.clock.is_kept", lambda: False)
    time_machine.move_to(SEEN, tick=False)
    chores.beat(SEEN)
    erased = b"e" * 40
    Erasure.objects.create(box=erased, day=SEEN.date())
    first = backup.take()
    year = SEEN + timedelta(days=400)
    for now in (year, year + timedelta(hours=1)):
        time_machine.move_to(now, tick=False)
        backup.take()
        assert first in pairs.listed()
        assert [bytes(one.box) for one in Erasure.objects.all()] == [erased]
        assert (backups / "erased" / SEEN.date().isoformat()).exists()
        chores.beat(now)
    time_machine.move_to(year + timedelta(hours=25), tick=False)
    backup.take()
    assert first not in pairs.listed(), "a day later it is what the date is"


def test_a_backup_of_an_hour_to_come_is_not_taken_for_the_newest(
    office: Office, backups: Path, time_machine, monkeypatch, capsys
):
    """T16: taken by a clock that was ahead. Nobody guesses; once a time server vouches it is dated anew, and ages like the others."""
    monkeypatch.setattr("clicdocteur.clock.is_kept", lambda: None)
    time_machine.move_to(SEEN + timedelta(days=400), tick=False)
    ahead = backup.take()
    time_machine.move_to(SEEN, tick=False)
    ours = backup.take()
    assert pairs.listed() == [ours, ahead]
    for command in ("restore", "rehearse"):
        with pytest.raises(CommandError, match="une heure à venir"):
            call_command(command)
    monkeypatch.setattr("clicdocteur.clock.is_kept", lambda: True)
    time_machine.move_to(SEEN + timedelta(minutes=1), tick=False)
    last = backup.take()
    assert pairs.newest(SEEN + timedelta(minutes=1)) == last
    assert not ahead.exists()
    assert [pairs.taken(path) for path in pairs.listed()] == [
        SEEN - timedelta(minutes=59),
        SEEN,
        SEEN + timedelta(minutes=1),
    ]
    assert pairs.check(pairs.listed()[0])["taken"] == (SEEN + timedelta(days=400)).isoformat()


def test_cells_are_numbers_that_another_database_reads(office: Office):
    office.book()
    rows = both(backup.take())
    start = Appointment.objects.get().start
    assert cell_of(start) in {one["cell"] for one in rows["booking.occupiedcell"]}
