"""Everybody who works here, as the manager's pages show them."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone

from agenda import second_factor
from practitioners.models import Grant, Invitation, PendingGrant, Practitioner, Staff


@dataclass(frozen=True, slots=True)
class Access:
    """One agenda that somebody has, or that waits for them; None is a manager's rights."""

    practitioner: Practitioner | None
    starts_on: date | None
    ends_on: date | None
    waits: bool


@dataclass(slots=True)
class Person:
    """A member with what they have, what waits, and whether they are there yet."""

    staff: Staff
    has_factor: bool
    invitation: Invitation | None = None
    accesses: list[Access] = field(default_factory=list)

    @property
    def state(self) -> str:
        """`here`, `anew` (here and invited anew), `invited`, `expired` (invited, too late), or `left`."""
        if self.invitation is None:
            return "here" if self.staff.is_active else "left"
        if self.staff.is_active:
            return "anew"
        return "invited" if self.invitation.is_open(timezone.now()) else "expired"

    @property
    def agendas(self) -> list[Access]:
        """The accesses to agendas."""
        return [one for one in self.accesses if one.practitioner is not None]

    @property
    def rights_wait(self) -> bool:
        """Whether a manager's rights wait for them."""
        return any(one.practitioner is None for one in self.accesses)


def everybody() -> list[Person]:
    """Return everybody who works here or did, who is here first, by name. A constant number of queries."""
    found = _people(Staff.objects.select_related("practitioner"))
    return sorted(found, key=lambda one: (one.state == "left", _letters(one.staff.name)))


def _letters(name: str) -> str:
    """Return a name as a list is ordered by: « É » stands with « E »."""
    return "".join(one for one in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(one))


def person(staff: Staff) -> Person:
    """Return one of them."""
    return _people([staff])[0]


def _people(members: Iterable[Staff]) -> list[Person]:
    members = list(members)
    pks = [one.pk for one in members]
    factors = second_factor.who_has_one()
    found = {one.pk: Person(one, one.pk in factors) for one in members}
    for invitation in Invitation.objects.filter(staff__in=pks).select_related("made_by"):
        found[invitation.staff_id].invitation = invitation
    held = Grant.objects.filter(holder__staff__in=pks, agenda_key__retired=False)
    held = held.select_related("agenda_key__practitioner", "holder").order_by(
        "agenda_key__practitioner__position", "pk"
    )
    for given in held:
        access = Access(given.agenda_key.practitioner, given.starts_on, given.ends_on, waits=False)
        found[given.holder.staff_id or 0].accesses.append(access)
    waiting = PendingGrant.objects.filter(staff__in=pks).select_related("practitioner")
    for asked in waiting.order_by("practitioner__position", "pk"):
        found[asked.staff_id].accesses.append(Access(asked.practitioner, asked.starts_on, asked.ends_on, waits=True))
    return list(found.values())
