"""Whether a person is who was asked for: names by any of their parts, a birth date, a telephone number. Values in, values out.

Words are compared without case, accents, hyphens and apostrophes, in any order, as far as they are typed; one wrong,
missing, doubled or swapped letter is forgiven in a word of four letters or more.
"""

import string
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import cached_property

from patients.store.people import Identity, Person, Visit

# Fewest letters of a name to look for, digits of a number, letters inside a word, letters of a word with a mistake in it.
LETTERS, DIGITS, INSIDE, MISTAKEN = 2, 3, 3, 4
# From so many letters on a mistake is forgiven in the beginning of a word too: shorter, everybody would be like everybody.
BEGINNING = 6


class Grade(IntEnum):
    """How well a name answers, the best first."""

    WORD = 0
    START = 1
    INSIDE = 2
    MISTAKE = 3


@dataclass(frozen=True)
class Sought:
    """What was typed of a person: any part of their names, their birth date, any part of their telephone number."""

    name: str
    birth_date: date | None = None
    phone: str = ""

    @property
    def is_enough(self) -> bool:
        """Whether it says enough to look for: two letters, a birth date, or three digits beside a first 0."""
        named = len("".join(self.parts)) >= LETTERS or self.birth_date is not None
        return named or len(self.digits) >= DIGITS

    @cached_property
    def parts(self) -> list[str]:
        """The words of the name that were typed."""
        return words_of(self.name)

    @cached_property
    def digits(self) -> str:
        """The digits of the number, without the 0 that a French one begins with at home and not abroad."""
        found = "".join(sign for sign in self.phone if sign.isascii() and sign.isdecimal())
        return found.removeprefix("00").removeprefix("0")

    @cached_property
    def may_be_in(self) -> Callable[[bytes], bool]:
        """Whether a written identity may have a person like this: quick, and never False where `person_of` finds one."""
        if not self.parts:
            born = self.birth_date.isoformat().encode() if self.birth_date else b""
            return lambda content: born in content
        read = _ascii_in if all(map(str.isascii, self.parts)) else _words_in
        wanted = [tuple(piece.encode() for piece in _pieces(part)) for part in self.parts]

        def may_be(content: bytes) -> bool:
            plain = read(content)
            for pieces in wanted:
                for piece in pieces:
                    if piece in plain:
                        break
                else:
                    return False
            return True

        return may_be

    def may_reach(self, content: bytes) -> bool:
        """Whether a written visit may have this telephone number: quick, and never False where `reaches` says yes."""
        return self.digits.encode() in content

    def reaches(self, visit: Visit) -> bool:
        """Whether these digits are part of the number of a visit."""
        return self.digits in visit.phone

    def person_of(self, identity: Identity) -> tuple[Grade, Person] | None:
        """Return the person of an identity who answers best, and how well; None when nobody does."""
        graded = [(grade, one) for one in identity.persons if (grade := self._grade(one)) is not None]
        return min(graded, key=lambda found: found[0], default=None)

    def _grade(self, person: Person) -> Grade | None:
        # Somebody whose birth date nobody asked may still be meant by a name.
        strange = self.birth_date is not None and person.birth_date != self.birth_date
        if strange and (person.birth_date or not self.parts):
            return None
        names = [words_of(person.last_name), words_of(person.first_name)]
        worst = Grade.WORD
        for part in self.parts:
            grade = _grade(part, names)
            if grade is None:
                return None
            worst = max(worst, grade)
        return worst


def words_of(name: str) -> list[str]:
    """Return the words of a name as they are compared: without case, accents, hyphens and apostrophes."""
    return name.casefold().translate(_plain).split()


def is_same(identity: Identity, sought: Sought) -> bool:
    """Whether one of these persons has all of these names and no other, and no other birth date."""
    wanted = sorted(sought.parts)
    return any(
        sorted(words_of(one.full_name)) == wanted and _agree(one.birth_date, sought.birth_date)
        for one in identity.persons
    )


