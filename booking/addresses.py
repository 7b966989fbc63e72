"""Where a visit takes place, where its page is, and by which id calendars and mailboxes know it."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from booking import calendars, words
from booking.models import Appointment
from practitioners.models import VisitType


def link(token: str) -> str:
    """Return the address of the patient's page, under the configured host (I9), in the language that is active."""
    return f"{settings.SITE_URL}{reverse('booking:appointment', args=[token])}"


def offer_link(token: str) -> str:
    """Return the address of the page of an offer."""
    return f"{settings.SITE_URL}{reverse('booking:offer', args=[token])}"


def host() -> str:
    """Return the name that this instance goes by, for ids."""
    name: str = settings.SITE_URL.partition("//")[2].partition(":")[0]
    return name


def calendar_uid(found: Appointment) -> str:
    """Return an id for calendars that stays when the link changes, and tells nobody the appointment's own id."""
    return f"{salted_hmac('booking.calendar', str(found.pk), algorithm='sha256').hexdigest()[:32]}@{host()}"


def message_id(message: int) -> str:
    """Return the Message-ID of one message, the same at each attempt, which tells nobody the row's own id."""
    return f"<{salted_hmac('booking.message', str(message), algorithm='sha256').hexdigest()[:40]}@{host()}>"


def where(found: Appointment) -> tuple[str, str, str]:
    """Return the label of the place, its address and its access; a visit away from the practice has no address."""
    visit_type, place = found.visit_type, found.location
    if visit_type is None or visit_type.place == VisitType.Place.PRACTICE:
        return place.label, place.address, place.access
    return words.upper_first(visit_type.get_place_display()), "", ""


def calendar_file(visits: Sequence[tuple[Appointment, str]], now: datetime, *, whole: bool) -> bytes:
    """Return visits, each with the token of its link, for the patient's own calendar; what is cancelled is one alone.

    *whole* with the place's address, unless the visit is discreet.
    """
    cancelled = any(found.state in Appointment.CANCELLED for found, _token in visits)
    return calendars.visits_calendar([_entry(*one, whole=whole) for one in visits], now, cancelled=cancelled)


def _entry(found: Appointment, token: str, *, whole: bool) -> calendars.Entry:
    label, address, _access = where(found)
    return calendars.Entry(
        uid=calendar_uid(found),
        start=found.start,
        end=found.end,
        sequence=found.sequence,
        summary=_("Rendez-vous"),
        place=f"{label}, {address}" if whole and address and not found.discreet else label,
        url=link(token),
        zone=found.zone,
    )
