"""What pages show, fetched in a constant number of queries."""

from booking.queries.occupancy import Occupancy, ask_again, ask_for, occupancy
from booking.queries.public import (
    COLLEAGUES,
    Card,
    FrontPage,
    PractitionerPage,
    TimesPage,
    front_page,
    has_colleagues,
    nearest_times,
    page_of,
    practitioner_page,
    public_types,
    the_practice,
    times_page,
)
from booking.queries.replacements import KNOWN, is_replaced, replacements
from booking.queries.wishes import next_for, waiting_list

__all__ = [
    "COLLEAGUES",
    "KNOWN",
    "Card",
    "FrontPage",
    "Occupancy",
    "PractitionerPage",
    "TimesPage",
    "ask_again",
    "ask_for",
    "front_page",
    "has_colleagues",
    "is_replaced",
    "nearest_times",
    "next_for",
    "occupancy",
    "page_of",
    "practitioner_page",
    "public_types",
    "replacements",
    "the_practice",
    "times_page",
    "waiting_list",
]
