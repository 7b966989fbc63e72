"""Rules of a booking that need no plan: how long a hold lasts, which state may follow which, when cancelling is late."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

HOLD_LIFETIME = timedelta(minutes=10)
HOLD_EXTENSION = timedelta(minutes=10)
MAX_HOLD_EXTENSIONS = 2
# From the form that is sent to the code that is typed.
CODE_LIFETIME = timedelta(minutes=15)


def hold_expiry(taken_at: datetime, extensions: int = 0) -> datetime:
    """Return when a hold taken at *taken_at* ends, after 0 to 2 *extensions*. Raises ValueError on any other number."""
    if not 0 <= extensions <= MAX_HOLD_EXTENSIONS:
        message = f"a hold is extended at most {MAX_HOLD_EXTENSIONS} times, not {extensions}"
        raise ValueError(message)
    return taken_at + HOLD_LIFETIME + extensions * HOLD_EXTENSION


def hold_is_live(expiry: datetime, now: datetime) -> bool:
    """Tell whether a hold still keeps its cells; at the instant of its *expiry* it does not."""
    return now < expiry


class State(StrEnum):
    """What has become of an appointment."""

    HELD = "held"  # taken, without a name yet
    BOOKED = "booked"
    ARRIVED = "arrived"  # in the waiting room
    IN_CONSULTATION = "in_consultation"
    SEEN = "seen"
    ABSENT = "absent"  # set by a person, never by the clock
    EXCUSED = "excused"
    CANCELLED = "cancelled"
    CANCELLED_LATE = "cancelled_late"
    CANCELLED_BY_PRACTICE = "cancelled_by_practice"


class Actor(StrEnum):
    """Who changes the state. There is no third: nothing here happens by itself."""

    PATIENT = "patient"
    STAFF = "staff"


# Live appointments occupy their cells. A freed one is at its end: its cells may be somebody else's by now,
# so whoever comes back after all makes a new booking (R9).
LIVE = frozenset({State.HELD, State.BOOKED, State.ARRIVED, State.IN_CONSULTATION, State.SEEN, State.ABSENT})
FREED = frozenset(State) - LIVE

_Moves = Mapping[State, frozenset[State]]

PATIENT_MOVES: _Moves = MappingProxyType(
    {
        State.HELD: frozenset({State.BOOKED}),
        State.BOOKED: frozenset({State.CANCELLED, State.CANCELLED_LATE}),
    }
)

# What staff marked by mistake goes back to booked; what patients may do, staff may do for them on the phone.
STAFF_MOVES: _Moves = MappingProxyType(
    {
        State.HELD: frozenset({State.BOOKED, State.CANCELLED_BY_PRACTICE}),
        State.BOOKED: (frozenset(State) - {State.HELD, State.BOOKED}),
        State.ARRIVED: frozenset({State.BOOKED, State.IN_CONSULTATION, State.SEEN}),
        State.IN_CONSULTATION: frozenset({State.BOOKED, State.ARRIVED, State.SEEN}),
        State.SEEN: frozenset({State.BOOKED, State.IN_CONSULTATION}),
        State.ABSENT: frozenset({State.BOOKED, State.ARRIVED, State.EXCUSED}),
    }
)

_MOVES: Mapping[Actor, _Moves] = MappingProxyType({Actor.PATIENT: PATIENT_MOVES, Actor.STAFF: STAFF_MOVES})


def may_become(actor: Actor, state: State, following: State) -> bool:
    """Tell whether *actor* may turn an appointment in *state* into *following*; staying the same is no move."""
    return following in _MOVES[actor].get(state, frozenset())


def cancellation(start: datetime, deadline_minutes: int, now: datetime) -> Literal["free", "late", "past"]:
    """Return how a cancellation at *now* of a visit at *start* counts; both aware.

    Free up to and including *deadline_minutes* of elapsed time before the visit, late until the visit starts
    (the time is freed, the patient is never marked absent), past from then on.
    """
    if now >= start:
        return "past"
    return "free" if start - now >= timedelta(minutes=deadline_minutes) else "late"
