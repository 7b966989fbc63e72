"""Availability: which visits can be booked, and why others cannot. Pure: *now* is part of the question.

``terms`` names the question and its answers, ``lanes`` are places side by side, ``sieve`` is the one rule, ``questions``
are the ways to ask it.
"""

from booking.availability.lanes import OVERBOOKING, free_lane, overbooking_lane
from booking.availability.questions import MAX_LISTED_DAYS, admit, first_free, list_slots, nearest
from booking.availability.terms import MAX_HORIZON_DAYS, Ask, DaySlots, Occupied, Reason, Refusal, Slot

__all__ = [
    "MAX_HORIZON_DAYS",
    "MAX_LISTED_DAYS",
    "OVERBOOKING",
    "Ask",
    "DaySlots",
    "Occupied",
    "Reason",
    "Refusal",
    "Slot",
    "admit",
    "first_free",
    "free_lane",
    "list_slots",
    "nearest",
    "overbooking_lane",
]
