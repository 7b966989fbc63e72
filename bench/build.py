"""Fill two stores with so many appointments, and say as JSON where to look: `python -m bench.build SIZE`.

Four practitioners receive five days a week, ten hours a day; 70 % of their next 60 days are booked in visits of twenty
minutes. What is left of SIZE lies in the past; beyond 20 000 it is shared with twelve who have left. (Of 1 000
appointments one full agenda takes most, so there the three others work an hour a week.) Records exist only where
retention keeps them; their boxes are random bytes of the real length, as they look without a key.
"""

import json
import os
import secrets
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from random import Random
from typing import Any, NamedTuple

import django
from django.apps import apps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
if not apps.ready:
    django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from booking import pairing
from booking.models import Appointment, OccupiedCell
from clicdocteur import sealing
from clicdocteur.fields import random_key
from clicdocteur.grid import cell_at, instant_of
from patients.models import PatientRecord
from patients.store import boxes
from practitioners import periods
from practitioners.models import AgendaKey, Location, Opening, Practice, Practitioner, VisitType

COMING_DAYS, PART_BOOKED = 60, 0.7
HALVES = ((8 * 60, 13 * 60), (14 * 60, 19 * 60))
AN_HOUR = ((8 * 60, 9 * 60),)
VISIT_CELLS, VISITS_OF_A_DAY = 4, 30
RECEIVING, LEFT = 4, 12
# What is filled in; every other column has its default.
VISIT = (
    *(
        "id",
        "practitioner_id",
        "location_id",
        "visit_type_id",
        "start",
        "end",
        "first_cell",
        "end_cell",
        "lane",
        "state",
    ),
    *("new_patient", "time_zone", "key_version", "patient_ref", "link_hash"),
)
CELL = ("id", "practitioner_id", "cell", "lane", "appointment_id")
RECORD = ("id", "identity_box", "visit_box", "contact_box")


class Taken(NamedTuple):
    """One visit of an agenda: whose, what for, where in time."""

    practitioner: int
    visit_type: int
    first: int


def house(size: int) -> tuple[Practice, list[Practitioner], list[Practitioner]]:
    """Make the practice; return it, those who receive, and those who have left."""
    practice = Practice.objects.create(name="Cabinet", address="1 rue\n75001 Paris", phone="0199000000")
    place = Location.objects.create(practice=practice, label="Cabinet", address="1 rue")
    people = []
    for number in range(RECEIVING + (LEFT if size > 20_000 else 0)):
        one = Practitioner.objects.create(
            practice=practice, slug=f"dr-{number:02d}", name=f"Dr {number}", speciality="Médecine générale", published=number < RECEIVING
        )  # fmt: skip
        VisitType.objects.create(
            practitioner=one, name="Consultation", slug="consultation", duration_new=15, duration_known=15, notice=0
        )
        key = sealing.generate_key_pair().public
        AgendaKey.objects.create(practitioner=one, version=1, public_key=key)
        days = range(1) if size < 5000 and number else range(5)
        for weekday in days if number < RECEIVING else ():
            for start, end in HALVES if len(days) > 1 else AN_HOUR:
                Opening.objects.create(
                    practitioner=one, location=place, weekday=weekday, start_minute=start, end_minute=end, step=5
                )
        people.append(one)
    pairing.renew()
    return practice, people[:RECEIVING], people[RECEIVING:]


def coming(practitioner: Practitioner, today: date, random: Random) -> Iterator[Taken]:
    """Yield 70 % of the visits that the next 60 days have room for, aligned in twenty minutes."""
    visit_type = practitioner.visit_types.get().pk
    for opening in practitioner.openings.all():
        for day in (today + timedelta(days=ahead) for ahead in range(1, COMING_DAYS + 1)):
            if day.weekday() == opening.weekday:
                start = cell_at(day, opening.start_minute, practitioner.practice.zone)
                end = cell_at(day, opening.end_minute, practitioner.practice.zone)
                for first in range(start, end, VISIT_CELLS):
                    if random.random() < PART_BOOKED:
                        yield Taken(practitioner.pk, visit_type, first)


def past(people: list[Practitioner], today: date) -> Iterator[Taken]:
    """Yield visits, day after day into the past, over all practitioners; as many as are asked for."""
    types = {one.pk: one.visit_types.get().pk for one in people}
    zone = people[0].practice.zone
    day = today
    while True:
        day -= timedelta(days=1)
        if day.weekday() < 5:
            morning = cell_at(day, HALVES[0][0], zone)
            for place in range(VISITS_OF_A_DAY):
                for pk, visit_type in types.items():
                    yield Taken(pk, visit_type, morning + place * VISIT_CELLS)


