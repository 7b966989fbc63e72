"""Leaving, and being something else: a manager ends an account, takes one agenda back, changes a role."""

import logging
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from agenda import second_factor
from agenda.people.turns import Refused, take_as_manager
from booking.transactions import verb
from practitioners import invitations, keys, sessions
from practitioners.models import AgendaKey, Grant, Invitation, KeyHolder, PendingGrant, Practitioner, Staff

logger = logging.getLogger(__name__)


@verb
def end(manager: int, pk: int) -> None:
    """End an account now. Sessions, grants, second factors and invitations go; the agendas' keys are due for renewal.

    Raises Refused for oneself, the last manager, the only one who can open an agenda; Http404, Busy.
    """
    acting, found = take_as_manager(manager, pk)
    member = found[pk]
    if member == acting:
        raise Refused(_("Un autre gestionnaire peut fermer votre compte ; vous-même, non."))
    _need_another_manager(member)
    need_others(member)
    shut(member)
    logger.info("staff %s ended the account of staff %s", manager, pk)


def shut(member: Staff) -> None:
    """Take everything from a member whose row is locked, at once."""
    for practitioner in Practitioner.objects.filter(agenda_keys__grants__holder__staff=member).distinct():
        keys.revoke(member.key_holder, practitioner)
    keys.drop_secret(member)
    _void_invitations(member)
    PendingGrant.objects.filter(staff=member).delete()
    Staff.objects.filter(pk=member.pk).update(is_active=False)
    sessions.end([member.pk])
    second_factor.forget(member)


def _void_invitations(member: Staff) -> None:
    """Void the invitations to a member and those by them: an account made by a leaver may be the leaver's."""
    open_ones = Invitation.objects.filter(Q(staff=member) | Q(made_by=member))
    asked = list(open_ones.values_list("staff", flat=True))
    open_ones.delete()
    invitations.never_joined([pk for pk in asked if pk != member.pk]).delete()


@verb
def take_back(manager: int, pk: int, practitioner: Practitioner) -> None:
    """Take one agenda back, or what waits for it. Raises Refused for the only one who can open it, Http404, Busy."""
    _acting, found = take_as_manager(manager, pk)
    member = found[pk]
    need_others(member, practitioner)
    PendingGrant.objects.filter(staff=member, practitioner=practitioner).delete()
    holder = KeyHolder.objects.filter(staff=member).first()
    if holder is not None:
        keys.revoke(holder, practitioner)
    logger.info("staff %s took agenda %s back from staff %s", manager, practitioner.pk, pk)


@dataclass(frozen=True, slots=True)
class Role:
    """What a member is: their name, their role, who they are among the practitioners, their last day."""

    name: str
    role: str
    practitioner: Practitioner | None
    ends_on: date | None


@verb
def change(manager: int, pk: int, to: Role) -> bool:
    """Change what a member is; say whether a manager's rights now wait for a colleague who compares the six words.

    Nobody becomes a manager by this alone: the server secret would be sealed to a key that nobody confirmed. Raises Refused,
    Http404, Busy.
    """
    acting, found = take_as_manager(manager, pk)
    member = found[pk]
    rises = to.role == Staff.Role.MANAGER and not member.is_manager
    if member.is_manager and to.role != Staff.Role.MANAGER:
        if member == acting:
            raise Refused(_("Un autre gestionnaire peut changer votre rôle ; vous-même, non."))
        _need_another_manager(member)
        _void_invitations_by(member)
        keys.drop_secret(member)
    member.name, member.practitioner = to.name, to.practitioner
    if not rises:
        member.role, member.ends_on = to.role, to.ends_on
    if to.role != Staff.Role.MANAGER:
        PendingGrant.objects.filter(staff=member, practitioner=None).delete()
    member.save(update_fields=["name", "practitioner", "role", "ends_on"])
    if rises:
        _ask_for_rights(member, acting)
    return rises


def _ask_for_rights(member: Staff, acting: Staff) -> None:
    invitation = Invitation.objects.filter(staff=member).first()
    if invitation is None and not member.is_active:
        raise Refused(_("Ce compte est fermé. Invitez d’abord la personne à nouveau."))
    PendingGrant.objects.get_or_create(
        staff=member, practitioner=None, defaults={"invitation": invitation, "asked_by": acting}
    )


def _void_invitations_by(member: Staff) -> None:
    asked = list(Invitation.objects.filter(made_by=member).values_list("staff", flat=True))
    Invitation.objects.filter(made_by=member).delete()
    invitations.never_joined(asked).delete()


def _need_another_manager(member: Staff) -> None:
    """Raise Refused when nobody else would be left who manages."""
    others = Staff.objects.filter(role=Staff.Role.MANAGER, is_active=True).exclude(pk=member.pk)
    if member.is_manager and member.is_active and not others.exists():
        raise Refused(_("C’est le dernier gestionnaire. Nommez-en d’abord un autre."))


def need_others(member: Staff, practitioner: Practitioner | None = None) -> None:
    """Raise Refused when nobody else, nor a confirmed sheet, would open an agenda: its names would be lost."""
    held = AgendaKey.objects.filter(grants__holder__staff=member).select_related("practitioner")
    if practitioner is not None:
        held = held.filter(practitioner=practitioner)
    # Who is invited anew loses their grants by accepting.
    able = Q(holder__staff__is_active=True, holder__staff__invitation=None) | Q(
        holder__staff=None, holder__confirmed=True
    )
    lasting = Q(ends_on=None) | Q(ends_on__gte=keys.practice_day())
    for key in held:
        if not Grant.objects.filter(able, lasting, agenda_key=key).exclude(holder__staff=member).exists():
            text = _(
                "Personne d’autre n’a la clé de l’agenda de %(name)s. Donnez-la d’abord à quelqu’un, ou faites la feuille "
                "de secours : sinon les noms sont perdus."
            )
            raise Refused(text % {"name": key.practitioner.name})
