"""`python -m bench.desk`: how long the agenda's pages take, with names open. Five practitioners, 700 visits in the week.

An instance of its own in a temporary folder, really sealed; Django's test client, so that the network and the browser are
left out. CPU is the process's own time, which a busy machine does not falsify.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench import serving
from bench.__main__ import collect_static
from bench.filling import Filling
from clicdocteur import garbage, server_secret

PRACTITIONERS, DAYS, VISITS_OF_A_DAY = 5, 5, 28
PASSWORD = "Framboise-1789-été"  # noqa: S105 - of a practice that lives for a minute
ROUNDS = 9


def main() -> None:
    """Build, sign in, ask each page several times, print a line for each."""
    collect_static()
    with tempfile.TemporaryDirectory(prefix="clicdocteur-bench-") as name:
        folder = Path(name)
        os.environ.update(serving.environment(folder, 8000))
        server_secret.ensure(folder / "secret")
        import django

        django.setup()
        monday = build()
        client, queries = signed_in(), {}
        print(f"{'':24}{'first':>9}{'p50 ms':>9}{'CPU ms':>9}{'queries':>9}{'kB':>8}")
        for title, path in pages(monday):
            report(client, title, path, queries)


def build() -> date:
    """Fill the stores; return the week's Monday."""
    from django.utils import timezone

    from booking import pairing

    place, holder = house()
    today = timezone.localdate(timezone=place.practice.zone)
    monday = today - timedelta(days=today.weekday())
    for number in range(PRACTITIONERS):
        one, types, key = receiving(number, place, holder)
        fill(one, types, key, monday)
    pairing.renew()
    return monday


def house() -> tuple[Any, Any]:
    """Migrate; make the practice and whoever sits at the desk. Return the place and the key-holder."""
    from django.core.management import call_command

    from practitioners import keys
    from practitioners.models import Location, Practice, Staff

    for store in ("default", "patients"):
        call_command("migrate", database=store, verbosity=0)
    practice = Practice.objects.create(name="Cabinet", address="1 rue\n75001 Paris", requires_second_factor=False)
    place = Location.objects.create(practice=practice, label="Cabinet", address="1 rue")
    staff = Staff(login="alice", name="Alice")
    staff.set_unusable_password()
    staff.save(force_insert=True)
    return place, keys.enrol(staff, PASSWORD)


def receiving(number: int, place: Any, holder: Any) -> tuple[Any, list[Any], Any]:
    """Make a practitioner who receives all week; return them, their visit types and their agenda's key."""
    from practitioners import keys
    from practitioners.models import Opening, Practitioner, VisitType

    one = Practitioner.objects.create(
        practice=place.practice, slug=f"dr-{number}", name=f"Dr {number}", speciality="Généraliste", position=number
    )
    for weekday in range(DAYS):
        for start, end in ((8 * 60, 12 * 60), (13 * 60, 19 * 60)):
            Opening.objects.create(
                practitioner=one, location=place, weekday=weekday, start_minute=start, end_minute=end
            )
    types = [
        VisitType.objects.create(practitioner=one, slug=slug, name=slug.title(), colour=colour)
        for slug, colour in (("consultation", "pine"), ("suivi", "sea"), ("vaccin", "plum"))
    ]
    return one, types, keys.new_agenda_key(one, [holder])


def fill(practitioner: Any, types: list[Any], key: Any, monday: date) -> None:
    """Book every day of the week full, in visits of fifteen and twenty minutes, sealed as a booking leaves them."""
    from clicdocteur.fields import random_key
    from clicdocteur.grid import cell_at
    from patients import store

    filling = Filling(practitioner, key)
    for day in (monday + timedelta(days=number) for number in range(DAYS)):
        first = cell_at(day, 8 * 60, practitioner.practice.zone)
        for number in range(VISITS_OF_A_DAY):
            pk, start = random_key(), first + 4 * number
            who = store.Identity((store.Person(f"Kowalczyk-N’Diaye {number}", "Zénobie"),))
            record, ref = store.prepare(who, store.Visit(phone="0612345678"), None, bytes(key.public_key), pk)
            filling.add(pk, range(start, start + 3 + number % 2), types[number % 3], "booked", record, ref)
    filling.write()


def signed_in() -> Any:
    """A browser at the desk, unlocked."""
    from django.conf import settings
    from django.test import Client

    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    answer = client.post("/agenda/sign-in/", {"login": "alice", "password": PASSWORD})
    if answer.status_code != 302:
        raise RuntimeError(answer.content.decode()[:300])
    client.post("/agenda/unlock/", {"new_veil_code": "271828"})
    client.get("/agenda/")
    # As the server does once its pages are loaded (deploy/gunicorn.conf.py).
    garbage.settle()
    return client


def pages(monday: date) -> Iterator[tuple[str, str]]:
    """What is asked, by name."""
    from practitioners.models import Practitioner

    first = Practitioner.objects.order_by("position")[0].pk
    yield "week of five", f"/agenda/week/{monday}/"
    yield "week of one", f"/agenda/week/{first}/{monday}/"
    yield "day of five", f"/agenda/day/{monday}/"
    yield "list of a day", f"/agenda/list/{monday}/"
    yield "one column anew", f"/agenda/column/{first}/{monday}/?hours=7-20&view=day"
    yield "six weeks of five", f"/agenda/weeks/{monday}/"
    days = [monday + timedelta(days=number) for number in range(DAYS)]
    keys = [f"on={one.pk}-{day:%Y%m%d}" for one in Practitioner.objects.all() for day in days]
    yield "has anything changed?", f"/agenda/version/?{'&'.join(keys)}"


def report(client: Any, title: str, path: str, queries: dict[str, int]) -> None:
    """Ask a page several times and print what it took; the first time opens sealed boxes and files them."""
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    wall, cpu, weight = [], [], 0
    for _ in range(ROUNDS):
        began, used = time.perf_counter(), time.process_time()
        answer = client.get(path)
        wall.append((time.perf_counter() - began) * 1000)
        cpu.append((time.process_time() - used) * 1000)
        weight = len(answer.content)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
    with CaptureQueriesContext(connections["default"]) as agenda, CaptureQueriesContext(connections["patients"]) as who:
        client.get(path)
    asked = len(agenda) + len(who)
    print(
        f"{title:24}{wall[0]:9.0f}{statistics.median(wall[1:]):9.0f}{statistics.median(cpu[1:]):9.0f}{asked:9}{weight / 1000:8.0f}"
    )
    queries[title] = asked


if __name__ == "__main__":
    main()
