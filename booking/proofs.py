"""A little work that a visitor's device does before a time is held for it: nothing to a person, a price to a script.

ALTCHA's library sets the task and checks the answer; `static/js/proof.js` has it solved in a worker while the times are looked
at. Whoever brings no answer (no scripts, an old browser, a page left open) is held to a stricter cap, and to nothing else.
"""

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from secrets import randbelow
from typing import Any, Final

import altcha
from django.conf import settings

from booking import limits
from booking.models import Appointment, OnlineBooking
from booking.refusals import Unproven

# One try is a PBKDF2 of so many rounds, and between so many tries are needed: at most 300 000 rounds, a second of a telephone
# that does 300 000 in one. The number is chosen here, so that luck makes nobody wait longer.
ALGORITHM: Final = "PBKDF2/SHA-256"
ROUNDS: Final = 1_500
FEWEST_TRIES, MOST_TRIES = 100, 200
# How long a page of times may lie open; and the longest answer that is looked at, in characters.
LIFETIME: Final = timedelta(minutes=15)
LONGEST: Final = 2_000
# Holds without an answer, in as many seconds as a hold lasts. Of the forty that an agenda may have, half stay for the others.
WITHOUT_SECONDS: Final = 600
WITHOUT_PER_NETWORK: Final = 4
WITHOUT_PER_PRACTITIONER: Final = 20
# Times held at this moment and booked in this hour, on the whole instance, from which on an adaptive instance asks for work.
PRESSING: Final = 30


def are_wanted(now: datetime) -> bool:
    """Say whether holds are to bring an answer now (`HOLD_PROOF`). One query where that depends on the day."""
    if settings.HOLD_PROOF == "adaptive":
        return is_pressing(now)
    return bool(settings.HOLD_PROOF == "always")


def is_pressing(now: datetime) -> bool:
    """Say whether more times are taken online than a practice of any size sees in a few minutes. One query."""
    # By patients: neither what a desk types nor what is kept for the waiting list has a link.
    held = Appointment.objects.filter(state=Appointment.State.HELD, held_until__gt=now, link_hash__isnull=False).values(
        "pk"
    )
    hour = now.replace(minute=0, second=0, microsecond=0)
    booked = OnlineBooking.objects.filter(hour__gte=hour).values("pk")
    return held.union(booked, all=True).count() >= PRESSING


@lru_cache(maxsize=1)
def were_wanted(moment: int) -> bool:
    """The same for a page, of so many tens of seconds since 1970: one that many look at does not ask each time.

    A hold asks anew, so that a page that is behind costs its reader a stricter cap at most.
    """
    return are_wanted(datetime.fromtimestamp(moment * 10, UTC))


def task(practitioner: int, network: str, now: datetime) -> str:
    """Return the work to do for a hold of this agenda from this network, as JSON; empty if none is wanted."""
    if not were_wanted(int(now.timestamp()) // 10):
        return ""
    made = altcha.create_challenge(
        ALGORITHM,
        ROUNDS,
        counter=FEWEST_TRIES + randbelow(MOST_TRIES - FEWEST_TRIES),
        expires_at=int((now + LIFETIME).timestamp()),
        data={"for": _bound(practitioner, network)},
        **_secrets(),
    )
    return json.dumps(made.to_dict(), separators=(",", ":"))


def admit(answer: str, practitioner: int, network: str, now: datetime) -> None:
    """Let a hold pass: no work is wanted, its answer is right and new, or the stricter cap has room. Raises Unproven.

    Part of the hold's own transaction: what is refused later has spent nothing.
    """
    if not are_wanted(now) or _spend(answer, practitioner, network):
        return
    for kind, of, cap in (
        ("hold without proof, network", network, WITHOUT_PER_NETWORK),
        ("hold without proof, agenda", str(practitioner), WITHOUT_PER_PRACTITIONER),
    ):
        if not limits.hit(kind, of, limit=cap, seconds=WITHOUT_SECONDS):
            raise Unproven


def _spend(answer: str, practitioner: int, network: str) -> bool:
    """Check an answer, once: signed by us, for this agenda and network, not expired, solved, and not seen before."""
    if not answer or len(answer) > LONGEST:
        return False
    try:
        payload = altcha.Payload.from_base64(answer)
        right = altcha.verify_solution(payload, **_secrets()).verified
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False
    # From here on every word of the task is our own: its signature held.
    given = payload.challenge.parameters
    if not right or (given.data or {}).get("for") != _bound(practitioner, network):
        return False
    return limits.hit("proof", given.nonce, limit=1, seconds=int(LIFETIME.total_seconds()))


def _bound(practitioner: int, network: str) -> str:
    return limits.tag("proof for", str(practitioner), network).hex()


def _secrets() -> dict[str, Any]:
    """Return the keys that sign a task and its solution."""
    return {"hmac_secret": limits.tag("proof task"), "hmac_key_secret": limits.tag("proof solution")}
