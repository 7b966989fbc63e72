"""What leaves as one."""

from dataclasses import dataclass, field

from booking.delivery import claims
from booking.letters import Told
from booking.models import Message
from patients import store


@dataclass
class Parcel:
    """A message, those that go along with it, and the contact they go to."""

    messages: list[Message]
    contact: store.Contact | None = None
    channel: str = ""
    told: list[Told] = field(default_factory=list)
    # From then on only the server's own answer tells whether it left.
    handed: bool = False

    def hand(self) -> None:
        """Note that it is being handed over now. Raises Lost."""
        claims.hand(self.messages)
        self.handed = True
