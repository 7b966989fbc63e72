"""Looking through thousands of records for a few: one filed box of each is opened, and only what may be meant is read.

There is no index. What makes a scan fast is that a cipher is made ready once for all boxes, and that a content is looked
at before it is read. What is not filed yet, or does not open this way, is left to the slow way, which also files it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from clicdocteur import sealing
from clicdocteur.sealing import Opener, SealingError
from patients.models import PatientRecord
from patients.store import boxes, people
from patients.store.boxes import Column, Key
from patients.store.people import Identity, Visit
from patients.store.references import Reference

# How many rows are asked for at once: the boxes of so many are in memory together.
BATCH: Final = 500
Wanted = Mapping[Reference, Sequence[bytes]]
_Reader = Callable[[int, bytes], bytes | None]


def sift_names(wanted: Wanted, may_be: Callable[[bytes], bool]) -> tuple[dict[int, Identity], list[Reference]]:
    """Return who comes, by appointment id, where *may_be* says so of what is written; and what is left to the slow way."""
    found, left = _sift(wanted, boxes.IDENTITY, may_be)
    return {pk: people.identity_from(people.load(content)) for pk, content in found.items()}, left


def sift_visits(wanted: Wanted, may_be: Callable[[bytes], bool]) -> tuple[dict[int, Visit], list[Reference]]:
    """Return the same of what staff need for a visit; visits whose box retention has emptied are in neither."""
    found, left = _sift(wanted, boxes.VISIT, may_be)
    return {pk: people.visit_from(people.load(content)) for pk, content in found.items()}, left


def _sift(wanted: Wanted, column: Column, may_be: Callable[[bytes], bool]) -> tuple[dict[int, bytes], list[Reference]]:
    found: dict[int, bytes] = {}
    left: list[Reference] = []
    readers: dict[tuple[bytes, ...], _Reader] = {}
    for reference, record, box in _rows(wanted, column, left):
        keys = tuple(wanted[reference])
        if keys not in readers:
            readers[keys] = _reader(column, keys)
        try:
            content = readers[keys](record, box)
        except SealingError:
            left.append(reference)
            continue
        if content is not None and may_be(content):
            found[reference.appointment] = content
    return found, left


def _rows(wanted: Wanted, column: Column, left: list[Reference]) -> Iterator[tuple[Reference, int, bytes]]:
    """Yield (reference, record, box) of all that is there, in the store's own order, in which it lies on the disk."""
    openers = [Opener(key, "link", "patient_ref") for key in boxes.keys("link")]
    named: dict[int, Reference] = {}
    for reference in wanted:
        try:
            named[int.from_bytes(_first(openers, reference.appointment, reference.ref))] = reference
        except SealingError:
            left.append(reference)
    records = sorted(named)
    for start in range(0, len(records), BATCH):
        rows = PatientRecord.objects.filter(pk__in=records[start : start + BATCH]).values_list("pk", column.name)
        for record, box in rows:
            yield named[record], record, bytes(box)


def _reader(column: Column, keys: Sequence[bytes]) -> _Reader:
    """Return what opens filed boxes of one agenda: content, or None for filler. It raises SealingError for any other."""
    outer = [Opener(key, "storage", column.name) for key in boxes.keys("storage")]
    inner = [Opener(Key(key).filing, "filed", column.name) for key in keys]

    def read(record: int, box: bytes) -> bytes | None:
        opened = _first(outer, record, box)
        if opened[0] == boxes.EMPTY:
            return None
        if opened[0] != boxes.FILED:
            raise SealingError("format")
        return sealing.unpad(_first(inner, record, boxes.as_encrypted(opened)))

    return read


def _first(openers: Sequence[Opener], number: int, box: bytes) -> bytes:
    """Open with the first that fits, as `sealing.decrypt_any`."""
    for opener in openers[:-1]:
        try:
            return opener.open(box, number)
        except SealingError as error:
            if error.reason != "authentication":
                raise
    if not openers:
        raise SealingError("authentication")
    return openers[-1].open(box, number)
