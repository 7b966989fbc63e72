"""What is kept, how long, and how it goes. Erasure and purge are one code path: `forget`.

What is under which rule says `booking.retention_plan`; the days of each period are the practice's. The contact that the
server can read goes when the visit is over or cancelled; visit type and sealed visit, then the identity and its tie to the
appointment, days after it. The slot remains, anonymous, and has raised its month's count.
"""

from booking.retention.erasing import (
    UNPROVEN_GRACE,
    afterwards,
    erase,
    erase_for,
    forget_unproven,
    give_back,
    replay,
)
from booking.retention.forgetting import empty_journal, forget, forget_wishes, kept
from booking.retention.purging import LAPSE_KEPT, purge, tend_access_log

__all__ = [
    "LAPSE_KEPT",
    "UNPROVEN_GRACE",
    "afterwards",
    "empty_journal",
    "erase",
    "erase_for",
    "forget",
    "forget_unproven",
    "forget_wishes",
    "give_back",
    "kept",
    "purge",
    "replay",
    "tend_access_log",
]
