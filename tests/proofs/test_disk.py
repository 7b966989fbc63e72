"""I4: everything on the server's disk, the server secret included, and no password.

Whoever has it has also read this program: they derive every key that the program derives, try every stretch of bytes on the
disk as a key, know every context, and open every box with all of it. What opens is the contact of each visit to come that has
one, and nothing else of a person.
"""

import ast
import base64
import binascii
import json
import re
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models

from booking import appointments, retention
from booking.links import link_hash
from booking.models import Appointment, DayNote
from clicdocteur import sealing
from clicdocteur.sealing import Context, SealingError
from patients import store
from patients.models import PatientRecord
from patients.store import boxes
from practitioners.models import AgendaKey, KeyHolder, Practice
from tests.booking.cast import MONDAY, NOW, PARIS
from tests.canary.words import ANNA, BERT, found_in
from tests.practitioners.cast import private_of
from tests.proofs.cast import Everything

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]
PEOPLE = [*ANNA.words, *BERT.words]
LATER = datetime(2026, 1, 6, 7, 0, tzinfo=PARIS)


@pytest.fixture
def machine(db: None) -> Iterator[Everything]:
    """A practice at work, on Tuesday morning: two of every kind of box, visits of every fate, an open session and a waiting one."""
    with time_machine.travel(NOW, tick=False) as clock:
        everything = Everything()
        alice = everything.through_the_door("alice")
        everything.kinds()
        corrected = _visits(everything)
        # What is displayed is filed: names by the day, a whole record by the page of its visit.
        alice.get("/agenda/day/2026-01-06/")
        whole = Appointment.objects.filter(state="booked").exclude(pk=corrected.pk).order_by("start").last()
        alice.get(f"/agenda/appointment/{whole.pk}/")
        appointments.correct_contact(corrected.token, store.Visit(phone="+33639980001"), NOW, language="fr")
        clock.move_to(LATER)
        everything.through_the_door("alice")
        everything.through_the_door("bruno")  # waits for the second factor
        retention.purge(LATER)
        yield everything


def _visits(everything: Everything) -> Appointment:
    tomorrow, kind = MONDAY + timedelta(days=1), everything.type
    who = {
        "identity": store.Identity((store.Person(BERT.last, BERT.first, None),), store.Person(ANNA.last, ANNA.first))
    }
    anna = {"email": ANNA.email, "message": ANNA.message}
    Appointment.objects.all().delete()
    PatientRecord.objects.all().delete()
    everything.book("09:00", tomorrow, contact=anna, **who)
    everything.book("09:30", tomorrow, contact={"phone": "+33639980000"}, **who)
    cancelled = everything.book("10:00", tomorrow, contact={"email": "cancelled@example.org"}, **who)
    appointments.cancel(cancelled.token, "", NOW)
    corrected = everything.book("10:30", tomorrow, contact={"email": "former@example.org"}, **who)
    kind.discreet = True
    kind.save()
    everything.book("11:00", tomorrow, contact={"email": "discreet@example.org"}, **who)
    kind.discreet = False
    kind.save()
    everything.book("11:00", MONDAY, contact={"email": "past@example.org", "message": BERT.message}, **who)
    return corrected


# What the thief tries.


def labels() -> set[str]:
    """Every label that the program derives a key by."""
    found: set[str] = set()
    for room in ("clicdocteur", "practitioners", "patients", "booking", "agenda"):
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in (
                    "derive",
                    "keys",
                ):
                    found |= {
                        one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)
                    }
    return found


def values() -> Iterator[bytes]:
    """Every value of both stores that is not a patient's box: bytes, and texts with what is written in them in another way."""
    for model in apps.get_models():
        if model is PatientRecord:
            continue
        for row in model._default_manager.all():
            for column in model._meta.local_fields:
                yield from written(getattr(row, column.attname))
    for session in Session.objects.all():
        yield from written(json.dumps(session.get_decoded()))
    yield Path(settings.SECRET_FILE).read_bytes()
    yield from settings.SERVER_SECRETS


