"""The cases that this product must get right, each with the tests that prove it, by the names in their docstrings.

A row of a feature that exists and that no test names is red here; so is one that is said to wait for a feature and has a test.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
HERE = Path(__file__).name

CASES = {
    # Races
    "R1": "two visitors want the last time at once: one succeeds, the other is shown the nearest",
    "R2": "overlapping, unequal visits of different types: one succeeds",
    "R3": "without its guard the race, or the trace, appears",
    "R4": "any practitioner: of N visitors N-1 succeed",
    "R5": "two requests pending on one time are not both confirmed",
    "R6": "moving into a time that is being booked, or crossing: the old is kept if the new fails, no deadlock",
    "R7": "moving to a time that overlaps one's own visit is allowed",
    "R8": "double click, two tabs, Back, a repeated request: one booking, one page",
    "R9": "a cancellation and a booking cross: no resurrection",
    "R10": "a cancelled time is booked and cancelled again and again",
    "R11": "a hold that expires meets a late form: confirmed only if the time is still free",
    "R12": "staff book while a patient holds the time: a warning, and a winner",
    "R13": "the last place of a group: refused cleanly",
    "R14": "an absence is made while a booking commits: one sees the other",
    "R15": "read again under the lock, which is held to the end",
    "R16": "a lock, a serialization, a busy store: asked once more, then a friendly page",
    "R17": "a second set-up makes no second manager",
    # Time
    "T1": "the hour that spring leaves out has no times", "T2": "the hour that autumn repeats never overlaps",
    "T3": "wall times stay across a change; notices are elapsed hours", "T4": "a form saved unchanged moves nothing",
    "T5": "another time zone with bookings in place is a choice", "T6": "the agenda is in the practice's zone, and says so",
    "T7": "a patient abroad reads the right time and its zone", "T8": "a practice overseas has its zone everywhere",
    "T9": "a window that ends at 24:00", "T10": "hours past midnight", "T11": "today is the practice's day",
    "T12": "the daily maximum is of the practice's day", "T13": "odd days, odd weeks, odd clocks",
    "T14": "nobody ever receives: the search ends", "T15": "absurd dates: refused, with bounded work",
    "T16": "a clock that jumps",
    # Availability
    "A1": "listed if and only if bookable", "A2": "what a form makes up is refused", "A3": "another's appointment under one's own link",
    "A4": "a type's new duration leaves booked visits alone", "A5": "a type or a practitioner with visits is not simply deleted",
    "A6": "visits outside the new hours are listed", "A7": "an absence over bookings is a choice, in one commit",
    "A8": "first and last day included", "A9": "an absence that goes gives its times back, not its visits",
    "A10": "public holidays, by region, overridable", "A11": "buffers are one rule", "A12": "gaps and a stable grid",
    "A13": "a visit that would end after the hours", "A14": "overlapping windows list a time once", "A15": "minimum notice across midnight",
    "A16": "moving offers one's own time; after the deadline; moved by staff meanwhile", "A17": "an odd hour typed by staff is a warning",
    "A18": "constant queries", "A19": "overbooking is staff's, explicit and logged",
    # Messages
    "M1": "the mail server is down or slow: the booking stands", "M2": "scanners change nothing", "M3": "an earlier mail's link still works",
    "M4": "no reminder that is late or of a visit that is none", "M5": "a night missed, a run twice", "M6": "a waiting list that flaps",
    "M7": "reminders off leave cancellations on", "M8": "two visits of one day: one message", "M9": "the patient's language and zone",
    "M10": "calendar files", "M11": "a bounce is told to the practice", "M12": "nothing that is typed breaks out",
    "M13": "a reply reaches somebody or says so", "M14": "one message, not two",
    # Identity, privacy, security
    "P1": "one address, several names: nothing overwritten, no oracle", "P2": "erasing a patient with a visit to come",
    "P3": "a dump of the agenda alone", "P4": "a dump of the patients alone", "P5": "a key or secret that is lost, wrong or half-way",
    "P6": "the two stores disagree", "P7": "no personal data in logs, traces, addresses, pages of others", "P8": "links: entropy, hash, referrer",
    "P9": "who is believed about an address", "P10": "one visitor who books everything", "P11": "another's patient by id: 404, noted",
    "P12": "somebody who left is out at once", "P13": "retention: boundary, interruption, backup", "P14": "no other host is called",
    "P15": "no page of a link in a frame", "P16": "what a practitioner writes is theirs, and whom to write to is shown",
    "P17": "nothing is public before it is published", "P18": "do not contact is honoured",
    # Interface and operations
    "U1": "keyboard, 320 px, no scripts, screen reader", "U2": "an empty list says why", "U3": "a form outlives its session",
    "U4": "names and phones of every shape", "U5": "an upgrade over real data", "U6": "a backup while booking, a restore on a new host",
    "U7": "the worker is dead for days", "U8": "a full disk, a read-only store",
}  # fmt: skip

# What waits for a feature that this version does not have.
NOT_YET = {
    "R4": "any practitioner cannot be chosen: each has a page of their own",
    "R5": "no booking waits for the practice's confirmation",
}


def docstrings(path: Path) -> Iterator[tuple[str, str]]:
    """Every test's name with its own docstring, and the file with its own."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    where = str(path.relative_to(TESTS.parent))
    yield where, ast.get_docstring(tree) or ""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield f"{where}::{node.name}", ast.get_docstring(node) or ""


@cache
def proofs() -> dict[str, tuple[str, ...]]:
    """Which tests, or files of tests, name each row."""
    found: dict[str, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        if path.name != HERE:
            for name, said in docstrings(path):
                for row in re.findall(r"\b[RTAMPU][1-9]\d?\b", said):
                    found.setdefault(row, []).append(name)
    return {row: tuple(names) for row, names in found.items()}


@pytest.mark.parametrize("row", [row for row in CASES if row not in NOT_YET])
def test_a_case_of_a_feature_that_exists_is_proven(row):
    assert proofs().get(row), f"{row} ({CASES[row]}): name it in the docstring of the test that proves it"


@pytest.mark.parametrize("row", NOT_YET)
def test_what_waits_for_a_feature_has_no_test_yet(row):
    assert not proofs().get(row), f"{row} has a test now: take it out of NOT_YET ({NOT_YET[row]})"


def test_no_test_names_a_case_that_there_is_not():
    assert set(proofs()) <= set(CASES)
    assert set(NOT_YET) <= set(CASES)


def test_every_letter_is_numbered_without_a_gap():
    for letter, last in {"R": 17, "T": 16, "A": 19, "M": 14, "P": 18, "U": 8}.items():
        assert [row for row in CASES if row[0] == letter] == [f"{letter}{number}" for number in range(1, last + 1)]


def test_a_name_in_code_or_in_a_helper_s_docstring_proves_nothing(tmp_path):
    file = tmp_path / "tests" / "test_x.py"
    file.parent.mkdir()
    file.write_text('x = "P1"\ndef helper():\n    """P2"""\ndef test_y():\n    """P3"""\n', encoding="utf-8")
    tree = ast.parse(file.read_text())
    named = [
        ast.get_docstring(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    assert named == ["P3"]