def has_a_mistake(part: str, word: str) -> bool:
    """Whether one wrong, missing, superfluous or swapped letter makes *part* the word, or its beginning if *part* is long."""
    if len(part) < MISTAKEN or (len(part) < BEGINNING and abs(len(word) - len(part)) > 1):
        return False
    at = next((place for place, (one, other) in enumerate(zip(part, word, strict=False)) if one != other), None)
    if at is None:
        return len(part) == len(word) + 1
    rest, left = part[at:], word[at:]
    wrong, superfluous, missing = left[1:], left, left[1:]
    ends = [
        (wrong, rest[1:]),
        (superfluous, rest[1:]),
        (missing, rest),
        *([(left[2:], rest[2:])] if rest[:2] == left[1::-1] else []),
    ]
    if len(part) < BEGINNING:
        return any(word_end == part_end for word_end, part_end in ends)
    return any(word_end.startswith(part_end) for word_end, part_end in ends)


def _grade(part: str, names: list[list[str]]) -> Grade | None:
    words = [word for name in names for word in name]
    if part in words:
        return Grade.WORD
    # « ndiaye » is how many people type N’Diaye.
    if any(joined.startswith(part) for name in names for joined in _joined(name)):
        return Grade.START
    if len(part) >= INSIDE and any(part in "".join(name) for name in names):
        return Grade.INSIDE
    mistaken = any(has_a_mistake(part, word) for name in names for word in {*name, *_joined(name)})
    return Grade.MISTAKE if mistaken else None


def _joined(name: list[str]) -> Iterator[str]:
    """Yield a name from each of its words on, written as one."""
    return ("".join(name[place:]) for place in range(len(name)))


def _pieces(part: str) -> list[str]:
    """Return pieces of which a name has one at least if it is like *part*: one mistake spoils one half, or swaps their edge."""
    if len(part) < MISTAKEN:
        return [part]
    middle = len(part) // 2
    swapped = part[: middle - 1] + part[middle] + part[middle - 1] + part[middle + 1 :]
    return [part[:middle], part[middle:], swapped]


def _agree(one: date | None, other: date | None) -> bool:
    return one is None or other is None or one == other


def _words_in(content: bytes) -> bytes:
    """Return the words of a written identity, run together."""
    return "".join(words_of(content.decode())).encode()


def _ascii_in(content: bytes) -> bytes:
    """Return its ASCII letters and digits as they are compared: for most, in one step, a sixth of what reading words takes."""
    plain = content.translate(_LATIN, _DROPPED)
    return _ascii_of(content.decode()) if _STRANGE in plain else plain


def _ascii_of(text: str) -> bytes:
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore")
    return bytes(filter(_LETTERS.__contains__, plain))


def _latin() -> tuple[bytes, bytes]:
    """Return the table and the dropped bytes with which `bytes.translate` does what `_ascii_of` does, up to U+00FF.

    From U+00C0 on a letter is the byte C3 and one more, which says which. What begins with another byte, and what becomes
    two letters, is _STRANGE.
    """
    becomes = {code: _ascii_of(chr(code)) for code in range(0x80)}
    becomes |= {0xC3: b""} | {code - 0x40: _ascii_of(chr(code)) for code in range(0xC0, 0x100)}
    table = (becomes.get(byte, _STRANGE) for byte in range(0x100))
    dropped = bytes(byte for byte, one in becomes.items() if not one)
    return b"".join(one if len(one) == 1 else _STRANGE for one in table), dropped


_LETTERS, _STRANGE = (string.ascii_letters + string.digits).encode(), b"\xff"
_LATIN, _DROPPED = _latin()


class _Plain(dict[int, str]):
    """What becomes of each sign of a name: accents go, and whatever is no letter or digit parts words. Made once."""

    def __missing__(self, code: int) -> str:
        signs = (one for one in unicodedata.normalize("NFKD", chr(code)) if not unicodedata.combining(one))
        return self.setdefault(code, "".join(one if one.isalnum() else " " for one in signs))


_plain = _Plain()
