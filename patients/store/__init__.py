"""The one door of the patients store: put, open, replace, forget.

Every function names a record by the appointment's `patient_ref` and id, never by the record's own id: without the server
secret nobody can say which record belongs to which appointment, and this module is where it is said.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from clicdocteur.fields import random_key
from patients.models import PatientRecord
from patients.store import boxes, opening, people, rewrapping
from patients.store.asked import close as close_asked
from patients.store.asked import open_asked
from patients.store.boxes import (
    Key,
    NotOpened,
    check_box,
    check_is_current,
    check_opens,
    erased_box,
    erased_id,
    erased_renewed,
    reference_renewed,
)
from patients.store.contacts import (
    choose_reminders,
    contact_box,
    correct,
    read_contact,
    read_contacts,
    relink,
)
from patients.store.lapses import Mark, close_lapse, lapse_renewed, mark_of, move_lapse, open_lapses
from patients.store.notes import (
    Changed,
    annotate,
    close_day_note,
    day_note_renewed,
    fingerprint,
    move_day_note,
    open_day_note,
)
from patients.store.opening import Change, Record
from patients.store.people import Contact, Identity, Person, Visit
from patients.store.references import Reference
from patients.store.rewrapping import Sight
from patients.store.shelving import clear_shelves, shelve, take_down
from patients.store.sifting import Named, sift_names, sift_visits
from patients.store.transferring import transfer

__all__ = [
    "Changed",
    "Contact",
    "Identity",
    "Mark",
    "Named",
    "NotOpened",
    "Person",
    "Record",
    "Reference",
    "Sight",
    "Stored",
    "Visit",
    "annotate",
    "as_stored",
    "check_box",
    "check_is_current",
    "check_opens",
    "choose_reminders",
    "clear_shelves",
    "close_asked",
    "close_day_note",
    "close_lapse",
    "correct",
    "day_note_renewed",
    "drop_orphan",
    "empty_visit",
    "erased_box",
    "erased_id",
    "erased_renewed",
    "fingerprint",
    "forget",
    "handed_over",
    "insert",
    "lapse_renewed",
    "mark_of",
    "move_day_note",
    "move_lapse",
    "open_asked",
    "open_day_note",
    "open_lapses",
    "open_many",
    "open_names",
    "prepare",
    "put",
    "read_contact",
    "read_contacts",
    "record_ids",
    "reference_renewed",
    "relink",
    "reseal",
    "rewrap",
    "shelve",
    "sift_names",
    "sift_visits",
    "silence",
    "take_down",
    "transfer",
]


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it lies on the disk, unopened; and whether the server can read an address in its contact box."""

    record: int
    boxes: dict[str, bytes]
    server_reads: bool


def prepare(
    identity: Identity, visit: Visit | None, contact: Contact | None, public_key: bytes, appointment: int
) -> tuple[PatientRecord, bytes]:
    """Seal a new record, unsaved, and return it with the `patient_ref` for the appointment.

    Exactly one record per appointment: a series or a copy is a new record. Raises ValueError when a content is longer
    than its box, which the forms' limits make impossible.
    """
    record = random_key()
    return PatientRecord(
        id=record,
        identity_box=boxes.close(boxes.IDENTITY, record, people.dump(people.identity_map(identity)), public_key),
        visit_box=_visit_box(record, visit, public_key),
        contact_box=contact_box(record, contact),
    ), boxes.reference(record, appointment)


def put(identity: Identity, visit: Visit, contact: Contact | None, public_key: bytes, appointment: int) -> bytes:
    """Seal and insert a new record; return the `patient_ref`. It only inserts: nothing is ever overwritten here."""
    record, ref = prepare(identity, visit, contact, public_key, appointment)
    record.save(force_insert=True)
    return ref


def handed_over(reference: Reference, appointment: int) -> bytes:
    """Return the `patient_ref` under which a wish's record is an appointment's from now on. Raises NotOpened.

    The record stays as it is; whoever had it has to let go of it in the same transaction.
    """
    return boxes.reference(reference.record, appointment)


def insert(records: Iterable[PatientRecord]) -> None:
    """Insert records that were prepared, all or none, in one statement; in the order of their random keys, not of the visits."""
    PatientRecord.objects.bulk_create(sorted(records, key=lambda record: record.pk))


def open_many(wanted: Mapping[Reference, Sequence[bytes]]) -> dict[int, Record | NotOpened]:
    """Open the records of these references with their agenda private keys: one query, whatever their number.

    Several keys may be given for one: the key that the appointment points to, and then the agenda's others, one of which
    fits while a rotation is under way. Returns by appointment id what opened, or why it did not; nothing falls back,
    nothing is guessed. What was still sealed is filed, and a contact that the patient corrected since is taken over into
    the visit on the way: that writes, once.
    """
    return _open(wanted, PatientRecord.objects.all(), opening.open_row)


def open_names(wanted: Mapping[Reference, Sequence[bytes]]) -> dict[int, Record | NotOpened]:
    """Open who comes and nothing else, for pages that show no more: the records have no `visit`. One query.

    Contacts and messages stay closed, and whatever is wrong with them is said where they are shown.
    """
    return _open(wanted, PatientRecord.objects.only(boxes.IDENTITY.name), opening.open_name)


