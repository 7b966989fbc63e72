"""The pairing is renewed every night, in both stores: `kill -9` at any instant of it stops no booking (I2 P5 P6 I8)."""

import json

import pytest

from booking import pairing
from patients.models import StoreCheck as PatientsCheck
from practitioners.models import StoreCheck as AgendaCheck
from tests.booking.cast import NOW, Office
from tests.processes import Instance

KILLED = """
import os, signal
from django.db.models.query import QuerySet
from booking import pairing
from practitioners.models import StoreCheck

def die(*given, **named):
    os.kill(os.getpid(), signal.SIGKILL)

point, write, delete = {point!r}, pairing._write_to_patients, QuerySet.delete
if point == "once it is announced":
    pairing.transaction.atomic = die
if point == "before the patients' commit":
    pairing.PatientsCheck.objects.create = die
if point == "between the two stores":
    pairing._write_to_patients = lambda value: (write(value), die())
if point == "before the agenda's commit":
    QuerySet.delete = lambda rows: (delete(rows), die() if rows.model is StoreCheck else None)
pairing.renew()
die()
"""

SEEN = """
import json
from booking import pairing
from practitioners.models import StoreCheck
from tests.booking.cast import Office
from practitioners.models import VisitType

office = object.__new__(Office)
office.type = VisitType.objects.get()
token = office.hold({clock!r})
print(json.dumps([pairing.state(), StoreCheck.objects.count()]))
"""

POINTS = {
    "once it is announced": ("09:00", 2),
    "before the patients' commit": ("09:30", 3),
    "between the two stores": ("10:00", 4),
    "before the agenda's commit": ("10:30", 5),
    "once it is done": ("11:00", 1),
}


def test_killed_at_any_instant_the_stores_still_belong_together_and_bookings_go_on(instance: Instance):
    """And the next night's renewal clears what was left, without anybody's hand."""
    done = instance.python("from tests.booking.cast import Office\nOffice()")
    assert done.returncode == 0, done.stderr
    for point, (clock, rows) in POINTS.items():
        killed = instance.python(KILLED.format(point=point))
        assert killed.returncode == -9, (point, killed.stderr)
        seen = instance.python(SEEN.format(clock=clock))
        assert seen.returncode == 0, (point, seen.stderr)
        assert json.loads(seen.stdout) == ["sound", rows], point
    assert "rewritten in key order" in instance.manage("tidy").stdout


@pytest.fixture
def interrupted(office: Office) -> AgendaCheck:
    """The agenda has announced the next pairing, and no more."""
    return AgendaCheck.objects.create(check_box=pairing.store.check_box(pairing.AGENDA), pairing=b"next" * 4)


def test_a_store_restored_from_an_earlier_night_is_still_told_while_a_renewal_is_half_done(interrupted):
    """P6: neither of the two pairings that the agenda holds is an older one."""
    assert pairing.is_sound()
    PatientsCheck.objects.update(pairing=b"next" * 4)
    assert pairing.is_sound()
    PatientsCheck.objects.update(pairing=b"last night's one")
    assert pairing.state() is pairing.Pairing.APART


def test_half_a_renewal_made_under_another_secret_is_told(interrupted, secrets, settings):
    """P5"""
    mine = settings.SERVER_SECRETS
    secrets(b"\x01" * 32)
    AgendaCheck.objects.filter(pk=interrupted.pk).update(check_box=pairing.store.check_box(pairing.AGENDA))
    secrets(*mine)
    assert pairing.state() is pairing.Pairing.WRONG_SECRET


def test_of_two_renewals_at_once_the_second_gives_way(office: Office, monkeypatch):
    """Else both would delete what the other wrote, and the stores would be apart."""
    real, between = pairing.transaction.atomic, []

    def other_first(*given: object, **named: object) -> object:
        if not between:
            between.append(True)
            pairing.renew()
        return real(*given, **named)

    monkeypatch.setattr(pairing.transaction, "atomic", other_first)
    pairing.renew()
    monkeypatch.undo()
    assert (AgendaCheck.objects.count(), PatientsCheck.objects.count()) == (1, 1)
    assert pairing.is_sound()
    assert office.book("09:00", now=NOW).state == "booked"
