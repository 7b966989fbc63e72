"""What a password must be where it also opens keys: worth 80 bits (CNIL 2022-100), and not a common one.

Twelve characters of four classes, or fourteen of three, or a phrase of seven words. No forced renewal.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LONGEST = 200
WORDS_IN_A_PHRASE = 7
FEWEST_DIFFERENT = 8


@dataclass(frozen=True, slots=True)
class Strength:
    """What a password has of what `check` asks, and nothing of the password itself. The pages' checklist."""

    length: int = 0
    lower: bool = False
    upper: bool = False
    digit: bool = False
    sign: bool = False
    different: int = 0
    words: int = 0

    @property
    def kinds(self) -> int:
        """How many of the four classes it has."""
        return self.lower + self.upper + self.digit + self.sign

    @property
    def is_long(self) -> bool:
        """Whether the length goes with the classes: twelve of four, or fourteen of three."""
        return (self.kinds == 4 and self.length >= 12) or (self.kinds >= 3 and self.length >= 14)

    @property
    def is_varied(self) -> bool:
        """Whether "aaaaaaaaaaA1!", which has the classes and the length, is left behind."""
        return self.different >= FEWEST_DIFFERENT

    @property
    def is_phrase(self) -> bool:
        """Whether it is a phrase of seven different words, which needs no classes."""
        return self.words >= WORDS_IN_A_PHRASE

    @property
    def is_enough(self) -> bool:
        """Whether it is worth 80 bits; it may still be a common one."""
        return self.is_phrase or (self.is_long and self.is_varied)


def strength(password: str) -> Strength:
    """Count what a password is made of."""
    typed = unicodedata.normalize("NFKC", password)
    words = {word for word in re.split(r"[\W_]+", typed.casefold()) if len(word) >= 3}
    return Strength(
        length=len(typed),
        lower=any(map(str.islower, typed)),
        upper=any(map(str.isupper, typed)),
        digit=any(map(str.isdigit, typed)),
        sign=not all(map(str.isalnum, typed)),
        different=len(set(typed)),
        words=len(words),
    )


def check(password: str) -> None:
    """Refuse a password that could be guessed. Raises ValidationError, which says how to mend it."""
    typed = unicodedata.normalize("NFKC", password)
    if len(typed) > LONGEST:
        raise ValidationError(_("Au plus %(longest)s caractères."), params={"longest": LONGEST})
    if not strength(typed).is_enough:
        raise ValidationError(
            _(
                "Au moins 12 caractères avec minuscules, majuscules, chiffres et signes ; "
                "ou 14 avec trois de ces quatre sortes ; ou une phrase de sept mots différents."
            )
        )
    _common().validate(typed)


@cache
def _common() -> CommonPasswordValidator:
    return CommonPasswordValidator()
