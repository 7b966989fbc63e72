"""Appointments that come in from a file of another program: read, tried line by line, then taken in one commit.

Nothing of the file is kept: it is in memory while it is read, and between the trial and the commit it waits in the page,
closed under the reader's own key (`practitioners.keys.close_for_page`).
"""

from booking.imports import events, reading
from booking.imports.columns import Part, lacking, recognise
from booking.imports.lines import Choices, Draft, drafts
from booking.imports.reading import MOST_BYTES, MOST_ROWS, Fault, Table, Unreadable
from booking.imports.recent import Brought, recent, remove
from booking.imports.trial import Tried, Verdict, take, try_all

__all__ = [
    "MOST_BYTES",
    "MOST_ROWS",
    "Brought",
    "Choices",
    "Draft",
    "Fault",
    "Part",
    "Table",
    "Tried",
    "Unreadable",
    "Verdict",
    "drafts",
    "lacking",
    "read",
    "recent",
    "recognise",
    "remove",
    "take",
    "try_all",
]


def read(content: bytes) -> Table:
    """Return the table of a file, CSV or iCalendar. Raises Unreadable."""
    text = reading.text_of(content)
    return events.table_of(text) if events.is_calendar(text) else reading.table_of(text)
