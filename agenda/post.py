"""What became of messages, for the desk: whom to call, what did not leave, what waits and what left."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from agenda.visits import Visit, visit
from booking import identities, words
from booking.models import Message
from practitioners.keys import Vault
from practitioners.models import Practitioner

State = Message.State
# What is shown of each list: a desk that has more has another problem.
MOST: Final = 60
_SEEN_FOR: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Line:
    """A message in the practice's words and zone; `visit` is None for a summary."""

    message: Message
    when: str
    visit: Visit | None
    day: str = ""

    @property
    def can_go_again(self) -> bool:
        """Whether sending it once more makes sense."""
        return self.message.kind not in (Message.Kind.CODE, Message.Kind.OFFER)


@dataclass(frozen=True, slots=True)
class Lists:
    """The four lists of the page, and how many there are of the two that are only counted."""

    call: list[Line]
    failed: list[Line]
    waiting: list[Line]
    sent: list[Line]
    waiting_number: int
    sent_number: int


def lists(practitioners: Sequence[Practitioner], vault: Vault | None, now: datetime) -> Lists:
    """Return the messages of these agendas. Identities are opened for whom to call and what did not leave, if unlocked."""
    # Codes are between a patient and the page: whether the contact is proven stands on the appointment.
    ours = Message.objects.filter(practitioner__in=[one.pk for one in practitioners]).exclude(kind=Message.Kind.CODE)
    ours = ours.select_related(
        "practitioner__practice", "appointment__practitioner", "appointment__location", "appointment__visit_type"
    )
    call = list(ours.filter(state=State.CALL, due__lte=now).order_by("appointment__start", "pk")[:MOST])
    failed = list(
        ours.filter(state__in=(State.FAILED, State.DOUBTFUL), closed__gte=now - _SEEN_FOR).order_by("-closed", "pk")[
            :MOST
        ]
    )
    waiting = ours.filter(state__in=(*Message.UNSENT, State.CALL)).exclude(state=State.CALL, due__lte=now)
    sent = ours.filter(state__in=(State.SENT, State.CALLED), closed__gte=now - _SEEN_FOR)
    needed = [one.appointment for one in [*call, *failed] if one.appointment is not None]
    shown = identities.show(needed, vault, "messages", now) if vault and needed else {}
    return Lists(
        [_line(one, shown, now) for one in call],
        [_line(one, shown, now) for one in failed],
        _plain(waiting.order_by("due", "pk")[:MOST], now),
        _plain(sent.order_by("-closed", "pk")[:MOST], now),
        waiting.count(),
        sent.count(),
    )


def of_visit(messages: Iterable[Message], now: datetime) -> list[Line]:
    """Return the messages of one visit, for its own page."""
    return _plain(messages, now)


def _plain(messages: Iterable[Message] | QuerySet[Message], now: datetime) -> list[Line]:
    return [_line(one, {}, now) for one in messages]


def _line(message: Message, shown: dict[int, identities.Shown], now: datetime) -> Line:
    zone = message.practitioner.practice.zone
    at = words.moment(message.closed or message.due, zone)
    appointment = message.appointment
    if appointment is None:
        return Line(message, at, None)
    return Line(message, at, visit(appointment, zone, now, shown), words.day(appointment.start.astimezone(zone).date()))
