"""Opening a record, and filing it: what was opened once is written back under a key that opens in microseconds.

Whatever is written back is compared and swapped on the boxes that were read: a retention that emptied one meanwhile, a
patient who corrected a contact, another desk that filed first all win, and the next opening does what is left.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db import DatabaseError, transaction

from clicdocteur.router import PATIENTS
from patients.models import PatientRecord
from patients.store import boxes, people
from patients.store.boxes import Key, NotOpened, Opened
from patients.store.people import Contact, Identity, Visit

logger = logging.getLogger(__name__)
# How many rows one transaction files: a booking that waits for it waits some milliseconds.
BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class Record:
    """An opened record. `visit` is None once retention has emptied it."""

    identity: Identity
    visit: Visit | None


@dataclass(frozen=True, slots=True)
class Change:
    """A row as it was read, and the boxes that it is to have, by column."""

    row: PatientRecord
    boxes: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Inside:
    """What the boxes of a row hold. `contact` is set when a corrected contact was taken over into the visit."""

    identity: Opened
    visit: Opened | None
    contact: bytes | None = None

    def record(self) -> Record:
        """Return it as the rest of the program knows it. Raises NotOpened for content of another make."""
        try:
            identity = people.identity_from(people.load(self.identity.content))
            visit = None if self.visit is None else people.visit_from(people.load(self.visit.content))
        except (ValueError, KeyError, TypeError):
            raise NotOpened("content") from None
        return Record(identity, visit)


def open_row(row: PatientRecord, keys: Sequence[Key]) -> Inside:
    """Open the boxes of a row with whichever of these keys fits. Raises NotOpened."""
    identity = _open_identity(row, keys)
    visit = boxes.open_box(boxes.VISIT, row.pk, bytes(row.visit_box), keys)
    return Inside(identity, visit) if visit is None else _settled(row, Inside(identity, visit), visit, keys)


def open_name(row: PatientRecord, keys: Sequence[Key]) -> Inside:
    """Open the identity box of a row and no other, with whichever of these keys fits. Raises NotOpened."""
    return Inside(_open_identity(row, keys), None)


def _open_identity(row: PatientRecord, keys: Sequence[Key]) -> Opened:
    identity = boxes.open_box(boxes.IDENTITY, row.pk, bytes(row.identity_box), keys)
    if identity is None:
        raise NotOpened("empty")
    return identity


def filing(row: PatientRecord, inside: Inside) -> Change | None:
    """Return what filing makes of a row, or None when all of it is filed already."""
    changed = {
        column.name: boxes.file(column, row.pk, opened.content, opened.key)
        for column, opened in ((boxes.IDENTITY, inside.identity), (boxes.VISIT, inside.visit))
        if opened is not None and not opened.filed
    }
    if inside.contact is not None:
        changed[boxes.CONTACT.name] = inside.contact
    return Change(row, changed) if changed else None


def resealing(row: PatientRecord, inside: Inside, to: Key) -> Change | None:
    """Return what closing a row under another agenda key makes of it, or None when it is under that key already."""
    changed = {
        column.name: boxes.file(column, row.pk, opened.content, to)
        for column, opened in ((boxes.IDENTITY, inside.identity), (boxes.VISIT, inside.visit))
        if opened is not None and opened.key != to
    }
    if inside.contact is not None and inside.visit is not None:
        changed[boxes.VISIT.name] = boxes.file(boxes.VISIT, row.pk, inside.visit.content, to)
        changed[boxes.CONTACT.name] = inside.contact
    return Change(row, changed) if changed else None


def write_back(changes: Iterable[Change]) -> set[int]:
    """Write what has not changed since it was read; return the ids of these rows. Raises DatabaseError."""
    ordered = sorted(changes, key=lambda change: change.row.pk)
    batches = (ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH))
    return {record for batch in batches for record in _swap(batch)}


def file_quietly(changes: Iterable[Change]) -> None:
    """File what was opened. A store that cannot be written just now is no reason to show nothing: the next opening files."""
    try:
        write_back(changes)
    except DatabaseError as failure:
        logger.warning("filing was put off: %s", type(failure).__name__)


def _swap(changes: Sequence[Change]) -> set[int]:
    with transaction.atomic(using=PATIENTS):
        # Rows that somebody else holds are left to the next time: who never waits is never part of a deadlock.
        rows = PatientRecord.objects.select_for_update(skip_locked=True)
        free = set(rows.filter(pk__in=[change.row.pk for change in changes]).values_list("pk", flat=True))
        return {change.row.pk for change in changes if change.row.pk in free and _swap_one(change)}


def _swap_one(change: Change) -> int:
    row = change.row
    unread = row.get_deferred_fields()
    as_read = {column.name: getattr(row, column.name) for column in boxes.COLUMNS if column.name not in unread}
    return PatientRecord.objects.filter(pk=row.pk, **as_read).update(**change.boxes)


def _settled(row: PatientRecord, inside: Inside, visit: Opened, keys: Sequence[Key]) -> Inside:
    """Take a corrected contact over into the visit; what the server could only carry sealed leaves its box."""
    contact = contact_of(row)
    if contact is None or not (contact.corrected or contact.correction):
        return inside
    if contact.correction:
        newer = people.load(boxes.open_correction(row.pk, contact.correction, keys))
        box = boxes.filler(boxes.CONTACT, row.pk)
    else:
        newer = {contact.channel: contact.value}
        settled = replace(contact, corrected=False)
        box = boxes.close_contact(row.pk, people.dump(people.contact_map(settled)))
    content: dict[str, Any] = people.load(visit.content)
    content = {name: value for name, value in content.items() if name not in ("email", "phone")} | newer
    return Inside(inside.identity, Opened(people.dump(content), visit.key, filed=False), box)


def contact_of(row: PatientRecord) -> Contact | None:
    """Return what the server can read of a row's contact, or None; one that was put away it cannot. Raises NotOpened."""
    content = boxes.open_contact(row.pk, bytes(row.contact_box))
    loaded = {} if content is None else people.load(content)
    return people.contact_from(loaded) if loaded and people.SHELVED not in loaded else None


def server_reads(row: PatientRecord) -> bool:
    """Say whether the server secret alone gives a way to reach the patient."""
    try:
        contact = contact_of(row)
    except NotOpened:
        return False
    return contact is not None and bool(contact.value)
