"""What the patient's page says of a visit, by its state and the hour."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from booking import addresses, appointments, channels, drawing, moving, rules, waiting, words
from booking.models import Appointment, Wish
from booking.queries import replacements
from booking.refusals import BookingRefused
from booking.views import sending
from booking.views.practice import replaced
from booking.wish_words import said
from patients.store.people import Contact


def is_upcoming(found: Appointment, now: datetime) -> bool:
    """Whether the visit still lies ahead and stands."""
    return found.state == Appointment.State.BOOKED and now < found.start


def is_late(found: Appointment, now: datetime) -> bool:
    """Whether the deadline to cancel has passed, though the visit has not begun."""
    return rules.cancellation(found.start, _deadline_minutes(found), now) != "free"


def page(found: Appointment, token: str, now: datetime) -> dict[str, Any]:
    """Return all that the page shows; of a discreet visit the date and the label of the place only."""
    upcoming = is_upcoming(found, now)
    heading, told = _state(found, now)
    contact = appointments.contact_of(found) if upcoming else None
    return {
        "token": token,
        "heading": heading,
        "told": told,
        "visit": _visit(found, upcoming=upcoming),
        "cancelled": found.state in Appointment.CANCELLED,
        "upcoming": upcoming,
        "late": is_late(found, now),
        "movable": _is_movable(found, now),
        **_earlier(found, now),
        "deadline": _deadline(found, now),
        "contact": _contact(found, contact) if upcoming else None,
        **(sending.of_visit(found, contact, now) if upcoming else {}),
        "qr": drawing.qr(addresses.link(token), pgettext("QR code", "Code QR de cette page")) if upcoming else "",
        "replaced": _replaced(found) if upcoming and not found.discreet else [],
    }


def may_come_earlier(found: Appointment, now: datetime) -> bool:
    """Whether its patient may wish for an earlier time: it can be moved online, there is a list, and a way to write to them."""
    if not (found.practitioner.waiting_list and is_upcoming(found, now) and _is_movable(found, now)):
        return False
    assert found.visit_type is not None  # noqa: S101 - what is movable has a type
    found.visit_type.practitioner = found.practitioner
    contact = appointments.contact_of(found)
    can = contact is not None and bool(channels.way(contact.channel, contact.value))
    return can and not found.discreet and waiting.is_open_for(found.visit_type)


def _earlier(found: Appointment, now: datetime) -> dict[str, Any]:
    """Return whether an earlier time may be wished for, and in words what is wished for already."""
    if not may_come_earlier(found, now):
        return {"may_come_earlier": False, "earlier": ""}
    wish = Wish.objects.filter(appointment=found).first()
    return {"may_come_earlier": True, "earlier": said(wish) if wish else ""}


def _is_movable(found: Appointment, now: datetime) -> bool:
    """Whether its patient may move it online."""
    try:
        moving.movable_type(found, now)
    except BookingRefused:
        return False
    return True


def carrying(found: Appointment) -> str:
    """Return what the form of another visit will know already."""
    if contact_to_carry(found):
        return _("Votre contact sera repris. Votre nom est scellé : il faudra le retaper.")
    return _("Vos coordonnées sont scellées : il faudra les retaper.")


def contact_to_carry(found: Appointment) -> dict[str, str]:
    """Return the contact that the server can read, as a form takes it; empty when it can read none."""
    contact = appointments.contact_of(found)
    if contact is None or not contact.value:
        return {}
    return {"channel": contact.channel, contact.channel: contact.value}


def _state(found: Appointment, now: datetime) -> tuple[str, str]:
    """Return the heading, and a sentence where there is more to say."""
    state = Appointment.State
    if found.state == state.CANCELLED_BY_PRACTICE:
        return _("Le cabinet a annulé ce rendez-vous"), _("Téléphonez au cabinet, ou prenez un autre rendez-vous.")
    if found.state == state.CANCELLED_LATE:
        return _("Le cabinet est prévenu"), _("Merci d’avoir prévenu : l’heure est rendue à d’autres patients.")
    if found.state in Appointment.CANCELLED:
        return _("Rendez-vous annulé"), _("L’heure est rendue à d’autres patients.")
    if is_upcoming(found, now):
        return _("Rendez-vous confirmé"), ""
    if now < found.end:
        return _("Rendez-vous en cours"), ""
    return _("Rendez-vous passé"), ""


def _visit(found: Appointment, *, upcoming: bool) -> dict[str, Any]:
    zone = found.zone
    local = found.start.astimezone(zone)
    label, address, access = addresses.where(found)
    shown: dict[str, Any] = {
        "day": words.day(local.date(), year=True),
        "clock": words.clock_full(local),
        "zone": words.zone_name(zone),
        "place": label,
    }
    if found.discreet:
        return {**shown, "duration": "", "practitioner": None, "type": "", "address": "", "access": "", "after": ""}
    visit_type = found.visit_type
    return {
        **shown,
        "duration": words.duration(round((found.end - found.start).total_seconds() / 60)),
        "practitioner": found.practitioner,
        "type": visit_type.name if visit_type else _("Rendez-vous"),
        "address": address,
        "access": access,
        "after": visit_type.after if visit_type and upcoming else "",
    }


def _replaced(found: Appointment) -> list[dict[str, str]]:
    """Return who stands in for the practitioner on the day of the visit."""
    day = found.start.astimezone(found.zone).date()
    return replaced(replacements(found, found.practitioner_id, day, day), found.practitioner)


def _deadline_minutes(found: Appointment) -> int:
    return found.visit_type.cancel_before if found.visit_type else 0


def _deadline(found: Appointment, now: datetime) -> str:
    if is_late(found, now):
        return _("Le délai d’annulation est passé. Prévenez quand même : votre heure servira à quelqu’un.")
    minutes = _deadline_minutes(found)
    if not minutes:
        return _("Vous pouvez annuler jusqu’à l’heure du rendez-vous.")
    return _("Vous pouvez annuler jusqu’à %(ahead)s avant.") % {"ahead": words.ahead(minutes)}


def _contact(found: Appointment, contact: Contact | None) -> dict[str, str]:
    """Return the contact as it was typed where the server can read it, or who can."""
    if found.discreet:
        return {"value": "", "text": _("Rien n’est envoyé pour ce rendez-vous.")}
    if contact and contact.value:
        return {"value": contact.value, "text": ""}
    return {"value": "", "text": _("Votre contact est scellé : seul le cabinet peut le lire.")}
