"""I3: both stores as they are stored and no key: nothing joins a record to its appointment better than chance.

240 bookings are made in a known order, some then cancelled, corrected, erased, and many displayed to staff (which files
them); then a night passes (`tidy`), later a week, which leaves monthly counts. The attacker has every order that the stores
show, and on the agenda's side even the true order of the bookings and of the displays, as if somebody had stood at the door.
Each pair of orders is attacked in two ways:

- rank correlation (Spearman). For two independent orders of n rows rho has a standard deviation of 1/sqrt(n-1); five of
  them are exceeded by chance in one attack in 1.7 million.
- guessing that the k-th row belongs to the k-th. The number of right guesses is then nearly Poisson(1); ten or more
  happen by chance in one attack in nine million.

With some 150 attacks a false alarm is to be expected once in ten thousand runs. Controls show that each attack
succeeds where order is kept.
"""

import random
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from itertools import product
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.management import call_command
from django.db import connections, transaction
from django.test import override_settings
from limits import RateLimitItemPerSecond

from booking import appointments, delivery, identities, limits, retention
from booking.delivery import Ways, claims
from booking.models import Appointment, Counter, Message, MonthlyCount, OccupiedCell
from clicdocteur.fields import RandomKey
from patients import store
from patients.models import PatientRecord
from practitioners import keys
from practitioners.models import AccessEvent
from tests import post as posts
from tests.booking.cast import NOW, TUESDAY, Office, identity
from tests.canary.words import dump as dump_of
from tests.practitioners.cast import private_of

pytestmark = pytest.mark.django_db
BOOKINGS = 240
SIGMAS, RIGHT_GUESSES = 5, 10
COLUMNS = ("identity_box", "visit_box", "contact_box")


@dataclass
class Dump:
    """What was booked, by number; everything else is read from the stores."""

    appointments: list[int]
    records: dict[int, int]
    booking_of: dict[int, int]
    # The appointments that staff were shown, in that order; and each booking's counter.
    displayed: list[int]
    counters: dict[str, int]


@pytest.fixture(scope="module")
def dump(django_db_setup: None, django_db_blocker: Any) -> Iterator[Dump]:
    """Book in a known order, then let a night pass. Committed, so that files can be read as they lie."""
    with django_db_blocker.unblock():
        try:
            # One network books more in an hour than any practice: no work is asked for.
            mail = override_settings(HOLD_PROOF="off", **posts.settings_for(posts.free_port()))
            with time_machine.travel(NOW, tick=False), mail:
                yield _night()
        finally:
            for name in ("default", "patients"):
                call_command("flush", database=name, interactive=False, verbosity=0)


def _night() -> Dump:
    chance = random.Random("linkage")
    office = Office(places=6)
    times = [(day, clock) for day in _days() for clock in ("09:00", "09:30", "10:00", "10:30")] * 6
    chance.shuffle(times)
    booked = []
    for number, (day, clock) in enumerate(times[:BOOKINGS]):
        # Every second person is the same one: equal patients must not show either.
        who = identity("Dupont" if number % 2 else f"N{number}", "Jo" * (number % 20))
        contact = {"email": f"p{number}@example.org"} if number % 3 else {"phone": f"+3319900{number // 9:04d}"}
        booked.append(office.book(clock, day, identity=who, contact=contact))
    references = {one.pk: appointments.reference(one).record for one in booked}
    _mail_leaves(NOW)
    displayed = _display(office, booked, chance)
    counters = _counters(office, booked)
    for number in chance.sample(range(BOOKINGS), 60):
        _change(booked[number], number)
    _mail_leaves(NOW + timedelta(hours=1))
    call_command("tidy", stdout=StringIO())
    known = set(Appointment.objects.filter(patient_ref__isnull=False).values_list("pk", flat=True))
    left = [one.pk for one in booked if one.pk in known]
    return Dump(
        appointments=left,
        records={references[pk]: place for place, pk in enumerate(left)},
        booking_of={pk: place for place, pk in enumerate(left)},
        displayed=[pk for pk in displayed if pk in known],
        counters={tag: pk for tag, pk in counters.items() if pk in known},
    )


