"""The contact box: what the server itself can read of a patient, so that it can write to them. It holds no name."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from patients.models import PatientRecord
from patients.store import boxes, opening, people
from patients.store.boxes import NotOpened
from patients.store.people import Contact
from patients.store.references import Reference


def read_contact(reference: Reference) -> Contact | None:
    """Return what the server itself can read of a contact, or None. Raises NotOpened."""
    row = PatientRecord.objects.only("contact_box").filter(pk=reference.record).first()
    if row is None:
        raise NotOpened("missing")
    return opening.contact_of(row)


def read_contacts(references: Iterable[Reference]) -> dict[int, Contact]:
    """Return by appointment id what the server can read of many contacts; what does not open is left out. One query."""
    records: dict[int, int] = {}
    for reference in references:
        with suppress(NotOpened):
            records[reference.record] = reference.appointment
    found: dict[int, Contact] = {}
    for row in PatientRecord.objects.only("contact_box").filter(pk__in=list(records)):
        with suppress(NotOpened):
            if (contact := opening.contact_of(row)) is not None:
                found[records[row.pk]] = contact
    return found


def correct(reference: Reference, contact: Contact, public_key: bytes, *, readable: bool) -> None:
    """Replace a contact by the one that the patient now types, with the new link's token.

    Where the server has no use for it (`readable` is false) it is sealed to the agenda key at once. Raises NotOpened.
    """
    record = reference.record
    if readable:
        held = replace(contact, corrected=True)
    else:
        sealed = boxes.seal_correction(record, people.dump({contact.channel: contact.value}), public_key)
        held = Contact(contact.channel, "", contact.language, "", correction=sealed)
    if not PatientRecord.objects.filter(pk=record).update(contact_box=contact_box(record, held)):
        raise NotOpened("missing")


def choose_reminders(reference: Reference, *, on: bool) -> bool:
    """Note the patient's choice beside their contact. Returns whether there was one. Raises NotOpened."""
    row = PatientRecord.objects.only("contact_box").filter(pk=reference.record).first()
    contact = opening.contact_of(row) if row else None
    if row is None or contact is None:
        return False
    box = contact_box(row.pk, replace(contact, reminders=on))
    return bool(PatientRecord.objects.filter(pk=row.pk, contact_box=row.contact_box).update(contact_box=box))


def relink(reference: Reference, token: str) -> None:
    """Let a contact that the server can read carry a new link's token; what is sealed carries none. Raises NotOpened."""
    contact = read_contact(reference)
    if contact is not None and contact.token:
        PatientRecord.objects.filter(pk=reference.record).update(
            contact_box=contact_box(reference.record, replace(contact, token=token))
        )


def contact_box(record: int, contact: Contact | None) -> bytes:
    """Return the box of a contact, or one without content."""
    if contact is None:
        return boxes.filler(boxes.CONTACT, record)
    return boxes.close_contact(record, people.dump(people.contact_map(contact)))
