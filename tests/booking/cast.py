"""A practice that takes bookings: Dr Un receives on weekdays from 9 to 12, in 15-minute steps."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from booking import appointments, holds, pairing
from booking.models import Appointment
from clicdocteur.grid import cell_at
from patients import store
from practitioners.models import Opening, Practitioner, VisitType
from tests.practitioners.cast import House

PARIS = ZoneInfo("Europe/Paris")
# A Monday, 8:00 in Paris: nothing of the day has passed.
NOW = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)
MONDAY = date(2026, 1, 5)
TUESDAY = date(2026, 1, 6)


def cell(day: date, clock: str) -> int:
    """The cell of a wall time in Paris: `cell(TUESDAY, "09:30")`."""
    hour, minute = clock.split(":")
    return cell_at(day, int(hour) * 60 + int(minute), PARIS)


def visit_type(of: Practitioner, slug: str = "consultation", **fields: object) -> VisitType:
    return VisitType.objects.create(**{"practitioner": of, "slug": slug, "name": slug.title(), **fields})


def identity(last_name: str = "Kowalczyk-N’Diaye", first_name: str = "Zénobie") -> store.Identity:
    return store.Identity((store.Person(last_name, first_name),))


@dataclass
class Office(House):
    """The cast of three, and one bookable practitioner."""

    places: int = 1
    type: VisitType = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        pairing.establish()
        Practitioner.objects.update(published=True)
        self.type = visit_type(self.one, duration_new=30, duration_known=30, notice=0)
        for weekday in range(5):
            self.opening(weekday=weekday, start_minute=540, end_minute=720)

    def opening(self, **fields: object) -> Opening:
        return Opening.objects.create(
            **{"practitioner": self.one, "location": self.location, "places": self.places, **fields}
        )

    def hold(self, clock: str = "09:00", day: date = TUESDAY, now: datetime = NOW, **given: object) -> str:
        arguments: dict = {"visit_type": self.type, "new_patient": True, "network": "192.0.2.1", **given}
        return holds.take(arguments.pop("visit_type"), cell(day, clock), now, **arguments)

    def book(self, clock: str = "09:00", day: date = TUESDAY, now: datetime = NOW, **given: object) -> Appointment:
        """Hold and book; the link's token is left on the appointment as `.token`."""
        contact = given.pop("contact", {"email": "zenobie@example.org"})
        who = given.pop("identity", identity())
        token = self.hold(clock, day, now, **given)
        booked = appointments.book(token, appointments.Submission(who, store.Visit(**contact), "fr"), now)
        booked.token = token
        return booked
