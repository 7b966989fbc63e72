"""The code under which the veil lifts: six digits, chosen at each sign-in, tried five times.

Tries are counted in the agenda store, by session: neither another tab nor another cookie gets five of its own.
"""

import unicodedata
from itertools import pairwise
from typing import Final

from booking import limits

LENGTH: Final = 6
TRIES: Final = 5
# Longer than a session lasts, so that waiting brings no further try.
WINDOW_SECONDS: Final = 86_400
KIND: Final = "veil"


def digits(typed: str) -> str | None:
    """Return the six digits of what was typed, spaces between them left out, or None. Digits of any script count."""
    found = [unicodedata.digit(sign, None) for sign in typed if not sign.isspace()]
    if len(found) != LENGTH or None in found:
        return None
    return "".join(map(str, found))


def is_plain(code: str) -> bool:
    """Whether a code is among the first that anybody tries: one figure, a run up or down, two or three figures repeated."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(code)}
    repeated = any(code == code[:period] * (LENGTH // period) for period in (2, 3))
    return repeated or steps in ({0}, {1}, {9})


def count(tag: str) -> bool:
    """Count one try of a session; return whether it may be made."""
    return limits.hit(KIND, tag, limit=TRIES, seconds=WINDOW_SECONDS)


def left(tag: str) -> int:
    """How many tries a session has left."""
    return limits.left(KIND, tag, limit=TRIES, seconds=WINDOW_SECONDS)


def forgive(tag: str) -> None:
    """Take back what was counted: the right code was given, or the password."""
    limits.forgive(KIND, tag, limit=TRIES, seconds=WINDOW_SECONDS)
