"""I2: `kill -9` at any instant of a booking, in a process of its own, on both engines."""

import json

from tests.processes import Instance

# Each run takes a time and is killed at another point of the booking.
KILLED = """
import os, signal
from booking import appointments
from booking.models import Appointment
from patients import store
from practitioners.models import Practice, VisitType
from tests.booking.cast import NOW, Office, identity

if not Practice.objects.exists():
    open("alice.key", "wb").write(Office().private_one())
office = object.__new__(Office)
office.type = VisitType.objects.get()

def die(*given):
    os.kill(os.getpid(), signal.SIGKILL)

point, clock = {point!r}, {clock!r}
put, save = store.put, Appointment.save
if point == "before the record":
    store.put = die
elif point == "after the record":
    store.put = lambda *given, **named: (put(*given, **named), die())
elif point == "before the commit":
    Appointment.save = lambda self, **named: (save(self, **named), die() if self.state == "booked" else None)
token = office.hold(clock)
open(f"token-{{clock}}", "w").write(token)
appointments.book(token, appointments.Submission(identity(), store.Visit(email="z@example.org"), "fr"), NOW)
die()
"""

SEEN = """
import json
from datetime import timedelta
from booking import appointments, sweep
from booking.links import link_hash
from booking.models import Appointment
from patients import store
from tests.booking.cast import NOW

states, names = {}, {}
for clock in ("09:00", "09:30", "10:00", "10:30"):
    booked = Appointment.objects.get(link_hash=link_hash(open(f"token-{clock}").read()))
    states[clock] = booked.state
    if booked.patient_ref:
        one = store.open_many({appointments.reference(booked): [open("alice.key", "rb").read()]})[booked.pk]
        names[clock] = one.identity.persons[0].last_name
before = len(store.record_ids())
sweep.sweep(NOW)
deleted = sweep.sweep(NOW + timedelta(hours=1)).deleted
print(json.dumps([states, names, before, deleted, len(store.record_ids())]))
"""


def test_a_kill_at_any_instant_leaves_a_hold_or_a_whole_booking(instance: Instance):
    """Never an appointment without its record; what no appointment knows is swept; what was confirmed stays."""
    points = {
        "09:00": "before the record",
        "09:30": "after the record",
        "10:00": "before the commit",
        "10:30": "after the commit",
    }
    for clock, point in points.items():
        done = instance.python(KILLED.format(point=point, clock=clock))
        assert done.returncode == -9, done.stderr
    done = instance.python(SEEN)
    assert done.returncode == 0, done.stderr
    states, names, before, deleted, after = json.loads(done.stdout)
    assert states == {"09:00": "held", "09:30": "held", "10:00": "held", "10:30": "booked"}
    assert names == {"10:30": "Kowalczyk-N’Diaye"}
    assert (before, deleted, after) == (3, 2, 1)
