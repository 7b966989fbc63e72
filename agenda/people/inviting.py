"""Inviting: somebody new, or anew somebody who lost their password, their second factor or both. There is no other reset."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from agenda.people import leaving
from agenda.people.turns import Refused, take_as_manager
from booking.links import link_hash, new_token
from booking.transactions import verb
from clicdocteur.fields import random_key
from clicdocteur.framing import spoken_code
from practitioners import invitations, keys
from practitioners.keys import Vault
from practitioners.models import Grant, Invitation, PendingGrant, Practitioner, Staff

logger = logging.getLogger(__name__)

# Hours that an invitation may be good for; the first is offered.
HOURS = (72, 1, 24, 168, 336)
# The first and the last day of an access.
Span = tuple[date | None, date | None]


@dataclass(frozen=True, slots=True)
class Terms:
    """What an invitation gives: agendas, from which day, and for how many hours its link is good."""

    agendas: Collection[Practitioner]
    starts_on: date | None
    hours: int


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation as it was made: link and code are in this answer and nowhere else."""

    staff: Staff
    token: str
    code: str
    expires: datetime
    carried: list[Practitioner]
    waiting: list[Practitioner]


def invite(vault: Vault, member: Staff, terms: Terms, now: datetime) -> Invited:
    """Invite somebody new. A manager's rights and agendas that the inviter cannot open wait for somebody else.

    Raises Http404 from somebody who is no manager (any more), ValidationError for a name that is taken, TooBusy, Busy.
    """
    member.pk, member.is_active = random_key(), False
    member.set_unusable_password()
    made = _made(vault, member, terms, now)
    _keep_new(member, made, terms)
    return made.answer


def invite_again(vault: Vault, pk: int, terms: Terms, now: datetime, *, suspected: bool) -> Invited:
    """Invite a member anew. Their old keys go when they accept; at once, with all access, if somebody may know the password.

    Raises Http404, Refused, TooBusy, Busy.
    """
    made = _made(vault, Staff.objects.get(pk=pk), terms, now)
    _keep_again(pk, made, terms, suspected=suspected)
    return made.answer


@dataclass(frozen=True, slots=True)
class _Made:
    """An invitation before it is saved: deriving from the code is slow, and no lock waits for it."""

    invitation: Invitation
    answer: Invited


def _made(vault: Vault, member: Staff, terms: Terms, now: datetime) -> _Made:
    token, code = new_token(), spoken_code()
    expires = now + timedelta(hours=terms.hours)
    carried = [one for one in terms.agendas if vault.held(one.pk)]
    invitation = Invitation(pk=random_key(), staff=member, made_by_id=vault.staff.pk, token_hash=link_hash(token))
    invitation.expires = expires
    held = {(one.pk, version): private for one in carried for version, private in vault.held(one.pk).items()}
    invitation.carried = keys.carry(invitation, token, code, held)
    waiting = [one for one in terms.agendas if one not in carried]
    return _Made(invitation, Invited(member, token, code, expires, carried, waiting))


@verb
def _keep_new(member: Staff, made: _Made, terms: Terms) -> None:
    take_as_manager(made.invitation.made_by_id)
    if Staff.objects.filter(login__iexact=member.login).exists():
        raise taken(member.login)
    rights = member.is_manager
    # Nobody is a manager before it is known who they are.
    member.role = Staff.Role.SECRETARY if rights else Staff.Role(member.role)
    member.full_clean(exclude=["password"])
    member.save(force_insert=True)
    _keep(made, terms, {}, rights=rights)


@verb
def _keep_again(pk: int, made: _Made, terms: Terms, *, suspected: bool) -> None:
    manager, found = take_as_manager(made.invitation.made_by_id, pk)
    member = found[pk]
    if member == manager:
        raise Refused(_("Vous êtes déjà là : changez votre mot de passe dans « Mon compte »."))
    if member.is_over(keys.practice_day()):
        raise Refused(_("Son dernier jour est passé : changez-le d’abord."))
    leaving.need_others(member)
    days = _days(member, terms)
    if suspected:
        leaving.shut(member)
    _keep(made, terms, days, rights=member.is_manager)


def _keep(made: _Made, terms: Terms, days: dict[int | None, Span], *, rights: bool) -> None:
    """Save an invitation in the place of a former one, and what waits for it."""
    member, manager = made.answer.staff, made.invitation.made_by
    Invitation.objects.filter(staff=member).delete()
    PendingGrant.objects.filter(staff=member).delete()
    made.invitation.save(force_insert=True)
    for practitioner in terms.agendas:
        starts_on, ends_on = days.get(practitioner.pk, (terms.starts_on, None))
        _wait(made, practitioner, manager, starts_on, ends_on)
    if rights:
        _wait(made, None, manager, None, None)
    logger.info("staff %s invited staff %s", manager.pk, member.pk)


def _days(member: Staff, terms: Terms) -> dict[int | None, Span]:
    """Return the days of what a member waits for or has: invited anew, they keep them. What only waits may begin later."""
    asked = PendingGrant.objects.filter(staff=member, practitioner__isnull=False)
    waits = {one.practitioner_id: (terms.starts_on or one.starts_on, one.ends_on) for one in asked}
    held = Grant.objects.filter(holder__staff=member, agenda_key__retired=False)
    return waits | {
        practitioner: (starts_on, ends_on)
        for practitioner, starts_on, ends_on in held.values_list("agenda_key__practitioner", "starts_on", "ends_on")
    }


def _wait(made: _Made, one: Practitioner | None, manager: Staff, starts_on: date | None, ends_on: date | None) -> None:
    PendingGrant.objects.create(
        staff=made.answer.staff,
        practitioner=one,
        invitation=made.invitation,
        asked_by=manager,
        starts_on=starts_on,
        ends_on=ends_on,
    )


@verb
def uninvite(manager: int, pk: int) -> None:
    """Revoke an open invitation; the account goes with it if it never had a key. Raises Http404, Busy."""
    take_as_manager(manager, pk)
    Invitation.objects.filter(staff=pk).delete()
    invitations.never_joined([pk]).delete()
    logger.info("staff %s revoked the invitation of staff %s", manager, pk)


def taken(login: str) -> ValidationError:
    """What a form says of a login that somebody has."""
    return ValidationError({"login": _("« %(login)s » est déjà pris. Choisissez-en un autre.") % {"login": login}})
