"""Cells that a spreadsheet must not run (M12)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.formulas import as_meant, harmless

RUN = "=+-@\t\r\n＝＋－＠"


@pytest.mark.parametrize("sign", RUN)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(sign):
    """M12: OWASP's list, and its full-width twins."""
    assert harmless(f"{sign}1+1") == f"'{sign}1+1"
    assert harmless(sign) == f"'{sign}"


@pytest.mark.parametrize("text", ["", "Ng", "'t Hooft", "’Ali", "06 12 34 56 78", "1+1", "N-D", " =1"])
def test_any_other_cell_stays_as_it_is(text):
    assert harmless(text) == text == as_meant(text)


@given(st.text(alphabet=st.sampled_from([*RUN, "'", "a", " ", "1"]), max_size=6))
def test_what_was_made_harmless_is_read_back_as_it_was_meant(text):
    assert as_meant(harmless(text)) == text
    assert harmless(text)[:1] not in RUN or not text
