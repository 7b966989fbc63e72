"""Looking through thousands of records for a few: one filed box of each is opened, and only what may be meant is read.

There is no index. What makes a scan fast is that a cipher is made ready once for all boxes, and that a content is looked
at before it is read. What is not filed yet, or does not open this way, is left to the slow way, which also files it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Final

from clicdocteur import sealing
from clicdocteur.prepared import Prepared
from clicdocteur.router import PATIENTS
from clicdocteur.sealing import SealingError, opener
from patients.models import PatientRecord
from patients.store import boxes, people
from patients.store.boxes import Column, Key
from patients.store.people import Identity, Visit

# How many rows one query reads: on SQLite a booking waits for it, some milliseconds.
BATCH: Final = 500
# An appointment's id and its `patient_ref`: a Reference, of which a scan does not make thousands.
Named = tuple[int, bytes]
# By the private halves that may open them: of one agenda under one of its keys.
Wanted = Mapping[tuple[bytes, ...], Sequence[Named]]
_Open = Callable[[bytes, int], bytes]


def _of(column: Column) -> Prepared:
    return Prepared(lambda ids: PatientRecord.objects.filter(pk__in=ids).values_list("pk", column.name), PATIENTS)


def _after(column: Column) -> Prepared:
    rows = PatientRecord.objects.order_by("pk").values_list("pk", column.name)
    return Prepared(lambda last: rows.filter(pk__gt=last)[:BATCH], PATIENTS)


_OF: Final = {column: _of(column) for column in (boxes.IDENTITY, boxes.VISIT)}
_NAMES_AFTER: Final = _after(boxes.IDENTITY)


def sift_names(
    wanted: Wanted, may_be: Callable[[bytes], bool], *, whole: bool = False
) -> tuple[dict[int, Identity], set[int]]:
    """Return who comes, by appointment id, where *may_be* says so of what is written; and what is left to the slow way.

    *whole* says that hardly any record of the store is not wanted: it is read from one end to the other then.
    """
    left: set[int] = set()
    mine = _mine(wanted, boxes.IDENTITY, left)
    found = _sift(_all_names() if whole else _rows(boxes.IDENTITY, mine), boxes.IDENTITY, mine, may_be, left)
    read = cache(lambda content: people.identity_from(people.load(content)))
    return {pk: read(content) for pk, content in found.items()}, left


def sift_visits(wanted: Wanted, may_be: Callable[[bytes], bool]) -> tuple[dict[int, Visit], set[int]]:
    """Return the same of what staff need for a visit; visits whose box retention has emptied are in neither."""
    left: set[int] = set()
    mine = _mine(wanted, boxes.VISIT, left)
    found = _sift(_rows(boxes.VISIT, mine), boxes.VISIT, mine, may_be, left)
    return {pk: people.visit_from(people.load(content)) for pk, content in found.items()}, left


def _sift(
    rows: Iterable[tuple[int, bytes]],
    column: Column,
    mine: Mapping[int, tuple[int, _Open]],
    may_be: Callable[[bytes], bool],
    left: set[int],
) -> dict[int, bytes]:
    """Return the contents that may be meant, by appointment id; note what does not open this way."""
    found: dict[int, bytes] = {}
    open_stored = opener(boxes.keys("storage"), "storage", column.name)
    for record, box in rows:
        if (one := mine.get(record)) is None:
            continue
        appointment, open_filed = one
        try:
            inner = open_stored(box, record)
            if inner[0] == boxes.EMPTY:
                continue
            content = sealing.unpad(open_filed(inner, record))
        except SealingError:
            left.add(appointment)
            continue
        if may_be(content):
            found[appointment] = content
    return found


def _mine(wanted: Wanted, column: Column, left: set[int]) -> dict[int, tuple[int, _Open]]:
    """Return by record its appointment, and what opens its filed box, but no sealed one."""
    links = boxes.keys("link")
    mine: dict[int, tuple[int, _Open]] = {}
    for keys, named in wanted.items():
        open_filed = opener([Key(key).filing for key in keys], "filed", column.name, boxes.FILED)
        for appointment, ref in named:
            try:
                mine[_record(links, ref, appointment)] = appointment, open_filed
            except SealingError:
                left.add(appointment)
    return mine


@lru_cache(maxsize=32_768)
def _record(links: tuple[bytes, ...], ref: bytes, appointment: int) -> int:
    """Return the record that a reference names, which a process remembers from one search to the next. Raises SealingError.

    Two random numbers, of some 350 bytes: whoever can read them here has the link key beside them, which opens all others.
    """
    return int.from_bytes(_open_link(links)(ref, appointment))


@cache
def _open_link(links: tuple[bytes, ...]) -> _Open:
    return opener(links, "link", "patient_ref")


def _rows(column: Column, records: Iterable[int]) -> Iterator[tuple[int, bytes]]:
    """Yield (record, box) of these records that are there, in the store's own order, in which they lie on the disk."""
    ordered = sorted(records)
    for start in range(0, len(ordered), BATCH):
        some = ordered[start : start + BATCH]
        # One query in one shape, whatever is left: the last batch is filled up with a record that is in it.
        yield from _OF[column].each(some + some[-1:] * (BATCH - len(some)))


def _all_names() -> Iterator[tuple[int, bytes]]:
    """Yield the same of all records that there are: no key is zero."""
    last, more = 0, True
    while more:
        more = False
        for record, box in _NAMES_AFTER.each(last):
            last, more = record, True
            yield record, box
