"""Alice moves visits: she holds Dr Un's agenda and Dr Deux's too. It is Monday, 8:00."""

from typing import Any

from booking import moving
from booking.models import Appointment, OccupiedCell
from booking.moving import Moved, Seen, Target
from practitioners import keys
from practitioners.keys import Vault
from practitioners.models import Opening, Practitioner, Staff, VisitType
from tests.booking.cast import MONDAY, NOW, TUESDAY, Office, cell, visit_type
from tests.practitioners.cast import holder_of, private_of

TAG = bytes(range(16))


class Room(Office):
    """The office, with a second practitioner who receives too, and vaults at hand."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.their_type: VisitType = visit_type(self.two, "visite", duration_new=30, duration_known=30, notice=0)
        for weekday in range(5):
            Opening.objects.create(
                practitioner=self.two, location=self.location, weekday=weekday, start_minute=540, end_minute=720
            )
        private = keys.agenda_private(private_of(self.bruno), self.bruno, self.two.pk, 1, MONDAY)
        assert private is not None
        keys.grant(self.key_two, private, holder_of(self.alice))

    def vault(self, of: Staff | None = None) -> Vault:
        member = of or self.alice
        return Vault(member, private_of(member), MONDAY, TAG)

    def move(self, visit: Appointment, clock: str, **given: Any) -> Moved:
        """Move a visit as a screen that is up to date would."""
        to = target(given.pop("practitioner", self.one), clock, given.pop("day", TUESDAY), given.pop("type", None))
        vault = given.pop("vault", None) or self.vault()
        return moving.move_for_staff(visit.pk, to, given.pop("seen", None) or seen(visit), NOW, vault=vault, **given)


def target(practitioner: Practitioner, clock: str, day: Any = TUESDAY, kind: VisitType | None = None) -> Target:
    return Target(practitioner.pk, cell(day, clock), kind.pk if kind else None)


def seen(visit: Appointment) -> Seen:
    """What a screen that was loaded just now shows."""
    now = again(visit)
    return Seen(now.state, now.sequence)


def again(visit: Appointment) -> Appointment:
    return Appointment.objects.get(pk=visit.pk)


def clock(visit: Appointment) -> str:
    from tests.booking.cast import PARIS

    return f"{again(visit).start.astimezone(PARIS):%d %H:%M}"


def cells(visit: Appointment) -> list[int]:
    return list(OccupiedCell.objects.filter(appointment=visit).order_by("cell").values_list("cell", flat=True))
