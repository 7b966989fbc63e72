"""Agenda keys and grants: who may open a practitioner's identities, and between which days."""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from clicdocteur import sealing
from clicdocteur.sealing import Context, SealingError
from practitioners import sessions
from practitioners.keys.bindings import bind
from practitioners.keys.holders import KeyAltered
from practitioners.models import AgendaKey, Grant, KeyHolder, PendingGrant, Practitioner, Staff

logger = logging.getLogger(__name__)


def new_agenda_key(practitioner: Practitioner, holders: Iterable[KeyHolder]) -> AgendaKey:
    """Make a practitioner's next key pair and grant it to these holders without end; the former key is retired.

    The private half is kept nowhere else: without a holder it would be lost at once. Raises ValueError.
    """
    chosen = list(holders)
    if not chosen:
        raise ValueError("an agenda key without a holder opens nothing, ever")
    pair = sealing.generate_key_pair()
    with transaction.atomic():
        Practitioner.objects.select_for_update(no_key=True).get(pk=practitioner.pk)
        keys = AgendaKey.objects.filter(practitioner=practitioner)
        last = keys.aggregate(last=Max("version"))["last"] or 0
        keys.filter(retired=False).update(retired=True)
        key = AgendaKey.objects.create(practitioner=practitioner, version=last + 1, public_key=pair.public)
        for holder in chosen:
            grant(key, pair.private, holder)
    return key


def grant(
    key: AgendaKey,
    private: bytes,
    holder: KeyHolder,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Grant:
    """Seal an agenda's private half to a holder, between two days of the practice, both included. Replaces a former grant.

    Only who can open the agenda can grant it, and nobody gets it for longer than they may sign in. The caller made sure that
    the holder's public key is theirs. Raises KeyAltered when the two halves are not a pair.
    """
    if not is_pair(key, private):
        raise KeyAltered(f"agenda key {key.pk}")
    if holder.staff is not None:
        ends_on = min(filter(None, (ends_on, holder.staff.ends_on)), default=None)
    given, _created = Grant.objects.update_or_create(
        agenda_key=key,
        holder=holder,
        defaults={
            "sealed_private": sealing.seal(bytes(holder.public_key), private, _context(key, holder.pk)),
            "starts_on": starts_on,
            "ends_on": ends_on,
            "binding": bind(key, private, holder, starts_on, ends_on),
        },
    )
    return given


def revoke(holder: KeyHolder, practitioner: Practitioner) -> int:
    """Delete all that a holder was granted of an agenda, old versions included; return how many grants went.

    What they could open, they could have copied: the agenda is due for a new key.
    """
    with transaction.atomic():
        gone = Grant.objects.filter(holder=holder, agenda_key__practitioner=practitioner).delete()[0]
        if gone:
            wear([practitioner.pk], AgendaKey.Renew.DEPARTURE)
    return gone


@dataclass(frozen=True, slots=True)
class Expired:
    """What ended with its last day: grants, sessions, accounts that were there for nothing else."""

    grants: int
    sessions: int
    accounts: int


def expire(today: date) -> Expired:
    """End the grants and the accounts whose last day is over, with the sessions of who had them; nobody needs to be present.

    The agendas are due for a new key. An account that is left without any grant ends too, unless it is a manager's or a
    practitioner's, or a grant waits for it. Who signs in before this ran opens nothing either: dates are asked at every opening.
    """
    with transaction.atomic():
        leaving = set(Staff.objects.filter(is_active=True, ends_on__lt=today).values_list("pk", flat=True))
        PendingGrant.objects.filter(Q(ends_on__lt=today) | Q(staff__in=leaving)).delete()
        over = Grant.objects.filter(Q(ends_on__lt=today) | Q(holder__staff__in=leaving))
        wear(set(over.values_list("agenda_key__practitioner", flat=True)), AgendaKey.Renew.EXPIRY)
        people = set(over.filter(holder__staff__isnull=False).values_list("holder__staff", flat=True)) | leaving
        grants = over.delete()[0]
        accounts = Staff.objects.filter(pk__in=leaving | _idle(people), is_active=True).update(is_active=False)
        return Expired(grants, sessions.end(people), accounts)


def _idle(people: Collection[int]) -> set[int]:
    """Return who of these has nothing to open any more, and was there for nothing else."""
    there_for_it = Staff.objects.filter(
        pk__in=people, role__in=[Staff.Role.SECRETARY, Staff.Role.REPLACEMENT], practitioner=None, pending_grants=None
    )
    held = Grant.objects.filter(holder__staff__in=people).values("holder__staff")
    return set(there_for_it.exclude(pk__in=held).values_list("pk", flat=True))


def wear(practitioners: Iterable[int], because: AgendaKey.Renew) -> None:
    """Note that the current keys of these practitioners should be renewed: somebody had them who has not any more."""
    AgendaKey.objects.filter(practitioner__in=list(practitioners), retired=False).update(renew_because=because)


def held_on(today: date, staff: int) -> QuerySet[Grant]:
    """The grants of a staff member that hold on this day of the practice; whether they may still sign in is asked apart."""
    begun = Q(starts_on__isnull=True) | Q(starts_on__lte=today)
    goes_on = Q(ends_on__isnull=True) | Q(ends_on__gte=today)
    return Grant.objects.filter(begun & goes_on, holder__staff_id=staff)


def open_grant(given: Grant, holder_private: bytes) -> bytes | None:
    """Return the agenda's private half that a grant holds, or None when it was not sealed to this holder."""
    context = _context(given.agenda_key, given.holder_id)
    try:
        return sealing.open_sealed(holder_private, bytes(given.sealed_private), context)
    except SealingError as error:
        logger.critical("grant %s does not open: %s", given.pk, error.reason)
        return None


def is_pair(key: AgendaKey, private: bytes) -> bool:
    """Whether the public key, to which everybody seals, is the one of this private half; if not, a row was changed."""
    return sealing.public_of(private) == bytes(key.public_key)


def agenda_private(
    holder_private: bytes, staff: Staff, practitioner_id: int, version: int, today: date
) -> bytes | None:
    """Return an agenda's private half, if the staff member has a grant of this version today. Raises KeyAltered."""
    wanted = held_on(today, staff.pk).filter(agenda_key__practitioner_id=practitioner_id, agenda_key__version=version)
    given = None if staff.is_over(today) else wanted.select_related("agenda_key").first()
    private = None if given is None else open_grant(given, holder_private)
    if given is not None and private is not None and not is_pair(given.agenda_key, private):
        raise KeyAltered(f"agenda key {given.agenda_key_id}")
    return private


def publishable(practitioner: Practitioner) -> bool:
    """Whether patients may book: a current key exists, and a recovery sheet that was typed back and opens that key."""
    return Grant.objects.filter(
        agenda_key__practitioner=practitioner,
        agenda_key__retired=False,
        holder__sheet_of=practitioner,
        holder__confirmed=True,
    ).exists()


def _context(key: AgendaKey, holder_id: int) -> Context:
    return Context("grant", "sealed_private", (key.pk, key.practitioner_id, key.version, holder_id))
