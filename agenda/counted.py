"""What the desk is told of absences and late cancellations, in words: of this name, in the last year, with this practitioner."""

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import ngettext

from agenda.vault import StaffRequest
from booking import lapses
from booking.identities import Shown
from booking.lapses import Tallies, Tally
from booking.models import Appointment


def said(tally: Tally) -> str:
    """Return « 2 absences, 1 annulation tardive », or nothing."""
    parts = []
    if tally.absences:
        parts.append(ngettext("%(number)d absence", "%(number)d absences", tally.absences) % {"number": tally.absences})
    if tally.late:
        late = ngettext("%(number)d annulation tardive", "%(number)d annulations tardives", tally.late)
        parts.append(late % {"number": tally.late})
    return ", ".join(parts)


def of_visits(found: Tallies, visits: Iterable[Appointment], shown: dict[int, Shown]) -> dict[int, str]:
    """Return by appointment id what is said of whoever comes; nothing of those who are not shown."""
    words = {}
    for one in visits:
        seen = shown.get(one.pk)
        if seen is not None and seen.record is not None:
            words[one.pk] = said(found.of(one.practitioner_id, seen.record.identity))
    return words


def about(request: StaffRequest, visit: Appointment, shown: Shown | None) -> dict[str, object]:
    """Return what the page of one visit says: the count, the practitioner's rule, and whether this visit is counted."""
    if request.vault is None or shown is None or shown.record is None:
        return {}
    found = lapses.tallies([visit.practitioner_id], request.vault, timezone.now())
    words = said(found.of(visit.practitioner_id, shown.record.identity))
    countable = visit.state in lapses.COUNTED
    return {
        "counted": words,
        "rule": visit.practitioner.lapse_rule if words else "",
        "countable": countable,
        "is_counted": countable and lapses.is_counted(visit),
    }
