"""Times as buttons. A week may have 280 of them, so no template loops here: words are cached, escaped once, and
joined in one pass."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from zoneinfo import ZoneInfo

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from booking import words
from booking.availability import DaySlots, Reason, Slot
from clicdocteur.grid import instant_of
from practitioners.models import Location

_NOON = 12


def of_week(days: list[DaySlots], places: Mapping[int, Location], zone: ZoneInfo) -> Iterator[dict[str, str]]:
    """Yield the days with their buttons; days in a row without times become one line with the reason."""
    for free, group in groupby(days, key=lambda one: bool(one.slots)):
        if not free:
            yield from ({"title": line, "buttons": "", "later": ""} for line in words.empty_days(group, zone))
            continue
        for one in group:
            yield {
                "title": words.day(one.day),
                "buttons": of_day(one.slots, places, zone),
                "later": _announced(one, zone),
            }


def of_slots(slots: Iterable[Slot], places: Mapping[int, Location], zone: ZoneInfo) -> Iterator[dict[str, str]]:
    """Yield the days of some times, each with its buttons."""
    for on, group in groupby(slots, key=lambda slot: instant_of(slot.start).astimezone(zone).date()):
        yield {"title": words.day(on), "buttons": of_day(tuple(group), places, zone), "later": ""}


def of_day(slots: tuple[Slot, ...], places: Mapping[int, Location], zone: ZoneInfo) -> SafeString:
    """Return a day's times as rows of buttons: morning and afternoon apart, and one place apart from another."""
    several = len(places) > 1
    told = [(slot.location, slot.start, instant_of(slot.start).astimezone(zone)) for slot in slots]
    parts = []
    for place, here in groupby(told, key=lambda one: one[0]):
        if several:
            parts.append(f'<p class="place">{_escaped(places[place].label)}</p>')
        parts.append('<div class="halves">')
        for _afternoon, half in groupby(here, key=lambda one: one[2].hour >= _NOON):
            parts.append(_row([(start, local) for _, start, local in half], places.get(place)))
        parts.append("</div>")
    return SafeString("".join(parts))


def _row(told: list[tuple[int, datetime]], location: Location | None) -> str:
    """Return one row. Every piece is escaped once, before it is repeated."""
    language = get_language() or ""
    day = _escaped(words.day_before_hour(told[0][1].date()))
    place = _escaped(f", {location.label}" if location else "")
    opened = f'" aria-label="{day}'
    row = ['<div class="times">']
    for start, local in told:
        hour = _clock_label(language, local.hour, local.minute, local.fold)
        row.append(f'<button name="start" value="{start}{opened}{hour}{place}">{hour}</button>')
    row.append("</div>")
    return "".join(row)


@lru_cache(maxsize=1024)
def _clock_label(_language: str, hour: int, minute: int, fold: int) -> str:
    at = datetime(2000, 1, 1, hour, minute, fold=fold)  # noqa: DTZ001 - a wall time
    return _escaped(words.clock_full(at))


def _escaped(text: str) -> str:
    return str(conditional_escape(text))


def _announced(one: DaySlots, zone: ZoneInfo) -> str:
    if one.released_at is None or one.reason is Reason.NOT_RELEASED:
        return ""
    return gettext("D’autres heures s’ouvrent à la réservation %(moment)s.") % {
        "moment": words.moment(one.released_at, zone)
    }
