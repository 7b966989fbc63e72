"""Limits that keep the page fair: counted in the agenda store, so that they hold across processes and machines.

The windows and the arithmetic are the `limits` library's; the storage is a table of keyed tags that tell nobody who.
"""

import ipaddress
from datetime import UTC, datetime
from typing import ClassVar

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from limits import RateLimitItemPerSecond
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from booking.models import Counter
from clicdocteur import sealing

# Of a window: the day's end in whole hours, a quarter of an hour's in half minutes.
PARTS = 24


class AgendaStorage(Storage):
    """The `limits` library's storage on the `Counter` table."""

    STORAGE_SCHEME: ClassVar[list[str]] = ["agenda"]  # type: ignore[misc]

    @property
    def base_exceptions(self) -> type[Exception]:
        """Errors that the library wraps; none of ours are swallowed."""
        return Exception

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to the counter of a key, which begins anew once its window has passed; return the sum."""
        now = datetime.now(UTC)
        tag = sealing.tag(_key(), key).hex()
        with transaction.atomic():
            counter, made = Counter.objects.select_for_update().get_or_create(
                tag=tag, defaults={"amount": amount, "expires": _end(now, expiry)}
            )
            if made:
                return amount
            if counter.expires <= now:
                Counter.objects.filter(tag=tag).update(amount=amount, expires=_end(now, expiry))
                return amount
            Counter.objects.filter(tag=tag).update(amount=F("amount") + amount)
            return counter.amount + amount

    def get(self, key: str) -> int:
        """Return the counter of a key."""
        found = Counter.objects.filter(tag=sealing.tag(_key(), key).hex(), expires__gt=datetime.now(UTC)).first()
        return found.amount if found else 0

    def get_expiry(self, key: str) -> float:
        """Return when the window of a key ends, in seconds since the Unix epoch."""
        found = Counter.objects.filter(tag=sealing.tag(_key(), key).hex()).first()
        return (found.expires if found else datetime.now(UTC)).timestamp()

    def check(self) -> bool:
        """Say whether the storage answers."""
        return True

    def reset(self) -> int:
        """Forget every counter; return how many there were."""
        return Counter.objects.all().delete()[0]

    def clear(self, key: str) -> None:
        """Forget the counter of a key."""
        Counter.objects.filter(tag=sealing.tag(_key(), key).hex()).delete()


def _end(now: datetime, seconds: int) -> datetime:
    """Return when a window that begins now is over, rounded up to a part of it: a row does not say when somebody booked."""
    part = max(1, seconds // PARTS)
    return datetime.fromtimestamp(-(-(now.timestamp() + seconds) // part) * part, UTC)


_limiter = FixedWindowRateLimiter(AgendaStorage())


def hit(kind: str, *parts: str, limit: int, seconds: int) -> bool:
    """Count one event of a kind for what the parts name; return whether it is still within the limit."""
    return _limiter.hit(RateLimitItemPerSecond(limit, seconds, namespace=kind), *parts)


def left(kind: str, *parts: str, limit: int, seconds: int) -> int:
    """How many more events of a kind are within the limit, in the window that runs."""
    return _limiter.get_window_stats(RateLimitItemPerSecond(limit, seconds, namespace=kind), *parts).remaining


def forgive(kind: str, *parts: str, limit: int, seconds: int) -> None:
    """Take back what was counted of a kind: whoever knows the password has not been guessing it."""
    _limiter.clear(RateLimitItemPerSecond(limit, seconds, namespace=kind), *parts)


def forget_expired(now: datetime) -> int:
    """Delete the counters whose window has passed."""
    return Counter.objects.filter(expires__lte=now).delete()[0]


def network(request: HttpRequest) -> str:
    """Return the visitor's network: the IPv4 address, or the /64 that one IPv6 subscriber has.

    Of X-Forwarded-For only the entries that our own proxies wrote are believed (`TRUSTED_PROXIES`, from the right).
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        if len(hops) >= settings.TRUSTED_PROXIES:
            address = hops[-settings.TRUSTED_PROXIES]
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def network_tag(network: str) -> bytes:
    """Return a keyed tag of a network, for as long as a hold lives: 16 bytes."""
    return sealing.tag(_key(), "network", network)[:16]


def day_tag(tag: bytes, now: datetime) -> bytes:
    """Return a keyed tag of a network's tag that is another one each day (UTC): 16 bytes."""
    return sealing.tag(_key(), "network of a day", tag.hex(), now.date().isoformat())[:16]


def tag(purpose: str, *parts: str) -> bytes:
    """Return a keyed tag for a purpose of a neighbour's, or a key of its own when there are no parts: 32 bytes."""
    return sealing.tag(_key(), purpose, *parts)


def _key() -> bytes:
    return sealing.derive(settings.SERVER_SECRETS[0], "limits")
