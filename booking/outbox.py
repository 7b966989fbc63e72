"""What is to be told of a visit: rows for the worker, written in the verb's own transaction. Nothing is sent here.

Whoever changes a visit calls `tell` inside the transaction that changes it, and `withdraw` when it is undone. Whether
anything may be sent at all is decided here, and again by the worker at the moment of sending.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from booking import channels, schedule
from booking.models import Appointment, Message

Kind = Message.Kind
AT_ONCE: Final = timedelta(0)
# What nobody is called for: the patient knows already, or will manage without.
_NEVER_CALLED: Final = frozenset({Kind.CONFIRMATION, Kind.REMINDER, Kind.CODE, Kind.OFFER, Kind.LINK})


def tell(
    appointment: Appointment,
    kind: Message.Kind,
    now: datetime,
    *,
    after: timedelta = AT_ONCE,
    by_patient: bool = False,
    minutes: int | None = None,
) -> None:
    """Have a patient told of their visit as it now stands, in the transaction that is under way.

    Nothing for a discreet visit or one whose patient is not to be contacted. Where nothing can be sent, a person has to
    call: a row for them, unless the patient did it (*by_patient*) or will manage without. *after* leaves time to undo
    (`schedule.AFTER_ACTION`, `AFTER_PLAN_CHANGE`); *minutes* is how late the practice is. What waits already and would
    now be wrong or said twice is taken back; reminders are planned anew.
    """
    waiting = _waiting(appointment)
    if kind == Kind.CANCELLATION:
        waiting.delete()
    elif kind in (Kind.LATE, Kind.CHANGE):
        waiting.filter(kind=kind).delete()
    if kind in (Kind.CONFIRMATION, Kind.CHANGE):
        remind(appointment, now)
    # A confirmation that has not left yet will say the new time by itself (M14).
    if kind == Kind.CHANGE and waiting.filter(kind=Kind.CONFIRMATION).exists():
        return
    way = _way(appointment)
    if way == Appointment.Reach.CALL and (by_patient or kind in _NEVER_CALLED):
        return
    if way == Appointment.Reach.NOBODY or appointment.start <= now:
        return
    state = Message.State.CALL if way == Appointment.Reach.CALL else Message.State.QUEUED
    Message.objects.create(
        appointment=appointment,
        practitioner_id=appointment.practitioner_id,
        kind=kind,
        state=state,
        due=now + after,
        minutes=minutes,
    )


def remind(appointment: Appointment, now: datetime) -> None:
    """Plan the reminders of a booked visit anew, as it now stands: after a move that the patient is not told of, too.

    Whether reminders are switched on is asked at the moment of sending. Done again, it changes nothing.
    """
    unsent = Message.objects.filter(appointment=appointment, kind=Kind.REMINDER, state=Message.State.QUEUED)
    way = _way(appointment)
    planned: list[datetime] = []
    if appointment.state == Appointment.State.BOOKED and way not in (
        Appointment.Reach.CALL,
        Appointment.Reach.NOBODY,
    ):
        zone = appointment.zone
        by_sms = way == Appointment.Reach.SMS
        planned = schedule.reminders(appointment.start, now, zone, by_sms=by_sms)
    unsent.exclude(due__in=planned).delete()
    Message.objects.bulk_create(
        (
            Message(appointment=appointment, practitioner_id=appointment.practitioner_id, kind=Kind.REMINDER, due=due)
            for due in planned
        ),
        ignore_conflicts=True,
    )


def remind_all(now: datetime) -> int:
    """Plan the reminders that upcoming visits lack: whoever made them did not, or nothing could be sent then.

    Returns how many visits were looked at. A visit that has a reminder, sent or not, is left alone.
    """
    if not (channels.mail_is_on() or channels.sms_is_on()):
        return 0
    lacking = (
        Appointment.objects.filter(
            state=Appointment.State.BOOKED, start__gt=now, patient_ref__isnull=False, discreet=False
        )
        .exclude(reach__in=(Appointment.Reach.CALL, Appointment.Reach.NOBODY))
        .exclude(messages__kind=Kind.REMINDER)
        .select_related("practitioner__practice")
        .order_by("pk")
    )
    seen = 0
    for visit in lacking.iterator(chunk_size=200):
        remind(visit, now)
        seen += 1
    return seen


def withdraw(appointment: Appointment, since: datetime, now: datetime, *kinds: Message.Kind) -> bool:
    """Take back what an action at *since* had told and what has not left, because it is undone.

    Reminders are planned anew for the visit as it now stands. Returns whether something had left already, or somebody
    has called: then the patient has to be told of the undoing as well.
    """
    told = Message.objects.filter(appointment=appointment, kind__in=kinds, due__gte=since)
    told.filter(state__in=Message.WAITING).delete()
    remind(appointment, now)
    return told.exclude(state=Message.State.FAILED).exists()


def was_reminded(appointment: Appointment) -> bool:
    """Whether a reminder of a visit has left, or may have: its patient has the link."""
    sent = Message.objects.filter(appointment=appointment, kind=Kind.REMINDER)
    return sent.exclude(state__in=(*Message.WAITING, Message.State.FAILED)).exists()


def called(message: Message, now: datetime) -> bool:
    """Note that a person has called, or decided that nothing is to be done. False when it is no longer open."""
    still_open = (Message.State.CALL, Message.State.FAILED, Message.State.DOUBTFUL)
    found = Message.objects.filter(pk=message.pk, state__in=still_open)
    return bool(found.update(state=Message.State.CALLED, closed=now))


def send_again(message: Message, now: datetime) -> bool:
    """Have a message leave once more, because a person says so. False when it is no longer one that did not leave."""
    found = Message.objects.filter(pk=message.pk, state__in=(Message.State.FAILED, Message.State.DOUBTFUL))
    return bool(found.update(state=Message.State.QUEUED, again=now, attempts=0, error=Message.Error.NONE, closed=None))


def trouble(appointments: Iterable[int], now: datetime) -> dict[int, str]:
    """Return by appointment id what needs a person: `call`, `failed` or `doubtful`. One query."""
    needs = (Message.State.CALL, Message.State.FAILED, Message.State.DOUBTFUL)
    rows = Message.objects.filter(appointment__in=list(appointments), state__in=needs, due__lte=now)
    rows = rows.exclude(kind=Kind.CODE)
    return dict(rows.order_by("pk").values_list("appointment_id", "state"))


def needs_a_call(message: Message) -> bool:
    """Whether a person has to call because a message cannot be sent: what the practice did to somebody's visit."""
    visit = message.appointment
    if visit is None or message.kind in _NEVER_CALLED:
        return False
    return message.kind != Kind.CANCELLATION or visit.state == Appointment.State.CANCELLED_BY_PRACTICE


