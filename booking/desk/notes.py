"""Notes of staff for staff: of a visit, inside its sealed box; of a day, in a sealed box of its own.

Two desks never overwrite each other: each says, by a fingerprint, which text it saw.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.http import Http404

from booking import pairing
from booking.appointments import reference
from booking.desk.terms import Desk
from booking.models import Appointment, DayNote
from booking.refusals import Closed, NotBookable
from booking.transactions import lock_agenda, verb
from clicdocteur.fields import random_key
from patients import store
from patients.store import fingerprint
from practitioners import access_log
from practitioners.keys import Vault
from practitioners.models import AgendaKey

__all__ = ["DayNoteShown", "day_notes", "fingerprint", "write_day_note", "write_note"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DayNoteShown:
    """The note of a day, or why it does not open (a code)."""

    text: str
    why: str = ""


@verb
def write_note(pk: int, note: str, seen: str, vault: Vault, now: datetime, *, by: Desk) -> None:
    """Replace the staff's note of a visit, if its text still has the fingerprint *seen*.

    Raises store.Changed with what it says now; Closed when it does not open or retention has emptied it; Http404; Busy.
    """
    lock_agenda(appointments=pk)
    appointment = Appointment.objects.filter(pk=pk).first()
    if appointment is None or not appointment.has_person:
        raise Http404
    keys = vault.keys(appointment.practitioner_id, appointment.key_version or 0)
    access_log.record(by.staff, [pk], "note", by.session_tag, now)
    try:
        store.annotate(reference(appointment), keys, note, seen)
    except store.NotOpened as closed:
        raise Closed(closed.why) from None


def day_notes(
    practitioners: Collection[int], first: date, last: date, vault: Vault
) -> dict[tuple[int, date], DayNoteShown]:
    """Return the notes of these practitioners' days, inclusive, by practitioner and day. One query."""
    found = DayNote.objects.filter(practitioner__in=practitioners, day__range=(first, last)).order_by("day")
    return {(one.practitioner_id, one.day): _shown(one, vault) for one in found}


def _shown(note: DayNote, vault: Vault) -> DayNoteShown:
    keys = vault.keys(note.practitioner_id, note.key_version)
    try:
        return DayNoteShown(store.open_day_note(note.pk, bytes(note.box), keys))
    except store.NotOpened as closed:
        return _closed(note, closed.why if keys else "no-key")


def _closed(note: DayNote, why: str) -> DayNoteShown:
    logger.error("the note of day %s does not open: %s", note.pk, why)
    return DayNoteShown("", why)


@verb
def write_day_note(
    practitioner: int, day: date, text: str, seen: str, vault: Vault, now: datetime, *, by: Desk
) -> None:
    """Replace the note of a practitioner's day, if its text still has the fingerprint *seen*; an empty text deletes it.

    Raises store.Changed, Closed when the present one does not open, NotBookable without the agenda's current key, Busy.
    """
    lock_agenda(pk=practitioner)
    current = AgendaKey.objects.filter(practitioner=practitioner, retired=False, altered=False).first()
    private = vault.key(practitioner, current.version) if current else None
    if current is None or private is None or not pairing.is_sound():
        raise NotBookable
    note = DayNote.objects.filter(practitioner=practitioner, day=day).first()
    said = _shown(note, vault) if note else DayNoteShown("")
    if said.why:
        raise Closed(said.why)
    if fingerprint(said.text) != seen:
        raise store.Changed(said.text)
    pk = note.pk if note else random_key()
    if not text:
        DayNote.objects.filter(pk=pk).delete()
    else:
        box = store.close_day_note(pk, text, private)
        DayNote.objects.update_or_create(
            pk=pk, defaults={"practitioner_id": practitioner, "day": day, "key_version": current.version, "box": box}
        )
    access_log.record(by.staff, [pk], "day-note", by.session_tag, now)
