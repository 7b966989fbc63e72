"""What a patient's link gives of their data: all that the server can read, and the list of what it cannot."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from booking import outbox
from booking.appointments import contact_of
from booking.models import Appointment, Lapse, Wish
from booking.wish_words import said


def server_side_data(appointment: Appointment) -> dict[str, Any]:
    """Return the readable part, and what is sealed and whom to ask. The identity itself is in neither: it is sealed."""
    practice = appointment.practitioner.practice
    return {
        "issued_by": settings.SITE_URL,
        "readable_by_the_server": {
            "appointment": visit_part(appointment, complete=not appointment.discreet),
            "contact": contact_part(appointment),
            "messages": messages_part(appointment),
            "earlier_if_possible": wish_part(appointment),
        },
        "sealed": {
            "what": [
                _("noms et date de naissance des personnes, et de qui a pris le rendez-vous"),
                _("contact tel que le cabinet le lit, message, adresse de visite, note du cabinet"),
            ],
            "why": _(
                "Scellé à la clé du praticien : ce serveur ne peut pas l’ouvrir. Le cabinet vous en remet la copie."
            ),
            "ask": practice.data_contact or practice.phone or practice.email or practice.name,
        },
    }


def visit_part(appointment: Appointment, *, complete: bool) -> dict[str, Any]:
    """Return what the agenda knows of the visit; without who receives and why, unless *complete*."""
    zone = appointment.zone
    visit: dict[str, Any] = {
        "start": appointment.start.astimezone(zone).isoformat(),
        "end": appointment.end.astimezone(zone).isoformat(),
        "time_zone": zone.key,
        "place": appointment.location.label,
        "state": appointment.get_state_display(),
    }
    if Lapse.objects.filter(appointment=appointment).exists():
        visit["counted_by_the_practice"] = True
    if appointment.persons > 1:
        visit["persons"] = appointment.persons
    if appointment.cancel_reason:
        visit["cancel_reason"] = appointment.get_cancel_reason_display()
    if complete:
        visit["practitioner"] = appointment.practitioner.name
        visit["visit_type"] = appointment.visit_type.name if appointment.visit_type else None
        visit["new_patient"] = appointment.new_patient
    return visit


def messages_part(appointment: Appointment) -> list[dict[str, str | None]]:
    """Return which messages were and will be sent: their kind, hour and state. No text is kept."""
    zone = appointment.zone
    return [
        {
            "kind": message.get_kind_display(),
            "due": message.due.astimezone(zone).isoformat(),
            "state": message.get_state_display(),
            "closed": message.closed.astimezone(zone).isoformat() if message.closed else None,
        }
        for message in outbox.for_appointments([appointment.pk]).get(appointment.pk, [])
    ]


def contact_part(appointment: Appointment) -> dict[str, str] | None:
    """Return the contact that the server itself can read, or None."""
    contact = contact_of(appointment)
    if contact is None or not contact.value:
        return None
    return {"channel": contact.channel, "value": contact.value, "language": contact.language}


def wish_part(appointment: Appointment) -> str | None:
    """Return for when an earlier time is wished for, in words, or None."""
    wish = Wish.objects.filter(appointment=appointment).first()
    return said(wish) if wish else None
