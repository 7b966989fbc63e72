"""When: appointments, the cells they occupy, what is to be told of them, what is counted, who waits, and the counters of the limits."""

from booking.models.appointment import Appointment, OccupiedCell
from booking.models.chore import Chore
from booking.models.count import MonthlyCount, MonthlyFill, MonthlyLead
from booking.models.counter import Counter
from booking.models.day_note import DayNote
from booking.models.erasure import Erasure
from booking.models.lapse import Lapse
from booking.models.lost_link import LostLink
from booking.models.message import Message
from booking.models.online import OnlineBooking
from booking.models.orphan import Orphan
from booking.models.wish import Offer, Wish

__all__ = [
    "Appointment",
    "Chore",
    "Counter",
    "DayNote",
    "Erasure",
    "Lapse",
    "LostLink",
    "Message",
    "MonthlyCount",
    "MonthlyFill",
    "MonthlyLead",
    "OccupiedCell",
    "Offer",
    "OnlineBooking",
    "Orphan",
    "Wish",
]
