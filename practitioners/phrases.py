"""Passwords that a machine invents and a person can read out: seven words that mean nothing.

Each word is two syllables of one consonant and one vowel: 75 × 75 = 5 625 words, 12.46 bits each, 87 bits for seven
(the rule asks for 80). No list of words has to be kept, and none of them is a name.
"""

import re
import secrets
from itertools import product
from math import log2

CONSONANTS = "bdfgjklmnprstvz"
VOWELS = "aeiou"
SYLLABLES = ["".join(pair) for pair in product(CONSONANTS, VOWELS)]
WORDS = 7
BITS = WORDS * 2 * log2(len(SYLLABLES))
_OFFERED = re.compile(rf"[a-z]{{4}}(-[a-z]{{4}}){{{WORDS - 1}}}")


def invent() -> str:
    """Return a new phrase of seven different words, such as `bami-kodu-reva-tozi-lupa-nefi-gora`."""
    while True:
        words = ["".join(secrets.choice(SYLLABLES) for _ in range(2)) for _ in range(WORDS)]
        if len(set(words)) == WORDS:
            return "-".join(words)


def spell(number: int, words: int) -> list[str]:
    """Return so many words for a number, the same for the same number; what does not fit in them is left out."""
    spelt = []
    for _ in range(words):
        number, first = divmod(number, len(SYLLABLES))
        number, second = divmod(number, len(SYLLABLES))
        spelt.append(SYLLABLES[first] + SYLLABLES[second])
    return spelt


def kept(offered: str) -> str:
    """Return a phrase that a page offered before, so that it stays the same while it is being copied; else a new one."""
    return offered if _OFFERED.fullmatch(offered) else invent()
