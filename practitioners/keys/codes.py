"""The six digits that lift the veil, as they lie in the session row: hashed, under a key that only the cookie has.

A million codes are soon tried, so the row must not tell whether one fits: without the cookie's half the box says nothing.
Whoever has both halves has the key itself, and needs no code.
"""

import hmac
from secrets import token_bytes
from typing import Final

from clicdocteur import sealing
from clicdocteur.sealing import Context, SealingError

SALT: Final = 16


def close_code(cookie: bytes, staff_id: int, code: str) -> bytes:
    """Return the box of a new code, for the session row, under the cookie's half."""
    salt = token_bytes(SALT)
    return sealing.encrypt(cookie, salt + _hash(salt, staff_id, code), _context(staff_id))


def code_fits(cookie: bytes, box: bytes, staff_id: int, code: str) -> bool:
    """Whether this is the code in the box. A box of another session, person or cookie is fitted by none."""
    try:
        kept = sealing.decrypt(cookie, box, _context(staff_id))
    except SealingError:
        return False
    return hmac.compare_digest(kept[SALT:], _hash(kept[:SALT], staff_id, code))


def carry_code(former: bytes, box: bytes, cookie: bytes, staff_id: int) -> bytes | None:
    """Return the box of the same code under a new cookie half; None if it does not open with the former one."""
    try:
        kept = sealing.decrypt(former, box, _context(staff_id))
    except SealingError:
        return None
    return sealing.encrypt(cookie, kept, _context(staff_id))


def _hash(salt: bytes, staff_id: int, code: str) -> bytes:
    return sealing.tag(sealing.derive(salt, "veil code"), staff_id, code)


def _context(staff_id: int) -> Context:
    return Context("veil", "code", (staff_id,))