def _display(office: Office, booked: Sequence[Any], chance: random.Random) -> list[int]:
    """Show 150 of them to Alice, one by one, in an order of their own: each is filed, and a row of the log says so."""
    vault, shown = keys.Vault(office.alice, private_of(office.alice), session_tag=bytes(16)), chance.sample(booked, 150)
    for one in shown:
        assert identities.show([one], vault, "appointment", NOW)[one.pk].names
    return [one.pk for one in shown]


def _counters(office: Office, booked: Sequence[Any]) -> dict[str, int]:
    """Which booking a counter counts, where it counts one alone: what a thief with the server secret would have to guess."""
    tags: dict[str, list[int]] = {}
    for number, one in enumerate(booked):
        contact = f"p{number}@example.org" if number % 3 else f"+3319900{number // 9:04d}"
        key = RateLimitItemPerSecond(appointments.BOOKINGS_PER_CONTACT, 86_400, namespace="book")
        tags.setdefault(limits.sealing.tag(limits._key(), key.key_for(str(office.one.pk), contact)).hex(), []).append(
            one.pk
        )
    assert set(tags) == set(Counter.objects.values_list("tag", flat=True))
    return {tag: pks[0] for tag, pks in tags.items() if len(pks) == 1}


def _mail_leaves(start: datetime) -> None:
    """The worker sends everything, one message a second: the worst that its rows may tell."""
    with posts.post() as server, override_settings(**posts.settings_for(server.port)):
        ways = Ways()
        for seconds, pk in enumerate(claims.due(start, BOOKINGS * 3)):
            delivery._one(pk, start + timedelta(seconds=seconds), ways)
        ways.close()


def _days() -> Iterator[Any]:
    return (TUESDAY + timedelta(days=days) for days in range(21) if (TUESDAY + timedelta(days=days)).weekday() < 5)


def _change(booked: Any, number: int) -> None:
    if number % 3 == 0:
        appointments.cancel(booked.token, "", NOW)
    elif number % 3 == 1:
        appointments.correct_contact(booked.token, store.Visit(email=f"q{number}@example.org"), NOW, language="en")
    else:
        retention.erase(booked.token, NOW)


# The attacks.


def correlation(one: Sequence[int], other: Sequence[int]) -> float:
    """Spearman's rho of two orders of the same numbers."""
    count, place = len(one), {number: place for place, number in enumerate(other)}
    squares = sum((place[number] - rank) ** 2 for rank, number in enumerate(one))
    return 1 - 6 * squares / (count * (count * count - 1))


def common(one: Sequence[int], other: Sequence[int]) -> tuple[list[int], list[int]]:
    """Two orders of some bookings, as orders of those that both have, numbered anew."""
    both = {number: place for place, number in enumerate(sorted({*one} & {*other}))}
    first, second = ([both[number] for number in order if number in both] for order in (one, other))
    return first, second


