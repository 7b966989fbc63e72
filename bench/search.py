"""`python -m bench.search`: how long a search takes among 3 000 and 20 000 filed records, by what is typed.

Five practitioners, four months back and ahead; Django's test client. CPU is the process's own time, which a busy machine
does not falsify. The aims are 60 ms and 300 ms after the first unlock (issue 4).
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from bench import desk, serving
from bench.__main__ import collect_static
from clicdocteur import server_secret

SIZES, ROUNDS = (3000, 20_000), 9
TYPED = {
    "a rare name": "Kowalczyk",
    "a common name": "martin",
    "with a mistake": "kowalczik",
    "two letters": "ma",
    "first and last name": "lefevre camille",
    "a birth date": "5/3/1987",
    "a number": "06 12 34 56 78",
    "nobody": "zzyzx",
}


def main() -> None:
    """Measure each size in a process of its own: a `child` measures one."""
    if sys.argv[1:2] == ["child"]:
        measure(int(sys.argv[2]))
        return
    collect_static()
    for size in SIZES:
        subprocess.run([sys.executable, "-m", "bench.search", "child", str(size)], check=True)


def measure(size: int) -> None:
    """Build, sign in, ask each question several times, print a line for each."""
    with tempfile.TemporaryDirectory(prefix="clicdocteur-bench-") as name:
        folder = Path(name)
        os.environ.update(serving.environment(folder, 8000))
        server_secret.ensure(folder / "secret")
        import django

        django.setup()
        build(size)
        client = desk.signed_in()
        print(f"{size:,} records{'':10}{'first':>9}{'p50 ms':>9}{'CPU ms':>9}{'found':>9}")
        for title, typed in TYPED.items():
            report(client, title, typed)


def build(size: int) -> None:
    """Fill both stores with records that were opened once, spread over four months back and ahead."""
    from django.utils import timezone

    from booking import pairing

    place, holder = desk.house()
    random, today = Random(7), timezone.now().replace(minute=0, second=0, microsecond=0)
    for number in range(desk.PRACTITIONERS):
        one, types, key = desk.receiving(number, place, holder)
        fill(one, types[0], key, size // desk.PRACTITIONERS, today - timedelta(days=119), random)
    pairing.renew()


def fill(practitioner: Any, kind: Any, key: Any, number: int, first: datetime, random: Random) -> None:
    """Insert visits every so many minutes, and their records as filing leaves them."""
    from agenda.demo.people import person
    from booking.models import Appointment
    from clicdocteur.fields import random_key
    from clicdocteur.grid import cell_of
    from patients import store
    from patients.models import PatientRecord
    from patients.store import boxes, people
    from practitioners import keys
    from practitioners.models import Staff

    private = keys.Vault(Staff.objects.get(), keys.unlock(Staff.objects.get(), desk.PASSWORD)).key(practitioner.pk, 1)
    filing = boxes.Key(private)
    visits, records = [], []
    now, step = first + timedelta(days=119), timedelta(days=238) / number
    for place in range(number):
        pk, record = random_key(), random_key()
        start = first + step * place
        kept = start > now - timedelta(days=7)
        who = people.dump(people.identity_map(store.Identity((person(random),))))
        phone = people.dump(people.visit_map(store.Visit(phone=f"+336{random.randrange(10**8):08d}")))
        filler = boxes.filler(boxes.CONTACT, record)
        seen = boxes.file(boxes.VISIT, record, phone, filing) if kept else boxes.filler(boxes.VISIT, record)
        records.append(
            PatientRecord(
                id=record,
                identity_box=boxes.file(boxes.IDENTITY, record, who, filing),
                visit_box=seen,
                contact_box=filler,
            )
        )
        cell = cell_of(start)
        visits.append(
            Appointment(
                id=pk, practitioner=practitioner, location_id=place_of(practitioner), visit_type=kind if kept else None,
                start=start, end=start + timedelta(minutes=15), first_cell=cell, end_cell=cell + 3, lane=0,
                state="booked" if start > now else "seen", key_version=key.version,
                patient_ref=boxes.reference(record, pk),
            )
        )  # fmt: skip
    Appointment.objects.bulk_create(sorted(visits, key=lambda one: one.pk))
    PatientRecord.objects.bulk_create(sorted(records, key=lambda one: one.pk))


def place_of(practitioner: Any) -> int:
    """Where a practitioner receives."""
    return int(practitioner.openings.first().location_id)


def report(client: Any, title: str, typed: str) -> None:
    """Ask several times and print what it took."""
    wall, cpu, found = [], [], 0
    for _ in range(ROUNDS):
        began, used = time.perf_counter(), time.process_time()
        answer = client.post("/agenda/search/", {"typed": typed})
        wall.append((time.perf_counter() - began) * 1000)
        cpu.append((time.process_time() - used) * 1000)
        found = answer.content.count(b'<li class="found-person"')
        if answer.status_code != 200:
            raise RuntimeError(f"{title}: {answer.status_code}")
    print(f"{title:24}{wall[0]:9.0f}{statistics.median(wall[1:]):9.0f}{statistics.median(cpu[1:]):9.0f}{found:9}")


if __name__ == "__main__":
    main()
