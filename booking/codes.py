"""The six digits that prove a contact: made from what is known anyway, typed within minutes, and kept nowhere.

A code is an HMAC, under a key of the server secret, over the appointment's random id, the number of the sending and the
contact that it is sent to. So the worker that sends it and the page that checks it agree without a row, each code that
was sent to this contact for this hold fits, and none that was sent to another contact does.
"""

import hmac
import secrets
from collections import Counter
from datetime import date, datetime
from typing import Final

from django.conf import settings

from clicdocteur import sealing

DIGITS: Final = 6
# A stranger guesses one of three codes with five tries: 15 of a million.
MOST_SENT, MOST_TRIES = 3, 5
# Codes to one contact in a day (UTC), whoever asks: a family books four visits, each with a code that was lost.
A_DAY: Final = 12


def code(appointment: int, number: int, contact: str, secret: bytes | None = None) -> str:
    """Return the six digits of the sending of this *number* (from 1) to this contact."""
    key = sealing.derive(secret or settings.SERVER_SECRETS[0], "contact code")
    tag = sealing.tag(key, appointment, number, contact)
    return f"{int.from_bytes(tag[:8]) % 10**DIGITS:0{DIGITS}d}"


def fits(typed: str, appointment: int, sent: int, contact: str) -> bool:
    """Whether these digits are one of the codes sent to this contact, under the current server secret or an older one."""
    possible = [
        code(appointment, number, contact, secret)
        for secret in settings.SERVER_SECRETS
        for number in range(1, sent + 1)
    ]
    # Each is compared, so that the time tells nothing.
    return sum(hmac.compare_digest(typed.encode(), one.encode()) for one in possible) > 0


class CountOfTheDay:
    """How many codes left for each contact today, in this worker's memory only, under a random key that the day ends."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._key = b""
        self._sent: Counter[bytes] = Counter()

    def admits(self, contact: str, now: datetime) -> bool:
        """Count one more; False when there were too many."""
        if self._day != now.date():
            self._day, self._key, self._sent = now.date(), secrets.token_bytes(32), Counter()
        tag = hmac.digest(self._key, contact.encode(), "sha256")
        self._sent[tag] += 1
        return self._sent[tag] <= A_DAY
