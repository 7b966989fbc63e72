"""Every night: what is over its period goes."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet

from booking.appointments import contact_of, hush, reference
from booking.models import Appointment, DayNote, Lapse, Message, Offer, Wish
from booking.queries import the_practice
from booking.retention.forgetting import forget, forget_visits, forget_wishes, kept
from patients import store
from practitioners import periods
from practitioners.access_log import chain

BATCH = 200
# What staff counted of a visit goes a year after it (`booking.lapses`).
LAPSE_KEPT = timedelta(days=365)


def purge(now: datetime) -> dict[str, int]:
    """Apply the retention periods that have passed; return how many of each. Interrupted, it is run again.

    A damaged reference does not keep the others from going: it is left alone and counted, and the sweep raises the alarm.
    """
    known = Appointment.objects.filter(patient_ref__isnull=False)
    closed = _closed(known)
    known = known.exclude(pk__in=closed)
    done = {
        "silenced": 0,
        "visits": 0,
        "identities": 0,
        "closed": len(closed),
        "notes": _forget_notes(now),
        "wishes": _forget_ended_wishes(now),
    }
    done["lapses"] = Lapse.objects.filter(appointment__start__lte=now - LAPSE_KEPT).delete()[0]
    visits_end = now - kept(periods.VISIT)
    # Until the visit box goes, and the contact with it: nobody may have tidied for days.
    over = known.filter(end__lte=now, end__gt=visits_end)
    cancelled = known.filter(state__in=Appointment.CANCELLED, end__gt=now)
    for appointment in [*over, *cancelled.exclude(messages__state__in=Message.UNSENT)]:
        if (contact := contact_of(appointment)) is not None and not contact.correction:
            hush(appointment)
            done["silenced"] += 1
    done["silenced"] += store.clear_shelves(reference(one) for one in [*over, *cancelled])
    for batch in _batches(known.filter(end__lte=visits_end, visit_type__isnull=False)):
        store.empty_visit(reference(one) for one in batch)
        done["visits"] += forget_visits([one.pk for one in batch])
    for batch in _batches(known.filter(end__lte=now - kept(periods.IDENTITY))):
        done["identities"] += forget(batch)
    return done


def _forget_ended_wishes(now: datetime) -> int:
    """Delete the wishes whose last day is over, whose visit is, or whose list is closed; and old answers to offers."""
    practice = the_practice()
    today = now.astimezone(practice.zone).date() if practice else now.date()
    over = Q(until__lt=today) | Q(practitioner__waiting_list=False)
    over |= Q(appointment__isnull=False) & (
        ~Q(appointment__state=Appointment.State.BOOKED) | Q(appointment__start__lte=now)
    )
    Offer.objects.filter(wish__isnull=True, expires__lte=now - timedelta(days=1)).delete()
    done = 0
    for wish in Wish.objects.filter(over).order_by("pk"):
        # One that does not open is left to the sweep's alarm, and keeps no other from going.
        with suppress(store.NotOpened):
            done += forget_wishes([wish])
    return done


def _forget_notes(now: datetime) -> int:
    """Delete the notes of days that are over for as long as a visit is kept; return how many."""
    practice = the_practice()
    today = now.astimezone(practice.zone).date() if practice else now.date()
    return DayNote.objects.filter(day__lt=today - kept(periods.VISIT)).delete()[0]


def tend_access_log(now: datetime) -> str:
    """Close the access log's minutes, let go of what is over its period, and say the anchor to keep elsewhere.

    While a rotated-out server secret is still named, the chain goes over to the current one. Raises chain.Broken.
    """
    closed, purged = chain.close(now), chain.purge(now - kept(periods.LOG))
    if len(settings.SERVER_SECRETS) > 1:
        chain.rekey()
    return f"access log: {closed} rows closed, {purged} purged; anchor {chain.head()}"


def _closed(known: QuerySet[Appointment]) -> list[int]:
    """Return the appointments whose reference does not open."""
    closed = []
    for appointment in known.only("patient_ref").iterator():
        try:
            _ = reference(appointment).record
        except store.NotOpened:
            closed.append(appointment.pk)
    return closed


def _batches(due: QuerySet[Appointment]) -> Iterator[list[Appointment]]:
    while batch := list(due.order_by("pk")[:BATCH]):
        yield batch
