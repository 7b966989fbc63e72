"""Reconciling the two stores: records that no appointment knows are deleted, in two passes an hour apart.

A record is an orphan when the agenda's commit failed after the record was written. The sweep would rather keep ten
orphans than delete one record that somebody needs: each of its doubts stops it, and is an alarm.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from booking import pairing
from booking.models import Appointment, Orphan, Wish
from patients import store

BETWEEN_PASSES = timedelta(hours=1)
MOST_RECORDS, MOST_SHARE = 20, 0.01


class Alarm(Exception):
    """The sweep stopped and deleted nothing more. The text says why, without any id."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a sweep saw and did: counts only."""

    records: int
    missing: int
    waiting: int
    deleted: int


def sweep(now: datetime) -> Report:
    """Delete the orphans that an earlier pass had already seen; remember those that are new. Raises Alarm."""
    if (found := pairing.state()) is not pairing.Pairing.SOUND:
        raise Alarm(f"the stores and the server secret do not belong together: {found}")
    # The stores are read in this order, records first: an appointment made in between knows a record that is not listed.
    records = store.record_ids()
    known = _known()
    orphans = records - known
    due = orphans & set(Orphan.objects.filter(seen__lte=now - BETWEEN_PASSES).values_list("record", flat=True))
    if len(due) > MOST_RECORDS and len(due) > MOST_SHARE * len(records):
        raise Alarm(f"{len(due)} of {len(records)} records have no appointment: was a store restored?")
    deleted = sum(_delete(record) for record in sorted(due))
    Orphan.objects.exclude(record__in=orphans - due).delete()
    Orphan.objects.bulk_create((Orphan(record=record, seen=now) for record in orphans - due), ignore_conflicts=True)
    return Report(len(records), len(known - records), len(orphans - due), deleted)


def _known() -> set[int]:
    """Return the record ids that wishes and appointments refer to. Raises Alarm if a single reference does not open.

    Wishes first: a record that is handed over meanwhile is found with one of the two.
    """
    known = set()
    rows = (
        model.objects.filter(patient_ref__isnull=False).values_list("pk", "patient_ref")
        for model in (Wish, Appointment)
    )
    for pk, ref in chain.from_iterable(one.iterator() for one in rows):
        try:
            known.add(store.Reference(pk, bytes(ref or b"")).record)
        except store.NotOpened as closed:
            raise Alarm(f"a reference does not open ({closed.why}): is this the right server secret?") from None
    return known


def _delete(record: int) -> int:
    """Delete one orphan, after reading the agenda again."""
    return 0 if record in _known() else store.drop_orphan(record)
