"""Addresses that scripts build too: a time of a practitioner's day, in minutes from midnight on the practice's wall."""

from datetime import date, time

from django.urls import reverse


def minute_of(at: time) -> int:
    """Return a time of the day in minutes."""
    return at.hour * 60 + at.minute


def book_address(practitioner: int, day: date, minute: int) -> str:
    """Return where an appointment at this time is made."""
    return reverse("agenda:book_slot", args=[practitioner, day, minute])
