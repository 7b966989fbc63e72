"""That somebody did not come: whose it was, as fingerprints, in a box that the agenda's key alone opens.

There is nothing to look a person up by: whoever asks opens them all, and compares. Equal persons have unequal boxes.
"""

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from patients.store import boxes, people
from patients.store.boxes import LAPSE, Key, NotOpened


@dataclass(frozen=True, slots=True)
class Mark:
    """A person without their name: a fingerprint of its words, and the birth date where it was asked."""

    name: str
    birth_date: date | None = None

    def is_of(self, other: "Mark") -> bool:
        """Whether it may be the same person: the same words, and no other birth date."""
        known = self.birth_date is not None and other.birth_date is not None
        return self.name == other.name and not (known and self.birth_date != other.birth_date)


def mark_of(words: Sequence[str], birth_date: date | None) -> Mark:
    """Return the mark of a name, given as the words by which names are compared, in any order."""
    plain = " ".join(sorted(words)).encode("utf-8", "surrogatepass")
    return Mark(hashlib.sha256(plain).hexdigest()[:32], birth_date)


def close_lapse(lapse: int, marks: Iterable[Mark], private: bytes) -> bytes:
    """Return the box of a lapse, filed under its agenda's key."""
    content = {"marks": [[one.name, one.birth_date.isoformat() if one.birth_date else ""] for one in marks]}
    return boxes.file(LAPSE, lapse, people.dump(content), Key(private))


def open_lapses(rows: Iterable[tuple[int, bytes, Sequence[bytes]]]) -> dict[int, list[Mark]]:
    """Return the marks of lapses, given as (id, box, private halves), by id; what does not open is left out."""
    ready: dict[bytes, Key] = {}
    found: dict[int, list[Mark]] = {}
    for lapse, box, halves in rows:
        with suppress(NotOpened):
            opened = boxes.open_box(LAPSE, lapse, box, [ready.setdefault(one, Key(one)) for one in halves])
            if opened is not None:
                found[lapse] = [_mark(*one) for one in people.load(opened.content)["marks"]]
    return found


def move_lapse(lapse: int, box: bytes, halves: Sequence[bytes], to: bytes) -> bytes:
    """Return a lapse as another key of its agenda files it. Raises NotOpened."""
    return boxes.refile(LAPSE, lapse, box, [Key(private) for private in halves], Key(to))


def lapse_renewed(lapse: int, box: bytes) -> bytes | None:
    """Return a lapse as the current server secret would have closed it, or None when it did. Raises NotOpened."""
    return boxes.renewed(LAPSE, lapse, box)


def _mark(name: str, birth_date: str) -> Mark:
    return Mark(name, date.fromisoformat(birth_date) if birth_date else None)
