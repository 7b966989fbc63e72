"""Six words that stand for a public key: two people read them to each other, and know that no other key is in between.

The words are those of the generated passwords: 5 625 of them, 74.7 bits for six. Somebody who wants another key to have a
given person's six words has to make some 2**74 key pairs.
"""

from hashlib import sha256
from typing import Final

from clicdocteur import sealing
from clicdocteur.framing import DOMAIN, frame
from practitioners import phrases

WORDS: Final = 6


def mark(public: bytes) -> str:
    """Return SHA-256 of a public key in hexadecimal: what a form remembers of the key whose words it showed."""
    return sha256(frame(DOMAIN + "fingerprint", public)).hexdigest()


def six_words(public: bytes) -> list[str]:
    """Return the six words of a public key, such as `bami kodu reva tozi lupa nefi`."""
    return phrases.spell(int(mark(public), 16), WORDS)


def own_six_words(private: bytes) -> list[str]:
    """Return the words of one's own key, from the private half: what lies in the store is not asked."""
    return six_words(sealing.public_of(private))
