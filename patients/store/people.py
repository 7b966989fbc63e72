"""What is written inside the boxes: versioned maps in JSON, of which unknown keys survive a rewrite."""

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

VERSION: Final = 1

# The longest inputs, in characters. Four bytes each at most, so the longest of all still fits its box (a test says so).
NAME_LENGTH: Final = 80
PERSONS: Final = 3
CONTACT_LENGTH: Final = 254
MESSAGE_LENGTH: Final = 300
ADDRESS_LENGTH: Final = 200
NOTE_LENGTH: Final = 400
DAY_NOTE_LENGTH: Final = 1000
# Under this name a contact box keeps a sealed contact that was put away (see `shelving`).
SHELVED: Final = "shelved"


@dataclass(frozen=True, slots=True)
class Person:
    """A name as it was typed, never capitalised by us; either part may be empty for people who have one name."""

    last_name: str
    first_name: str = ""
    birth_date: date | None = None

    @property
    def full_name(self) -> str:
        """First name, last name, as people say it."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def initials(self) -> tuple[str, str]:
        """Last name and first name by their first letters, for a screen that somebody else can see: « K.-N. », « Z. »."""
        return _initials(self.last_name), _initials(self.first_name)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who comes, and who booked for them when that is somebody else."""

    persons: tuple[Person, ...]
    booker: Person | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """What staff need for this one visit, forgotten a week after it."""

    email: str = ""
    phone: str = ""
    message: str = ""
    address: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """What the server itself can read, so that it can write to the patient: no name is in it.

    `correction` is a contact typed after the booking that the server may not read (a phone where there is no SMS):
    JSON sealed to the agenda key, until staff open the record. `corrected` says that `value` is newer than the visit's.
    `reminders` is the patient's own choice.
    """

    channel: str = ""
    value: str = field(default="", repr=False)
    language: str = "fr"
    token: str = field(default="", repr=False)
    corrected: bool = False
    correction: bytes = field(default=b"", repr=False)
    reminders: bool = True


def _initials(name: str) -> str:
    """Return the first letter of each part of a name; whatever is no letter between them is gone, but for hyphens."""
    parts = ("-".join(f"{part[0]}." for part in word.split("-") if part) for word in name.split())
    return "\u00a0".join(filter(None, parts))


def dump(content: dict[str, Any]) -> bytes:
    """Return a map as compact UTF-8 JSON."""
    return json.dumps({"v": VERSION, **content}, ensure_ascii=False, separators=(",", ":")).encode()


def load(content: bytes) -> dict[str, Any]:
    """Return the map that `dump` wrote."""
    loaded: dict[str, Any] = json.loads(content)
    return loaded


def identity_map(identity: Identity) -> dict[str, Any]:
    """Return an identity as a map."""
    content: dict[str, Any] = {"persons": [_person_map(person) for person in identity.persons]}
    if identity.booker:
        content["booker"] = _person_map(identity.booker)
    return content


def identity_from(content: dict[str, Any]) -> Identity:
    """Return the identity of a map."""
    booker = content.get("booker")
    return Identity(tuple(map(_person_from, content["persons"])), _person_from(booker) if booker else None)


def visit_map(visit: Visit) -> dict[str, Any]:
    """Return a visit as a map, without what is empty."""
    parts = {name: getattr(visit, name) for name in Visit.__slots__}
    return {name: value for name, value in parts.items() if value}


def visit_from(content: dict[str, Any]) -> Visit:
    """Return the visit of a map."""
    return Visit(**{name: content[name] for name in Visit.__slots__ if name in content})


def contact_map(contact: Contact) -> dict[str, Any]:
    """Return a contact as a map."""
    content: dict[str, Any] = {"channel": contact.channel, "value": contact.value, "language": contact.language}
    content["token"] = contact.token
    if contact.corrected:
        content["corrected"] = True
    if contact.correction:
        content["correction"] = contact.correction.hex()
    if not contact.reminders:
        content["reminders"] = False
    return content


def contact_from(content: dict[str, Any]) -> Contact:
    """Return the contact of a map."""
    return Contact(
        channel=content["channel"],
        value=content["value"],
        language=content["language"],
        token=content["token"],
        corrected=content.get("corrected", False),
        correction=bytes.fromhex(content.get("correction", "")),
        reminders=content.get("reminders", True),
    )


def _person_map(person: Person) -> dict[str, Any]:
    parts = {"last": person.last_name, "first": person.first_name}
    if person.birth_date:
        parts["birth"] = person.birth_date.isoformat()
    return parts


def _person_from(content: dict[str, Any]) -> Person:
    birth = content.get("birth")
    return Person(content["last"], content["first"], date.fromisoformat(birth) if birth else None)
