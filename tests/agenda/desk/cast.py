"""The telephone: what a secretary types while somebody talks."""

import re
from html import unescape
from typing import Any

from django.http import HttpResponse
from django.test import Client

from booking.links import new_token
from booking.models import Appointment
from practitioners import keys
from tests.agenda.cast import Desk
from tests.booking.cast import MONDAY, TUESDAY, cell
from tests.practitioners.cast import holder_of, private_of

LAST, FIRST = "Zakkenvuller-Ñu", "Þorbjörg"


def slot_of(desk: Desk, clock: str = "09:00", day: Any = TUESDAY, of: Any = None) -> str:
    hour, minute = clock.split(":")
    return f"/agenda/book/{(of or desk.one).pk}/{day}/{int(hour) * 60 + int(minute)}/"


def filled(desk: Desk, clock: str = "09:00", day: Any = TUESDAY, **more: Any) -> dict[str, Any]:
    """The form of a time, as a browser sends it."""
    return {
        "last_name": LAST, "first_name": FIRST, "known": "", "visit_type": desk.type.pk, "token": new_token(),
        "on": str(day), "at": clock, "note": "", "language": "fr", **more,
    }  # fmt: skip


def book(client: Client, desk: Desk, clock: str = "09:00", day: Any = TUESDAY, **more: Any) -> HttpResponse:
    return client.post(slot_of(desk, clock, day), filled(desk, clock, day, **more))


def booked() -> Appointment:
    return Appointment.objects.get(state="booked")


def page_of(visit: Appointment, *parts: str) -> str:
    return "/".join(["/agenda/appointment", str(visit.pk), *parts, ""])


def value_of(page: str, name: str) -> str:
    """What a field holds, as the page shows it."""
    area = re.search(rf'<textarea[^>]*\bname="{name}"[^>]*>([^<]*)</textarea>', page)
    if area:
        return unescape(area[1]).strip()
    tag = next((one for one in re.findall(r"<input[^>]*>", page) if f'name="{name}"' in one), "")
    value = re.search(r'\bvalue="([^"]*)"', tag)
    return unescape(value[1]) if value else ""


def grant_both(desk: Desk) -> None:
    """Give Alice Dr Deux's agenda as well."""
    private = keys.agenda_private(private_of(desk.bruno), desk.bruno, desk.two.pk, 1, MONDAY)
    keys.grant(desk.key_two, private or b"", holder_of(desk.alice))


__all__ = ["FIRST", "LAST", "book", "booked", "cell", "filled", "grant_both", "page_of", "slot_of", "value_of"]
