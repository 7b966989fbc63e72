"""The words of the desk: who acts, what is wanted, what should be known of a time. Times are cells of five minutes."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from booking.models import Appointment
from patients.store import Identity, Visit
from practitioners.models import VisitType
from practitioners.openings import Plan


@dataclass(frozen=True, slots=True)
class Desk:
    """Who acts: a member of the staff, in one of their sessions."""

    staff: int
    session_tag: bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """A visit that staff want: a type (its id), a start, and whether they overbook on purpose."""

    visit_type: int
    start: int
    new_patient: bool = False
    overbook: bool = False


@dataclass(frozen=True, slots=True)
class Coming:
    """Who comes, and how to reach them in which language, as it was said on the telephone."""

    identity: Identity
    visit: Visit
    language: str = "fr"


class Caution(StrEnum):
    """What staff should know of a time before they take it. None of these stands in their way."""

    PAST = "past"
    FAR = "far"  # more than a year ahead: a typing error in the year?
    HOLIDAY = "holiday"
    CLOSED = "closed"  # no opening at this hour
    ENDS_AFTER = "ends_after"  # begins within an opening and ends after it
    ABSENT = "absent"
    WITHOUT_APPOINTMENT = "without_appointment"
    OTHER_TYPE = "other_type"  # the opening is kept for other visit types
    NOT_RELEASED = "not_released"
    OFF_STEPS = "off_steps"
    DAILY_MAXIMUM = "daily_maximum"
    NEW_PATIENT = "new_patient"  # the type is not for new patients
    TAKEN = "taken"
    HELD = "held"  # a patient is booking it right now
    TYPED = "typed"  # another desk is
    OFFERED = "offered"  # it was freed, and somebody of the waiting list is asked about it


# With these there is no place left that nobody has or is asked about: booking it all the same takes a yes.
FULL = frozenset({Caution.TAKEN, Caution.HELD, Caution.TYPED, Caution.OFFERED})


class Standing(NamedTuple):
    """A live visit or hold that stands somewhere on the grid."""

    start: int
    end: int
    lane: int
    visit_type: int | None
    is_hold: bool
    is_typed: bool
    is_offered: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What one practitioner's agenda looks like around some starts: enough to judge each of them."""

    plan: Plan
    standing: list[Standing]
    fallback_location: int
    now: datetime


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a visit of a type would be at a start. `lane` is None when no place is left; `spare` is one to overbook."""

    visit_type: VisitType
    start: int
    end: int
    busy_until: int
    location: int
    lane: int | None
    spare: int
    cautions: tuple[Caution, ...]

    @property
    def is_full(self) -> bool:
        """Whether it takes overbooking."""
        return self.lane is None

    @property
    def asks(self) -> bool:
        """Whether somebody has to say yes to it: overbooking, or what somebody of the waiting list is asked about."""
        return self.is_full or self.is_offered

    @property
    def is_offered(self) -> bool:
        """Whether its place is kept for somebody of the waiting list, who is asked about it."""
        return Caution.OFFERED in self.cautions


@dataclass(frozen=True, slots=True)
class Booked:
    """A visit that was booked, what was to be known of its time, and whether it was overbooked."""

    appointment: Appointment
    cautions: tuple[Caution, ...] = ()
    overbooked: bool = False
