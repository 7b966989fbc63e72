"""Days, hours, lengths and names as files write them. Pure: None for what is not understood, never a guess."""

import re
import unicodedata
from datetime import date, datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

MONTHS: Final = (
    "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre".split(),
    "january february march april may june july august september october november december".split(),
)
_ISO: Final = re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})", re.ASCII)
_FRENCH: Final = re.compile(r"(?P<d>\d{1,2})[/.\-](?P<m>\d{1,2})[/.\-](?P<y>\d{4}|\d{2})(?!\d)", re.ASCII)
_IN_WORDS: Final = re.compile(r"(?:[a-z]+\.?,? )?(?P<d>\d{1,2})(?:er)? (?P<month>[a-z]{3,9})\.? (?P<y>\d{4})", re.ASCII)
_CLOCK: Final = re.compile(r"(?P<h>\d{1,2}) ?(?:[:h] ?(?P<min>\d{2})?(?::(?P<s>\d{2})(?:[.,]\d+)?)?)", re.ASCII)
_BETWEEN: Final = re.compile(r"(?:,? ?(?:a|at|t|,) ?| )")
_OFFSET: Final = re.compile(r"(?:z|[+-]\d{2}:?\d{2})", re.ASCII)
_MINUTES: Final = re.compile(r"(?P<m>\d{1,3}) ?(?:m|mn|min|mins|minute|minutes|')?\.?", re.ASCII)
_HOURS: Final = re.compile(r"(?P<h>\d{1,2}) ?(?::|h|heures?|hours?) ?(?P<m>\d{1,2})? ?(?:m|mn|min)?(?::00)?", re.ASCII)
_PERIOD: Final = re.compile(r"pt(?:(?P<h>\d{1,2})h)?(?:(?P<m>\d{1,3})m)?(?:0s)?", re.ASCII)
_CALLED: Final = re.compile(r"^(?:mme|mlle|mr|m|monsieur|madame|mrs|ms)\.? +", re.IGNORECASE)
CANCELLED: Final = ("annul", "cancel", "supprim", "excus", "delet", "report")


class Moment(NamedTuple):
    """A day of the practice and the minute of that day; the minute is None where only a day is said."""

    day: date
    minute: int | None


def day(text: str) -> date | None:
    """Return a day: 5/1/2026, 05.01.26, 2026-01-05, « lundi 5 janvier 2026 »."""
    found = _day(_plain(text))
    return found[0] if found and not found[1] else None


def clock(text: str) -> int | None:
    """Return the minute of the day of 14:30, 14h30, 14 h, 09:05:00."""
    found = _CLOCK.fullmatch(_plain(text))
    return _minute(found) if found else None


def moment(text: str, zone: ZoneInfo) -> Moment | None:
    """Return a day with its hour: 5/1/2026 14:30, 2026-01-05T14:30, 2026-01-05T13:30:00Z on the clocks of *zone*."""
    found = _day(_plain(text))
    if found is None:
        return None
    on, rest = found
    if not rest:
        return Moment(on, None)
    after = _BETWEEN.match(rest)
    hour = _CLOCK.match(rest, after.end()) if after else None
    minute = _minute(hour) if hour else None
    if hour is None or minute is None:
        return None
    left = rest[hour.end() :].strip()
    if not left:
        return Moment(on, minute)
    return _elsewhere(on, minute, left, zone) if _OFFSET.fullmatch(left) else None


def minutes(text: str) -> int | None:
    """Return a length in minutes: 15, 15 min, 0:15, 00:15:00, 1h30, PT15M."""
    said = _plain(text)
    for pattern in (_MINUTES, _HOURS, _PERIOD):
        found = pattern.fullmatch(said)
        if found:
            parts = found.groupdict()
            return int(parts.get("h") or 0) * 60 + int(parts.get("m") or 0)
    return None


def names(text: str) -> tuple[str, str]:
    """Return (last name, first name) of a whole name: by its comma, or by its capitals; else all is the last name."""
    whole = _CALLED.sub("", " ".join(text.split()))
    last, comma, first = whole.partition(",")
    if comma:
        return last.strip(), first.strip()
    parts = whole.split()
    loud = [part for part in parts if part.isupper() and len(part) > 1]
    quiet = [part for part in parts if part not in loud]
    if loud and quiet and parts in ([*loud, *quiet], [*quiet, *loud]):
        return " ".join(loud), " ".join(quiet)
    return whole, ""


def is_cancelled(state: str) -> bool:
    """Whether a file says of an appointment that it does not take place."""
    return _plain(state).startswith(CANCELLED)


def phone(text: str) -> str:
    """Return a number with the zero that spreadsheet programs take off."""
    return f"0{text}" if re.fullmatch(r"[1-9]\d{8}", text, re.ASCII) else text


def _plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(sign for sign in bare if not unicodedata.combining(sign)).split())


def _day(said: str) -> tuple[date, str] | None:
    """Return the day with which a text begins, and what follows."""
    for pattern in (_ISO, _FRENCH, _IN_WORDS):
        found = pattern.match(said)
        if found:
            parts = found.groupdict()
            month = int(parts["m"]) if "m" in parts else _month(parts["month"])
            year = int(parts["y"]) + (2000 if len(parts["y"]) == 2 else 0)
            try:
                return date(year, month, int(parts["d"])), said[found.end() :]
            except ValueError:
                return None
    return None


def _month(word: str) -> int:
    """Return the number of a month, by its name or its first letters; 0 for none."""
    for months in MONTHS:
        fitting = [number for number, name in enumerate(months, 1) if name.startswith(word)]
        if len(fitting) == 1:
            return fitting[0]
    return 0


def _minute(found: re.Match[str]) -> int | None:
    hour, minute = int(found["h"]), int(found["min"] or 0)
    return hour * 60 + minute if hour < 24 and minute < 60 else None


def _elsewhere(on: date, minute: int, offset: str, zone: ZoneInfo) -> Moment | None:
    """Return a moment that a file says with its distance from UTC, on the clocks of the practice."""
    sign = "+00:00" if offset == "z" else offset
    try:
        there = datetime.fromisoformat(f"{on}T{minute // 60:02d}:{minute % 60:02d}{sign}").astimezone(zone)
    except (ValueError, OverflowError):
        return None
    return Moment(there.date(), there.hour * 60 + there.minute)
