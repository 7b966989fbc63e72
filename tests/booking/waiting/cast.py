"""A practice with a waiting list: Dr Un is full on Tuesday, and some wait."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from booking import appointments, delivery, waiting
from booking.delivery import Ways
from booking.links import new_token
from booking.models import Appointment, Message, Offer, Wish
from booking.waiting import Wanted
from booking.waiting_rules import EVERY_DAY, EVERY_PART
from patients import store
from practitioners.models import Practitioner
from tests.booking.cast import NOW, TUESDAY, Office, identity
from tests.post import Post

# Monday, 10:00 in Paris: offers may leave.
TEN = NOW + timedelta(hours=2)
MINUTE = timedelta(minutes=1)


@dataclass
class Hall(Office):
    """The office, its waiting list switched on, and the mail server by which offers leave."""

    post: Post = field(default_factory=Post)
    numbers: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        Practitioner.objects.update(waiting_list=True)
        self.one.refresh_from_db()
        self.type.practitioner = self.one

    def wish(self, email: str = "", now: datetime = NOW, **given: object) -> Wish:
        """Leave a wish; the link's token is left on it as `.token`."""
        self.numbers += 1
        token = new_token()
        wanted = Wanted(
            given.pop("weekdays", EVERY_DAY), given.pop("parts", EVERY_PART), given.pop("new_patient", True)
        )
        contact = given.pop("contact", {"email": email or f"w{self.numbers}@example.org"})
        waiting.leave(
            given.pop("visit_type", self.type),
            wanted,
            given.pop("identity", identity(f"Attend{self.numbers}")),
            store.Visit(**contact),
            token,
            now + self.numbers * timedelta(seconds=1),
            language="fr",
            network=f"192.0.2.{self.numbers}",
        )
        wish = Wish.objects.get(link_hash=appointments.link_hash(token))
        wish.token = token
        return wish

    def freed(self, clock: str = "09:00", day=TUESDAY, now: datetime = TEN, **given: object) -> Appointment:
        """A visit that was booked and is cancelled by its patient."""
        self.numbers += 1
        visit = self.book(
            clock, day, min(now, NOW), **{"contact": {"email": f"left{self.numbers}@example.org"}, **given}
        )
        appointments.cancel(visit.token, "", now)
        self.quiet()
        return visit

    def quiet(self) -> None:
        """What the visits themselves have to tell is not of these tests."""
        Message.objects.exclude(kind="offer").delete()

    def work(self, now: datetime) -> None:
        """The worker's turn, and that of a minute later, when what it wrote leaves."""
        waiting.work(now)
        delivery.work(now, Ways())
        delivery.work(now + MINUTE, Ways())

    def offered(self) -> str:
        """The token of the offer in the last mail."""
        text = self.post.taken[-1].get_body(("plain",)).get_content()
        return text.partition("/offer/")[2].split("/")[0]


def reserves() -> list[Appointment]:
    return list(Appointment.objects.filter(Appointment.RESERVE))


def open_offers(now: datetime) -> list[Offer]:
    return [one for one in Offer.objects.all() if one.is_open(now)]
