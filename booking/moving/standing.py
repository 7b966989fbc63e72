"""Where a visit stands, and putting it elsewhere: what every move, and its undoing, is made of."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self

from booking.appointments import current_key, reference
from booking.holds import occupy
from booking.models import Appointment, Message, OccupiedCell, Wish
from booking.refusals import Closed
from clicdocteur.grid import cell_of, instant_of
from patients import store
from practitioners.keys import Vault
from practitioners.models import Practitioner


class Spot(NamedTuple):
    """The cells that a visit takes: from *first*, until *end*, its buffer until *busy_until*."""

    first: int
    end: int
    busy_until: int


class Seen(NamedTuple):
    """What the screen showed of an appointment: two desks never write over each other without knowing."""

    state: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Standing:
    """All that a move or a mark changes of an appointment; no person is in it. `arrived` is in seconds of the epoch."""

    practitioner: int
    visit_type: int | None
    location: int
    first: int
    end: int
    busy_until: int
    lane: int
    state: str
    cancel_reason: str = ""
    arrived: int | None = None
    discreet: bool = False

    @classmethod
    def of(cls, appointment: Appointment) -> Self:
        """Return where an appointment stands."""
        arrived = appointment.arrived_at
        return cls(
            appointment.practitioner_id,
            appointment.visit_type_id,
            appointment.location_id,
            appointment.first_cell,
            cell_of(appointment.end),
            appointment.end_cell,
            appointment.lane,
            appointment.state,
            appointment.cancel_reason,
            None if arrived is None else int(arrived.timestamp()),
            appointment.discreet,
        )

    @classmethod
    def load(cls, kept: dict[str, Any]) -> Self:
        """Return what `dump` wrote. Raises TypeError for anything else."""
        return cls(**kept)

    def dump(self) -> dict[str, Any]:
        """Return it as numbers and a state, as a session keeps it."""
        return asdict(self)

    @property
    def spot(self) -> Spot:
        """The cells."""
        return Spot(self.first, self.end, self.busy_until)

    @property
    def arrived_at(self) -> datetime | None:
        """When the patient came, if they have."""
        return None if self.arrived is None else datetime.fromtimestamp(self.arrived, UTC)


def spot_from(appointment: Appointment, first: int) -> Spot:
    """Return the cells of a visit that begins elsewhere: as long as it was booked, its buffer included (A4, A11)."""
    end = first + cell_of(appointment.end) - appointment.first_cell
    return Spot(first, end, first + appointment.end_cell - appointment.first_cell)


def put(appointment: Appointment, spot: Spot, lane: int, location: int, now: datetime) -> None:
    """Save an appointment on other cells, in the transaction that is under way; it goes or stays as a whole.

    Raises IntegrityError when the cells are somebody else's: then the transaction is lost, and the old ones are kept.
    """
    OccupiedCell.objects.filter(appointment=appointment).delete()
    appointment.start, appointment.end = instant_of(spot.first), instant_of(spot.end)
    appointment.first_cell, appointment.end_cell, appointment.lane = spot.first, spot.busy_until, lane
    appointment.location_id = location
    # Put anew, it is chosen in the zone that the practice has by now.
    appointment.time_zone = appointment.practitioner.practice.time_zone
    appointment.sequence += 1
    appointment.save(
        update_fields=[
            *("practitioner", "visit_type", "location", "start", "end", "first_cell", "end_cell", "lane", "time_zone"),
            *("state", "cancel_reason", "arrived_at", "sequence", "discreet", "key_version", "patient_ref"),
        ]
    )
    occupy(appointment, now)


def hand_over(appointment: Appointment, practitioner: Practitioner, vault: Vault) -> store.Reference | None:
    """Give an appointment to another practitioner: its record is closed anew under their key, as a new one; messages follow.

    Returns the old record's reference, to be forgotten once the agenda has committed; if it never does, the new record is
    the orphan. Raises Closed when this session cannot open it, NotBookable when they have no key to seal to.
    """
    key = current_key(practitioner.pk)
    left: store.Reference | None = None
    if appointment.patient_ref is not None:
        left = reference(appointment)
        keys = vault.keys(appointment.practitioner_id, appointment.key_version or 0)
        try:
            appointment.patient_ref = store.transfer(left, keys, bytes(key.public_key))
        except store.NotOpened as closed:
            raise Closed(closed.why) from None
        appointment.key_version = key.version
    Message.objects.filter(appointment=appointment).update(practitioner=practitioner)
    # To come earlier was a wish to the one whom it leaves.
    Wish.objects.filter(appointment=appointment).delete()
    appointment.practitioner = practitioner
    return left
