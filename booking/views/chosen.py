"""A time as its pages say it: when, what, where, and until when it is held."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from booking import addresses, rules, words
from booking.models import Appointment
from practitioners.models import VisitType


def chosen(found: Appointment) -> dict[str, str]:
    """Return the few lines that stay in sight while something is decided about a time."""
    zone = found.zone
    local = found.start.astimezone(zone)
    visit_type = found.visit_type
    length = words.duration(round((found.end - found.start).total_seconds() / 60))
    several = ngettext("%(number)d personne", "%(number)d personnes", found.persons) % {"number": found.persons}
    about = [found.practitioner.name, visit_type.name if visit_type else "", length]
    about += [several] if found.persons > 1 else []
    return {
        "day": words.day(local.date(), year=True),
        "clock": pgettext("before an hour", "à %(clock)s") % {"clock": words.clock(local)},
        "about": "" if found.discreet and found.state != Appointment.State.HELD else " · ".join(filter(None, about)),
        "place": addresses.where(found)[0],
        "zone": words.zone_name(zone),
        "kept": "",
    }


def kept(found: Appointment, now: datetime) -> str:
    """Return until when a time is held."""
    until = found.held_until
    if until is None or not rules.hold_is_live(until, now):
        return _("Le délai est passé. En confirmant, vous reprenez cette heure si elle est encore libre.")
    local = until.astimezone(found.zone)
    return _("Cette heure est tenue jusqu’à %(clock)s.") % {"clock": words.clock(local)}


def times_address(found: Appointment) -> str:
    """Return the times page of an appointment's visit type, on its day; a private type's link is not known here."""
    visit_type = found.visit_type
    slug = found.practitioner.slug
    if visit_type is None or visit_type.visibility != VisitType.Visibility.PUBLIC:
        return reverse("booking:practitioner", args=[slug])
    day = found.start.astimezone(found.practitioner.practice.zone).date()
    kind = "new" if found.new_patient else "known"
    address = reverse("booking:times", args=[slug, visit_type.slug])
    return f"{address}?from={day.isoformat()}&patient={kind}"
