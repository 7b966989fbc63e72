"""Dates, times and reasons as people say them: « lundi 5 janvier 2026 à 14 h 30 », « 1er », no-break spaces.

All times are said in a zone that the caller names: the practice's. What repeats on a page (the hours, the days) is
cached per language, for the times page says some of it hundreds of times.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from zoneinfo import ZoneInfo

import phonenumbers
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import get_language, gettext, ngettext, pgettext

from booking.availability import DaySlots, Reason
from practitioners.models import Practitioner, Replacement

REGION = "FR"
_ZONES = {
    "Europe/Paris": lambda: gettext("heure de Paris"),
    "Indian/Reunion": lambda: gettext("heure de La Réunion"),
    "Indian/Mayotte": lambda: gettext("heure de Mayotte"),
    "America/Martinique": lambda: gettext("heure de la Martinique"),
    "America/Guadeloupe": lambda: gettext("heure de la Guadeloupe"),
    "America/Cayenne": lambda: gettext("heure de la Guyane"),
    "America/Miquelon": lambda: gettext("heure de Saint-Pierre-et-Miquelon"),
    "America/St_Barthelemy": lambda: gettext("heure de Saint-Barthélemy"),
    "America/Marigot": lambda: gettext("heure de Saint-Martin"),
    "Pacific/Noumea": lambda: gettext("heure de Nouméa"),
    "Pacific/Tahiti": lambda: gettext("heure de Tahiti"),
    "Pacific/Wallis": lambda: gettext("heure de Wallis-et-Futuna"),
}


# Days


def day(on: date, *, year: bool = False) -> str:
    """Return « mardi 24 novembre », with the year if asked."""
    return _day(get_language() or "", on, year)


def day_before_hour(on: date) -> str:
    """Return « mardi 24 novembre à », with a space, for an hour to follow."""
    return pgettext("before an hour", "%(day)s à ") % {"day": day(on)}


@lru_cache(maxsize=4096)
def _day(_language: str, on: date, with_year: bool) -> str:
    said = {
        "weekday": str(WEEKDAYS[on.weekday()]),
        "day": _number(on.day),
        "month": month(on),
        "year": on.year,
    }
    if with_year:
        return pgettext("date", "%(weekday)s %(day)s %(month)s %(year)d") % said
    return pgettext("date", "%(weekday)s %(day)s %(month)s") % said


def _number(number: int) -> str:
    """Return the number of a day: French says « 1er », then 2, 3…"""
    return gettext("1er") if number == 1 else str(number)


def day_in_week(on: date) -> str:
    """Return « mardi 24 », where the month is said elsewhere."""
    return pgettext("date", "%(weekday)s %(day)s") % {
        "weekday": str(WEEKDAYS[on.weekday()]),
        "day": _number(on.day),
    }


def weekday(on: date) -> str:
    """Return « mardi »."""
    return str(WEEKDAYS[on.weekday()])


def month(on: date) -> str:
    """Return « novembre »."""
    return str(MONTHS[on.month])


def day_in_month(on: date, *, year: bool = False) -> str:
    """Return « 24 novembre », with the year if asked, where the day of the week is said elsewhere."""
    said = {"day": _number(on.day), "month": month(on), "year": on.year}
    return (pgettext("date", "%(day)s %(month)s %(year)d") if year else pgettext("date", "%(day)s %(month)s")) % said


def days_between(first: date, last: date) -> str:
    """Return one to many days in a row: « mercredi 25 et jeudi 26 novembre », « du mercredi 25 au samedi 28 … »."""
    if first == last:
        return day(first)
    same_month = (first.year, first.month) == (last.year, last.month)
    said = {"first": day_in_week(first) if same_month else day(first), "last": day(last)}
    if last - first == timedelta(days=1):
        return gettext("%(first)s et %(last)s") % said
    return gettext("du %(first)s au %(last)s") % said


def replacement(one: Replacement, practitioner: Practitioner) -> str:
    """Return who receives instead, and when: « Du lundi 5 au vendredi 9 janvier, Dr Roche remplace Dr Martin. »"""
    said = {"name": one.name, "practitioner": practitioner.name}
    if one.first_day == one.last_day:
        said["days"] = day(one.first_day)
        return gettext("Le %(days)s, %(name)s remplace %(practitioner)s.") % said
    said["days"] = days_between(one.first_day, one.last_day)
    if one.last_day - one.first_day == timedelta(days=1):
        return gettext("Les %(days)s, %(name)s remplace %(practitioner)s.") % said
    return upper_first(gettext("%(days)s, %(name)s remplace %(practitioner)s.") % said)


def upper_first(text: str) -> str:
    """Return a text with its first letter in upper case, as at the beginning of a line."""
    return text[:1].upper() + text[1:]


# Hours


def clock(at: datetime) -> str:
    """Return the hour of a local time in a sentence: « 9 h », « 14 h 30 »."""
    return _clock(get_language() or "", at.hour, at.minute, at.fold, False)


def clock_full(at: datetime) -> str:
    """Return the hour of a local time in a column: « 9 h 00 », « 14 h 30 »."""
    return _clock(get_language() or "", at.hour, at.minute, at.fold, True)


@lru_cache(maxsize=2048)
def _clock(_language: str, hour: int, minute: int, fold: int, full: bool) -> str:
    if minute or full:
        said = pgettext("clock", "%(hour)d h %(minute)02d") % {"hour": hour, "minute": minute}
    else:
        said = pgettext("clock", "%(hour)d h") % {"hour": hour}
    # The hour that happens twice when summer time ends: this is its second time.
    return gettext("%(clock)s (heure d’hiver)") % {"clock": said} if fold else said


def minute_of_day(minute: int) -> str:
    """Return a wall time given in minutes: 450 is « 7 h 30 »."""
    return _clock(get_language() or "", minute // 60, minute % 60, 0, False)


def moment(at: datetime, zone: ZoneInfo, *, year: bool = False) -> str:
    """Return « mardi 24 novembre à 14 h 30 »."""
    local = at.astimezone(zone)
    return gettext("%(day)s à %(clock)s") % {"day": day(local.date(), year=year), "clock": clock(local)}


def zone_name(zone: ZoneInfo) -> str:
    """Return whose hour it is: « heure de Paris »."""
    named = _ZONES.get(zone.key)
    if named:
        return named()
    return gettext("heure locale, fuseau %(zone)s") % {"zone": zone.key.replace("_", " ")}


def all_times(zone: ZoneInfo) -> str:
    """Return whose hour a page of times is in, as a sentence."""
    return gettext("Horaires : %(zone)s.") % {"zone": zone_name(zone)}


def duration(minutes: int) -> str:
    """Return « 20 min », « 1 h », « 1 h 15 »."""
    if minutes < 60:
        return gettext("%(minutes)d min") % {"minutes": minutes}
    if minutes % 60:
        return pgettext("duration", "%(hours)d h %(minutes)02d") % {"hours": minutes // 60, "minutes": minutes % 60}
    return pgettext("duration", "%(hours)d h") % {"hours": minutes // 60}


def ahead(minutes: int) -> str:
    """Return how long before, for a deadline: « 4 heures », « 2 jours »."""
    if minutes and minutes % 1440 == 0:
        days = minutes // 1440
        return ngettext("%(number)d jour", "%(number)d jours", days) % {"number": days}
    if minutes and minutes % 60 == 0:
        hours = minutes // 60
        return ngettext("%(number)d heure", "%(number)d heures", hours) % {"number": hours}
    return duration(minutes)


# Why there is nothing


def reason(why: Reason | None, released_at: datetime | None, zone: ZoneInfo) -> str:
    """Return why a day offers no time, to stand after the day: « complet »."""
    if why is Reason.NOT_RELEASED and released_at:
        return gettext("ouvert à la réservation %(moment)s") % {"moment": moment(released_at, zone)}
    return {
        Reason.PAST: gettext("passé"),
        Reason.BEYOND_HORIZON: gettext("pas encore ouvert à la réservation"),
        Reason.HOLIDAY: gettext("jour férié"),
        Reason.WITHOUT_APPOINTMENT: gettext("consultations sans rendez-vous seulement"),
        Reason.ABSENT: gettext("absence"),
        Reason.NOT_RELEASED: gettext("pas encore ouvert à la réservation"),
        Reason.TOO_SOON: gettext("trop tard pour réserver en ligne"),
        Reason.DAILY_MAXIMUM: gettext("complet"),
        Reason.FULL: gettext("complet"),
        Reason.NO_GAP: gettext("plus de temps libre assez long"),
    }.get(why or Reason.CLOSED, gettext("fermé"))


def sentence(why: Reason | None, released_at: datetime | None, zone: ZoneInfo) -> str:
    """Return why a visitor finds nothing at all, as a sentence."""
    if why is Reason.NOT_RELEASED and released_at:
        return gettext("Les prochaines heures s’ouvrent à la réservation %(moment)s.") % {
            "moment": moment(released_at, zone)
        }
    return {
        Reason.PAST: gettext("Ces jours sont passés."),
        Reason.BEYOND_HORIZON: gettext("Ces jours ne sont pas encore ouverts à la réservation."),
        Reason.HOLIDAY: gettext("Le cabinet est fermé : jour férié."),
        Reason.WITHOUT_APPOINTMENT: gettext("Les consultations de ces jours sont sans rendez-vous."),
        Reason.ABSENT: gettext("Le praticien est absent sur cette période."),
        Reason.NOT_RELEASED: gettext("Ces heures ne sont pas encore ouvertes à la réservation."),
        Reason.TOO_SOON: gettext("Il est trop tard pour réserver ces heures en ligne."),
        Reason.DAILY_MAXIMUM: gettext("Toutes les heures sont prises."),
        Reason.FULL: gettext("Toutes les heures sont prises."),
        Reason.NO_GAP: gettext("Il reste du temps libre, mais pas assez long pour ce motif."),
        Reason.OFF_GRID: gettext("Cette heure n’est pas proposée."),
    }.get(why or Reason.CLOSED, gettext("Le praticien ne reçoit pas ces jours-là pour ce motif."))


def empty_days(days: Iterable[DaySlots], zone: ZoneInfo) -> Iterator[str]:
    """Return lines for days without times, those in a row that share a reason together; past days are not told."""
    told = [(one.day, reason(one.reason, one.released_at, zone)) for one in days if one.reason is not Reason.PAST]
    for why, group in groupby(told, key=lambda pair: pair[1]):
        first, *rest = [on for on, _ in group]
        yield gettext("%(days)s : %(why)s") % {"days": days_between(first, rest[-1] if rest else first), "why": why}


# Telephones


def phone(number: str) -> str:
    """Return a number as people read it: « 01 23 45 67 89 », foreign ones with their country; as it is if unknown."""
    parsed = _parsed(number)
    if parsed is None:
        return number
    national = parsed.country_code == phonenumbers.country_code_for_region(REGION)
    kind = phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(parsed, kind)).replace(" ", "\u00a0")


def phone_link(number: str) -> str:
    """Return what follows `tel:` for a number as the practice typed it."""
    parsed = _parsed(number)
    if parsed is None:
        return re.sub(r"[^0-9+]", "", number)
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def is_mobile(number: str) -> bool:
    """Whether an SMS may reach a number."""
    parsed = _parsed(number)
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    return parsed is not None and phonenumbers.number_type(parsed) in kinds


def _parsed(number: str) -> phonenumbers.PhoneNumber | None:
    try:
        parsed = phonenumbers.parse(number, REGION)
    except phonenumbers.NumberParseException:
        return None
    return parsed if phonenumbers.is_possible_number(parsed) else None