def _open(
    wanted: Mapping[Reference, Sequence[bytes]],
    records: QuerySet[PatientRecord],
    open_one: Callable[[PatientRecord, Sequence[Key]], opening.Inside],
) -> dict[int, Record | NotOpened]:
    opened: dict[int, Record | NotOpened] = {}
    changes: list[Change | None] = []
    halves = _Halves()
    for appointment, row, keys in _rows(wanted, opened, records):
        try:
            inside = open_one(row, [halves[key] for key in keys])
            opened[appointment] = inside.record()
            changes.append(opening.filing(row, inside))
        except NotOpened as failure:
            opened[appointment] = failure
    if unfiled := [change for change in changes if change]:
        opening.file_quietly(unfiled)
    return opened


def reseal(wanted: Mapping[Reference, Sequence[bytes]], to: bytes) -> dict[int, str]:
    """Close records anew under another private half of their agenda: a rotation's part in this store.

    Returns by appointment id "" where nothing of the record needs an older key now, or why not: a code of NotOpened, or
    `busy` when somebody else wrote the row meanwhile. What does not open is left as it is. Raises DatabaseError.
    """
    failed: dict[int, Record | NotOpened] = {}
    changes: dict[int, Change | None] = {}
    halves = _Halves()
    for appointment, row, keys in _rows(wanted, failed):
        try:
            inside = opening.open_row(row, [halves[key] for key in keys])
            changes[appointment] = opening.resealing(row, inside, halves[to])
        except NotOpened as failure:
            failed[appointment] = failure
    written = opening.write_back(change for change in changes.values() if change)
    outcome = {one: "" if change is None or change.row.pk in written else "busy" for one, change in changes.items()}
    return outcome | {one: failure.why for one, failure in failed.items() if isinstance(failure, NotOpened)}


def rewrap(*, write: bool = True) -> Sight:
    """Close every record anew under the current server secret; or only say how many are not. No agenda key is needed."""
    return rewrapping.records(write=write)


class _Halves(dict[bytes, Key]):
    """Each private half made ready once for one call, and forgotten with it."""

    def __missing__(self, private: bytes) -> Key:
        return self.setdefault(private, Key(private))


def _rows(
    wanted: Mapping[Reference, Sequence[bytes]],
    failed: dict[int, Record | NotOpened],
    records: QuerySet[PatientRecord] | None = None,
) -> Iterator[tuple[int, PatientRecord, Sequence[bytes]]]:
    """Return (appointment, row, keys) of all that is there; note what is not."""
    named: dict[int, tuple[Reference, Sequence[bytes]]] = {}
    for reference, keys in wanted.items():
        try:
            named[reference.record] = reference, keys
        except NotOpened as failure:
            failed[reference.appointment] = failure
    rows = (PatientRecord.objects.all() if records is None else records).in_bulk(list(named))
    for record, (reference, keys) in named.items():
        row = rows.get(record)
        if row is None:
            failed[reference.appointment] = NotOpened("missing")
        else:
            yield reference.appointment, row, keys


def as_stored(references: Iterable[Reference]) -> list[Stored]:
    """Return the rows behind these references as they lie in the store, in its own order, which says nothing of theirs.

    What is missing, or named by a reference that does not open, is left out. One query.
    """
    failed: dict[int, Record | NotOpened] = {}
    found = [row for _appointment, row, _keys in _rows(dict.fromkeys(references, ()), failed)]
    return [
        Stored(
            row.pk,
            {column.name: bytes(getattr(row, column.name)) for column in boxes.COLUMNS},
            opening.server_reads(row),
        )
        for row in sorted(found, key=lambda row: row.pk)
    ]


def silence(references: Iterable[Reference]) -> int:
    """Empty the contact boxes: nothing is left to send. Returns how many rows there were."""
    return _empty(references, [boxes.CONTACT])


def empty_visit(references: Iterable[Reference]) -> int:
    """Empty the visit and contact boxes, a week after the visit. Returns how many rows there were."""
    return _empty(references, [boxes.VISIT, boxes.CONTACT])


def _empty(references: Iterable[Reference], columns: Sequence[boxes.Column]) -> int:
    return sum(
        PatientRecord.objects.filter(pk=record).update(
            **{column.name: boxes.filler(column, record) for column in columns}
        )
        for record in (reference.record for reference in references)
    )


def forget(references: Iterable[Reference]) -> int:
    """Delete the records: erasure and purge alike. Returns how many rows went. Raises NotOpened before any goes."""
    records = [reference.record for reference in references]
    return PatientRecord.objects.filter(pk__in=records).delete()[0]


def record_ids() -> set[int]:
    """Return the ids of all records, for the sweep."""
    return set(PatientRecord.objects.values_list("pk", flat=True))


def drop_orphan(record: int) -> int:
    """Delete a record that no appointment knows, by its own id; return how many rows went. For the sweep alone."""
    return PatientRecord.objects.filter(pk=record).delete()[0]


def _visit_box(record: int, visit: Visit | None, public_key: bytes) -> bytes:
    if visit is None:
        return boxes.filler(boxes.VISIT, record)
    return boxes.close(boxes.VISIT, record, people.dump(people.visit_map(visit)), public_key)
