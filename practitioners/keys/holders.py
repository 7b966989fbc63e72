"""Key-holders: a key pair per staff member, its private half under their password, and the server secret kept for managers."""

import hmac
import logging
from datetime import date
from functools import cache
from secrets import token_bytes, token_hex
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from clicdocteur import sealing
from clicdocteur.fields import random_key
from clicdocteur.sealing import Context, SealingError
from practitioners import passwords
from practitioners.keys.derivation import in_turn
from practitioners.models import KeyHolder, Practice, Staff

logger = logging.getLogger(__name__)


class KeyAltered(Exception):
    """A public key does not belong to its private half: somebody changed a row. Nothing goes on as if it did."""


def enrol(staff: Staff, password: str) -> KeyHolder:
    """Give a saved staff member a new key pair under this password. A former pair goes, and with it all its grants.

    Raises ValidationError for a password that is too weak, TooBusy.
    """
    holder, _private = new_pair(staff, password)
    install(holder)
    return holder


def new_pair(staff: Staff, password: str) -> tuple[KeyHolder, bytes]:
    """Return a key-holder for a staff member, not saved yet, and its private half: the slow part, outside any transaction.

    Raises ValidationError for a password that is too weak, TooBusy.
    """
    pair, pk = sealing.generate_key_pair(), random_key()
    wrapped = _wrap(pair.private, password, pk, staff.pk)
    return KeyHolder(pk=pk, staff=staff, public_key=pair.public, wrapped_private=wrapped, confirmed=True), pair.private


def install(holder: KeyHolder) -> None:
    """Save a staff member's new key-holder in the place of a former one; a manager's keeps the server secret."""
    staff = holder.staff
    if staff is None:
        raise ValueError("a sheet is made by new_recovery_sheet")
    with transaction.atomic():
        KeyHolder.objects.filter(staff=staff).delete()
        if staff.is_manager:
            keep_secret(holder)
        holder.save(force_insert=True)
        # Django's own password field stays unusable: there is no second, cheaper hash.
        staff.set_unusable_password()
        staff.save(update_fields=["password"])
    staff.key_holder = holder


def set_password(staff: Staff, private: bytes, password: str) -> None:
    """Wrap the same private half under a new password; all sessions of the old one end. Raises ValidationError, TooBusy."""
    holder = staff.key_holder
    _check_pair(holder, private)
    holder.wrapped_private = _wrap(private, password, holder.pk, staff.pk)
    holder.save(update_fields=["wrapped_private"])


def unlock(staff: Staff | None, password: str) -> bytes | None:
    """Return the private half that this password opens, or None.

    This is the password check, and there is no other. Nobody, a removed account and one without keys cost the same
    derivation as a wrong password. Raises TooBusy, KeyAltered.
    """
    holder = _holder_of(staff)
    private = in_turn(lambda: _open(holder, password))
    if holder is not None and private is not None:
        _check_pair(holder, private)
    return private


def _holder_of(staff: Staff | None) -> KeyHolder | None:
    if staff is None or not staff.is_active or (staff.ends_on and staff.is_over(practice_day())):
        return None
    return KeyHolder.objects.filter(staff=staff).first()


def _wrap(private: bytes, password: str, holder_id: int, staff_id: int) -> bytes:
    """The one place where a password is set."""
    passwords.check(password)
    context = _context(holder_id, staff_id)
    return in_turn(lambda: sealing.wrap_with_password(password, private, context, settings.PASSWORD_COST))


def _open(holder: KeyHolder | None, password: str) -> bytes | None:
    # The dummy is made once per process, by whoever comes first, known or not.
    box, context = _dummy(), _context(0, 0)
    if holder is not None and holder.staff_id is not None:
        box, context = bytes(holder.wrapped_private), _context(holder.pk, holder.staff_id)
    try:
        return sealing.unwrap_with_password(password, box, context)
    except SealingError:
        return None


