"""The ways out that one worker has: its connection to the mail server, and which channels it leaves alone for a while."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from booking import sms
from booking.codes import CountOfTheDay
from booking.letters import Letter
from booking.messages import Mail
from booking.models import Message

Channel = Message.Channel
REST: Final = timedelta(seconds=30)
LONGEST_REST: Final = timedelta(minutes=10)


class Ways:
    """What a worker sends by. A channel that is out of order is tried by one message, after growing rests."""

    def __init__(self) -> None:
        self._mail = Mail()
        # Of the day, of this worker: it is written down nowhere, and a restart forgets it.
        self.codes = CountOfTheDay()
        self._rests: dict[str, tuple[datetime, timedelta]] = {}

    def opens(self, channel: str, now: datetime) -> datetime | None:
        """Return until when a channel is left alone, or None when it may be used. A longer rest was begun by a clock that was ahead."""
        until, _length = self._rests.get(channel, (now, REST))
        return until if now < until <= now + LONGEST_REST else None

    def failed(self, channel: str, now: datetime) -> None:
        """Leave a channel alone, longer each time."""
        _until, length = self._rests.get(channel, (now, REST / 2))
        longer = min(length * 2, LONGEST_REST)
        self._rests[channel] = now + longer, longer

    def worked(self, channel: str) -> None:
        """It is in order."""
        self._rests.pop(channel, None)

    def email(self, letter: Letter, to: str, message_id: str, handing: Callable[[], None]) -> None:
        """Send an e-mail. Raises NotSent, Doubtful, and what *handing* raises."""
        self._mail.send(letter, to, message_id, handing)

    def sms(self, number: str, text: str, reference: str, handing: Callable[[], None]) -> None:
        """Send an SMS. Raises NotSent, Doubtful, and what *handing* raises."""
        sms.send(number, text, reference, handing)

    def close(self) -> None:
        """Keep no connection open while there is nothing to send."""
        self._mail.close()
