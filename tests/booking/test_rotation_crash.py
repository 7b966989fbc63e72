"""A renewal killed with `kill -9` at every step is carried on, and nothing is lost: processes of their own, both engines."""

import json

from tests.processes import Instance

MADE = """
from tests.booking.cast import Office
office = Office()
for clock in ("09:00", "09:30", "10:00", "10:30"):
    office.book(clock)
"""

CARRIED_ON = """
import os, signal
from django.db import transaction
from booking import rotation
from booking.models import Appointment
from patients import store
from patients.store import opening
from practitioners import keys
from practitioners.models import AgendaKey, Practitioner, Staff
from tests.booking.cast import MONDAY
from tests.practitioners.cast import private_of

def die(*given, **named):
    os.kill(os.getpid(), signal.SIGKILL)

point = {point!r}
rotation.BATCH = 2
alice, one = Staff.objects.get(login="alice"), Practitioner.objects.get(slug="un")
vault = keys.Vault(alice, private_of(alice), MONDAY)
reseal, let_go, grant, swap = store.reseal, keys.let_go, keys.renewal.grant, opening._swap_one
if point == "while the new key is granted":
    keys.renewal.grant = lambda *given: (grant(*given), die())
if not AgendaKey.objects.filter(practitioner=one, version=2).exists():
    rotation.start(one, vault, MONDAY)
if point == "after the new key":
    die()
if point == "while records are written":
    opening._swap_one = lambda change: (swap(change), die())
if point == "between the two stores":
    store.reseal = lambda *given: (reseal(*given), die())
if point == "before the old key goes":
    keys.let_go = die
if point == "while the old key goes":
    keys.let_go = lambda one: (let_go(one), die())
reached = rotation.advance(one, vault.fresh())
print(reached.is_over, reached.left)
"""

SEEN = """
import json
from booking import identities
from booking.models import Appointment
from practitioners import keys
from practitioners.models import Grant, Staff
from tests.booking.cast import MONDAY, NOW
from tests.practitioners.cast import private_of

alice = Staff.objects.get(login="alice")
shown = identities.show(Appointment.objects.all(), keys.Vault(alice, private_of(alice), MONDAY), "test", NOW)
print(json.dumps([
    [one.names or one.why for one in shown.values()],
    sorted(Appointment.objects.values_list("key_version", flat=True)),
    sorted(Grant.objects.filter(holder__staff=alice).values_list("agenda_key__version", flat=True)),
]))
"""

POINTS = {
    "while the new key is granted": ([1, 1, 1, 1], [1]),
    "after the new key": ([1, 1, 1, 1], [1, 2]),
    "while records are written": ([1, 1, 1, 1], [1, 2]),
    "between the two stores": ([1, 1, 1, 1], [1, 2]),
    "before the old key goes": ([2, 2, 2, 2], [1, 2]),
    "while the old key goes": ([2, 2, 2, 2], [1, 2]),
}


def test_a_renewal_killed_at_every_step_opens_everything_meanwhile_and_is_carried_on(instance: Instance):
    """I2 P5: and opens everything meanwhile."""
    assert instance.python(MADE).returncode == 0

    def seen() -> list:
        done = instance.python(SEEN)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    for point, (versions, held) in POINTS.items():
        done = instance.python(CARRIED_ON.format(point=point))
        assert done.returncode == -9, (point, done.stderr)
        assert seen() == [["Zénobie Kowalczyk-N’Diaye"] * 4, versions, held], point
    done = instance.python(CARRIED_ON.format(point="never"))
    assert done.stdout.strip() == "True 0", done.stderr
    assert seen() == [["Zénobie Kowalczyk-N’Diaye"] * 4, [2] * 4, [2]]
