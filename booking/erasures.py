"""Erased means erased from backups too: the ids of erased records are kept as long as backups are, and replayed by a restore.

Each is closed under the link key, so that the list tells only how many were erased on a day. It lies in the agenda store,
written in the transaction of the erasure, and in files beside the backups, one a day, so that it outlives the store.
"""

import fcntl
import logging
import os
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings

from booking import doubt
from booking.appointments import reference
from booking.models import Appointment, Erasure, Wish
from patients import store

logger = logging.getLogger(__name__)
# One day more than a backup is kept.
KEPT = timedelta(days=31)
FOLDER = "erased"


def note(appointments: Iterable[Appointment | Wish], now: datetime) -> None:
    """Note in the agenda store that their records are erased, in the transaction that erases them. Raises NotOpened."""
    records = [reference(one).record for one in appointments if one.patient_ref is not None]
    Erasure.objects.bulk_create(Erasure(box=store.erased_box(record), day=now.date()) for record in records)


def keep_beside_backups(now: datetime) -> bool:
    """Write the list into the files beside the backups, and forget what is older than any backup; say whether it could.

    A folder that cannot be written is a warning: the next backup writes the same list. While the date is in doubt nothing is
    forgotten: backups are kept as well.
    """
    first = date.min if doubt.is_doubted(now) else (now - KEPT).date()
    Erasure.objects.filter(day__lt=first).delete()
    days: dict[date, set[str]] = {}
    for day, box in Erasure.objects.values_list("day", "box"):
        days.setdefault(day, set()).add(b64encode(bytes(box)).decode())
    try:
        with _alone():
            for day, lines in days.items():
                _write(_folder() / day.isoformat(), lines | _lines(_folder() / day.isoformat()))
            for path in _files():
                if path.name < first.isoformat():
                    path.unlink()
    except OSError as failure:
        logger.warning("the list of erasures was not written beside the backups: %s", type(failure).__name__)
        return False
    return True


def listed() -> tuple[set[int], int]:
    """Return the ids of all erased records, of the store and of the files; and how many do not open with this secret."""
    boxes = {bytes(box) for box in Erasure.objects.values_list("box", flat=True)}
    boxes.update(b64decode(line) for path in _files() for line in _lines(path))
    records, closed = set(), 0
    for box in boxes:
        try:
            records.add(store.erased_id(box))
        except store.NotOpened:
            closed += 1
    return records, closed


def rewrap() -> None:
    """Close the list anew under the current server secret. What opens with none stays as it is."""
    for one in Erasure.objects.order_by("pk"):
        if (newer := _renewed(bytes(one.box))) is not None:
            Erasure.objects.filter(pk=one.pk).update(box=newer)
    with _alone():
        for path in _files():
            lines = _lines(path)
            _write(path, {b64encode(_renewed(b64decode(line)) or b64decode(line)).decode() for line in lines})


def _renewed(box: bytes) -> bytes | None:
    try:
        return store.erased_renewed(box)
    except store.NotOpened:
        return None


def _folder() -> Path:
    return Path(settings.BACKUP_FOLDER) / FOLDER


def _files() -> list[Path]:
    return sorted(_folder().glob("20??-??-??"))


def _lines(path: Path) -> set[str]:
    return set(path.read_text(encoding="ascii").split()) if path.exists() else set()


def _write(path: Path, lines: set[str]) -> None:
    """Write a file whole or not at all; sorted, and so in no order: the boxes are random."""
    draft = path.with_name(f".{path.name}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.writelines(f"{line}\n" for line in sorted(lines))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


@contextmanager
def _alone() -> Iterator[None]:
    """Hold off other processes that write the list."""
    _folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(_folder() / ".lock", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
