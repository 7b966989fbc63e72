"""Whether a freed time is one that a wish can have: the rule that lists times is asked, as for everybody (I7)."""

from datetime import datetime

from booking.availability import Slot
from booking.holds import admitted
from booking.models import Appointment, Wish
from booking.moving import movable_type
from booking.queries import ask_again, ask_for
from booking.refusals import BookingRefused


def time_for(wish: Wish, reserve: Appointment, now: datetime) -> Slot | None:
    """Return the visit that a wish would have where a reserve stands, or None. Under the agenda's lock it is sure."""
    visit_type, visit = wish.visit_type, wish.appointment
    visit_type.practitioner = wish.practitioner
    try:
        if visit is not None:
            visit.practitioner = wish.practitioner
            movable_type(visit, now)
            ask, out = ask_again(visit, visit_type, now), [reserve.pk, visit.pk]
        else:
            ask, out = ask_for(visit_type, now, new_patient=bool(wish.new_patient)), [reserve.pk]
        return admitted(visit_type, reserve.first_cell, ask, out)
    except BookingRefused:
        return None
