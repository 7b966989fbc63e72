"""Addresses that are built too: by scripts a time of a practitioner's day, in minutes from midnight on the practice's wall; by
pages with hundreds of visits, theirs.
"""

from datetime import date, time

from django.urls import reverse


def minute_of(at: time) -> int:
    """Return a time of the day in minutes."""
    return at.hour * 60 + at.minute


# An id that no appointment has, for an address to be cut in two.
_ANY = 1


def around_visit() -> tuple[str, str]:
    """Return what stands before and after the id in the address of an appointment: of hundreds, each is not reversed."""
    before, after = reverse("agenda:appointment", args=[_ANY]).rsplit(str(_ANY), 1)
    return before, after


def book_address(practitioner: int, day: date, minute: int) -> str:
    """Return where an appointment at this time is made."""
    return reverse("agenda:book_slot", args=[practitioner, day, minute])
