"""Looking through thousands of records for a few: one filed box of each is opened, and only what may be meant is read.

There is no index. What makes a scan fast is that a cipher is made ready once for all boxes, and that a content is looked
at before it is read. What is not filed yet, or does not open this way, is left to the slow way, which also files it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from clicdocteur import sealing
from clicdocteur.prepared import Prepared
from clicdocteur.router import PATIENTS
from clicdocteur.sealing import Opener, SealingError
from patients.models import PatientRecord
from patients.store import boxes, people
from patients.store.boxes import Column, Key
from patients.store.people import Identity, Visit
from patients.store.references import Reference

# How many rows are asked for at once: the boxes of so many are in memory together.
BATCH: Final = 500
Wanted = Mapping[Reference, tuple[bytes, ...]]


def _boxes(column: Column) -> Prepared:
    return Prepared(lambda ids: PatientRecord.objects.filter(pk__in=ids).values_list("pk", column.name), PATIENTS)


_BOXES: Final = {column: _boxes(column) for column in (boxes.IDENTITY, boxes.VISIT)}


def sift_names(wanted: Wanted, may_be: Callable[[bytes], bool]) -> tuple[dict[int, Identity], list[Reference]]:
    """Return who comes, by appointment id, where *may_be* says so of what is written; and what is left to the slow way."""
    found, left = _sift(wanted, boxes.IDENTITY, may_be)
    read = cache(lambda content: people.identity_from(people.load(content)))
    return {pk: read(content) for pk, content in found.items()}, left


def sift_visits(wanted: Wanted, may_be: Callable[[bytes], bool]) -> tuple[dict[int, Visit], list[Reference]]:
    """Return the same of what staff need for a visit; visits whose box retention has emptied are in neither."""
    found, left = _sift(wanted, boxes.VISIT, may_be)
    return {pk: people.visit_from(people.load(content)) for pk, content in found.items()}, left


def _sift(wanted: Wanted, column: Column, may_be: Callable[[bytes], bool]) -> tuple[dict[int, bytes], list[Reference]]:
    found: dict[int, bytes] = {}
    left: list[Reference] = []
    storage = Opener(boxes.keys("storage"), "storage", column.name)
    agendas = {keys: _filed(column, keys) for keys in set(wanted.values())}
    for reference, record, box in _rows(wanted, column, left):
        try:
            inner = storage.open(box, record)
            if inner[0] == boxes.EMPTY:
                continue
            content = sealing.unpad(agendas[wanted[reference]].open(inner, record))
        except SealingError:
            left.append(reference)
            continue
        if may_be(content):
            found[reference.appointment] = content
    return found, left


def _filed(column: Column, keys: Sequence[bytes]) -> Opener:
    """Return what opens the filed boxes of one agenda, and no sealed one."""
    return Opener([Key(key).filing for key in keys], "filed", column.name, boxes.FILED)


def _rows(wanted: Wanted, column: Column, left: list[Reference]) -> Iterator[tuple[Reference, int, bytes]]:
    """Yield (reference, record, box) of all that is there, in the store's own order, in which it lies on the disk."""
    link = Opener(boxes.keys("link"), "link", "patient_ref")
    named: dict[int, Reference] = {}
    for reference in wanted:
        try:
            named[int.from_bytes(link.open(reference.ref, reference.appointment))] = reference
        except SealingError:
            left.append(reference)
    records = sorted(named)
    for start in range(0, len(records), BATCH):
        some = records[start : start + BATCH]
        # One query in one shape, whatever is left: the last batch is filled up with a record that is in it.
        for record, box in _BOXES[column].rows(some + some[-1:] * (BATCH - len(some))):
            yield named[record], record, bytes(box)
