"""What a practice typed breaks where people would break it."""

import pytest

from booking.templatetags.unbroken import unbroken


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("de 8 h 30 à 12 h", "de 8~h~30 à 12~h"),
        ("Consultation : 30 €, « sur place »", "Consultation~: 30~€, «~sur place~»"),
        ("les 2 000 premiers ; 3 hommes", "les 2~000 premiers~; 3 hommes"),
        ("2 rue des Lilas", "2 rue des Lilas"),
        ("<b>9 h</b>", "<b>9~h</b>"),
    ],
)
def test_spaces_that_must_not_break_do_not(typed: str, shown: str) -> None:
    assert unbroken(typed).replace("\u00a0", "~") == shown
