"""Whether a person is who was typed: parts, accents, order, one mistake; and a quick look that never misses one."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.likeness import Grade, Sought, has_a_mistake, words_of
from patients.store import people
from patients.store.people import Identity, Person, Visit

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(
    ["Kowalczyk-N’Diaye", "Lefèvre", "O’Connor", "de La Roche", "Şahin", "ﬁn", "李", "STRAẞE"]
)


def grade(typed: str, last: str, first: str = "") -> Grade | None:
    answer = Sought(typed).person_of(Identity((Person(last, first),)))
    return answer[0] if answer else None


@pytest.mark.parametrize(
    ("typed", "last", "first", "expected"),
    [
        ("martin", "Martin", "", Grade.WORD),
        ("camille martin", "Martin", "Camille", Grade.WORD),
        ("mart", "Martin", "", Grade.START),
        ("jeanpierre", "Petit", "Jean-Pierre", Grade.START),
        ("jean pierre", "Petit", "Jeanpierre", Grade.INSIDE),
        ("pierre", "Petit", "Jean-Pierre", Grade.WORD),
        ("lefebvre", "Lefèvre", "", Grade.MISTAKE),
        ("marton", "Martin", "", Grade.MISTAKE),
        ("matrin", "Martin", "", Grade.MISTAKE),
        ("martn", "Martin", "", Grade.MISTAKE),
        ("marttin", "Martin", "", Grade.MISTAKE),
        ("petti", "Petit", "", Grade.MISTAKE),
        ("mattrin", "Martin", "", None),
        ("martin paul", "Martin", "Camille", None),
        ("mar", "Mer", "", None),
    ],
)
def test_a_name_answers_so_well(typed, last, first, expected):
    assert grade(typed, last, first) is expected


@pytest.mark.parametrize(("part", "word", "is_one"), [("kowalc", "kovalczyk", True), ("marti", "marchand", False), ("dubis", "dubois", True), ("dubo", "dubois", False), ("uo", "ou", False)])  # fmt: skip
def test_a_mistake_in_the_beginning_of_a_word_is_forgiven_when_it_is_long(part, word, is_one):
    assert has_a_mistake(part, word) is is_one


@settings(max_examples=40, deadline=None)
@given(NAMES, NAMES, st.data())
def test_the_quick_look_misses_nobody(last, first, data):
    """Whoever is found by reading is found by looking at what is written; so is a word with any one letter gone."""
    identity = Identity((Person(last, first, date(1987, 3, 5)),))
    written = people.dump(people.identity_map(identity))
    words = words_of(f"{last} {first}")
    for word in words:
        at = data.draw(st.integers(0, len(word) - 1))
        for typed in (word, word[: at + 1], word[:at] + word[at + 1 :], word[:at] + "x" + word[at:]):
            sought = Sought(typed)
            assert sought.person_of(identity) is None or sought.may_be_in(written), (typed, written)
    assert Sought("", date(1987, 3, 5)).may_be_in(written)


def test_the_quick_look_sees_every_sign_as_reading_does():
    """Whatever its table of one step makes of a sign within a name: what stands before it and after it is found."""
    for sign in (*map(chr, range(0x20, 0x250)), "ﬁ", "Ⅷ", "李", "Ж", "\u0301"):
        identity = Identity((Person(f"ab{sign}cd", "Zoé"),))
        written = people.dump(people.identity_map(identity))
        for word in words_of(f"ab{sign}cd"):
            assert Sought(word).person_of(identity), (sign, word)
            assert Sought(word).may_be_in(written), (sign, word)
        assert not Sought("zwzwzw").may_be_in(written), sign


@pytest.mark.parametrize(("phone", "reached"), [("06 12 34", True), ("+33612", True), ("0033 6 12", True), ("5678", True), ("99", False)])  # fmt: skip
def test_a_number_is_known_by_any_part_of_it(phone, reached):
    visit = Visit(phone="+33612345678")
    sought = Sought("", phone=phone)
    assert sought.reaches(visit) is reached
    assert sought.may_reach(people.dump(people.visit_map(visit))) is reached
