"""Whether a message may still leave: asked at the moment of sending, of the visit as it then stands (M4, M7, P18)."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from booking import schedule
from booking.models import Appointment, Message
from clicdocteur.grid import cell_of, day_of

Kind, State = Message.Kind, Appointment.State
# A summary of the day is of no use at noon.
_SUMMARY_LASTS: Final = timedelta(hours=4)


class Verdict(StrEnum):
    """What becomes of a message that is due."""

    SEND = "send"
    # Nobody needs it any more, and nobody has to know.
    DROP = "drop"
    # It should have left, and did not.
    EXPIRE = "expire"


def judge(message: Message, now: datetime) -> Verdict:
    """Return what becomes of a message, read anew with its visit, practitioner, practice and visit type."""
    visit = message.appointment
    if message.kind == Kind.OFFER:
        return _offer(message, now)
    if visit is None:
        return Verdict.SEND if now < message.due + _SUMMARY_LASTS else Verdict.EXPIRE
    if visit.discreet or visit.reach == Appointment.Reach.NOBODY:
        return Verdict.DROP
    return _JUDGES[message.kind](message, visit, now)


def _of_what_stands(_message: Message, visit: Appointment, now: datetime) -> Verdict:
    """A confirmation or a change, of a visit that is still booked and to come."""
    if visit.state != State.BOOKED:
        return Verdict.DROP
    return Verdict.SEND if now < visit.start else Verdict.EXPIRE


def _of_what_was_cancelled(_message: Message, visit: Appointment, now: datetime) -> Verdict:
    if visit.state not in Appointment.CANCELLED:
        return Verdict.DROP
    return Verdict.SEND if now < visit.start else Verdict.EXPIRE


def _reminder(message: Message, visit: Appointment, now: datetime) -> Verdict:
    """A reminder of a visit that stands, on the very day that it is for, between the hours that are kept."""
    if visit.state != State.BOOKED or not reminds(visit) or message.due not in _instants(visit):
        return Verdict.DROP
    zone = visit.zone
    return Verdict.SEND if now < schedule.reminder_ends(message.due, visit.start, zone) else Verdict.EXPIRE


def reminds(visit: Appointment) -> bool:
    """Whether practitioner and visit type want reminders. Nothing else depends on it (M7)."""
    return visit.practitioner.reminders and (visit.visit_type is None or visit.visit_type.reminders)


def _instants(visit: Appointment) -> set[datetime]:
    """When a visit may be reminded of, as it now stands; a move that nobody planned anew makes a reminder void."""
    zone = visit.zone
    day = day_of(cell_of(visit.start), zone)
    return {schedule.opening(day - timedelta(days=before), zone) for before in (7, 2, 1)}


def _late(_message: Message, visit: Appointment, now: datetime) -> Verdict:
    if visit.state != State.BOOKED:
        return Verdict.DROP
    return Verdict.SEND if now < visit.end else Verdict.EXPIRE


def _code(_message: Message, visit: Appointment, now: datetime) -> Verdict:
    """A code, as long as its form waits for it and somebody may still be looking at the page."""
    waits = visit.awaits_code and visit.held_until is not None and now < visit.held_until
    return Verdict.SEND if waits else Verdict.DROP


def _offer(message: Message, now: datetime) -> Verdict:
    """An offer that nobody can accept any more, or that would leave outside the hours, is not sent and nobody has to know."""
    zone = message.practitioner.practice.zone
    good = message.offer is not None and message.offer.is_open(now) and schedule.in_hours(now, zone)
    return Verdict.SEND if good else Verdict.DROP


_JUDGES: Final[Mapping[str, Callable[[Message, Appointment, datetime], Verdict]]] = MappingProxyType(
    {
        Kind.CONFIRMATION: _of_what_stands,
        Kind.CHANGE: _of_what_stands,
        Kind.CANCELLATION: _of_what_was_cancelled,
        Kind.REMINDER: _reminder,
        Kind.LATE: _late,
        Kind.LINK: _of_what_stands,
        Kind.CODE: _code,
    }
)
