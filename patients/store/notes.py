"""What staff write for one another: the note of a visit, inside its visit box; the note of a day, in a box of its own.

Two desks never overwrite each other: whoever writes says which text their screen showed, and is refused when it is
another by now. Only an unlocked session writes, so what is written is filed at once.
"""

import hashlib
from collections.abc import Sequence

from patients.models import PatientRecord
from patients.store import boxes, opening, people
from patients.store.boxes import DAY_NOTE, Key, NotOpened, Opened
from patients.store.opening import Change
from patients.store.references import Reference

# Of a record that a patient corrects, or that another desk files, at the very same moment.
_TRIES = 3


def fingerprint(note: str) -> str:
    """Return what a form says of the text that it was filled in over, without holding it."""
    return hashlib.sha256(note.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Changed(Exception):
    """Somebody else wrote the note meanwhile. `note` is what it says now."""

    def __init__(self, note: str) -> None:
        super().__init__("changed")
        self.note = note


def annotate(reference: Reference, halves: Sequence[bytes], note: str, seen: str) -> None:
    """Replace a visit's note by another if it still has the fingerprint *seen*; all else in the box stays as it is.

    Raises Changed; NotOpened, `empty` once retention has emptied the visit, `busy` when others never stop writing.
    """
    record, keys = reference.record, [Key(private) for private in halves]
    for _ in range(_TRIES):
        row = PatientRecord.objects.filter(pk=record).first()
        if row is None:
            raise NotOpened("missing")
        if opening.write_back([_annotated(row, keys, note, seen)]):
            return
    raise NotOpened("busy")


def _annotated(row: PatientRecord, keys: Sequence[Key], note: str, seen: str) -> Change:
    inside = opening.open_row(row, keys)
    if inside.visit is None:
        raise NotOpened("empty")
    content = people.load(inside.visit.content)
    if fingerprint(content.get("note", "")) != seen:
        raise Changed(content.get("note", ""))
    content |= {"note": note}
    if not note:
        del content["note"]
    written = Opened(people.dump(content), inside.visit.key, filed=False)
    change = opening.filing(row, opening.Inside(inside.identity, written, inside.contact))
    assert change is not None  # noqa: S101 - a visit that is not filed makes one
    return change


def close_day_note(note_id: int, text: str, private: bytes) -> bytes:
    """Return the box of a day's note, filed under its agenda's key."""
    return boxes.file(DAY_NOTE, note_id, text.encode(), Key(private))


def open_day_note(note_id: int, box: bytes, halves: Sequence[bytes]) -> str:
    """Return the text of a day's note. Raises NotOpened."""
    opened = boxes.open_box(DAY_NOTE, note_id, box, [Key(private) for private in halves])
    if opened is None:
        raise NotOpened("empty")
    return opened.content.decode()


def move_day_note(note_id: int, box: bytes, halves: Sequence[bytes], to: bytes) -> bytes:
    """Return a day's note as another key of its agenda files it. Raises NotOpened."""
    return boxes.refile(DAY_NOTE, note_id, box, [Key(private) for private in halves], Key(to))


def day_note_renewed(note_id: int, box: bytes) -> bytes | None:
    """Return a day's note as the current server secret would have closed it, or None when it did. Raises NotOpened."""
    return boxes.renewed(DAY_NOTE, note_id, box)
