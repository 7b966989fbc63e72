"""From a hold to an appointment: what every booking online goes through, at once or once its contact is proven."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import IntegrityError

from booking import holds, limits, outbox, pairing
from booking.contacts import forget_left, reach, readable_contact, reference
from booking.links import link_hash
from booking.models import Appointment, Message, OnlineBooking
from booking.queries import nearest_times
from booking.refusals import NotBookable, Refused, Taken, TooMany
from booking.transactions import verb
from clicdocteur.grid import cell_of
from patients import store
from practitioners.models import AgendaKey

# One contact may book so many visits a day with one practitioner: a family can, a reseller cannot.
BOOKINGS_PER_CONTACT = 4
DAY = 86_400
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Submission:
    """What a patient submits for a time that is held; *new_patient* is None where the form did not ask."""

    identity: store.Identity
    visit: store.Visit
    language: str
    new_patient: bool | None = None


def book(token: str, form: Submission, now: datetime) -> Appointment:
    """Turn a hold into an appointment. A repeated call changes nothing and returns the same appointment.

    An expired hold takes its time again if it is still free. Raises Http404, Refused, Taken, TooMany, NotBookable or Busy.
    """
    booked, left = or_taken(token, now, lambda: _book(token, form, now))
    forget_left(left)
    return booked


def or_taken(token: str, now: datetime, book_it: Callable[[], R]) -> R:
    """Do what makes a hold an appointment; if its time went to somebody else, raise Taken with what is free near it."""
    try:
        return book_it()
    except (IntegrityError, Refused) as lost:
        if isinstance(lost, Refused) and not lost.gone:
            raise
    hold = Appointment.objects.select_related("visit_type__practitioner__practice").get(link_hash=link_hash(token))
    assert hold.visit_type is not None  # noqa: S101 - a hold keeps its type; only retention takes it away
    new, persons = bool(hold.new_patient), hold.persons
    raise Taken(nearest_times(hold.visit_type, cell_of(hold.start), now, new_patient=new, persons=persons))


@verb
def _book(token: str, form: Submission, now: datetime) -> tuple[Appointment, store.Reference | None]:
    appointment = holds.locked_hold(token)
    if appointment.state != Appointment.State.HELD:
        return appointment, None
    holds.reclaim(appointment, now)
    left = reference(appointment) if appointment.awaits_code else None
    key = fill(appointment, form.visit, form.new_patient)
    asked = appointment.practitioner.contact_code and appointment.reach != Appointment.Reach.NOBODY
    proof = Appointment.Proof.UNPROVEN if asked else Appointment.Proof.NONE
    admit(appointment, form.visit.email or form.visit.phone, now, proof)
    # Last, so that all that can refuse has spoken; and before the agenda commits: never an appointment without its
    # record. If the commit then fails, the record is an orphan, and the sweep deletes it.
    contact = readable_contact(appointment, form.visit, form.language, token)
    appointment.patient_ref = store.put(form.identity, form.visit, contact, bytes(key.public_key), appointment.pk)
    appointment.save(update_fields=[*FILLED, *ADMITTED])
    return appointment, left


# What filling a hold, and admitting it, change of its row.
FILLED = ("key_version", "new_patient", "reach", "patient_ref")
ADMITTED = ("state", "proof", "held_until", "network_tag", "codes_sent", "code_tries")


def fill(appointment: Appointment, visit: store.Visit, new_patient: bool | None) -> AgendaKey:
    """Note on a hold, unsaved, what the agenda itself keeps of its form; return the key to seal the rest to. Raises NotBookable."""
    key = current_key(appointment.practitioner_id)
    appointment.key_version = key.version
    appointment.reach = reach(visit, discreet=appointment.discreet)
    if new_patient is not None:
        appointment.new_patient = new_patient
    return key


def admit(appointment: Appointment, contact: str, now: datetime, proof: str) -> None:
    """Make a filled hold an appointment, unsaved, in the transaction that is under way. Raises TooMany."""
    _count_contact(appointment, contact)
    appointment.state, appointment.proof = Appointment.State.BOOKED, proof
    network = appointment.network_tag
    appointment.held_until = appointment.network_tag = None
    appointment.codes_sent = appointment.code_tries = 0
    # What was sent of it, or waits, is of no more use to anybody.
    Message.objects.filter(appointment=appointment, kind=Message.Kind.CODE).delete()
    outbox.tell(appointment, Message.Kind.CONFIRMATION, now, by_patient=True)
    _note_online(appointment, network, now)


def _note_online(appointment: Appointment, network: bytes | memoryview | None, now: datetime) -> None:
    """Note in which hour and, opaquely, from which network this was booked: the practice can undo a flood for a day."""
    OnlineBooking.objects.create(
        appointment=appointment,
        hour=now.replace(minute=0, second=0, microsecond=0),
        network_tag=limits.day_tag(bytes(network or b""), now),
    )


def current_key(practitioner: int) -> AgendaKey:
    """Return the key that identities are sealed to, its row locked until the commit. Raises NotBookable."""
    if not pairing.is_sound():
        raise NotBookable
    key = AgendaKey.objects.select_for_update().filter(practitioner=practitioner, retired=False).first()
    if key is None or key.altered:
        raise NotBookable
    return key


def _count_contact(appointment: Appointment, contact: str) -> None:
    """Count this booking by contact, practitioner and day, under a keyed tag. Raises TooMany, which takes the count back."""
    agenda = str(appointment.practitioner_id)
    if contact and not limits.hit("book", agenda, contact.casefold(), limit=BOOKINGS_PER_CONTACT, seconds=DAY):
        raise TooMany


def may_book(appointment: Appointment, contact: str) -> bool:
    """Whether this contact may still book with this practitioner today. Nothing is counted."""
    agenda = str(appointment.practitioner_id)
    return limits.left("book", agenda, contact.casefold(), limit=BOOKINGS_PER_CONTACT, seconds=DAY) > 0
