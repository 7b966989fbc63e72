"""A change of an agenda's settings takes its turn with whoever books there."""

from collections.abc import Callable, Collection
from typing import TypeVar

from booking.transactions import verb
from practitioners.models import Practitioner

T = TypeVar("T")


@verb
def under_lock(practitioners: Collection[int], write: Callable[[], T]) -> T:
    """Lock these practitioners' rows, in one order for everybody, then read and write; return what *write* returns.

    *write* may run twice (see `verb`): it reads anew each time. Raises Busy, and whatever *write* raises.
    """
    rows = Practitioner.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=practitioners)
    list(rows.order_by("pk").values_list("pk"))
    return write()
