"""A new key for an agenda: who held the former one and still may, holds the next; nobody else does."""

import logging
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Max, Q

from clicdocteur import sealing
from practitioners.keys.agendas import grant
from practitioners.keys.bindings import is_bound
from practitioners.keys.vault import Vault
from practitioners.models import AgendaKey, Grant, Practitioner

logger = logging.getLogger(__name__)


class NobodyLeft(Exception):
    """No holder would be left who opens the next key, or the session does not hold the present one: none is made."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """An agenda's next key, and the names of those who do not get it because their row was changed ("" is the sheet)."""

    key: AgendaKey
    refused: list[str]


def renew(practitioner: Practitioner, vault: Vault, today: date) -> Renewed:
    """Make an agenda's next key pair, granted to whoever holds the current one and still may; bookings use it at once.

    Removed accounts and grants that are over get nothing; a grant keeps its days. Nor does a holder whose public key or days are
    not those of the grant: somebody changed a row, and the next key would be sealed to a stranger. The former key stays,
    retired, until nothing is sealed to it. Raises NobodyLeft.
    """
    pair = sealing.generate_key_pair()
    with transaction.atomic():
        # The order of a booking: the practitioner's row, then the key's.
        Practitioner.objects.select_for_update(no_key=True).values_list("pk").get(pk=practitioner.pk)
        keys = AgendaKey.objects.filter(practitioner=practitioner)
        current = keys.select_for_update().filter(retired=False).first()
        private = None if current is None else vault.key(practitioner.pk, current.version)
        if current is None or private is None:
            raise NobodyLeft
        sound, refused = _told_apart(_still_held(current, today), private, vault)
        if not any(given.holder.staff_id for given in sound):
            raise NobodyLeft
        last = keys.aggregate(last=Max("version"))["last"]
        keys.filter(retired=False).update(retired=True)
        key = AgendaKey.objects.create(practitioner=practitioner, version=last + 1, public_key=pair.public)
        for given in sound:
            grant(key, pair.private, given.holder, given.starts_on, given.ends_on)
    return Renewed(key, [given.holder.staff.name if given.holder.staff else "" for given in refused])


def _still_held(current: AgendaKey, today: date) -> list[Grant]:
    """Return the grants that go on, their holders' rows locked: a holder who is just being replaced is waited for."""
    lasting = Q(ends_on__isnull=True) | Q(ends_on__gte=today)
    staying = Q(holder__staff__ends_on__isnull=True) | Q(holder__staff__ends_on__gte=today)
    able = Q(holder__staff__isnull=True) | (Q(holder__staff__is_active=True) & staying)
    held = Grant.objects.filter(lasting, able, agenda_key=current).select_related("holder__staff", "agenda_key")
    return list(held.select_for_update(no_key=True, of=("holder",)))


def _told_apart(held: list[Grant], private: bytes, vault: Vault) -> tuple[list[Grant], list[Grant]]:
    """Return (the grants that are as they were given, the others, which are noted)."""
    own = sealing.public_of(vault.holder_private)
    sound, refused = [], []
    for given in held:
        mine = given.holder.staff_id == vault.staff.pk and bytes(given.holder.public_key) == own
        if mine or is_bound(given, private):
            sound.append(given)
        else:
            logger.critical("grant %s is not as it was given: its holder does not get the next key", given.pk)
            refused.append(given)
    return sound, refused


def let_go(practitioner: int) -> int:
    """Delete the grants of an agenda's retired keys: from here on nobody opens what is sealed to them. Returns how many."""
    return Grant.objects.filter(agenda_key__practitioner=practitioner, agenda_key__retired=True).delete()[0]
