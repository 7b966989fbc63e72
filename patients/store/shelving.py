"""A contact put away for a few minutes: out of the server's sight at once, and back if staff undo what took it away.

The box keeps the contact sealed to the agenda key, so that only an unlocked session brings it back; whoever reads the box
without that key finds no contact. The night's tidying empties it.
"""

from collections.abc import Iterable, Sequence

from clicdocteur import sealing
from clicdocteur.sealing import Context
from patients.models import PatientRecord
from patients.store import boxes, people
from patients.store.boxes import Key, NotOpened
from patients.store.people import Contact
from patients.store.references import Reference

# The longest contact (254 characters of four bytes, a token, a language) and the map around it.
_PADDED = 1300


def shelve(reference: Reference, contact: Contact, public_key: bytes) -> None:
    """Put a contact out of the server's sight, so that an unlocked session can bring it back today. Raises NotOpened."""
    box = _shelf(reference.record, contact, public_key)
    PatientRecord.objects.filter(pk=reference.record).update(contact_box=box)


def take_down(reference: Reference, keys: Sequence[bytes]) -> bool:
    """Bring a contact back that was put away; say whether there was one. Raises NotOpened."""
    row = PatientRecord.objects.filter(pk=reference.record).first()
    contact = _taken_down(row, [Key(private) for private in keys]) if row else None
    if row is None or contact is None:
        return False
    rows = PatientRecord.objects.filter(pk=row.pk, contact_box=row.contact_box)
    return bool(rows.update(contact_box=boxes.close_contact(row.pk, people.dump(people.contact_map(contact)))))


def clear_shelves(references: Iterable[Reference]) -> int:
    """Empty the contact boxes in which something was put away. Returns how many. Raises NotOpened."""
    rows = PatientRecord.objects.only("contact_box").in_bulk([one.record for one in references])
    shelved = [row.pk for row in rows.values() if _is_shelved(row)]
    for record in shelved:
        PatientRecord.objects.filter(pk=record).update(contact_box=boxes.filler(boxes.CONTACT, record))
    return len(shelved)


def _shelf(record: int, contact: Contact, public_key: bytes) -> bytes:
    """Return the box that keeps a contact out of the server's sight."""
    content = people.dump(people.contact_map(contact))
    sealed = sealing.seal(public_key, sealing.pad(content, _PADDED), _context(record))
    return boxes.close_contact(record, people.dump({people.SHELVED: sealed.hex()}))


def _is_shelved(row: PatientRecord) -> bool:
    """Say whether a row's contact was put away. Raises NotOpened."""
    content = boxes.open_contact(row.pk, bytes(row.contact_box))
    return content is not None and people.SHELVED in people.load(content)


def _taken_down(row: PatientRecord, keys: Sequence[Key]) -> Contact | None:
    """Return the contact that a row keeps put away, or None when there is none. Raises NotOpened."""
    content = boxes.open_contact(row.pk, bytes(row.contact_box))
    sealed = people.load(content).get(people.SHELVED) if content else None
    if sealed is None:
        return None
    for key in keys:
        try:
            padded = sealing.open_sealed(key.private, bytes.fromhex(sealed), _context(row.pk))
        except sealing.SealingError:
            continue
        return people.contact_from(people.load(sealing.unpad(padded)))
    raise NotOpened("shelved-authentication")


def _context(record: int) -> Context:
    return Context("shelved", boxes.CONTACT.name, (record,))
