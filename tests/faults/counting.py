"""What is found when a scene is over, and what of it is wrong.

A confirmation is lost when it was neither sent nor is listed for people to see: one that may have left when its worker was killed
is listed, and so is one of a visit that had passed when it was booked, because the clock was a day late.
"""

from typing import Any

# Run inside the instance, after its server has ended.
COUNTED = """
import json
from collections import Counter
from datetime import timedelta
from django.utils import timezone
from booking import appointments, outbox, pairing, sweep
from booking.delivery import Ways, work
from booking.links import link_hash
from booking.models import Appointment, Message, OccupiedCell
from patients import store
from upkeep import doctor

links = json.load(open("links.json"))
key, found, nameless = open("alice.key", "rb").read(), 0, 0
for link in links:
    one = Appointment.objects.filter(link_hash=link_hash(link), state="booked").first()
    found += one is not None
booked = list(Appointment.objects.filter(state="booked"))
opened = store.open_many({appointments.reference(one): [key] for one in booked if one.patient_ref})
nameless = sum(not isinstance(opened.get(one.pk), store.Record) for one in booked)
now = timezone.now()
# An expired hold keeps its row a while, and its cells for whoever comes next.
live = Appointment.objects.filter(state__in=Appointment.LIVE).exclude(state="held", held_until__lte=now)
cells = Counter((one.practitioner_id, one.lane, cell) for one in live for cell in range(one.first_cell, one.end_cell))
# What waited for another attempt, or was claimed by a worker that was killed, has its turn by then.
ways, later = Ways(), now + timedelta(hours=4)
while work(later, ways):
    pass
confirmations = {one.appointment_id: one for one in Message.objects.filter(kind="confirmation").select_related("appointment")}
told = {pk for pk, one in confirmations.items() if one.state == "sent"}
# What the practice sees beside the visit, and in the list of what did not leave.
listed = outbox.trouble([one.pk for one in booked if one.pk not in told], later)
hasty = [one for one in confirmations.values() if one.state == "failed" and one.closed < one.appointment.start]
findings = doctor.examine(from_outside=True)
first = sweep.sweep(now)
swept = sweep.sweep(now + timedelta(hours=1, seconds=1))
print(json.dumps({
    "confirmed": len(links), "found": found, "booked": len(booked), "nameless": nameless,
    "told": len(told), "listed": len(listed), "unannounced": len({one.pk for one in booked} - told - listed.keys()),
    "given up": [one.error for one in hasty],
    "shared": sum(number > 1 for number in cells.values()), "swept": swept.deleted, "missing": first.missing,
    "left over": len(store.record_ids()) - len([one for one in booked if one.patient_ref]), "pairing": pairing.state(),
    "cells": OccupiedCell.objects.filter(appointment__state="booked").count() == sum(one.end_cell - one.first_cell for one in booked),
    "doctor": [[one.subject, one.level, one.said] for one in findings],
}))
"""

# What the self-check has to find well once a fault is over. On PostgreSQL the suite is its administrator, and rightly told so.
ROLES = "Son compte "
WELL = (
    "Base de l’agenda",
    "Base des patients",
    "Les deux bases",
    "Messages et entretien",
    "E-mail",
    "Secret du serveur",
)


def faults_of(found: dict[str, Any]) -> list[str]:
    """What is wrong with a scene's end; nothing if all is well."""
    broken = [status for status in found["answers"] if status.startswith("5") and status not in ("502", "503")]
    levels = {subject: level for subject, level, _said in found["doctor"]}
    wrong = {
        "bookings confirmed and not found": found["confirmed"] - found["found"],
        "appointments without their record": found["nameless"] + found["missing"],
        "visits whose confirmation was lost": found["unannounced"],
        "confirmations given up before their visit": found["given up"],
        "cells shared": found["shared"],
        "cells that do not fit their visits": not found["cells"],
        "records left over after the sweep": found["left over"],
        "stores not a pair": found["pairing"] != "sound",
        "broken pages": broken,
        "no booking after it": not found["went on"],
        "hardly anybody booked": found["confirmed"] < 5,
        "doctor did not say": found["untold"],
        "doctor still complains": [
            one for one in found["doctor"] if one[0] in WELL and one[1] != "ok" and not one[2].startswith(ROLES)
        ],
        "doctor does not look at": [subject for subject in WELL if subject not in levels],
    }
    return [f"{name}: {value}" for name, value in wrong.items() if value]
