"""How values are written down around the cryptography: contexts, padding, codes on paper.

Pure, and free to import anywhere; ``sealing`` passes all of it on.
"""

import hashlib
import unicodedata
from base64 import b32decode, b32encode
from dataclasses import dataclass
from functools import lru_cache
from secrets import choice, token_bytes
from typing import Final, Literal

FORMAT: Final = 1
DOMAIN: Final = "clicdocteur/1/"
CONTEXT_LENGTH: Final = 1 + 32
CODE_LENGTH: Final = 16
SPOKEN_LENGTH: Final = 6
PAD_OVERHEAD: Final = 4

Reason = Literal["format", "length", "authentication", "context"]


class SealingError(Exception):
    """Something does not open; ``reason`` is all there is to read, never data.

    ``format``: not written by this program. ``length``: too short, or not a key's length.
    ``authentication``: wrong key, password or context, or altered: nothing tells them apart.
    ``context``: a context that cannot be written down.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def need(condition: bool, reason: Reason) -> None:
    """Raise ``SealingError(reason)`` unless the condition holds."""
    if not condition:
        raise SealingError(reason)


def frame(*parts: bytes | str | int) -> bytes:
    """Write parts so that no two lists read the same.

    Each is a kind letter (b, s, i), an 8-byte length, and the bytes, UTF-8 or decimal digits.
    """
    framed = b""
    for part in parts:
        if isinstance(part, bytes):
            kind, value = b"b", part
        elif isinstance(part, str):
            kind, value = b"s", part.encode("utf-8", "surrogatepass")
        else:
            kind, value = b"i", f"{part:d}".encode()
        framed += kind + len(value).to_bytes(8) + value
    return framed


@dataclass(frozen=True, slots=True)
class Context:
    """What a box is for and where it lies: a purpose, a column, at most four 64-bit ids."""

    purpose: str
    column: str = ""
    ids: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        need(self.purpose != "" and len(self.ids) in range(5), "context")
        need(all(0 <= number < 2**64 for number in self.ids), "context")

    def encode(self, version: int) -> bytes:
        """Return 33 bytes for every context: the version, then SHA-256 of the framed fields."""
        fields = frame(DOMAIN + "context", self.purpose, self.column, *self.ids)
        return bytes([version]) + hashlib.sha256(fields).digest()


# What `frame` writes before a number of so many digits; an id has 20 at most.
_INTEGER: Final = tuple(b"i" + length.to_bytes(8) for length in range(21))


class Contexts:
    """The contexts of the rows of one column, which differ in one id: what they share is written once."""

    def __init__(self, version: int, purpose: str, column: str) -> None:
        self._version = bytes([version])
        self._head = hashlib.sha256(frame(DOMAIN + "context", purpose, column))

    def encode(self, number: int) -> bytes:
        """Return what ``Context(purpose, column, (number,)).encode(version)`` returns, in a sixth of the time."""
        digits = b"%d" % number
        fields = self._head.copy()
        fields.update(_INTEGER[len(digits)] + digits)
        return self._version + fields.digest()


# One size for all, since a length tells.


def pad(plaintext: bytes, length: int) -> bytes:
    """Return exactly ``length`` bytes: a 4-byte count, the content, zeros.

    Raises ``ValueError`` when the content exceeds ``length - PAD_OVERHEAD``.
    """
    if len(plaintext) + PAD_OVERHEAD > length:
        raise ValueError("content too long for its padding")
    return (len(plaintext).to_bytes(PAD_OVERHEAD) + plaintext).ljust(length, b"\0")


def unpad(padded: bytes) -> bytes:
    """Return the content of :func:`pad`. Raises ``SealingError`` unless all the rest is zeros."""
    length = len(padded)
    end = PAD_OVERHEAD + int.from_bytes(padded[:PAD_OVERHEAD])
    if length < PAD_OVERHEAD or length < end:
        raise SealingError("length")
    # One comparison: looking at each byte would take longer than the decryption.
    if not padded.endswith(_zeros(length - end)):
        raise SealingError("format")
    return padded[PAD_OVERHEAD:end]


@lru_cache
def _zeros(length: int) -> bytes:
    return bytes(length)


# The printed recovery sheet: 128 random bits that a person can copy.

_RFC_4648, _CROCKFORD = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TO_PAPER: Final = str.maketrans(_RFC_4648, _CROCKFORD)
# O is read as 0, I and L as 1; U is in no code, and 1 is no letter of RFC 4648: refused.
_FROM_PAPER: Final = str.maketrans(_CROCKFORD + "OILU", _RFC_4648 + "ABB1")


def recovery_code() -> str:
    """Return a new code: 16 random bytes and 4 of checksum, as 8 groups of 4 characters.

    Base 32 of https://www.crockford.com/base32.html, which has no I, L, O or U.
    """
    code = token_bytes(CODE_LENGTH)
    text = b32encode(code + _checksum(code)).decode().translate(_TO_PAPER)
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def parse_recovery_code(text: str) -> bytes:
    """Return the 16 bytes of a code as a person typed it: case, spaces, punctuation are free.

    Raises ``SealingError("format")`` for anything that is not exactly a code.
    """
    letters = filter(str.isalnum, unicodedata.normalize("NFKC", text).upper())
    try:
        decoded = b32decode("".join(letters).translate(_FROM_PAPER))
    except ValueError:
        raise SealingError("format") from None
    code = decoded[:CODE_LENGTH]
    need(decoded == code + _checksum(code), "format")
    return code


# The code that two people tell each other: six signs, 30 bits, good only together with a link and for a few tries.


def spoken_code() -> str:
    """Return six signs of the same base 32, at random."""
    return "".join(choice(_CROCKFORD) for _ in range(SPOKEN_LENGTH))


def parse_spoken_code(text: str) -> str:
    """Return the six signs as a person typed them: case, spaces, punctuation are free; O is read as 0, I and L as 1.

    Raises ``SealingError("format")`` for anything that is not exactly six of these signs.
    """
    typed = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).upper()))
    code = typed.translate(str.maketrans("OIL", "011"))
    need(len(code) == SPOKEN_LENGTH and set(code) <= set(_CROCKFORD), "format")
    return code


def _checksum(code: bytes) -> bytes:
    return hashlib.sha256(frame(DOMAIN + "recovery checksum", code)).digest()[:4]
