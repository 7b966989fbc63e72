"""Giving access: asked by a manager, given by somebody who holds it, to the key whose six words were compared."""

import hmac
import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from agenda.people.turns import Refused, take, take_as_manager
from booking.transactions import verb
from practitioners import keys
from practitioners.access import agendas
from practitioners.keys import Vault
from practitioners.models import AgendaKey, Grant, Invitation, KeyHolder, PendingGrant, Practitioner, Staff

logger = logging.getLogger(__name__)


class KeyChanged(Exception):
    """The member's key is not the one whose words were compared."""


@dataclass(frozen=True, slots=True)
class Days:
    """The first and the last day of an access, both included; None is open."""

    starts_on: date | None
    ends_on: date | None


def waiting_for(reader: Staff, today: date) -> QuerySet[PendingGrant]:
    """What waits for the reader to give: agendas that they hold, a manager's rights if they have them; never to themselves."""
    theirs = Q(practitioner__in=[one.pk for one in agendas(reader, today)])
    if reader.is_manager:
        theirs |= Q(practitioner=None)
    ready = PendingGrant.objects.filter(theirs, invitation=None, staff__is_active=True, staff__key_holder__isnull=False)
    found = ready.exclude(staff=reader).select_related("staff__key_holder", "practitioner", "asked_by")
    return found.order_by("staff__name", "staff", "practitioner__position", "pk")


@verb
def ask(manager: int, pk: int, practitioner: Practitioner, days: Days) -> None:
    """Let an access wait for somebody who can give it; until then a present one stays as it is. Raises Refused, Http404, Busy."""
    acting, found = take_as_manager(manager, pk)
    member, invitation = found[pk], Invitation.objects.filter(staff=pk).first()
    if not member.is_active and invitation is None:
        raise Refused(_("Ce compte est fermé. Invitez d’abord la personne à nouveau."))
    PendingGrant.objects.update_or_create(
        staff=member,
        practitioner=practitioner,
        defaults={
            "invitation": invitation,
            "asked_by": acting,
            "starts_on": days.starts_on,
            "ends_on": days.ends_on,
        },
    )


@verb
def change_days(vault: Vault, pk: int, practitioner: Practitioner, days: Days) -> bool:
    """Change the days of an access that the member has and the manager holds; say whether that was so.

    The key that it is sealed to was confirmed when it was given, and the grant's own tag says that it is still that one. Nobody
    prolongs their own. Raises Http404, Busy.
    """
    acting, found = take_as_manager(vault.staff.pk, pk)
    given = list(
        Grant.objects.filter(holder__staff=pk, agenda_key__practitioner=practitioner).select_related(
            "agenda_key", "holder"
        )
    )
    held = vault.fresh().held(practitioner.pk)
    sound = [one for one in given if one.agenda_key.version in held and _is_bound(one, held)]
    current = any(not one.agenda_key.retired for one in sound)
    if found[pk] == acting or not current or len(sound) < len(given):
        return False
    for one in sound:
        one.holder.staff = found[pk]
        keys.grant(one.agenda_key, held[one.agenda_key.version], one.holder, days.starts_on, days.ends_on)
    PendingGrant.objects.filter(staff=pk, practitioner=practitioner).delete()
    logger.info("staff %s changed the days of staff %s in agenda %s", acting.pk, pk, practitioner.pk)
    return True


def _is_bound(given: Grant, held: dict[int, bytes]) -> bool:
    return keys.is_bound(given, held[given.agenda_key.version])


@verb
def give(vault: Vault, pk: int, mark: str, wanted: Collection[int], today: date) -> list[PendingGrant]:
    """Give what waits, of those that the page showed, to the key whose words it showed; return what was given.

    What the session does not hold goes on waiting. Raises KeyChanged, Http404 when nothing of it waits for this reader, Busy.
    """
    found = take(vault.staff.pk, pk)
    asked = list(waiting_for(found[vault.staff.pk], today).filter(staff=pk, pk__in=wanted))
    if not asked or not found[vault.staff.pk].is_active:
        raise Http404
    holder = KeyHolder.objects.select_for_update().get(staff=pk)
    if not hmac.compare_digest(keys.mark(bytes(holder.public_key)), mark):
        logger.critical("the public key of staff %s is not the one whose words were compared", pk)
        raise KeyChanged
    holder.staff, fresh = found[pk], vault.fresh()
    given = [one for one in asked if _given(one, holder, fresh)]
    PendingGrant.objects.filter(pk__in=[one.pk for one in given]).delete()
    logger.info("staff %s gave staff %s: %s", vault.staff.pk, pk, [one.practitioner_id or "rights" for one in given])
    return given


def _given(asked: PendingGrant, holder: KeyHolder, vault: Vault) -> bool:
    """Seal one agenda, or the server secret, to the confirmed key; say whether the session held it."""
    if asked.practitioner is None:
        _make_manager(holder)
        return True
    days = Days(asked.starts_on, asked.ends_on)
    if not grant_all(asked.practitioner, vault.held(asked.practitioner.pk), holder, days):
        return False
    if asked.own and not Staff.objects.filter(practitioner=asked.practitioner).exists():
        Staff.objects.filter(pk=holder.staff_id).update(practitioner=asked.practitioner)
    return True


def grant_all(practitioner: Practitioner, held: dict[int, bytes], holder: KeyHolder, days: Days) -> bool:
    """Grant every version that is held of an agenda's key; say whether the current one, without which nothing is given, is."""
    found = {key.version: key for key in AgendaKey.objects.filter(practitioner=practitioner, version__in=held)}
    sound = {version: key for version, key in found.items() if keys.is_pair(key, held[version])}
    if not any(not key.retired for key in sound.values()):
        return False
    for version, key in sound.items():
        keys.grant(key, held[version], holder, days.starts_on, days.ends_on)
    return True


def _make_manager(holder: KeyHolder) -> None:
    member = holder.staff
    assert member is not None  # noqa: S101 - the holder of a member
    member.role, member.ends_on = Staff.Role.MANAGER, None
    member.save(update_fields=["role", "ends_on"])
    keys.keep_secret(holder)
    holder.save(update_fields=["secret_box", "secret_tag"])


@verb
def refuse(reader: int, pk: int, wanted: Collection[int], today: date) -> int:
    """Refuse what waits, as after words that were not the same; return how many. Raises Http404, Busy."""
    found = take(reader, pk)
    asked = waiting_for(found[reader], today).filter(staff=pk, pk__in=wanted)
    gone = PendingGrant.objects.filter(pk__in=[one.pk for one in asked]).delete()[0]
    if not gone or not found[reader].is_active:
        raise Http404
    logger.warning("staff %s refused what staff %s was to have", reader, pk)
    return gone
