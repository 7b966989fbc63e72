"""The next server secret: four steps, killed at any instant, with processes that know one secret, both, or the other."""

import json
import stat
from pathlib import Path

import pytest

from booking import appointments, pairing, secret_rotation
from booking.models import Appointment
from clicdocteur import server_secret
from patients import store
from patients.models import PatientRecord
from practitioners import keys
from practitioners.models import Staff
from tests.booking.cast import NOW, Office
from tests.practitioners.cast import holder_of, private_of
from tests.processes import Instance

OLD, NEW = b"\1" * 32, b"\2" * 32


@pytest.fixture
def office(db, secrets) -> Office:
    """A manager, a confirmed sheet, and three visits: readable contact, sealed correction, emptied; all under OLD."""
    secrets(OLD)
    office = Office()
    Staff.objects.filter(pk=office.alice.pk).update(role="manager")
    holder = holder_of(office.alice)
    keys.keep_secret(holder)
    holder.save(update_fields=["secret_box", "secret_tag"])
    code = keys.new_recovery_sheet(office.one, office.private_one())
    keys.confirm_sheet(office.one, code[-4:])
    office.code = code
    office.booked = [office.book(clock) for clock in ("09:00", "09:30", "10:00")]
    appointments.correct_contact(office.booked[1].token, store.Visit(phone="+33611111111"), NOW, language="fr")
    store.empty_visit([appointments.reference(office.booked[2])])
    return office


def opens(office: Office) -> list[str]:
    """Everything that this secret and alice's key show."""
    wanted = {appointments.reference(one): [office.private_one()] for one in Appointment.objects.order_by("start")}
    found = store.open_many(wanted).values()
    return [
        one.why
        if isinstance(one, store.NotOpened)
        else f"{one.identity.persons[0].last_name} {one.visit and (one.visit.phone or one.visit.email)}"
        for one in found
    ]


SHOWN = ["Kowalczyk-N’Diaye zenobie@example.org", "Kowalczyk-N’Diaye +33611111111", "Kowalczyk-N’Diaye None"]


def test_after_rewrapping_everything_opens_with_the_new_secret_alone(office, secrets):
    lengths = {
        tuple(map(len, row)) for row in PatientRecord.objects.values_list("identity_box", "visit_box", "contact_box")
    }
    secrets(NEW, OLD)
    before = secret_rotation.standing()
    assert (before.records, before.references, before.checks, before.closed) == (3, 3, 1, 0)
    assert secret_rotation.rewrap().left == 0
    secrets(NEW)
    assert opens(office) == SHOWN
    assert pairing.is_sound()
    assert (
        store.read_contact(appointments.reference(Appointment.objects.order_by("start")[0])).value
        == "zenobie@example.org"
    )
    assert store.read_contact(appointments.reference(Appointment.objects.order_by("start")[2])) is None
    assert {
        tuple(map(len, row)) for row in PatientRecord.objects.values_list("identity_box", "visit_box", "contact_box")
    } == lengths


def test_rewrapping_again_changes_nothing(office, secrets):
    secrets(NEW, OLD)
    secret_rotation.rewrap()
    rows = list(PatientRecord.objects.order_by("pk").values()), list(Appointment.objects.order_by("pk").values())
    assert secret_rotation.rewrap().left == 0
    assert (
        list(PatientRecord.objects.order_by("pk").values()),
        list(Appointment.objects.order_by("pk").values()),
    ) == rows


def test_the_copies_for_managers_and_sheets_name_both_and_then_the_new_one(office, secrets):
    secrets(NEW, OLD)
    secret_rotation.rewrap()
    manager = holder_of(office.alice)
    assert keys.server_secrets(manager, private_of(office.alice)) == (NEW, OLD)
    secret_rotation.prepare_drop()
    assert keys.server_secrets(holder_of(office.alice), private_of(office.alice)) == (NEW,)
    assert keys.server_secrets(*keys.open_sheet(office.one, office.code)) == (NEW,)