def succeeds(one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether two orders of bookings agree better than chance, forwards or backwards."""
    one, other = common(one, other)
    assert len(one) >= 80, "too few to tell"
    assert sorted(one) == sorted(other) == list(range(len(one)))
    right = max(sum(a == b for a, b in zip(one, way, strict=True)) for way in (other, other[::-1]))
    return abs(correlation(one, other)) > SIGMAS / sqrt(len(one) - 1) or right >= RIGHT_GUESSES


def read(name: str, sql: str) -> list[Any]:
    with connections[name].cursor() as cursor:
        cursor.execute(sql)
        return [row[0] for row in cursor.fetchall()]


def sqlite(name: str = "patients") -> bool:
    return connections[name].vendor == "sqlite"


def file_of(name: str) -> bytes:
    return Path(str(connections[name].settings_dict["NAME"])).read_bytes()


def orders_of_records(dump: Dump) -> dict[str, list[int]]:
    """Every order in which the patients store shows its records, as booking numbers."""
    rows = list(PatientRecord.objects.order_by("pk"))
    orders = {"id": [row.pk for row in rows]}
    orders["as dumped"] = read("patients", "SELECT id FROM patients_patientrecord")
    for column in COLUMNS:
        orders[column] = [row.pk for row in sorted(rows, key=lambda row: bytes(getattr(row, column)))]
    if sqlite():
        content = file_of("patients")
        orders["page"] = [row.pk for row in sorted(rows, key=lambda row: content.index(bytes(row.identity_box)))]
        orders["rowid"] = read("patients", "SELECT id FROM patients_patientrecord ORDER BY rowid")
    else:
        orders["ctid"] = read("patients", "SELECT id FROM patients_patientrecord ORDER BY ctid")
        orders["xmin"] = read("patients", "SELECT id FROM patients_patientrecord ORDER BY xmin::text::bigint, ctid")
    return {name: [dump.records[pk] for pk in order] for name, order in orders.items()}


def orders_of_appointments(dump: Dump) -> dict[str, list[int]]:
    """Every order in which the agenda shows its appointments, and the true one."""
    rows = list(Appointment.objects.filter(pk__in=dump.appointments).order_by("pk"))
    orders = {"the true order": dump.appointments, "id": [row.pk for row in rows]}
    for name in ("start", "link_hash", "patient_ref", "state"):
        orders[name] = [row.pk for row in sorted(rows, key=lambda row: (_plain(getattr(row, name)), row.pk))]
    for name in ("pk", "due", "closed"):
        orders[f"messages by {name}"] = _by_message(dump, name)
    orders["the true order of displays"] = dump.displayed
    orders["access log"] = list(AccessEvent.objects.order_by("pk").values_list("appointment", flat=True))
    orders["access log as dumped"] = read("default", "SELECT appointment FROM practitioners_accessevent")
    for name in ("tag", "expires"):
        tags = Counter.objects.order_by(name, "tag").values_list("tag", flat=True)
        orders[f"counters by {name}"] = [dump.counters[tag] for tag in tags if tag in dump.counters]
    cells = dict(OccupiedCell.objects.order_by("-pk").values_list("appointment_id", "pk"))
    orders["cells"] = sorted(dump.appointments, key=lambda pk: cells.get(pk, pk))
    if sqlite():
        content = file_of("default")
        orders["page"] = [row.pk for row in sorted(rows, key=lambda row: content.index(bytes(row.patient_ref or b"")))]
    else:
        table = "SELECT id FROM booking_appointment WHERE patient_ref IS NOT NULL ORDER BY"
        orders["ctid"] = read("default", f"{table} ctid")
        orders["xmin"] = read("default", f"{table} xmin::text::bigint, ctid")
    return {name: [dump.booking_of[pk] for pk in order if pk in dump.booking_of] for name, order in orders.items()}


def _by_message(dump: Dump, name: str) -> list[int]:
    """The appointments in the order of the first message of each, by a column of the queue; those without by their id."""
    first: dict[int, tuple[int, Any]] = {pk: (1, pk) for pk in dump.appointments}
    rows = Message.objects.filter(appointment__in=dump.appointments).exclude(**{name: None}).order_by(f"-{name}", "-pk")
    for message in rows:
        first[message.appointment_id or 0] = (0, getattr(message, name))
    return sorted(dump.appointments, key=lambda pk: (*first[pk], pk))


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def test_no_order_of_the_one_store_tells_anything_about_the_other(dump: Dump):
    """I3"""
    records, agenda = orders_of_records(dump), orders_of_appointments(dump)
    assert len(dump.appointments) > 200
    won = [
        (mine, theirs)
        for (mine, one), (theirs, other) in product(records.items(), agenda.items())
        if succeeds(one, other)
    ]
    assert won == []


def test_monthly_counts_join_nothing_either(dump: Dump):
    """I3: a week after the last visit the agenda has forgotten what each was for, and counts. Undone afterwards."""
    with transaction.atomic(), transaction.atomic(using="patients"):
        later = Appointment.objects.order_by("-end").values_list("end", flat=True)[0] + timedelta(days=7)
        visits = list(Appointment.objects.filter(pk__in=dump.appointments).order_by("pk"))
        groups = {one.pk: (one.state, one.start.month) for one in visits}
        done = retention.purge(later)
        assert done["visits"] > 200
        counts = {(row.state, row.month.month): row.pk for row in MonthlyCount.objects.all()}
        assert sum(MonthlyCount.objects.values_list("amount", flat=True)) >= len(visits)
        assert {column.name for column in MonthlyCount._meta.get_fields()} == {
            "id", "practitioner", "visit_type", "state", "month", "amount",
        }  # fmt: skip
        # The order of the rows, and within a row every order that the agenda shows of its visits.
        by_count = sorted(dump.appointments, key=lambda pk: (counts.get(groups[pk], 0), pk))
        agenda = {"counts": [dump.booking_of[pk] for pk in by_count], **orders_of_appointments(dump)}
        orders = orders_of_rows(dump)
        assert [(one, other) for one in orders for other in agenda if succeeds(orders[one], agenda[other])] == []
        for name in ("default", "patients"):
            transaction.set_rollback(True, using=name)


def orders_of_rows(dump: Dump) -> dict[str, list[int]]:
    """The orders that the patients' rows themselves show, without the file, which a transaction under way has not reached."""
    rows = list(PatientRecord.objects.order_by("pk"))
    found = {"id": [row.pk for row in rows]}
    for column in COLUMNS:
        found[column] = [row.pk for row in sorted(rows, key=lambda row: bytes(getattr(row, column)))]
    return {name: [dump.records[pk] for pk in order if pk in dump.records] for name, order in found.items()}


def test_every_row_of_the_patients_store_was_written_by_one_transaction_after_a_night(dump: Dump):
    """I3: PostgreSQL keeps with each row the number of the transaction that wrote it."""
    if not sqlite():
        assert len(set(read("patients", "SELECT xmin::text FROM patients_patientrecord"))) == 1


def test_rows_are_stored_in_the_order_of_their_random_keys(dump: Dump):
    """I3"""
    orders = orders_of_records(dump)
    assert orders["page" if sqlite() else "ctid"] == orders["id"] == orders["as dumped"]


def test_no_column_s_size_differs_from_row_to_row(dump: Dump):
    """I3 P4"""
    rows = list(PatientRecord.objects.all())
    assert {tuple(len(getattr(row, column)) for column in COLUMNS) for row in rows} == {(4238, 6286, 5178)}
    refs = Appointment.objects.filter(pk__in=dump.appointments).values_list("patient_ref", flat=True)
    assert {len(ref or b"") for ref in refs} == {37}


def test_nothing_repeats_in_either_store_though_half_of_the_visits_are_one_person_s(dump: Dump):
    """I3 P4: what two boxes had in common, a compressor would find; random bytes it makes longer."""
    rows = list(PatientRecord.objects.order_by("pk"))
    for column in COLUMNS:
        # Without the first byte, the format, each box is to be random; a window of zlib holds several of them.
        boxes = [bytes(getattr(row, column))[1:] for row in rows]
        together = b"".join(boxes)
        assert len(zlib.compress(together, 9)) > len(together)
        assert len({box[start : start + 8] for box in boxes for start in range(0, len(box) - 8, 8)}) == sum(
            len(range(0, len(box) - 8, 8)) for box in boxes
        )
    refs = b"".join(bytes(ref or b"")[1:] for ref in Appointment.objects.values_list("patient_ref", flat=True))
    assert len(zlib.compress(refs, 9)) > len(refs)


def varint(number: int) -> bytes:
    """How SQLite writes a rowid of more than 56 bits: seven bits a byte, and a ninth byte whole."""
    return bytes([number >> shift & 127 | 128 for shift in range(57, 7, -7)]) + bytes([number & 255])


def test_no_value_of_the_one_store_stands_in_the_other(dump: Dump):
    """I3: neither a record's id in the agenda, as a key or as a column, nor an appointment's among the patients."""
    records = [pk for pk in PatientRecord.objects.values_list("pk", flat=True) if pk >> 56]
    agenda = [pk for pk in Appointment.objects.values_list("pk", flat=True) if pk >> 56]
    live = set(OccupiedCell.objects.values_list("appointment_id", flat=True))
    assert not set(records) & set(agenda)
    if sqlite():
        of_agenda, of_patients = file_of("default"), file_of("patients")
        assert all(varint(pk) in of_patients for pk in records), "else this looks for the wrong bytes"
        assert all(varint(pk) in of_agenda and pk.to_bytes(8) in of_agenda for pk in set(agenda) & live)
        assert not [pk for pk in records if varint(pk) in of_agenda or pk.to_bytes(8) in of_agenda]
        assert not [pk for pk in agenda if varint(pk) in of_patients or pk.to_bytes(8) in of_patients]


def test_no_record_is_named_in_a_dump_of_the_agenda_and_no_appointment_in_one_of_the_patients(dump: Dump):
    """I3: every table, on both engines: sessions, the log, counters, counts, orphans, with numbers in every writing."""
    dumped = {name: dump_of(name) for name in ("default", "patients")}

    def written(pk: int) -> tuple[bytes, ...]:
        return str(pk).encode(), pk.to_bytes(8), pk.to_bytes(8).hex().encode()

    records = list(PatientRecord.objects.values_list("pk", flat=True))
    agenda = list(Appointment.objects.values_list("pk", flat=True))
    assert all(written(pk)[0] in dumped["patients"] for pk in records), "else this looks for the wrong writing"
    assert all(written(pk)[0] in dumped["default"] for pk in agenda)
    assert not [pk for pk in records if any(one in dumped["default"] for one in written(pk))]
    assert not [pk for pk in agenda if any(one in dumped["patients"] for one in written(pk))]


def test_random_keys_are_the_storage_order_and_no_counter_stands_beside_them(dump: Dump):
    """I3: on SQLite a key that is not the rowid leaves a hidden one that counts insertions, and AUTOINCREMENT a table."""
    if not sqlite():
        return
    for model in apps.get_models():
        name, table = ("patients" if model._meta.app_label == "patients" else "default"), model._meta.db_table
        if isinstance(model._meta.pk, RandomKey):
            assert read(name, f"SELECT count(*) FROM {table} WHERE rowid <> id") == [0], table  # noqa: S608
    assert read("patients", "SELECT name FROM sqlite_sequence") in ([], ["django_migrations"])
    # Django's own tables, which visit types an opening is for, and allauth's: members' second factors and two that stay empty.
    assert set(read("default", "SELECT name FROM sqlite_sequence")) <= {
        "auth_group", "auth_group_permissions", "auth_permission", "django_admin_log", "django_content_type",
        "django_migrations", "practitioners_opening_visit_types",
        "mfa_authenticator", "account_emailaddress", "account_emailconfirmation",
    }  # fmt: skip


# The controls: the same attacks, where order was kept.


def test_the_attacks_succeed_on_a_sequence_a_hidden_row_number_and_a_slight_trace(dump: Dump):
    """R3: they bite. The control table is filled in booking order, under random keys and under a sequence."""
    count, chance = len(dump.appointments), random.Random(1)
    hidden = sorted(range(count), key=lambda _: chance.random())
    with connections["patients"].cursor() as cursor:
        cursor.execute("CREATE TABLE control (id bigint PRIMARY KEY, place integer)")
        for place, key in enumerate(hidden):
            cursor.execute("INSERT INTO control VALUES (%s, %s)", [key * 10**9 + 7, place])
    order = "rowid" if sqlite() else "ctid"
    by_storage = read("patients", f"SELECT place FROM control ORDER BY {order}")  # noqa: S608
    agenda = orders_of_appointments(dump)["the true order"]
    assert succeeds(by_storage, agenda)
    assert succeeds(by_storage[::-1], agenda)
    assert not succeeds(read("patients", "SELECT place FROM control ORDER BY id"), agenda)
    # A trace: one row in twenty in its place, or everything within a third of the store.
    few = agenda.copy()
    moved = chance.sample(range(count), count - 12)
    for place, value in zip(moved, sorted((few[place] for place in moved), key=lambda _: chance.random()), strict=True):
        few[place] = value
    assert succeeds(few, agenda)
    assert succeeds(sorted(agenda, key=lambda place: place + chance.uniform(0, count * 1.5)), agenda)


def test_clustering_a_table_would_not_have_been_enough(dump: Dump):
    """R3: on PostgreSQL the agenda keeps its order of writing; CLUSTER, which sorts the rows, keeps `xmin`."""
    if sqlite():
        return
    newest = "SELECT id FROM booking_appointment WHERE patient_ref IS NOT NULL ORDER BY xmin::text::bigint"
    with connections["default"].cursor() as cursor:
        cursor.execute("CLUSTER booking_appointment USING booking_appointment_pkey")
    by_key = read("default", "SELECT id FROM booking_appointment WHERE patient_ref IS NOT NULL ORDER BY ctid")
    assert by_key == sorted(by_key)
    assert succeeds([dump.booking_of[pk] for pk in read("default", newest)], list(range(len(dump.appointments))))


def test_the_size_and_repetition_checks_would_see_content():
    content = [f'{{"v":1,"persons":[{{"last":"Dupont","first":"{"Jo" * (n % 20)}"}}]}}'.encode() for n in range(50)]
    assert len({len(one) for one in content}) > 1
    padded = b"".join(one.ljust(200, b"\0") for one in content)
    assert len(zlib.compress(padded, 9)) < len(padded)
