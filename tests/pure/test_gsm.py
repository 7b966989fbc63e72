"""What fits into an SMS."""

import pytest

from booking import gsm


@pytest.mark.parametrize(
    ("text", "number"),
    [("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2), ("é" * 160, 1),
     ("ê" * 70, 1), ("ê" * 71, 2), ("李" * 134, 2), ("😀" * 35, 1), ("😀" * 36, 2)],
)  # fmt: skip
def test_segments_are_counted_as_the_network_does(text, number):
    assert gsm.segments(text) == number


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("l’hôpital Saint-Cœur, à 14\u00a0h\u202f30", "l'hopital Saint-Coeur, à 14 h 30"),
        ("Hôtel-Dieu “Ça”", 'Hotel-Dieu "Ça"'),
        ("العيادة", "العيادة"),
        ("Żółw, èéùà", "Zołw, èéùà"),
    ],
)
def test_a_text_loses_accents_that_a_segment_does_not_hold_and_keeps_what_has_no_other_letter(text, plain):
    """U4"""
    assert gsm.plain(text) == plain
