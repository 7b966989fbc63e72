"""`python -m bench.search`: how long a search takes among 3 000 and 20 000 filed records, by what is typed.

Five practitioners, four months back and ahead; Django's test client. Each question is asked several times, first as the
field's script asks it while somebody types (a piece of the page), then as its form does (a whole page); after the first time
it says the median and the least, by the clock and of the process's own time (CPU), which a busy machine falsifies less. The
aims are 60 ms and 300 ms after the first unlock (issue 4).
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
from bench.filling import Filling
from clicdocteur import server_secret

SIZES, ROUNDS, DAYS = (3000, 20_000), 9, 119
WAYS = {"while one types": "/agenda/search/found/", "a page": "/agenda/search/"}
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
        for way, address in WAYS.items():
            head = f"{size:,} records, {way}"
            print(f"{head:36}{'first':>7}{'p50 ms':>9}{'least':>7}{'CPU p50':>9}{'least':>7}{'found':>7}")
            for title, typed in TYPED.items():
                report(client, address, title, typed)


def build(size: int) -> None:
    """Fill both stores with records that were opened once, spread over four months back and ahead."""
    from django.utils import timezone

    from booking import pairing

    place, holder = desk.house()
    random, today = Random(7), timezone.now().replace(minute=0, second=0, microsecond=0)
    first = today - timedelta(days=DAYS)
    for number in range(desk.PRACTITIONERS):
        one, types, key = desk.receiving(number, place, holder)
        fill(one, types[0], key, size // desk.PRACTITIONERS, first, random)
    pairing.renew()


def fill(practitioner: Any, kind: Any, key: Any, number: int, first: datetime, random: Random) -> None:
    """Insert visits every so many minutes, and their records as filing leaves them."""
    from clicdocteur.fields import random_key
    from clicdocteur.grid import cell_of
    from patients.store import boxes
    from practitioners import keys
    from practitioners.models import Staff

    private = keys.Vault(Staff.objects.get(), keys.unlock(Staff.objects.get(), desk.PASSWORD)).key(practitioner.pk, 1)
    filing, filling = boxes.Key(private), Filling(practitioner, key)
    now, step = first + timedelta(days=DAYS), timedelta(days=2 * DAYS) / number
    for place in range(number):
        pk, start = random_key(), first + step * place
        kept, cell = start > now - timedelta(days=7), cell_of(start)
        record = filed(random, filing, kept=kept)
        state, ref = "booked" if start > now else "seen", boxes.reference(record.pk, pk)
        filling.add(pk, range(cell, cell + 3), kind if kept else None, state, record, ref)
    filling.write()


def filed(random: Random, filing: Any, *, kept: bool) -> Any:
    """Return the record of somebody, which was opened once; the visit is emptied where it is no longer *kept*."""
    from agenda.demo.people import person
    from clicdocteur.fields import random_key
    from patients.models import PatientRecord
    from patients.store import boxes, people

    pk = random_key()
    who = people.dump(people.identity_map(people.Identity((person(random),))))
    phone = people.dump(people.visit_map(people.Visit(phone=f"+336{random.randrange(10**8):08d}")))
    return PatientRecord(
        id=pk,
        identity_box=boxes.file(boxes.IDENTITY, pk, who, filing),
        visit_box=boxes.file(boxes.VISIT, pk, phone, filing) if kept else boxes.filler(boxes.VISIT, pk),
        contact_box=boxes.filler(boxes.CONTACT, pk),
    )


def report(client: Any, address: str, title: str, typed: str) -> None:
    """Ask several times and print what it took, the first time aside; the least is what a busy machine falsifies least."""
    wall, cpu, found = [], [], 0
    for _ in range(ROUNDS):
        began, used = time.perf_counter(), time.process_time()
        answer = client.post(address, {"typed": typed})
        wall.append((time.perf_counter() - began) * 1000)
        cpu.append((time.process_time() - used) * 1000)
        found = answer.content.count(b'<li class="found-person"')
        if answer.status_code != 200:
            raise RuntimeError(f"{title}: {answer.status_code}")
    times = "".join(f"{statistics.median(one[1:]):9.0f}{min(one[1:]):7.0f}" for one in (wall, cpu))
    print(f"{title:36}{wall[0]:7.0f}{times}{found:7}")


if __name__ == "__main__":
    main()
