"""Whether the machine's date is to be believed: one that jumped by days while nobody kept the clock is not (T16)."""

from datetime import datetime, timedelta
from typing import Final

from booking.models import Chore
from clicdocteur import clock

# A gap between two signs of life that is a long outage, or a clock that is wrong; and for how long that is left open.
JUMP: Final = timedelta(days=2)
LASTS: Final = timedelta(days=1)


def is_doubted(now: datetime) -> bool:
    """Whether nothing that goes by its age may be deleted at this hour. Where no worker ever ran, nothing is known against it."""
    beat = Chore.objects.filter(kind=Chore.Kind.BEAT).first()
    return beat is not None and since(beat, now) is not None


def since(beat: Chore, now: datetime) -> datetime | None:
    """Return since when the date is in doubt, by the worker's last sign of life; None if it is not."""
    jumped = beat.done is not None and now - beat.done > JUMP
    begun = now if jumped else beat.due
    return begun if (jumped or beat.alarm) and begun <= now < begun + LASTS and not clock.is_kept() else None
