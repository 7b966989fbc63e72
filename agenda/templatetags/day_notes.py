"""The note of a day, where a page shows that day."""

from collections.abc import Mapping
from datetime import date

from django import template

from booking.desk import DayNoteShown
from practitioners.models import Practitioner

register = template.Library()


@register.simple_tag
def note_of(
    notes: Mapping[tuple[int, date], DayNoteShown], practitioner: Practitioner, day: date
) -> DayNoteShown | None:
    """Return the note of one practitioner's day, or None."""
    return notes.get((practitioner.pk, day)) if notes else None
