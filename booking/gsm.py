"""Text of an SMS: in the letters that a segment of 160 holds (GSM 03.38), or else in segments of 70. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
# These take two places each.
_EXTENDED: Final = frozenset("^{}\\[~]|€")
_PLAIN: Final = str.maketrans({
    "’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-", "…": "...", "·": "-",
    "\u00a0": " ", "\u202f": " ", "\u2009": " ", "œ": "oe", "Œ": "OE", "ç": "c", "\t": " ",
})  # fmt: skip

MOST_SEGMENTS: Final = 3


def plain(text: str) -> str:
    """Return *text* in the letters of GSM where an accent or a quotation mark is all that it loses."""
    return "".join(_plain(sign) for sign in text.translate(_PLAIN))


def _plain(sign: str) -> str:
    if sign in _BASIC or sign in _EXTENDED:
        return sign
    bare = "".join(one for one in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(one))
    return bare if bare and all(one in _BASIC or one in _EXTENDED for one in bare) else sign


def segments(text: str) -> int:
    """Return how many SMS *text* takes: 160 places alone, 153 each together; 70 and 67 when a letter is not GSM's."""
    if all(sign in _BASIC or sign in _EXTENDED for sign in text):
        places, alone, together = len(text) + sum(sign in _EXTENDED for sign in text), 160, 153
    else:
        places, alone, together = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if places <= alone else -(-places // together)
