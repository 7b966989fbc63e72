"""A record whose appointment goes to another agenda: its content is closed anew, in a row of its own.

The old row is left as it is until the agenda has committed: whatever fails in between, one of the two is an orphan that
nothing points to, and the other opens.
"""

from collections.abc import Sequence

from clicdocteur.fields import random_key
from patients.models import PatientRecord
from patients.store import boxes, opening, people
from patients.store.boxes import Key, NotOpened
from patients.store.references import Reference


def transfer(reference: Reference, keys: Sequence[bytes], public_key: bytes) -> bytes:
    """Close a record anew for another agenda and return the new `patient_ref`; the appointment keeps its id and its link.

    It only inserts: the old record is to be forgotten once the new reference stands. Raises NotOpened.
    """
    row = PatientRecord.objects.filter(pk=reference.record).first()
    if row is None:
        raise NotOpened("missing")
    copy = _copied(row, [Key(private) for private in keys], public_key)
    copy.save(force_insert=True)
    return boxes.reference(copy.pk, reference.appointment)


def _copied(row: PatientRecord, keys: Sequence[Key], public_key: bytes) -> PatientRecord:
    """Return a new record, unsaved, with the content of an old one, closed to another agenda key. Raises NotOpened."""
    inside = opening.open_row(row, keys)
    record = random_key()
    visit = inside.visit
    # A contact that the patient corrected has been taken over into the visit on the way.
    contact = boxes.open_contact(row.pk, bytes(row.contact_box) if inside.contact is None else inside.contact)
    if contact and people.SHELVED in people.load(contact):
        contact = None  # under the key of the agenda that it leaves
    return PatientRecord(
        id=record,
        identity_box=boxes.close(boxes.IDENTITY, record, inside.identity.content, public_key),
        visit_box=boxes.close(boxes.VISIT, record, visit.content, public_key)
        if visit
        else boxes.filler(boxes.VISIT, record),
        contact_box=boxes.close_contact(record, contact) if contact else boxes.filler(boxes.CONTACT, record),
    )
