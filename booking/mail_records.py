"""What the domain of our messages says of itself in the DNS: SPF, DKIM and DMARC. Receivers ask; without, mail ends as spam."""

from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum

import dns.exception
import dns.resolver
from django.conf import settings

LIFETIME = 5.0


class Found(StrEnum):
    """What was found of a record."""

    THERE = "there"
    MISSING = "missing"
    WEAK = "weak"
    UNKNOWN = "DNS not reachable"


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its name in the DNS, what was found, and what is in it."""

    what: str
    name: str
    found: Found
    content: str = ""


def domain() -> str:
    """Return the domain that messages come from."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]


def look(selector: str = "", resolver: dns.resolver.Resolver | None = None) -> list[Record]:
    """Ask for the records of our domain; DKIM's only when the mail provider's *selector* is known."""
    asked = resolver or _resolver()
    if asked is None:
        return [Record("SPF", domain(), Found.UNKNOWN)]
    spf = _record(asked, "SPF", domain(), "v=spf1")
    # "+all" allows everybody, which is as good as nothing.
    found = [Record("SPF", spf.name, Found.WEAK, spf.content) if "+all" in spf.content else spf]
    if selector:
        found.append(_record(asked, "DKIM", f"{selector}._domainkey.{domain()}", ""))
    return [*found, _record(asked, "DMARC", f"_dmarc.{domain()}", "v=DMARC1")]


def _resolver() -> dns.resolver.Resolver | None:
    try:
        return dns.resolver.Resolver()
    except (dns.exception.DNSException, OSError):
        return None


def _record(resolver: dns.resolver.Resolver, what: str, name: str, begins: str) -> Record:
    try:
        answer = resolver.resolve(name, "TXT", lifetime=LIFETIME)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return Record(what, name, Found.MISSING)
    except (dns.exception.DNSException, OSError):
        return Record(what, name, Found.UNKNOWN)
    texts = [b"".join(row.strings).decode("utf-8", "replace") for row in answer]
    content = next((text for text in texts if text.casefold().startswith(begins.casefold())), None)
    return Record(what, name, Found.MISSING if content is None else Found.THERE, content or "")
