"""How an identity goes: one way for the purge, for the patient's own wish and for the practice's.

The record goes first, then all that tied an appointment to it, in a transaction that raises the month's count: a crash in
between leaves a reference to nothing, never a name without an appointment.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import date, timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import F

from booking.appointments import reference
from booking.models import Appointment, Message, MonthlyCount, OnlineBooking, Wish
from booking.queries import the_practice
from patients import store
from practitioners.periods import Period

_NOTHING_OF_THE_VISIT = {
    "visit_type": None,
    "new_patient": None,
    "cancel_reason": "",
    "reach": "",
    "arrived_at": None,
    "persons": 1,
    "proof": "",
}


def forget(appointments: Iterable[Appointment]) -> int:
    """Delete the records, then all that tied the appointments to them. The one way in which an identity goes.

    The record goes first: a crash in between leaves a reference to nothing, never a name without an appointment.
    """
    gone = list(appointments)
    store.forget(reference(one) for one in gone if one.patient_ref is not None)
    with transaction.atomic():
        forget_visits([one.pk for one in gone])
        Message.objects.filter(appointment__in=[one.pk for one in gone]).delete()
        OnlineBooking.objects.filter(appointment__in=[one.pk for one in gone]).delete()
        return Appointment.objects.filter(pk__in=[one.pk for one in gone]).update(
            **dict.fromkeys(("patient_ref", "key_version", "link_hash"), None), **_NOTHING_OF_THE_VISIT
        )


def forget_wishes(wishes: Iterable[Wish]) -> int:
    """Delete the records of wishes, then the wishes with what was offered to them; return how many. Raises NotOpened."""
    gone = list(wishes)
    store.forget(reference(one) for one in gone if one.patient_ref is not None)
    Wish.objects.filter(pk__in=[one.pk for one in gone]).delete()
    return len(gone)


def forget_visits(pks: Collection[int]) -> int:
    """Let the agenda forget what these visits were for, and raise their months' counts in the same transaction.

    Whoever still has a visit type has not been counted: run again or at two desks, each visit counts once.
    """
    with transaction.atomic():
        rows = Appointment.objects.select_for_update(no_key=True, of=("self",)).select_related("practitioner__practice")
        named = list(rows.filter(pk__in=pks, visit_type__isnull=False).order_by("pk"))
        _count(named)
        Message.objects.filter(appointment__in=[one.pk for one in named]).delete()
        return Appointment.objects.filter(pk__in=[one.pk for one in named]).update(**_NOTHING_OF_THE_VISIT)


def _count(visits: Iterable[Appointment]) -> None:
    """Raise the count of each visit's practitioner, type, state and month, in the practice's own calendar."""
    counted = Counter((one.practitioner_id, one.visit_type_id, one.state, _month(one)) for one in visits)
    for (practitioner, visit_type, state, month), number in sorted(counted.items()):
        row, _made = MonthlyCount.objects.get_or_create(
            practitioner_id=practitioner, visit_type_id=visit_type, state=state, month=month
        )
        MonthlyCount.objects.filter(pk=row.pk).update(amount=F("amount") + number)


def _month(visit: Appointment) -> date:
    return visit.start.astimezone(visit.practitioner.practice.zone).date().replace(day=1)


def kept(period: Period) -> timedelta:
    """Return how long the practice of this instance keeps what is under a period."""
    practice = the_practice()
    return practice.kept(period) if practice else timedelta(days=period.default)


def empty_journal() -> None:
    """On SQLite, let the agenda's write-ahead log go: it still holds what the pages looked like before."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        # Readers under way are waited for, up to the store's timeout; what they keep goes with the next checkpoint.
        with suppress(OperationalError), connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
