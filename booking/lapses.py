"""Who did not come, or said so too late: marked by staff, counted for an unlocked agenda, and never asked online.

Each is a row beside its appointment whose box only the agenda's key opens (`patients.store.lapses`), so that neither the server
nor whoever has both stores can count anybody's, or tell that two are of one person. There is no index: all of a year's are
opened, some microseconds each, and compared. The public pages know nothing of them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.http import Http404

from booking import identities
from booking.desk.terms import Desk
from booking.likeness import words_of
from booking.models import Appointment, Lapse
from booking.refusals import Closed, NotAllowed
from booking.retention import LAPSE_KEPT
from booking.transactions import lock_agenda, verb
from clicdocteur.fields import random_key
from patients import store
from practitioners import access_log
from practitioners.keys import Vault
from practitioners.models import AgendaKey

State = Appointment.State
# What can be counted: an absence is by itself, since staff alone mark it; a late cancellation when they say so.
COUNTED: Final = (State.ABSENT, State.CANCELLED_LATE)


@dataclass(frozen=True, slots=True)
class Tally:
    """How often somebody of a name did not come in the last year, and how often they said so late."""

    absences: int = 0
    late: int = 0

    def __bool__(self) -> bool:
        return bool(self.absences or self.late)


class Tallies:
    """All that is counted of some agendas, opened; ask it of whom."""

    def __init__(self, found: Iterable[tuple[int, str, list[store.Mark]]]) -> None:
        self._of: dict[tuple[int, str], list[tuple[str, store.Mark]]] = defaultdict(list)
        for practitioner, state, marks in found:
            for mark in marks:
                self._of[practitioner, mark.name].append((state, mark))

    def of(self, practitioner: int, identity: store.Identity) -> Tally:
        """Return what is counted with one practitioner of the persons of an identity, taken together."""
        states = [
            state
            for mine in _marks(identity)
            for state, mark in self._of[practitioner, mine.name]
            if mark.is_of(mine)
        ]  # fmt: skip
        return Tally(states.count(State.ABSENT), states.count(State.CANCELLED_LATE))


def tallies(practitioners: Collection[int], vault: Vault, now: datetime) -> Tallies:
    """Open what is counted of these agendas in the last year. One query; nobody is displayed."""
    rows = list(
        Lapse.objects.filter(practitioner__in=practitioners, appointment__start__gt=now - LAPSE_KEPT)
        .order_by("pk")
        .values_list("pk", "practitioner_id", "key_version", "box", "appointment__state")
    )
    opened = store.open_lapses(
        (pk, bytes(box), vault.keys(practitioner, version)) for pk, practitioner, version, box, _state in rows
    )
    return Tallies((one[1], one[4], opened[one[0]]) for one in rows if one[0] in opened)


def is_counted(appointment: Appointment) -> bool:
    """Whether a visit is counted."""
    return Lapse.objects.filter(appointment=appointment).exists()


def count_absence(appointment: Appointment, vault: Vault, now: datetime) -> None:
    """Count a visit that staff have just marked as an absence; what does not open is not counted."""
    if appointment.state == State.ABSENT and appointment.start > now - LAPSE_KEPT:
        _count(appointment.pk, vault)


def count(pk: int, vault: Vault, now: datetime, *, by: Desk) -> None:
    """Count an absence or a late cancellation, because staff say so. Raises Http404, NotAllowed, Closed, Busy."""
    if not _count(pk, vault):
        raise Closed("no-key")
    access_log.record(by.staff, [pk], "counted", by.session_tag, now)


@verb
def uncount(pk: int, now: datetime, *, by: Desk) -> None:
    """Count it no longer. Done again, it changes nothing. Raises Busy."""
    lock_agenda(appointments=pk)
    if Lapse.objects.filter(appointment=pk).delete()[0]:
        access_log.record(by.staff, [pk], "uncounted", by.session_tag, now)


@verb
def _count(pk: int, vault: Vault) -> bool:
    """Write the row under the agenda's lock, as every renewal of its key does; return False when nothing opens."""
    lock_agenda(appointments=pk)
    appointment = Appointment.objects.filter(pk=pk).first()
    if appointment is None or not appointment.has_person:
        raise Http404
    if appointment.state not in COUNTED:
        raise NotAllowed
    practitioner = appointment.practitioner_id
    key = AgendaKey.objects.filter(practitioner=practitioner, retired=False).first()
    private = vault.key(practitioner, key.version) if key else None
    record = identities.look([appointment], vault).get(pk)
    if key is None or private is None or record is None:
        return False
    if not is_counted(appointment):
        row = Lapse(id=random_key(), practitioner_id=practitioner, appointment=appointment, key_version=key.version)
        row.box = store.close_lapse(row.pk, _marks(record.identity), private)
        row.save(force_insert=True)
    return True


def _marks(identity: store.Identity) -> list[store.Mark]:
    return [store.mark_of(words_of(one.full_name), one.birth_date) for one in identity.persons]