def is_waiting(appointment: Appointment) -> bool:
    """Whether something is still to be sent for a visit, so that its contact is still needed."""
    return Message.objects.filter(appointment=appointment, state__in=Message.UNSENT).exists()


def for_appointments(appointments: Iterable[int]) -> dict[int, list[Message]]:
    """Return by appointment id what was and will be told, in the order in which it is due. One query."""
    found: dict[int, list[Message]] = defaultdict(list)
    for message in Message.objects.filter(appointment__in=list(appointments)).order_by("due", "pk"):
        found[message.appointment_id or 0].append(message)
    return found


def _waiting(appointment: Appointment) -> QuerySet[Message]:
    return Message.objects.filter(appointment=appointment, state__in=Message.WAITING)


def _way(appointment: Appointment) -> str:
    """Return by which means something can be told now. Unknown means that the worker has to look."""
    reach = Appointment.Reach
    if appointment.discreet or appointment.reach == reach.NOBODY:
        return reach.NOBODY
    on = {
        reach.EMAIL: channels.mail_is_on(),
        reach.SMS: channels.sms_is_on(),
        reach.UNKNOWN: channels.mail_is_on() or channels.sms_is_on(),
    }
    return appointment.reach if on.get(reach(appointment.reach), False) else reach.CALL


def means(appointment: Appointment) -> str:
    """Return by which means a patient would be told something now (a value of `Appointment.Reach`), for a page to say."""
    return _way(appointment)
