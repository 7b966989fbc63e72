"""Absences and replacements in words."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking import words
from practitioners.models import Absence
from practitioners.models.opening import DAY_MINUTES


def absence_words(one: Absence) -> str:
    """Return when an absence is: « lundi 5 janvier 2026, de 9 h à 12 h », and how it repeats."""
    said = _once(one)
    if not one.repeat_weeks:
        return said
    again = ngettext("puis chaque semaine", "puis toutes les %(weeks)d semaines", one.repeat_weeks) % {
        "weeks": one.repeat_weeks
    }
    if one.repeat_until:
        again = _("%(again)s jusqu’au %(day)s") % {"again": again, "day": words.day(one.repeat_until, year=True)}
    return f"{said}, {again}"


def _once(one: Absence) -> str:
    begins = "" if one.start_minute == 0 else words.minute_of_day(one.start_minute)
    ends = "" if one.end_minute == DAY_MINUTES else words.minute_of_day(one.end_minute)
    if one.first_day == one.last_day:
        day = words.day(one.first_day, year=True)
        if not begins and not ends:
            return day
        hours = _("de %(start)s à %(end)s") % {
            "start": words.minute_of_day(one.start_minute),
            "end": words.minute_of_day(one.end_minute),
        }
        return f"{day}, {hours}"
    return _("du %(first)s au %(last)s") % {"first": _at(one.first_day, begins), "last": _at(one.last_day, ends)}


def _at(day: date, clock: str) -> str:
    said = words.day(day, year=True)
    return _("%(day)s à %(clock)s") % {"day": said, "clock": clock} if clock else said
