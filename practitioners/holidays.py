"""Public holidays of France and of its lands overseas, computed (Easter included) by the ``holidays`` package.

Sources of the rule: Code du travail L3133-1 (the eleven), L3134-13 (Alsace-Moselle), L3422-2 and decree 83-1003
(abolition of slavery); the overseas collectivities have their own codes. In Alsace-Moselle, Good Friday is a holiday only
in a commune with a Protestant temple and a church used by both: the practice can open on that day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from holidays import country_holidays

# What the package computes and what the agenda serves (clicdocteur.grid) have these years in common.
FIRST_YEAR, LAST_YEAR = 2000, 2099


class Zone(NamedTuple):
    """One set of public holidays: its French name, its code in ``holidays``, the time zones of its clocks."""

    label: str
    subdivision: str | None
    time_zones: tuple[str, ...]


_TABLE: Mapping[str, Zone] = MappingProxyType(
    {
        "metropole": Zone("France métropolitaine", None, ("Europe/Paris",)),
        "alsace-moselle": Zone("Alsace et Moselle", "57", ("Europe/Paris",)),
        "guadeloupe": Zone("Guadeloupe", "971", ("America/Guadeloupe",)),
        "martinique": Zone("Martinique", "972", ("America/Martinique",)),
        "guyane": Zone("Guyane", "973", ("America/Cayenne",)),
        "reunion": Zone("La Réunion", "974", ("Indian/Reunion",)),
        "mayotte": Zone("Mayotte", "976", ("Indian/Mayotte",)),
        "saint-barthelemy": Zone("Saint-Barthélemy", "BL", ("America/St_Barthelemy",)),
        "saint-martin": Zone("Saint-Martin", "MF", ("America/Marigot",)),
        "saint-pierre-et-miquelon": Zone("Saint-Pierre-et-Miquelon", "PM", ("America/Miquelon",)),
        "nouvelle-caledonie": Zone("Nouvelle-Calédonie", "NC", ("Pacific/Noumea",)),
        "polynesie": Zone("Polynésie française", "PF", ("Pacific/Tahiti", "Pacific/Marquesas", "Pacific/Gambier")),
        "wallis-et-futuna": Zone("Wallis-et-Futuna", "WF", ("Pacific/Wallis",)),
    }
)

ZONES: Mapping[str, str] = MappingProxyType({code: zone.label for code, zone in _TABLE.items()})
TIME_ZONES: Mapping[str, tuple[str, ...]] = MappingProxyType({code: zone.time_zones for code, zone in _TABLE.items()})


def public_holidays(zone_code: str, first_day: date, last_day: date) -> frozenset[date]:
    """Return the public holidays of a zone from *first_day* to *last_day* inclusive, within the years 2000 to 2099.

    *zone_code* is a key of ZONES. Raises KeyError for any other. Days outside these years have no holidays here.
    """
    subdivision = _TABLE[zone_code].subdivision
    years = range(max(first_day.year, FIRST_YEAR), min(last_day.year, LAST_YEAR) + 1)
    return frozenset(day for year in years for day in _year(subdivision, year) if first_day <= day <= last_day)


def named_holidays(zone_code: str, year: int, language: str = "fr") -> dict[date, str]:
    """Return the public holidays of a year with their names, in order; none outside the years 2000 to 2099.

    Names are French, or English where *language* is `en`. Raises KeyError for a zone that is not in ZONES.
    """
    subdivision = _TABLE[zone_code].subdivision
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return {}
    found = country_holidays("FR", subdiv=subdivision, years=year, language="en_US" if language == "en" else "fr")
    # The library's English is American, ours is not.
    return {day: found[day].replace("Labor Day", "Labour Day") for day in sorted(found)}


@lru_cache(maxsize=256)
def _year(subdivision: str | None, year: int) -> frozenset[date]:
    return frozenset(country_holidays("FR", subdiv=subdivision, years=year))
