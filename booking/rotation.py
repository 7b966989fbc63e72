"""An agenda goes from one key to the next: every record is closed anew, while patients book and staff work.

Bookings are sealed to the new key from the moment it exists. What is older is moved in steps: the record first, in the
patients store, then `Appointment.key_version`, which points to the key. So an appointment never names a key that its record
is not under yet, but a crash between the two leaves a record *ahead* of its appointment: it is opened by trying the named
key and then the later ones (`Vault.keys`), each of which fits or does not; and the next step finds it done and moves the pointer.
When nothing points to an older key any more, nobody holds one any more.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from booking import pairing
from booking.appointments import reference
from booking.models import Appointment, DayNote, Lapse, Wish
from booking.refusals import NotBookable
from booking.transactions import lock_agenda, verb
from patients import store
from practitioners import keys
from practitioners.keys import Vault
from practitioners.models import AgendaKey, Grant, Practitioner

# Records moved in one transaction: patients and colleagues wait for no longer than that.
BATCH = 50


_Kept = Callable[[Sequence[int]], "QuerySet[Any]"]


class NotHeld(Exception):
    """The session does not hold the agenda's current key, or not the older one: it cannot move its records."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an agenda is: `left` records, notes and lapses are under an older key, of `total`; `closed` did not open just now."""

    version: int
    left: int
    total: int
    is_over: bool
    closed: int = 0

    @property
    def moved(self) -> int:
        """How many are under the current key."""
        return self.total - self.left


def progress(practitioners: Iterable[int]) -> dict[int, Progress]:
    """Return how far each of these agendas is; those without a key are left out. Five queries."""
    wanted = list(practitioners)
    current = dict(
        AgendaKey.objects.filter(practitioner__in=wanted, retired=False).values_list("practitioner", "version")
    )
    retired = Grant.objects.filter(agenda_key__retired=True, agenda_key__practitioner__in=wanted)
    under_way = set(retired.values_list("agenda_key__practitioner", flat=True))
    left, total = Counter[int](), Counter[int]()
    for kept in (_kept(wanted), _wishes(wanted), _notes(wanted), _lapses(wanted)):
        counted = (
            kept.order_by().values("practitioner").annotate(left=Count("pk", filter=_behind(current)), of=Count("pk"))
        )
        for row in counted:
            left[row["practitioner"]] += row["left"]
            total[row["practitioner"]] += row["of"]
    return {
        practitioner: Progress(version, left[practitioner], total[practitioner], practitioner not in under_way)
        for practitioner, version in current.items()
    }


def start(practitioner: Practitioner, vault: Vault, today: date) -> keys.Renewed:
    """Make the next key in the session of somebody who holds the current one. Raises NotHeld, NotBookable, keys.NobodyLeft."""
    _need_sound_stores()
    current = AgendaKey.objects.filter(practitioner=practitioner, retired=False).first()
    if current is None or vault.key(practitioner.pk, current.version) is None:
        raise NotHeld
    return keys.renew(practitioner, vault, today)


def advance(practitioner: Practitioner, vault: Vault, seconds: float = 8) -> Progress:
    """Move records to the current key for so long, or until none is left; then let the older keys go.

    May be interrupted at any instant and asked again by anybody who holds the keys. Raises NotHeld, NotBookable, Busy.
    """
    _need_sound_stores()
    until, closed = time.monotonic() + seconds, _move_boxes(practitioner.pk, vault)
    # Wishes first: one that is accepted meanwhile is an appointment by then.
    for kept in (_wishes, _kept):
        last = 0
        while time.monotonic() < until:
            batch = _move(practitioner.pk, vault, kept, last)
            if not batch.seen:
                break
            last, closed = batch.last, closed + batch.closed
    _finish(practitioner.pk)
    found = progress([practitioner.pk])[practitioner.pk]
    return Progress(found.version, found.left, found.total, found.is_over, closed)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one step looked at, up to which appointment, and how many records did not open."""

    seen: int
    last: int
    closed: int


@verb
def _move(practitioner: int, vault: Vault, kept: _Kept, after: int) -> _Batch:
    """Move the next records, in the order of their random ids. Corrections and erasures wait for the agenda's lock."""
    lock_agenda(pk=practitioner)
    version = AgendaKey.objects.values_list("version", flat=True).get(practitioner=practitioner, retired=False)
    newest = vault.key(practitioner, version)
    if newest is None:
        raise NotHeld
    older = kept([practitioner]).filter(key_version__lt=version, pk__gt=after).order_by("pk")
    batch: list[Appointment | Wish] = list(older[:BATCH])
    outcome = store.reseal({reference(one): vault.keys(practitioner, one.key_version or 0) for one in batch}, newest)
    # A record that is gone needs no key: the sweep speaks of it.
    moved = [pk for pk, why in outcome.items() if why in ("", "missing")]
    kept([practitioner]).filter(pk__in=moved).update(key_version=version)
    closed = sum(why not in ("", "missing", "busy") for why in outcome.values())
    return _Batch(len(batch), batch[-1].pk if batch else after, closed)


@verb
def _move_boxes(practitioner: int, vault: Vault) -> int:
    """Move the notes of days and the lapses, of which there are few; return how many do not open.

    Whoever writes one waits for the lock.
    """
    lock_agenda(pk=practitioner)
    version = AgendaKey.objects.values_list("version", flat=True).get(practitioner=practitioner, retired=False)
    newest = vault.key(practitioner, version)
    if newest is None:
        raise NotHeld
    closed = 0
    for kept, move in ((_notes, store.move_day_note), (_lapses, store.move_lapse)):
        for row in kept([practitioner]).filter(key_version__lt=version).order_by("pk"):
            keys_of = vault.keys(practitioner, row.key_version)
            try:
                row.box, row.key_version = move(row.pk, bytes(row.box), keys_of, newest), version
            except store.NotOpened:
                closed += 1
                continue
            row.save(update_fields=["box", "key_version"])
    return closed


@verb
def _finish(practitioner: int) -> None:
    """Let the older keys go, if nothing needs them; asked under the lock that every booking takes."""
    lock_agenda(pk=practitioner)
    version = AgendaKey.objects.values_list("version", flat=True).get(practitioner=practitioner, retired=False)
    older = (kept([practitioner]).filter(key_version__lt=version) for kept in (_kept, _wishes, _notes, _lapses))
    if not any(one.exists() for one in older):
        keys.let_go(practitioner)


def _kept(practitioners: Sequence[int]) -> QuerySet[Appointment]:
    return Appointment.objects.filter(
        practitioner__in=practitioners, patient_ref__isnull=False, key_version__isnull=False
    )


def _wishes(practitioners: Sequence[int]) -> QuerySet[Wish]:
    """Wishes with a record of their own."""
    return Wish.objects.filter(practitioner__in=practitioners, patient_ref__isnull=False)


def _notes(practitioners: Sequence[int]) -> QuerySet[DayNote]:
    return DayNote.objects.filter(practitioner__in=practitioners)


def _lapses(practitioners: Sequence[int]) -> QuerySet[Lapse]:
    return Lapse.objects.filter(practitioner__in=practitioners)


def _behind(current: dict[int, int]) -> Q:
    behind = Q(pk__isnull=True)
    for practitioner, version in current.items():
        behind |= Q(practitioner=practitioner, key_version__lt=version)
    return behind


def _need_sound_stores() -> None:
    if not pairing.is_sound():
        raise NotBookable
