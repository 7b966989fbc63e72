"""Capability links: whoever holds the token may act on its appointment. Only a hash is kept in the agenda store."""

import hashlib
import re
import secrets

TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


def new_token() -> str:
    """Return 192 random bits as 32 characters that an address takes as they are."""
    return secrets.token_urlsafe(24)


def link_hash(token: str) -> bytes:
    """Return SHA-256 of a token: 32 bytes. A random token of 192 bits needs no salt and no slow hash."""
    return hashlib.sha256(token.encode()).digest()
