"""Cells of a table that a spreadsheet program must not run: CSV injection (CASES M12; OWASP, "CSV Injection").

A program that opens a CSV file takes a cell for a formula when it begins with one of a few signs, whoever typed it. Such
a cell gets an apostrophe in front, which spreadsheet programs show or hide, and never run. `as_meant` takes it off again.
Pure: text in, text out.
"""

import re
from typing import Final

# The full-width twins are read as formulas by programs set to Japanese or Chinese.
_RUN: Final = "=+\\-@\t\r\n＝＋－＠"
_WOULD_RUN: Final = re.compile(f"'*[{_RUN}]")
_MADE_HARMLESS: Final = re.compile(f"''*[{_RUN}]")


def harmless(text: str) -> str:
    """Return a cell that no program runs. One that was made harmless already gets one apostrophe more: nothing is ambiguous."""
    return f"'{text}" if _WOULD_RUN.match(text) else text


def as_meant(cell: str) -> str:
    """Return what `harmless` was given; any other cell stays as it is."""
    return cell[1:] if _MADE_HARMLESS.match(cell) else cell
