"""Who comes: one full record, one bare, and the longest that the forms let through."""

from datetime import date

from patients import store
from patients.models import PatientRecord
from patients.store import boxes, people

COLUMNS = (boxes.IDENTITY, boxes.VISIT, boxes.CONTACT)
FULL = store.Identity(
    (store.Person("d’Ävila-Ñuñez", "Þorbjörg", date(2019, 2, 28)), store.Person("李", "")),
    store.Person('O\'Brien "Bé"', "X Æ A-12"),
)
SAID = store.Visit(
    email="thorbjorg@example.org", phone="+33 1 99 00 11 22", message="Sonnez\n2×", address="3 rue", note="?"
)
REACHED = store.Contact("email", "thorbjorg@example.org", "en", "t" * 32)
BARE = store.Identity((store.Person("Y"),))


def longest_identity(character: str) -> store.Identity:
    """Every field at its limit."""
    name = character * people.NAME_LENGTH
    person = store.Person(name, name, date(2020, 12, 31))
    return store.Identity((person,) * people.PERSONS, person)


def longest_visit(character: str) -> store.Visit:
    """Every field at its limit; a phone number is digits."""
    return store.Visit(
        email=character * people.CONTACT_LENGTH,
        phone="+33 1 99 00 11 22 (poste 123456)",
        message=character * people.MESSAGE_LENGTH,
        address=character * people.ADDRESS_LENGTH,
        note=character * people.NOTE_LENGTH,
    )


def row(ref: bytes, appointment: int) -> PatientRecord:
    """The record behind a reference, as it lies in its table."""
    return PatientRecord.objects.get(pk=store.Reference(appointment, ref).record)


def lengths() -> set[tuple[int, ...]]:
    """The lengths of all rows' columns, each distinct combination once."""
    return {tuple(len(getattr(one, column.name)) for column in COLUMNS) for one in PatientRecord.objects.all()}
