"""Things that stand in an order that people choose: one step up or down at a time, without a script."""

from collections.abc import Iterable
from typing import Any

UP, DOWN = "up", "down"


def step(rows: Iterable[Any], pk: int, way: str) -> None:
    """Move one of *rows*, which are all that share an order, one place; write what changed. Inside the lock.

    Positions are renumbered from 0, so that rows which shared a number part. Unknown rows and ways change nothing.
    """
    order = list(rows)
    at = next((index for index, row in enumerate(order) if row.pk == pk), None)
    if at is not None and way in (UP, DOWN):
        to = max(0, min(len(order) - 1, at + (1 if way == DOWN else -1)))
        order.insert(to, order.pop(at))
    for place, row in enumerate(order):
        if row.position != place:
            row.position = place
            row.save(update_fields=["position"])
