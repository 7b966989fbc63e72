"""What ties a grant to the public key that it was given to, and to its days: a tag that only who opens the agenda can make.

Public keys lie in the agenda store in clear. Whoever can write there could put a key of their own in a colleague's row, or
move a last day, and wait: the agenda's next key would be sealed to it. So a renewal gives the next key only where the tag of
the current one fits.
"""

import hmac
from datetime import date

from clicdocteur import sealing
from practitioners.models import AgendaKey, Grant, KeyHolder


def bind(key: AgendaKey, private: bytes, holder: KeyHolder, starts_on: date | None, ends_on: date | None) -> bytes:
    """Return the tag (32 bytes) of a grant: this agenda key, this holder with this public key, these days."""
    return sealing.tag(
        sealing.derive(private, "holders"),
        key.pk,
        key.practitioner_id,
        key.version,
        holder.pk,
        holder.staff_id or 0,
        holder.sheet_of_id or 0,
        bytes(holder.public_key),
        _day(starts_on),
        _day(ends_on),
    )


def is_bound(given: Grant, private: bytes) -> bool:
    """Whether a grant, its days and its holder's public key are as somebody who held this private half left them."""
    expected = bind(given.agenda_key, private, given.holder, given.starts_on, given.ends_on)
    return hmac.compare_digest(bytes(given.binding), expected)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
