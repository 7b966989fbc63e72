"""What an invitation carries: agenda keys that its link and a spoken code open together, each useless without the other.

Inside, the keys lie under Argon2id of link and code; outside, under the server secret. So with a copy of the agenda store nothing
opens; with the link as well nothing opens, for want of the server secret; with the whole disk and the link, somebody
has to try 2**30 codes at seconds each (docs/decisions). Online there are five tries.
"""

import struct
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from django.conf import settings

from clicdocteur import sealing
from clicdocteur.framing import parse_spoken_code
from clicdocteur.sealing import Context, PasswordCost, SealingError
from practitioners.keys.derivation import in_turn
from practitioners.models import Invitation

CODE_TRIES: Final = 5
# A code is short: each try costs four times a password's, at the same memory.
_SLOWER: Final = 4
_ENTRY: Final = struct.Struct(f">QH{sealing.PRIVATE_LENGTH}s")

# The private half of each version of each practitioner's key.
Carried = Mapping[tuple[int, int], bytes]


def carry(invitation: Invitation, token: str, code: str, held: Carried) -> bytes:
    """Return the box of an invitation that is not saved yet. Also with no key at all: the code then proves who comes.

    Raises TooBusy.
    """
    content = b"".join(_ENTRY.pack(agenda, version, private) for (agenda, version), private in held.items())
    inner = in_turn(
        lambda: sealing.wrap_with_password(_both(token, code), content, _context(invitation, "code"), _cost())
    )
    return sealing.encrypt(_keys()[0], inner, _context(invitation, "carried"))


def open_carried(invitation: Invitation, token: str, code: str) -> dict[tuple[int, int], bytes] | None:
    """Return the keys that link and code open, or None when they do not. The caller counts the tries. Raises TooBusy."""
    try:
        typed = parse_spoken_code(code)
        inner = sealing.decrypt_any(_keys(), bytes(invitation.carried or b""), _context(invitation, "carried"))
        content = in_turn(
            lambda: sealing.unwrap_with_password(_both(token, typed), inner, _context(invitation, "code"))
        )
    except SealingError:
        return None
    return {(agenda, version): private for agenda, version, private in _ENTRY.iter_unpack(content)}


def renew_carried() -> int:
    """Close what open invitations carry under the current server secret, before an older one goes; return how many."""
    done = 0
    for invitation in Invitation.objects.filter(carried__isnull=False):
        context, former = _context(invitation, "carried"), bytes(invitation.carried or b"")
        try:
            inner = sealing.decrypt_any(_keys(), former, context)
        except SealingError:
            continue
        done += Invitation.objects.filter(pk=invitation.pk, carried=former).update(
            carried=sealing.encrypt(_keys()[0], inner, context)
        )
    return done


def _both(token: str, code: str) -> str:
    return f"{token} {code}"


def _cost() -> PasswordCost:
    once = settings.PASSWORD_COST
    return replace(once, iterations=min(_SLOWER * once.iterations, 16))


def _keys() -> list[bytes]:
    return [sealing.derive(secret, "invitations") for secret in settings.SERVER_SECRETS]


def _context(invitation: Invitation, what: str) -> Context:
    return Context("invitation", what, (invitation.pk, invitation.staff_id))
