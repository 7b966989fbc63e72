"""What the kernel says of its clock, and what it means when nobody may ask (T16)."""

import ctypes
from types import SimpleNamespace
from typing import Any

import pytest

# The tests' own clock is said to be kept, from the first of them on: this is the function itself.
from clicdocteur.clock import is_kept


@pytest.mark.parametrize(("state", "kept"), [(0, True), (1, True), (4, True), (5, False), (-1, None)])
def test_a_filter_that_forbids_the_question_is_no_time_server(
    monkeypatch: pytest.MonkeyPatch, state: int, kept: bool | None
):
    """-1 is what a container's or a unit's filter answers: it was taken for a clock that is kept, and nothing was ever doubted."""
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: SimpleNamespace(adjtimex=lambda _buffer: state))
    assert is_kept() is kept


def test_where_there_is_no_such_call_nothing_is_known(monkeypatch: pytest.MonkeyPatch):
    def absent(_name: Any) -> Any:
        raise OSError

    monkeypatch.setattr(ctypes, "CDLL", absent)
    assert is_kept() is None