def test_the_access_log_s_chain_goes_over_and_a_broken_one_holds_the_drop_up(office, secrets):
    from datetime import timedelta

    from practitioners import access_log
    from practitioners.access_log import chain
    from practitioners.models import AccessEvent

    access_log.record(office.alice.pk, [1, 2], "day", bytes(16), NOW)
    AccessEvent.objects.update(recorded=NOW)
    chain.close(NOW + timedelta(hours=1))
    secrets(NEW, OLD)
    secret_rotation.rewrap()
    secrets(NEW)
    assert chain.verify().rows == 2
    secrets(NEW, OLD)
    AccessEvent.objects.filter(appointment=1).delete()
    with pytest.raises(secret_rotation.NotYet, match="does not verify"):
        secret_rotation.prepare_drop()


def test_nothing_is_dropped_while_anything_opens_only_with_the_older_secret(office, secrets):
    secrets(NEW, OLD)
    with pytest.raises(secret_rotation.NotYet, match="records 3, references 3, checks 1"):
        secret_rotation.prepare_drop()
    secret_rotation.rewrap()
    secrets(OLD, NEW)  # a process that was not restarted takes a booking
    office.book("10:30")
    secrets(NEW, OLD)
    with pytest.raises(secret_rotation.NotYet, match="records 1, references 1, checks 0"):
        secret_rotation.prepare_drop()
    secret_rotation.rewrap()
    secret_rotation.prepare_drop()


def test_a_sheet_that_is_not_confirmed_holds_the_drop_up(office, secrets):
    """Its last group is checked under the secret of the day that it was made."""
    keys.new_recovery_sheet(office.one, office.private_one())
    secrets(NEW, OLD)
    secret_rotation.rewrap()
    with pytest.raises(secret_rotation.NotYet, match="sheet"):
        secret_rotation.prepare_drop()


def test_what_opens_with_no_secret_is_counted_left_alone_and_holds_nothing_up(office, secrets):
    """P5: never overwritten."""
    broken, other = office.booked[0], office.booked[1]
    record = appointments.reference(Appointment.objects.get(pk=broken.pk)).record
    PatientRecord.objects.filter(pk=record).update(identity_box=bytes([1]) * 4238)
    Appointment.objects.filter(pk=other.pk).update(patient_ref=b"\1" * 37)
    secrets(NEW, OLD)
    found = secret_rotation.rewrap()
    assert (found.left, found.closed) == (0, 2)
    assert bytes(PatientRecord.objects.get(pk=record).identity_box) == bytes([1]) * 4238
    assert bytes(Appointment.objects.get(pk=other.pk).patient_ref) == b"\1" * 37
    secret_rotation.prepare_drop()


def test_whatever_changes_during_a_pass_is_left_to_the_next(office, secrets, monkeypatch):
    from patients.store import boxes

    secrets(NEW, OLD)
    reference = appointments.reference(Appointment.objects.get(pk=office.booked[0].pk))
    real, done = boxes.renewed, []

    def late(column, record, box):
        newer = real(column, record, box)
        if record == reference.record and not done:
            done.append(store.silence([reference]))
        return newer

    monkeypatch.setattr(boxes, "renewed", late)
    assert store.rewrap().older == 1
    monkeypatch.undo()
    secrets(NEW, OLD)
    assert store.rewrap().older == 0
    assert store.read_contact(appointments.reference(Appointment.objects.get(pk=office.booked[0].pk))) is None


def test_nothing_is_rewrapped_when_the_stores_do_not_belong_to_the_secret(office, secrets):
    """P5 P6"""
    secrets(NEW)
    with pytest.raises(secret_rotation.NotYet, match="wrong secret"):
        secret_rotation.rewrap()
    secrets(OLD)
    assert opens(office) == SHOWN


