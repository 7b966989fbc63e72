"""How full a day is: what is open, place by place, and how much of it is taken. Values in, values out."""

from collections.abc import Iterable

from booking.availability import Occupied
from clicdocteur.grid import Span, union
from practitioners.openings import Window


def room_and_used(
    frame: Span, open_here: Iterable[Window], away: Iterable[Span], visits: Iterable[Occupied]
) -> tuple[int, int]:
    """Return the cells of a day that are open, times their places, and how many of them visits take.

    What lies outside the openings or in an absence is in neither; overbooking may take more than there is.
    """
    absent = union(((one.start, one.end) for one in away), frame)
    by_places: dict[int, int] = {}
    for window in open_here:
        if not window.rule.without_appointment:
            mask = window.span.mask(frame.start) & ~absent
            by_places[window.rule.places] = by_places.get(window.rule.places, 0) | mask
    room = sum(mask.bit_count() * places for places, mask in by_places.items())
    within = 0
    for mask in by_places.values():
        within |= mask
    used = sum((Span(start, end).mask(frame.start) & within).bit_count() for start, end, _lane in visits)
    return room, used
