"""The recovery sheet: a key-holder on paper, one per agenda, whose password is a code of 128 random bits.

Shown once, printed, and confirmed by typing its last group back. Until then a former sheet still counts, and the row also
carries a keyed tag of that group, behind the wrapped key; confirming removes both. The group is part of the checksum, so a thief of the tag and of the
server secret gains at most 20 of the 128 bits.
"""

import hmac
import logging
from collections.abc import Mapping
from contextlib import suppress

from django.conf import settings
from django.db import transaction

from clicdocteur import sealing
from clicdocteur.fields import random_key
from clicdocteur.sealing import Context, SealingError
from practitioners.keys.agendas import grant, open_grant
from practitioners.keys.holders import keep_secret
from practitioners.keys.vault import Vault
from practitioners.models import AgendaKey, Grant, KeyHolder, Practitioner

logger = logging.getLogger(__name__)

_BOX = sealing.PRIVATE_LENGTH + sealing.ENCRYPT_OVERHEAD


def new_recovery_sheet(
    practitioner: Practitioner, agenda_private: bytes, older: Mapping[int, bytes] | None = None
) -> str:
    """Make a sheet for an agenda's current key and return its code, which is kept nowhere.

    A former sheet that counts does so until this one is confirmed; one that nobody confirmed is void.

    `older` are the private halves of retired versions, while a renewal is under way. Raises KeyAltered when the private
    half is not the current key's.
    """
    code, pair, pk = sealing.recovery_code(), sealing.generate_key_pair(), random_key()
    context = _context(pk, practitioner.pk)
    wrapped = sealing.wrap_with_code(sealing.parse_recovery_code(code), pair.private, context)
    sheet = KeyHolder(pk=pk, sheet_of=practitioner, public_key=pair.public)
    sheet.wrapped_private = wrapped + _tag(pk, code[-4:], 0)
    keep_secret(sheet)
    with transaction.atomic():
        KeyHolder.objects.filter(sheet_of=practitioner, confirmed=False).delete()
        sheet.save(force_insert=True)
        grant(AgendaKey.objects.get(practitioner=practitioner, retired=False), agenda_private, sheet)
        for key in AgendaKey.objects.filter(practitioner=practitioner, retired=True, version__in=list(older or ())):
            grant(key, (older or {})[key.version], sheet)
    return code


def sheet_from(vault: Vault, practitioner: Practitioner) -> str | None:
    """Make a new sheet with the keys that a session holds; return its code, or None if it lacks the current key."""
    versions = AgendaKey.objects.filter(practitioner=practitioner).values_list("version", "retired")
    held = {version: vault.key(practitioner.pk, version) for version, _retired in versions}
    return _sheet_with(practitioner, {version: private for version, private in held.items() if private})


def _sheet_with(practitioner: Practitioner, held: Mapping[int, bytes]) -> str | None:
    current = AgendaKey.objects.filter(practitioner=practitioner, retired=False).first()
    if current is None or current.version not in held:
        return None
    return new_recovery_sheet(practitioner, held[current.version], held)


@transaction.atomic
def confirm_sheet(practitioner: Practitioner, last_group: str) -> bool:
    """Mark the new sheet as printed, if its last group was typed back rightly, and void the former one.

    Returns whether the sheet that was made last is confirmed.
    """
    # Both are locked: a renewal that gives the former one the next key is waited for.
    sheets = {one.confirmed: one for one in KeyHolder.objects.select_for_update().filter(sheet_of=practitioner)}
    sheet, former = sheets.get(False), sheets.get(True)
    if sheet is None:
        return former is not None
    typed = last_group.strip().upper()
    kept = bytes(sheet.wrapped_private)
    tags = [_tag(sheet.pk, typed, number) for number in range(len(settings.SERVER_SECRETS))]
    if not any(hmac.compare_digest(kept[_BOX:], tag) for tag in tags):
        return False
    if former:
        former.delete()
    sheet.wrapped_private, sheet.confirmed = kept[:_BOX], True
    sheet.save(update_fields=["wrapped_private", "confirmed"])
    return True


def open_sheet(practitioner: Practitioner, code: str) -> tuple[KeyHolder, bytes] | None:
    """Return the sheet and the private half that its code opens, or None for a wrong code or a void sheet."""
    try:
        key = sealing.parse_recovery_code(code)
    except SealingError:
        return None
    for sheet in KeyHolder.objects.filter(sheet_of=practitioner):
        with suppress(SealingError):
            box = bytes(sheet.wrapped_private)[:_BOX]
            return sheet, sealing.unwrap_with_code(key, box, _context(sheet.pk, practitioner.pk))
    return None


def agendas_of_sheet(practitioner: Practitioner, code: str) -> dict[int, bytes] | None:
    """Return the agenda's private halves that a sheet's code opens, by version; None for a wrong code. Changes nothing."""
    opened = open_sheet(practitioner, code)
    if opened is None:
        return None
    grants = Grant.objects.filter(holder=opened[0]).select_related("agenda_key")
    halves = {given.agenda_key.version: open_grant(given, opened[1]) for given in grants}
    return {version: half for version, half in halves.items() if half is not None}


def agenda_of_code(code: str) -> Practitioner | None:
    """Return whose sheet this code opens, or None."""
    sheets = Practitioner.objects.filter(recovery_sheets__isnull=False).distinct().select_related("practice")
    return next((one for one in sheets if open_sheet(one, code)), None)


@transaction.atomic
def recover(practitioner: Practitioner, code: str, holder: KeyHolder) -> str | None:
    """Grant an agenda for good to a holder with the code of a recovery sheet, and void all of that agenda's.

    Returns the code of the sheet that takes its place, or None, and changes nothing, when the code is wrong.
    Raises KeyAltered.
    """
    opened = open_sheet(practitioner, code)
    if opened is None:
        return None
    sheet, private = opened
    held: dict[int, bytes] = {}
    for given in Grant.objects.filter(holder=sheet).select_related("agenda_key"):
        agenda_private = open_grant(given, private)
        if agenda_private is not None:
            grant(given.agenda_key, agenda_private, holder)
            held[given.agenda_key.version] = agenda_private
    logger.warning("agenda %s was opened to key-holder %s with its recovery sheet", practitioner.pk, holder.pk)
    renewed = _sheet_with(practitioner, held)
    if renewed is not None:
        KeyHolder.objects.filter(sheet_of=practitioner, confirmed=True).delete()
    return renewed


def _context(sheet_id: int, practitioner_id: int) -> Context:
    return Context("sheet", "wrapped_private", (sheet_id, practitioner_id))


def _tag(sheet_id: int, group: str, secret: int) -> bytes:
    key = sealing.derive(settings.SERVER_SECRETS[secret], "sheet confirmation")
    return sealing.tag(key, sheet_id, group)
