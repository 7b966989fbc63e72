"""The records' part in a rotation of the server secret: every box is closed anew under the current one."""

from dataclasses import dataclass

from patients.models import PatientRecord
from patients.store import boxes
from patients.store.boxes import NotOpened


@dataclass(frozen=True, slots=True)
class Sight:
    """What was found: how many were looked at, are under an older secret, and open with none."""

    seen: int = 0
    older: int = 0
    closed: int = 0

    def __add__(self, other: "Sight") -> "Sight":
        return Sight(self.seen + other.seen, self.older + other.older, self.closed + other.closed)


def records(*, write: bool) -> Sight:
    """Look at every record, in the order of their random ids; close anew what is under an older secret, if asked to.

    Compared and swapped on the boxes that were read: what somebody changed meanwhile counts as older, for the next pass.
    """
    sight = Sight()
    for row in PatientRecord.objects.order_by("pk").iterator(chunk_size=200):
        sight += _one(row, write=write)
    return sight


def _one(row: PatientRecord, *, write: bool) -> Sight:
    changed: dict[str, bytes] = {}
    closed = 0
    for column in boxes.COLUMNS:
        try:
            newer = boxes.renewed(column, row.pk, bytes(getattr(row, column.name)))
        except NotOpened:
            closed = 1
            continue
        if newer is not None:
            changed[column.name] = newer
    if changed and write:
        as_read = {name: getattr(row, name) for name in changed}
        if PatientRecord.objects.filter(pk=row.pk, **as_read).update(**changed):
            changed = {}
    return Sight(1, int(bool(changed)), closed)
