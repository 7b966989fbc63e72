"""Accepting an invitation: one's own password, one's own keys, and what the code proves."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.views.decorators.debug import sensitive_variables

from agenda import second_factor
from agenda.people.granting import Days, grant_all
from agenda.people.turns import take
from booking.links import TOKEN, link_hash
from booking.transactions import verb
from practitioners import keys, sessions
from practitioners.access import agendas
from practitioners.keys import CODE_TRIES
from practitioners.models import Invitation, KeyHolder, PendingGrant, Practitioner, Staff

logger = logging.getLogger(__name__)
Carried = Mapping[tuple[int, int], bytes]


class Gone(Exception):
    """There is no such invitation: unknown, used, revoked or expired. Nobody is told which."""


class WrongCode(Exception):
    """The spoken code does not fit. `left` tries remain; at 0 it is void, and what it carried waits for a colleague."""

    def __init__(self, left: int) -> None:
        super().__init__(left)
        self.left = left


@dataclass(frozen=True, slots=True)
class Joined:
    """Who joined, with their opened private half; `waits` says whether something waits for a colleague."""

    staff: Staff
    private: bytes
    waits: bool


def find(token: str, now: datetime) -> Invitation:
    """Return an open invitation. Raises Gone."""
    if not TOKEN.fullmatch(token):
        raise Gone
    found = Invitation.objects.select_related("staff", "made_by").filter(token_hash=link_hash(token)).first()
    if found is None or not _holds(found, now):
        raise Gone
    return found


def _holds(invitation: Invitation, now: datetime) -> bool:
    manager, member = invitation.made_by, invitation.staff
    able = manager.is_active and manager.is_manager
    return able and invitation.is_open(now) and not (member.ends_on and member.is_over(keys.practice_day()))


@sensitive_variables()
def accept(token: str, password: str, code: str, now: datetime) -> Joined:
    """Make the member's keys under their password, in the place of former ones; with the right code, give what it carries.

    Without a code everything waits for a colleague. Raises Gone, WrongCode, ValidationError for a weak password, TooBusy, Busy.
    """
    invitation = find(token, now)
    carried = _opened(invitation, token, code, now) if code else None
    holder, private = keys.new_pair(invitation.staff, password)
    waits = _settle(invitation.pk, holder, carried, now)
    staff = Staff.objects.select_related("key_holder").get(pk=invitation.staff_id)
    return Joined(staff, private, waits)


@sensitive_variables()
def _opened(invitation: Invitation, token: str, code: str, now: datetime) -> Carried:
    """Count the try, then try. Of many at once, no more than the limit are tried."""
    this_one = Invitation.objects.filter(pk=invitation.pk)
    if not this_one.filter(tries__lt=CODE_TRIES, carried__isnull=False).update(tries=F("tries") + 1):
        find(token, now)
        raise WrongCode(0)
    carried = keys.open_carried(invitation, token, code)
    if carried is not None:
        return carried
    tries = find(token, now).tries
    if tries >= CODE_TRIES:
        this_one.update(carried=None)
        logger.warning("invitation %s: too many wrong codes; what it carried waits for a colleague", invitation.pk)
    raise WrongCode(CODE_TRIES - tries)


@verb
def _settle(pk: int, holder: KeyHolder, carried: Carried | None, now: datetime) -> bool:
    """Use the invitation up: new keys, no former sessions and factors, and what the code proves. Say whether something waits."""
    member = take(holder.staff_id or 0)[holder.staff_id or 0]
    invitation = Invitation.objects.select_for_update(of=("self",)).select_related("made_by", "staff")
    found = invitation.filter(pk=pk, staff=member).first()
    if found is None or not _holds(found, now):
        raise Gone
    _become(member, found, proven=carried is not None)
    sessions.end([member.pk])
    second_factor.forget(member)
    holder.staff = member
    keys.install(holder)
    if carried is not None:
        _take_out(found, holder, carried)
    PendingGrant.objects.filter(invitation=found).update(invitation=None)
    found.delete()
    logger.info("staff %s joined", member.pk)
    return PendingGrant.objects.filter(staff=member).exists()


@sensitive_variables()
def regain(staff: Staff, password: str, practitioner: Practitioner, code: str) -> str | None:
    """Make a member's keys anew, whose password is lost, and open an agenda to them with its recovery sheet.

    For whoever nobody can invite again: a practice's only manager. Only the server's console asks it. What they held of other
    agendas is gone with the former keys; their sessions, trusted browsers and second factor end too. Returns the code of the
    sheet that takes the used one's place, or None, and changes nothing, when the code is wrong. Raises ValidationError, TooBusy.
    """
    holder, _private = keys.new_pair(staff, password)
    with transaction.atomic():
        keys.install(holder)
        sessions.end([staff.pk])
        second_factor.forget(staff)
        renewed = keys.recover(practitioner, code, holder)
        if renewed is None:
            transaction.set_rollback(True)
        return renewed


def _become(member: Staff, invitation: Invitation, *, proven: bool) -> None:
    """Let a member in; into the rights of a manager or a practitioner only with the code, or later with the six words."""
    rights = PendingGrant.objects.filter(invitation=invitation, practitioner=None)
    if rights.exists() or member.is_manager:
        member.role = Staff.Role.MANAGER if proven else Staff.Role.SECRETARY
        member.ends_on = None if proven else member.ends_on
    if proven:
        rights.delete()
    elif member.practitioner is not None:
        own = {"own": True, "invitation": invitation, "asked_by": invitation.made_by}
        PendingGrant.objects.update_or_create(staff=member, practitioner=member.practitioner, defaults=own)
        member.practitioner = None
    member.is_active = True
    member.save(update_fields=["role", "ends_on", "is_active", "practitioner"])


def _take_out(invitation: Invitation, holder: KeyHolder, carried: Carried) -> None:
    """Grant what was carried, as far as who invited may still open it and it is still the agenda's key; the rest waits."""
    may = {one.pk for one in agendas(invitation.made_by, keys.practice_day())}
    for asked in PendingGrant.objects.filter(invitation=invitation, practitioner__in=may).select_related(
        "practitioner"
    ):
        practitioner = asked.practitioner
        assert practitioner is not None  # noqa: S101 - filtered by agenda
        held = {version: private for (agenda, version), private in carried.items() if agenda == practitioner.pk}
        if grant_all(practitioner, held, holder, Days(asked.starts_on, asked.ends_on)):
            asked.delete()