def test_the_file_goes_through_its_steps_and_no_step_twice_in_a_row_does_harm(tmp_path: Path):
    path = tmp_path / "secret"
    server_secret.ensure(path)
    (old,) = server_secret.read(path)
    with pytest.raises(ValueError, match="no secret was added"):
        server_secret.make_first(path)
    server_secret.add(path)
    first, new = server_secret.read(path)
    assert first == old
    with pytest.raises(ValueError, match="under way"):
        server_secret.add(path)
    server_secret.make_first(path)
    assert server_secret.read(path) == (new, old)
    with pytest.raises(ValueError, match="no secret was added"):
        server_secret.make_first(path)
    assert server_secret.read(path) == (new, old)
    aside = server_secret.drop(path)
    assert (server_secret.read(path), server_secret.read(aside)) == ((new,), (old,))
    assert {stat.S_IMODE(one.stat().st_mode) for one in (path, aside)} == {0o600}
    assert sorted(one.name for one in tmp_path.iterdir()) == ["secret", "secret.dropped"]


MADE = """
from tests.booking.cast import Office
from practitioners import keys
office = Office()
keys.confirm_sheet(office.one, keys.new_recovery_sheet(office.one, office.private_one())[-4:])
for clock in ("09:00", "09:30", "10:00"):
    office.book(clock)
"""
KILLED = """
import os, signal
from booking import pairing, secret_rotation
from patients.store import rewrapping
from practitioners import keys

def die(*given, **named):
    os.kill(os.getpid(), signal.SIGKILL)

point = {point!r}
one, renew, reseal = rewrapping._one, pairing.renew, keys.reseal_secrets
if point == "while records are written":
    rewrapping._one = lambda row, write: (one(row, write=write), die())
if point == "before the references":
    secret_rotation._references = die
if point == "while the checks are written":
    pairing.renew = lambda: (renew(), die())
if point == "while the copies are written":
    keys.reseal_secrets = lambda **named: (reseal(**named), die())
secret_rotation.rewrap()
"""
SEEN = """
import json
from booking import identities, pairing
from booking.models import Appointment
from practitioners import keys
from practitioners.models import Staff
from tests.booking.cast import MONDAY, NOW
from tests.practitioners.cast import private_of
alice = Staff.objects.get(login="alice")
shown = identities.show(Appointment.objects.all(), keys.Vault(alice, private_of(alice), MONDAY), "test", NOW)
print(json.dumps([pairing.state(), [one.names or one.why for one in shown.values()]]))
"""


def test_the_command_step_by_step_and_killed_at_every_instant_of_the_long_one(instance: Instance):
    """I2 P5: on both engines."""
    done = instance.python(MADE)
    assert done.returncode == 0, done.stderr
    fine = ["sound", ["Zénobie Kowalczyk-N’Diaye"] * 3]

    def seen() -> list:
        found = instance.python(SEEN)
        assert found.returncode == 0, found.stderr
        return json.loads(found.stdout)

    def step(*names: str, code: int = 0) -> str:
        ran = instance.manage("rotate_server_secret", *names)
        assert ran.returncode == code, ran.stderr
        return ran.stdout + ran.stderr

    step("drop", code=1)
    step("add")
    assert seen() == fine
    assert "not current yet" in step("drop", code=1)
    assert "not current yet" in step("rewrap", code=1)
    step("first")
    assert seen() == fine
    assert "already" in step("first")
    assert "records 3, references 3, checks 1 need the older secret" in step("drop", code=1)
    for point in (
        "while records are written", "before the references", "while the checks are written", "while the copies are written",
    ):  # fmt: skip
        killed = instance.python(KILLED.format(point=point))
        assert killed.returncode == -9, (point, killed.stderr)
        assert seen() == fine, point
    assert "records 0, references 0, checks 0" in step("rewrap")
    assert "already" in step("first")
    step("drop")
    assert seen() == fine
    assert len(instance.secret.read_text().split()) == 1
    (instance.folder / "secret.dropped").unlink()
    assert "Secrets named: 1" in step()