def _context(holder_id: int, staff_id: int) -> Context:
    return Context("holder", "wrapped_private", (holder_id, staff_id))


@cache
def _dummy() -> bytes:
    """Return a box of the usual cost that nothing opens: its password is random, and its context is nobody's."""
    unknowable, nothing = token_hex(32), bytes(sealing.PRIVATE_LENGTH)
    return sealing.wrap_with_password(unknowable, nothing, Context("nobody"), settings.PASSWORD_COST)


def _check_pair(holder: KeyHolder, private: bytes) -> None:
    if sealing.public_of(private) != bytes(holder.public_key):
        raise KeyAltered(f"key-holder {holder.pk}")


def keep_secret(holder: KeyHolder, *, only_current: bool = False) -> None:
    """Seal the server secrets to a holder, not saved yet: a lost machine comes back from two backups and this.

    The caller made sure that the public key is the holder's own. The tag lets a later change of the secret rely on that.
    """
    secrets = b"".join(settings.SERVER_SECRETS[:1] if only_current else settings.SERVER_SECRETS)
    holder.secret_box = sealing.seal(bytes(holder.public_key), secrets, _secret_context(holder))
    holder.secret_tag = secret_tag(holder, settings.SERVER_SECRETS[0])


def secret_tag(holder: Any, secret: bytes) -> bytes:
    """Return what ties a holder's copy of the server secret to their public key: only who has the secret can make it."""
    key = sealing.derive(secret, "secret holders")
    return sealing.tag(key, holder.pk, holder.staff_id or 0, holder.sheet_of_id or 0, bytes(holder.public_key))


def drop_secret(staff: Staff) -> None:
    """Take the copy of the server secret from somebody who is no manager any more."""
    KeyHolder.objects.filter(staff=staff).update(secret_box=None, secret_tag=None)


def reseal_secrets(*, only_current: bool = False) -> int:
    """Seal the server secrets anew to every manager and sheet that keeps a copy, as they are named now; return how many.

    A holder whose public key is not the one that the copy was made for gets none: somebody changed the row.
    """
    done = 0
    for holder in KeyHolder.objects.filter(secret_box__isnull=False):
        tags = [secret_tag(holder, secret) for secret in settings.SERVER_SECRETS]
        if not any(hmac.compare_digest(bytes(holder.secret_tag or b""), tag) for tag in tags):
            logger.critical("key-holder %s gets no copy of the server secret: its public key was replaced", holder.pk)
            continue
        keep_secret(holder, only_current=only_current)
        holder.save(update_fields=["secret_box", "secret_tag"])
        done += 1
    return done


def server_secrets(holder: KeyHolder, private: bytes) -> tuple[bytes, ...]:
    """Return the server secrets that a manager or a sheet keeps, the current one first. Raises SealingError."""
    opened = sealing.open_sealed(private, bytes(holder.secret_box or b""), _secret_context(holder))
    return tuple(opened[start : start + sealing.KEY_LENGTH] for start in range(0, len(opened), sealing.KEY_LENGTH))


def _secret_context(holder: KeyHolder) -> Context:
    return Context("server secret", "secret_box", (holder.pk,))


def practice_day() -> date:
    """Today, as the practice's calendar on the wall says."""
    return timezone.localdate(timezone=Practice.objects.get().zone)


# The session's two halves: neither opens anything alone.


def split_for_session(private: bytes, staff_id: int) -> tuple[bytes, bytes]:
    """Return (the half for the cookie, the half for the session row) of an opened private key."""
    cookie = token_bytes(sealing.KEY_LENGTH)
    return cookie, sealing.encrypt(cookie, private, Context("session", "private", (staff_id,)))


def join_halves(cookie: bytes, row: bytes, staff_id: int) -> bytes | None:
    """Return the private key that the two halves make together, or None when they do not belong together."""
    try:
        return sealing.decrypt(cookie, row, Context("session", "private", (staff_id,)))
    except SealingError:
        return None
