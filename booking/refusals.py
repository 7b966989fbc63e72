"""Why a verb did not do what was asked; pages turn each into a sentence and a way on."""

from collections.abc import Sequence
from datetime import datetime

from booking.availability import Reason, Slot


class BookingRefused(Exception):
    """What every refusal of a booking verb is."""


class Refused(BookingRefused):
    """The rule does not admit this time (off the grid, past, absent, too soon, …).

    `gone` says that it was on offer, and that somebody else has it now.
    """

    def __init__(self, reason: Reason, released_at: datetime | None = None, *, gone: bool = False) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.released_at = released_at
        self.gone = gone


class Taken(BookingRefused):
    """Somebody was faster. `nearest` are the free times around it."""

    def __init__(self, nearest: list[Slot]) -> None:
        super().__init__("taken")
        self.nearest = nearest


class TooMany(BookingRefused):
    """A cap was reached: of holds for a network or a practitioner, or of bookings for a contact."""


class Unproven(TooMany):
    """While many times are taken, this one came without the work that is asked for, and the stricter cap is reached."""


class NoMoreCodes(BookingRefused):
    """So many codes were sent for this hold, or typed, that no more are."""


class WrongCode(BookingRefused):
    """The digits are no code that was sent. `left` is how many tries are left."""

    def __init__(self, left: int) -> None:
        super().__init__("wrong code")
        self.left = left


class NoMoreTime(BookingRefused):
    """A hold was extended as often as it may be."""


class TooLate(BookingRefused):
    """The visit has begun, or is over: there is nothing to cancel."""


class NotAllowed(BookingRefused):
    """This state does not follow that one, or the appointment changed at another desk meanwhile."""


class NotBookable(BookingRefused):
    """The agenda has no key to seal to, or the stores do not belong together: nothing is taken."""


class Busy(BookingRefused):
    """The database could not say yes or no in time, twice. Nothing was changed."""


class Full(BookingRefused):
    """No place is left at these starts (cells): staff may overbook, but have to say so."""

    def __init__(self, starts: Sequence[int]) -> None:
        super().__init__("full")
        self.starts = tuple(starts)


class Closed(BookingRefused):
    """What is to be copied or changed does not open. `why` is a code of NotOpened."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Warned(BookingRefused):
    """Staff chose a time that meets something (cautions of `booking.desk`), and have not said yes to it. Nothing was changed."""

    def __init__(self, met: Sequence[str]) -> None:
        super().__init__(", ".join(met))
        self.met = tuple(met)
