"""The words of a change: who makes it, what is decided for a visit that it touches, what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from booking.availability import Slot
from booking.models import Appointment


class What(StrEnum):
    """What becomes of a visit that a change of plan touches."""

    KEEP = "keep"
    MOVE = "move"
    CANCEL = "cancel"


class Decision(NamedTuple):
    """What somebody decided for a visit as their screen showed it: *state* and *sequence*; *to* is a start, in cells."""

    what: What
    state: str
    sequence: int
    to: int | None = None


@dataclass(frozen=True, slots=True)
class By:
    """Who changes, in which session; *may_act*: whether they hold the agenda, and so may move and cancel."""

    staff: int
    session_tag: bytes
    may_act: bool


class Problem(StrEnum):
    """Why a decision could not be followed."""

    NEW = "new"  # booked since the screen showed the list
    CHANGED = "changed"  # moved or marked at another desk since
    TAKEN = "taken"  # its new time is not free any more
    NOT_YOURS = "not_yours"  # only who holds the agenda moves and cancels
    HERE = "here"  # the patient has arrived


@dataclass(frozen=True, slots=True)
class Touched:
    """A visit that the changed plan does not hold: where it could go instead, and what came of the decision for it."""

    appointment: Appointment
    times: list[Slot]
    problem: Problem | None = None


class Undecided(Exception):
    """The change touches visits for which nothing was decided, or not what can be done. Nothing was changed."""

    def __init__(self, touched: list[Touched]) -> None:
        super().__init__("undecided")
        self.touched = touched


@dataclass(frozen=True, slots=True)
class Done:
    """What a change did; `change` is the id under which it can be undone, None when nothing differs."""

    change: int | None
    kept: list[Appointment] = field(default_factory=list)
    moved: list[Appointment] = field(default_factory=list)
    cancelled: list[Appointment] = field(default_factory=list)
    ended_holds: int = 0


Decisions = Mapping[int, Decision]
