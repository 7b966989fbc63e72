"""What an unlocked session can open."""

import logging
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from clicdocteur.prepared import Prepared
from practitioners.keys.agendas import held_on, is_pair, open_grant
from practitioners.keys.holders import practice_day
from practitioners.models import AgendaKey, Grant, PendingGrant, Practitioner, Staff

logger = logging.getLogger(__name__)
# An agenda whose key one person alone has is lost with that person's password; a confirmed recovery sheet counts.
FEWEST_HOLDERS: Final = 2
KINDS: Final = ("altered", "renew", "moving", "waiting", "few")


@dataclass(frozen=True, slots=True)
class Notice:
    """What whoever holds an agenda should know of its key: `altered`, `renew`, `moving`, `waiting` or `few`."""

    kind: str
    practitioner: Practitioner


class Vault:
    """The agenda keys of one signed-in staff member, each opened when it is first asked for; grants in one query."""

    def __init__(
        self, staff: Staff, holder_private: bytes, today: date | None = None, session_tag: bytes = bytes(16)
    ) -> None:
        self.staff = staff
        self.session_tag = session_tag
        self._holder_private = holder_private
        self._today = today
        self._opened: dict[tuple[int, int], bytes | None] = {}
        # Practitioners whose public key somebody replaced: bookings sealed since are lost to us.
        self.altered: set[int] = set()

    def __repr__(self) -> str:
        return f"<Vault of {self.staff.pk}>"

    @property
    def today(self) -> date:
        """The practice's day for which the grants count."""
        if self._today is None:
            self._today = practice_day()
        return self._today

    @property
    def holder_private(self) -> bytes:
        """The staff member's own private half: to change a password, to grant, never to show."""
        return self._holder_private

    def practitioners(self) -> set[int]:
        """The practitioners whose agendas the staff member may open today."""
        return {practitioner for practitioner, _version in self._grants}

    def key(self, practitioner_id: int, version: int) -> bytes | None:
        """Return an agenda's private half, or None without a grant for this version today."""
        wanted = practitioner_id, version
        if wanted not in self._opened:
            self._opened[wanted] = self._open(wanted)
        return self._opened[wanted]

    def keys(self, practitioner_id: int, version: int) -> tuple[bytes, ...]:
        """Return the private halves that may open a record: of the version that its appointment names, then of later ones.

        While an agenda goes from one key to the next a record may be ahead of its appointment, never behind.
        """
        later = sorted(held for agenda, held in self._grants if agenda == practitioner_id and held > version)
        found = (self.key(practitioner_id, held) for held in (version, *later))
        return tuple(key for key in found if key is not None)

    def held(self, practitioner_id: int) -> dict[int, bytes]:
        """Return the private half of each version of an agenda's key that may be opened today."""
        versions = (version for agenda, version in self._grants if agenda == practitioner_id)
        found = ((version, self.key(practitioner_id, version)) for version in versions)
        return {version: private for version, private in found if private is not None}

    def fresh(self) -> "Vault":
        """Return the same vault with the grants as they are now."""
        return Vault(self.staff, self._holder_private, self._today, self.session_tag)

    def _open(self, wanted: tuple[int, int]) -> bytes | None:
        given = self._grants.get(wanted)
        private = None if given is None else open_grant(given, self._holder_private)
        if given is not None and private is not None and not is_pair(given.agenda_key, private):
            # What was sealed before still opens; what is sealed to the strange key does not, and the pages say so.
            logger.critical("the public key of agenda key %s was replaced", given.agenda_key_id)
            self.altered.add(wanted[0])
            # From here on nothing is booked: what a stranger's key would take could not be opened by anybody here.
            AgendaKey.objects.filter(pk=given.agenda_key_id).update(altered=True)
        return private

    def check_pairs(self) -> None:
        """Hold each current public key against its private half; one that does not belong stops that agenda's bookings."""
        for (practitioner, version), given in self._grants.items():
            if not given.agenda_key.retired:
                self.key(practitioner, version)

    def notices(self) -> list[Notice]:
        """Return what the agenda says about the keys that this session holds, the worst first. No query of its own."""
        found = [
            Notice(kind, given.agenda_key.practitioner)
            for given in self._grants.values()
            for kind in self._kinds(given)
        ]
        return sorted(found, key=lambda notice: KINDS.index(notice.kind))

    def _kinds(self, given: Grant) -> list[str]:
        key = given.agenda_key
        if key.retired:
            return ["moving"]
        altered = key.altered or key.practitioner_id in self.altered
        few = (given.holders or 0) < FEWEST_HOLDERS  # type: ignore[attr-defined]
        waiting = given.waiting  # type: ignore[attr-defined]
        told = {"altered": altered, "renew": key.renew_because and not altered, "waiting": waiting, "few": few}
        return [kind for kind, holds in told.items() if holds]

    @cached_property
    def _grants(self) -> dict[tuple[int, int], Grant]:
        rows = [] if self.staff.is_over(self.today) else _GRANTS.rows(self.staff.pk, self.today)
        return {(given.agenda_key.practitioner_id, given.agenda_key.version): given for given in map(_given, rows)}


def _grants(staff: int, today: date) -> QuerySet[Grant, Any]:
    """The grants of today, with what is said of their keys: every page that shows a name asks for them."""
    found = held_on(today, staff).annotate(holders=_holders(), waiting=Exists(_waiting(staff)))
    return found.values_list(
        *("pk", "holder_id", "sealed_private", "holders", "waiting"),
        *(f"agenda_key__{name}" for name in _KEY),
        *(f"agenda_key__practitioner__{name}" for name in _PRACTITIONER),
    )


_KEY: Final = ("pk", "version", "public_key", "retired", "altered", "renew_because")
_PRACTITIONER: Final = ("pk", "name")
_GRANTS: Final = Prepared(_grants)


def _given(row: tuple[Any, ...]) -> Grant:
    """Return a grant of such a row, with its key and practitioner as far as they were read."""
    pk, holder, sealed_private, holders, waiting, *of_key = row
    practitioner = Practitioner(**dict(zip(_PRACTITIONER, of_key[len(_KEY) :], strict=True)))
    key = AgendaKey(practitioner=practitioner, **dict(zip(_KEY, of_key[: len(_KEY)], strict=True)))
    given = Grant(pk=pk, holder_id=holder, sealed_private=sealed_private, agenda_key=key)
    given.holders, given.waiting = holders, waiting  # type: ignore[attr-defined]
    return given


def _holders() -> Subquery:
    """Count who holds a key for good: a sheet once it was typed back, and persons who may sign in without a last day.

    Not somebody who is invited anew: that takes their grants away.
    """
    able = Q(holder__staff__is_active=True, holder__staff__ends_on=None, holder__staff__invitation=None)
    able |= Q(holder__staff__isnull=True, holder__confirmed=True)
    of_this = Grant.objects.filter(able, agenda_key=OuterRef("agenda_key"), ends_on__isnull=True)
    return Subquery(of_this.order_by().values("agenda_key").annotate(number=Count("pk")).values("number"))


def _waiting(reader: int) -> QuerySet[PendingGrant]:
    """Who waits for this agenda, and can be given it: they have a key, and they are not the reader."""
    to_whom = PendingGrant.objects.filter(invitation=None, staff__is_active=True, staff__key_holder__isnull=False)
    return to_whom.filter(practitioner=OuterRef("agenda_key__practitioner")).exclude(staff=reader)
