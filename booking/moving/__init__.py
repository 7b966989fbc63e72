"""Moving a visit: one verb for staff, one for the patient. The row, the record and the link stay the visit's own."""

from booking.moving.patient import movable_type, move_for_patient
from booking.moving.staff import MOVABLE, Moved, Target, look_ahead, move_for_staff
from booking.moving.standing import Seen, Standing

__all__ = [
    "MOVABLE",
    "Moved",
    "Seen",
    "Standing",
    "Target",
    "look_ahead",
    "movable_type",
    "move_for_patient",
    "move_for_staff",
]