def written(value: Any) -> Iterator[bytes]:
    if isinstance(value, bytes | memoryview):
        yield bytes(value)
    elif isinstance(value, str | dict):
        text = value if isinstance(value, str) else json.dumps(value)
        yield text.encode()
        for part in re.findall(r"[A-Za-z0-9+/_=-]{24,}", text):
            for decode in (base64.urlsafe_b64decode, base64.b64decode, bytes.fromhex):
                try:
                    yield decode(part)
                except (binascii.Error, ValueError):
                    continue


def stretches(length: int, longest: int = 1 << 30) -> set[bytes]:
    """Every stretch of so many bytes of any of these values, but for those longer than *longest*; and every derived key."""
    tried = [value for value in values() if len(value) <= longest]
    found = {value[start : start + length] for value in tried for start in range(len(value) - length + 1)}
    derived = {sealing.derive(secret, label, length) for secret in settings.SERVER_SECRETS for label in labels()}
    return found | derived


def private_halves() -> set[bytes]:
    """Every stretch that is a private half: an agenda's is told by the boxes that it files, a member's by its public half.

    A member's is looked for in all but the long sealed boxes and public halves: each try of those costs a lattice.
    """
    everywhere, elsewhere = stretches(sealing.PRIVATE_LENGTH), stretches(sealing.PRIVATE_LENGTH, longest=700)
    filed = _filed()
    agendas = {one for one in everywhere if opened([boxes.Key(one).filing], *filed)}
    public = {bytes(row.public_key) for model in (AgendaKey, KeyHolder) for row in model.objects.all()}
    return agendas | {one for one in elsewhere if sealing.public_of(one) in public}


def _filed() -> tuple[bytes, Context]:
    """A box that the agenda's own key has filed, and its context."""
    for row in PatientRecord.objects.all():
        inner = boxes.unwrap(boxes.IDENTITY, row.pk, bytes(row.identity_box)) or b"\0"
        if inner[0] == boxes.FILED:
            return inner, Context("filed", "identity_box", (row.pk,))
    raise AssertionError("nothing is filed")


def opened(keys: Collection[bytes], inner: bytes, context: Context) -> list[bytes]:
    """What any of these keys opens of an inner box."""
    found = []
    for key in keys:
        try:
            found.append(sealing.decrypt(key, bytes([sealing.FORMAT]) + inner[1:], context))
        except SealingError:
            continue
    return found


# What inner boxes of each kind are closed for, under a key of 32 bytes.
PURPOSES = {boxes.FILED: "filed", 1: "contact"}


def test_the_disk_gives_the_contact_of_each_visit_to_come_and_nothing_else_of_a_person(machine):
    """I4: every derived key, and every stretch of 32 bytes anywhere, tried on every box."""
    keys = stretches(sealing.KEY_LENGTH)
    assert len(keys) > 10_000
    found: dict[str, list[tuple[int, bytes]]] = {column.name: [] for column in boxes.COLUMNS}
    kinds = set()
    for row in PatientRecord.objects.all():
        for column in boxes.COLUMNS:
            inner = boxes.unwrap(column, row.pk, bytes(getattr(row, column.name)))
            if inner is None:
                continue
            assert not found_in(inner, PEOPLE)
            kinds.add((column.name, inner[0]))
            if inner[0] == 1 and column is not boxes.CONTACT:
                continue  # sealed to a key pair: below
            context = Context(PURPOSES[inner[0]], column.name, (row.pk,))
            found[column.name] += [(row.pk, content) for content in opened(keys, inner, context)]
    assert kinds == {("identity_box", 1), ("identity_box", 2), ("visit_box", 1), ("visit_box", 2), ("contact_box", 1)}
    assert found["identity_box"] == found["visit_box"] == []
    contacts = {pk: json.loads(sealing.unpad(content)) for pk, content in found["contact_box"]}
    assert sorted(one["value"] for one in contacts.values()) == ["", ANNA.email], (
        "one address; a corrected number is sealed"
    )
    assert {key for one in contacts.values() for key in one} == {
        "v", "channel", "value", "language", "token", "corrected", "correction",
    } - {"corrected"}  # fmt: skip
    beside = [*ANNA.sealed_words, *BERT.words]
    assert not any(found_in(sealing.unpad(content), beside) for _pk, content in found["contact_box"])
    of_anna = next(pk for pk, one in contacts.items() if one["value"])
    known = Appointment.objects.exclude(patient_ref=None)
    visit = next(one for one in known if appointments.reference(one).record == of_anna)
    assert (visit.start > LATER, visit.state) == (True, "booked")
    assert link_hash(contacts[of_anna]["token"]) == bytes(visit.link_hash or b""), (
        "the link, and nothing else in its place"
    )


