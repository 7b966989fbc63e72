"""The waiting list: leaving a wish, offering what is freed, and accepting it. One verb, one transaction each."""

from booking.waiting.accepting import Gone, accept, decline, open_offer, page_token, withdraw_by_offer
from booking.waiting.leaving import (
    Wanted,
    by_link,
    is_open_for,
    leave,
    leave_earlier,
    remove,
    withdraw,
    withdraw_earlier,
)
from booking.waiting.offering import work

__all__ = [
    "Gone",
    "Wanted",
    "accept",
    "by_link",
    "decline",
    "is_open_for",
    "leave",
    "leave_earlier",
    "open_offer",
    "page_token",
    "remove",
    "withdraw",
    "withdraw_by_offer",
    "withdraw_earlier",
    "work",
]