def fill(rows: list[Taken], location: int) -> tuple[int, int]:
    """Insert appointments, cells and records; return how many appointments and records."""
    now = timezone.now()
    appointments, cells, records = [], [], []
    for taken in rows:
        pk, start, end = random_key(), instant_of(taken.first), instant_of(taken.first + VISIT_CELLS)
        known = end > now - timedelta(days=periods.IDENTITY.default)
        named = taken.visit_type if end > now - timedelta(days=periods.VISIT.default) else None
        ref = secrets.token_bytes(boxes.REF_LENGTH) if known else None
        link = secrets.token_bytes(32) if known else None
        state = "booked" if start > now else "seen"
        appointments.append(
            (pk, taken.practitioner, location, named, start, end, taken.first, taken.first + VISIT_CELLS, 0, state,
             False, "Europe/Paris", 1 if known else None, ref, link)
        )  # fmt: skip
        cells += [
            (random_key(), taken.practitioner, cell, 0, pk) for cell in range(taken.first, taken.first + VISIT_CELLS)
        ]
        if known:
            records.append(random_key())
    insert(Appointment, VISIT, sorted(appointments))
    insert(OccupiedCell, CELL, sorted(cells, key=lambda row: row[1:3]))
    insert(PatientRecord, RECORD, (sealed(pk) for pk in sorted(records)), using="patients")
    return len(appointments), len(records)


def sealed(pk: int) -> tuple[Any, ...]:
    """A record as it looks without a key."""
    columns = (boxes.IDENTITY, boxes.VISIT, boxes.CONTACT)
    return (pk, *(secrets.token_bytes(column.length) for column in columns))


def insert(model: Any, names: Sequence[str], rows: Iterable[tuple[Any, ...]], using: str = "default") -> None:
    """Insert rows of these columns without making objects of them; the model's other columns get their defaults."""
    database = connections[using]
    fields = {field.attname: field for field in model._meta.concrete_fields}
    others = tuple(field.get_default() for name, field in fields.items() if name not in names)
    quoted = database.ops.quote_name
    columns = [quoted(fields[name].column) for name in (*names, *(name for name in fields if name not in names))]
    instants = [place for place, name in enumerate(names) if fields[name].get_internal_type() == "DateTimeField"]
    marks = ", ".join(["%s"] * len(columns))
    sql = f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608
    rows = iter(rows)
    with transaction.atomic(using=using), database.cursor() as cursor:
        while batch := list(islice(rows, 5000)):
            for at, row in enumerate(batch):
                ready = list(row)
                for place in instants:
                    ready[place] = database.ops.adapt_datetimefield_value(row[place])
                batch[at] = (*ready, *others)
            cursor.executemany(sql, batch)


def queries(path: str) -> int:
    """How many queries a page takes, the second time it is asked for."""
    client = Client(headers={"host": "localhost"})
    client.get(path)
    with CaptureQueriesContext(connection) as main, CaptureQueriesContext(connections["patients"]) as other:
        answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return len(main) + len(other)


def pages(practitioner: Practitioner, today: date) -> dict[str, str]:
    """The addresses to measure: a full week soon, the practice's page, a practitioner's, and the floors."""
    monday = today + timedelta(days=7 - today.weekday())
    visit_type = practitioner.visit_types.get()
    return {
        "empty view": "/floor/empty/",
        "two queries": f"/floor/two/{practitioner.pk}/{visit_type.pk}/",
        "week of times": f"/fr/{practitioner.slug}/{visit_type.slug}/?from={monday.isoformat()}",
        "first free of every practitioner": "/fr/",
        "practitioner": f"/fr/{practitioner.slug}/",
    }


def main(size: int) -> None:
    """Build, and print what there is."""
    began = time.monotonic()
    for name in ("default", "patients"):
        call_command("migrate", database=name, verbosity=0)
        if connections[name].vendor == "sqlite":
            with connections[name].cursor() as cursor:
                # For the filling only: the server opens its own connections, with the real settings.
                cursor.execute("PRAGMA synchronous=OFF")
                cursor.execute("PRAGMA secure_delete=OFF")
                cursor.execute("PRAGMA cache_size=-600000")
    random = Random(11)
    practice, receiving, left = house(size)
    today = timezone.localdate(timezone=practice.zone)
    rows = [taken for one in receiving for taken in coming(one, today, random)][:size]
    # At 1 000 one agenda is full, and the past is whose the agendas are.
    rows += islice(past([*receiving, *left], today), size - len(rows))
    count, records = fill(rows, practice.locations.get().pk)
    found = pages(receiving[0], today)
    print(
        json.dumps(
            {
                "appointments": count,
                "coming": sum(1 for row in rows if instant_of(row.first).date() > today),
                "records": records,
                "seconds": round(time.monotonic() - began, 1),
                "pages": found,
                "queries": {name: queries(path) for name, path in found.items()},
                "book": [f"/fr/{one.slug}/consultation/" for one in receiving],
                "database": settings.DATABASES["default"]["ENGINE"].rpartition(".")[2],
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
