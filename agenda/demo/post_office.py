"""What the demo practice sent and will send: as the outbox would have left it, with a few that did not arrive."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from booking import schedule
from booking.models import Appointment, Message
from clicdocteur.fields import random_key

Kind, State = Message.Kind, Message.State


def messages(appointment: Appointment, now: datetime, random: Random) -> Iterator[Message]:
    """Yield the messages of a visit to come, booked a while ago."""
    if appointment.reach == Appointment.Reach.CALL:
        if random.random() < 0.012:
            yield _message(appointment, Kind.CHANGE, State.CALL, now - timedelta(minutes=random.randrange(5, 300)))
        return
    booked = now - timedelta(days=random.randrange(1, 25), minutes=random.randrange(600))
    refused = random.random() < 0.02 and now - booked < timedelta(days=7)
    state = State.FAILED if refused else State.SENT
    confirmation = _message(appointment, Kind.CONFIRMATION, state, booked)
    confirmation.attempts, confirmation.channel, confirmation.closed = 1, Message.Channel.EMAIL, booked
    confirmation.error = Message.Error.REFUSED if refused else Message.Error.NONE
    yield confirmation
    zone = appointment.practitioner.practice.zone
    for due in schedule.reminders(appointment.start, booked, zone, by_sms=False):
        reminder = _message(appointment, Kind.REMINDER, State.QUEUED, due)
        if due < now:
            reminder.state, reminder.attempts, reminder.channel = State.SENT, 1, Message.Channel.EMAIL
            reminder.closed = due + timedelta(seconds=random.randrange(60))
        yield reminder


def _message(appointment: Appointment, kind: Message.Kind, state: Message.State, due: datetime) -> Message:
    return Message(
        id=random_key(),
        appointment=appointment,
        practitioner_id=appointment.practitioner_id,
        kind=kind,
        state=state,
        due=due,
    )
