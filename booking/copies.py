"""The full copy of one appointment that the practice hands to the patient who asks: as JSON, and as text to read."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from booking import words
from booking.identities import Shown
from booking.models import Appointment
from booking.my_data import contact_part, messages_part, visit_part, wish_part
from patients.store.people import Person
from practitioners import periods


def full_copy(appointment: Appointment, shown: Shown, now: datetime) -> dict[str, Any]:
    """Return all that is kept of a patient for one appointment, the sealed part opened. Raises ValueError if it is closed."""
    practice = appointment.practitioner.practice
    return {
        "issued_by": practice.name,
        "issued_from": settings.SITE_URL,
        "issued_at": now.astimezone(practice.zone).isoformat(timespec="minutes"),
        "appointment": visit_part(appointment, complete=True),
        **opened_part(shown),
        "contact_that_the_server_reads": contact_part(appointment),
        "messages": messages_part(appointment),
        "earlier_if_possible": wish_part(appointment),
        "days_kept_after_the_visit": {
            "visit": practice.kept(periods.VISIT).days,
            "identity": practice.kept(periods.IDENTITY).days,
        },
    }


def opened_part(shown: Shown) -> dict[str, Any]:
    """Return what was sealed of an appointment: who comes, and what staff were told; no `visit` once retention took it.

    Raises ValueError if it is closed.
    """
    if shown.record is None:
        raise ValueError(shown.why)
    identity, visit = shown.record.identity, shown.record.visit
    return {
        "persons": [_person(one) for one in identity.persons],
        "booked_by": _person(identity.booker) if identity.booker else None,
        "visit": {
            "email": visit.email,
            "phone": visit.phone,
            "message": visit.message,
            "address": visit.address,
            "note": visit.note,
        }
        if visit
        else None,
    }


def as_json(copy: dict[str, Any]) -> str:
    """Return a copy for machines."""
    return json.dumps(copy, ensure_ascii=False, indent=2) + "\n"


def as_text(copy: dict[str, Any], appointment: Appointment, now: datetime) -> str:
    """Return the same for people: one line a fact, and nothing left out."""
    zone = appointment.zone
    issued = {"practice": copy["issued_by"], "when": words.moment(now, zone, year=True)}
    lines = [_("Copie des données d’un rendez-vous"), _("%(practice)s, le %(when)s") % issued, ""]
    lines += _facts(copy, words.moment(appointment.start, zone, year=True))
    kept = copy["days_kept_after_the_visit"]
    lines += [
        "",
        _(
            "Après le rendez-vous, le motif, le contact et le message sont gardés %(visit)d jours ; le nom, %(name)d jours."
        )
        % {"visit": kept["visit"], "name": kept["identity"]},
        _("Les rendez-vous suivants ou passés ont chacun leur copie. Le dossier médical n’est pas ici."),
    ]
    return "\n".join(lines) + "\n"


def _facts(copy: dict[str, Any], when: str) -> Iterator[str]:
    """Yield « what : value » for whatever has a value."""
    appointment, visit, contact = copy["appointment"], copy["visit"] or {}, copy["contact_that_the_server_reads"]
    told = [
        (_("Rendez-vous"), when),
        (_("Praticien"), appointment["practitioner"]),
        (_("Lieu"), appointment["place"]),
        (_("Motif"), appointment["visit_type"]),
        (_("État"), appointment["state"]),
        (_("Motif de l’annulation"), appointment.get("cancel_reason")),
        (_("Patient"), {True: _("nouveau"), False: _("connu")}.get(appointment["new_patient"])),
        *((_("Personne"), _said(person)) for person in copy["persons"]),
        (_("Réservé par"), _said(copy["booked_by"]) if copy["booked_by"] else None),
        (_("E-mail"), visit.get("email")),
        (_("Téléphone"), visit.get("phone")),
        (_("Adresse"), visit.get("address")),
        (_("Message"), visit.get("message")),
        (_("Note du cabinet"), visit.get("note")),
        (_("Contact lisible par le serveur"), contact and contact["value"]),
        (_("Plus tôt si possible"), copy["earlier_if_possible"]),
        *((_("Message envoyé ou prévu"), f"{one['kind']}, {one['due']}, {one['state']}") for one in copy["messages"]),
    ]
    for what, value in told:
        if value:
            yield _("%(what)s : %(value)s") % {"what": what, "value": str(value).replace("\n", "\n    ")}


def _person(person: Person) -> dict[str, str | None]:
    birth = person.birth_date.isoformat() if person.birth_date else None
    return {"last_name": person.last_name, "first_name": person.first_name, "birth_date": birth}


def _said(person: dict[str, str | None]) -> str:
    name = f"{person['first_name'] or ''} {person['last_name'] or ''}".strip()
    born = person["birth_date"]
    return _("%(name)s, né(e) le %(born)s") % {"name": name, "born": born} if born else name