def test_no_private_half_lies_anywhere_on_the_disk(machine):
    """I4: and so no grant, no sealed identity and no sealed visit opens."""
    assert private_halves() == set()


def test_the_disk_opens_no_note_of_a_day_and_no_key_of_a_member_or_a_session(machine):
    """I4: the same keys, tried on what staff wrote for one another, and on their own keys."""
    keys = stretches(sealing.KEY_LENGTH)
    note = DayNote.objects.first()
    assert note is not None
    inner = boxes.unwrap(boxes.DAY_NOTE, note.pk, bytes(note.box)) or b""
    assert opened(keys, inner, Context("filed", "day_note", (note.pk,))) == []
    for holder in KeyHolder.objects.all():
        box = bytes(holder.wrapped_private)
        if holder.staff_id:
            box, context = box[22:], Context("holder", "wrapped_private", (holder.pk, holder.staff_id))
        else:
            context = Context("sheet", "wrapped_private", (holder.pk, holder.sheet_of_id or 0))
        assert opened(keys, box, context) == []
    halves = [half for session in Session.objects.all() for half in _halves(session.get_decoded())]
    assert len(halves) >= 2, "an open one, and one that waits"
    for half, owner in halves:
        assert opened(keys, half, Context("session", "private", (owner,))) == []


def _halves(session: dict[str, Any]) -> Iterator[tuple[bytes, int]]:
    if "half" in session:
        yield base64.urlsafe_b64decode(session["half"]), int(session["_auth_user_id"])
    if "pending" in session:
        yield base64.urlsafe_b64decode(session["pending"]["half"]), int(session["pending"]["staff"])


# The search bites (R3): a key left anywhere is found, and what it opens is found out.


def test_private_halves_left_anywhere_are_found(machine):
    """An agenda's in a session, behind other bytes and in base64; a member's in the practice's row, in hexadecimal."""
    agenda, member = machine.private_one(), private_of(machine.alice)
    session = Session.objects.first()
    assert session is not None
    session.session_data = Session.objects.encode(
        session.get_decoded() | {"kept": base64.b64encode(b"x" + agenda).decode()}
    )
    session.save()
    Practice.objects.update(legal_text=f"note {member.hex()}")
    assert private_halves() == {agenda, member}


def test_a_filing_key_left_in_a_row_is_found_to_open_names(machine):
    filing = boxes.Key(machine.private_one()).filing
    Practice.objects.update(legal_text=f"cache: {filing.hex()}")
    content = opened(stretches(sealing.KEY_LENGTH), *_filed())
    assert len(content) == 1
    assert found_in(content[0], PEOPLE)


def test_the_models_that_are_searched_are_all_of_them():
    """A value that is no text and no bytes holds no key: numbers, dates, yes or no."""
    kinds = {type(column) for model in apps.get_models() for column in model._meta.local_fields}
    texts = (models.CharField, models.TextField, models.BinaryField, models.JSONField)
    numbers = (models.IntegerField, models.DateField, models.BooleanField, models.ForeignKey, models.OneToOneField)
    assert all(issubclass(kind, texts + numbers) for kind in kinds), kinds
