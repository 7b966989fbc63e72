"""What the practice's staff do with bookings at the desk: one verb, one transaction, under the locks that patients take too.

Staff may book outside the rules. `judge` says what they should know of a time; it never stands in their way. One thing is
asked for in so many words: overbooking, when no place is left.
"""

from booking.desk.bringing import FARTHEST, Arrival, bring_in, foresee, standing_at
from booking.desk.holding import DESK_HOLD, hold_for_desk, release_for_desk, usual_type
from booking.desk.links import known_token, renew_link
from booking.desk.notes import DayNoteShown, day_notes, fingerprint, write_day_note, write_note
from booking.desk.proposing import Proposed, first_times, later, times_around
from booking.desk.rule import judge, look
from booking.desk.series import MOST_WEEKS, book_series, preview
from booking.desk.taking import book_at_desk, copy_to
from booking.desk.terms import Booked, Caution, Coming, Desk, Judgement, Look, Wanted
from patients.store import Changed, Identity, Person, Visit

__all__ = [
    "DESK_HOLD",
    "FARTHEST",
    "MOST_WEEKS",
    "Arrival",
    "Booked",
    "Caution",
    "Changed",
    "Coming",
    "DayNoteShown",
    "Desk",
    "Identity",
    "Judgement",
    "Look",
    "Person",
    "Proposed",
    "Visit",
    "Wanted",
    "book_at_desk",
    "book_series",
    "bring_in",
    "copy_to",
    "day_notes",
    "fingerprint",
    "first_times",
    "foresee",
    "hold_for_desk",
    "judge",
    "known_token",
    "later",
    "look",
    "preview",
    "release_for_desk",
    "renew_link",
    "standing_at",
    "times_around",
    "usual_type",
    "write_day_note",
    "write_note",
]
