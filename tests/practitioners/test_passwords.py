"""The 80-bit rule."""

import pytest
from django.core.exceptions import ValidationError

from practitioners import passwords


@pytest.mark.parametrize(
    "password",
    [
        "Framboise-17",  # twelve of four classes
        "framboise1789-e",  # fifteen of three
        "Framboise17Hiver",
        "lilas tortue bateau orage violon cerise montagne",  # seven words
        "lilas-tortue-bateau-orage-violon-cerise-montagne",
        "Été-où-çà-2026",
        "密码-Sécurité-2026",
    ],
)
def test_a_password_worth_80_bits_is_taken(password):
    passwords.check(password)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "Framb-17",
        "Framboise-1",  # eleven
        "framboise1789",  # thirteen of two
        "framboiseframboise",
        "aaaaaaaaaaA1!",  # four classes, one idea
        "lilas tortue bateau orage violon cerise",  # six words
        "lilas lilas lilas lilas lilas lilas lilas",
        "Aa1-" * 60,  # too long
        "password123456",
    ],
)
def test_any_other_is_refused_with_a_sentence(password):
    with pytest.raises(ValidationError) as refused:
        passwords.check(password)
    assert refused.value.messages[0].endswith(".")


def test_a_common_password_is_refused_even_when_its_shape_is_right():
    passwords._common().passwords.add("framboise-1789x")
    with pytest.raises(ValidationError):
        passwords.check("Framboise-1789X")
    passwords._common().passwords.discard("framboise-1789x")
