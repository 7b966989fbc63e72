"""A file as it was sent, read as a table: whichever program wrote it, in its encoding and with its separator.

Pure: bytes in, text out. Nothing is guessed in silence: what is no table is refused with the reason.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from io import StringIO
from typing import Final

from booking.formulas import as_meant

MOST_BYTES: Final = 250_000
MOST_ROWS: Final = 2000
MOST_COLUMNS: Final = 60
SEPARATORS: Final = (";", "\t", ",", "|")
# How many lines tell which separator a file has.
_LOOKED_AT: Final = 20


class Fault(StrEnum):
    """Why a file is not read."""

    EMPTY = "empty"
    TOO_BIG = "too-big"
    TOO_MANY_ROWS = "too-many-rows"
    TOO_MANY_COLUMNS = "too-many-columns"
    WORKBOOK = "workbook"
    NOT_TEXT = "not-text"
    NOT_A_TABLE = "not-a-table"
    NOT_A_CALENDAR = "not-a-calendar"


class Unreadable(Exception):
    """A file that is not read. Its text is in no message: it names people."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table, with its number in the file as a text editor counts it, or the number of a calendar's entry."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What a file says: a heading for each column, and rows of as many cells."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]


def text_of(content: bytes) -> str:
    """Return what a file says, without a byte order mark. Raises Unreadable.

    UTF-8 and UTF-16 are known by their mark or because they are read without a fault; anything else that has no zero byte
    is Windows-1252, as the spreadsheet programs of this country write it.
    """
    if not content.strip():
        raise Unreadable(Fault.EMPTY)
    if len(content) > MOST_BYTES:
        raise Unreadable(Fault.TOO_BIG)
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Unreadable(Fault.WORKBOOK)
    for encoding in _encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text.removeprefix("\ufeff")
    raise Unreadable(Fault.NOT_TEXT)


def _encodings(content: bytes) -> Iterable[str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    head = content[:200]
    if head[1::2].count(0) > len(head) // 4:
        return ("utf-16-le",)
    if head[::2].count(0) > len(head) // 4:
        return ("utf-16-be",)
    return ("utf-8", "cp1252")


def table_of(text: str) -> Table:
    """Return the table of a CSV file: its first line that is not empty has the headings. Raises Unreadable."""
    separator = _said_separator(text) or _separator(text)
    lines = list(_lines(text, separator))
    if not lines:
        raise Unreadable(Fault.EMPTY)
    headings, *rest = lines
    width = len(headings.cells)
    if width < 2:
        raise Unreadable(Fault.NOT_A_TABLE)
    if width > MOST_COLUMNS:
        raise Unreadable(Fault.TOO_MANY_COLUMNS)
    if len(rest) > MOST_ROWS:
        raise Unreadable(Fault.TOO_MANY_ROWS)
    return Table(headings.cells, tuple(Row(one.number, _as_wide(one.cells, width)) for one in rest))


def _lines(text: str, separator: str) -> Iterator[Row]:
    """Yield the lines that say something."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
    begins = 1
    try:
        for cells in reader:
            number, begins = begins, reader.line_num + 1
            stripped = tuple(as_meant(cell.strip(" \u00a0\u202f")) for cell in cells)
            if any(stripped) and not (number == 1 and _said_separator(text)):
                yield Row(number, stripped)
    except csv.Error:
        raise Unreadable(Fault.NOT_A_TABLE) from None


def _said_separator(text: str) -> str:
    """Return the separator that a spreadsheet program wrote on the first line (`sep=;`), or nothing."""
    first = text.split("\n", 1)[0].strip().lower()
    return first[4:] if first.startswith("sep=") and first[4:] in SEPARATORS else ""


def _separator(text: str) -> str:
    """Return the separator that cuts the first lines into the same number of cells, the most of them."""
    sample = "\n".join(text.splitlines()[:_LOOKED_AT])

    def evenness(separator: str) -> tuple[int, int]:
        widths = [len(one.cells) for one in _lines(sample, separator)]
        first = widths[0] if widths else 0
        return (sum(one == first for one in widths) if first > 1 else 0, first)

    return max(SEPARATORS, key=evenness)


def _as_wide(cells: tuple[str, ...], width: int) -> tuple[str, ...]:
    """Return as many cells as there are headings: programs leave out the last ones where they are empty."""
    return (*cells, *[""] * width)[:width]
