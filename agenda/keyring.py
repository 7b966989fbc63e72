"""The keys that a staff member holds, as the page about keys shows them."""

from dataclasses import dataclass
from datetime import date

from agenda.vault import StaffRequest
from booking import rotation
from booking.rotation import Progress
from practitioners import keys
from practitioners.models import AgendaKey, Grant, Practitioner


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds an agenda's current key: a person's name, or nothing for the recovery sheet.

    `strange`: their public key or their days are not those of the grant, as far as the reader's session can tell.
    """

    name: str
    starts_on: date | None
    ends_on: date | None
    confirmed: bool
    strange: bool


@dataclass(frozen=True, slots=True)
class Card:
    """One agenda's key: how far a renewal is, who holds it, and what should be done."""

    practitioner: Practitioner
    key: AgendaKey
    progress: Progress
    holders: list[Holder]
    kinds: set[str]

    @property
    def has_sheet(self) -> bool:
        """Whether a recovery sheet that was typed back holds the current key."""
        return any(not holder.name and holder.confirmed for holder in self.holders)

    @property
    def sheet_waits(self) -> bool:
        """Whether a recovery sheet was made, and its last group not typed back yet."""
        return any(not holder.name and not holder.confirmed for holder in self.holders)


def cards(request: StaffRequest, agendas: list[Practitioner]) -> list[Card]:
    """Return the keys of these agendas, in their order. A constant number of queries."""
    found = rotation.progress(one.pk for one in agendas)
    current = {key.practitioner_id: key for key in AgendaKey.objects.filter(practitioner__in=agendas, retired=False)}
    holders: dict[int, list[Holder]] = {pk: [] for pk in found}
    grants = Grant.objects.filter(agenda_key__in=list(current.values())).select_related("holder__staff", "agenda_key")
    for given in grants.order_by("holder__staff__name", "-holder__confirmed"):
        holders[given.agenda_key.practitioner_id].append(_holder(given, request))
    notices = request.vault.notices() if request.vault else []
    return [
        Card(
            one,
            current[one.pk],
            found[one.pk],
            holders[one.pk],
            {notice.kind for notice in notices if notice.practitioner.pk == one.pk},
        )
        for one in agendas
        if one.pk in found
    ]


def _holder(given: Grant, request: StaffRequest) -> Holder:
    staff, vault, key = given.holder.staff, request.vault, given.agenda_key
    private = vault.key(key.practitioner_id, key.version) if vault and staff != request.user else None
    strange = private is not None and not keys.is_bound(given, private)
    return Holder(staff.name if staff else "", given.starts_on, given.ends_on, given.holder.confirmed, strange)
