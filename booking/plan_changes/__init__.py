"""Changes of when a practitioner receives, and what they mean for visits that are already booked.

`effects` ★ is what a plan means for visits, and where they could go; `outside` asks it of the stores; `changing` writes a
change in its turn with the bookings (`locking`), with what was decided for the visits, and ends the holds that it leaves
nowhere (`ending`); `undoing` takes it back.
"""

from booking.plan_changes.changing import change
from booking.plan_changes.locking import under_lock
from booking.plan_changes.outside import visits_outside
from booking.plan_changes.terms import By, Decision, Decisions, Done, Problem, Touched, Undecided, What
from booking.plan_changes.undoing import FOR, Undone, last_change, undo_change

__all__ = [
    "FOR",
    "By",
    "Decision",
    "Decisions",
    "Done",
    "Problem",
    "Touched",
    "Undecided",
    "Undone",
    "What",
    "change",
    "last_change",
    "under_lock",
    "undo_change",
    "visits_outside",
]
