"""What a field of the practice's own pages may hold."""

import re
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# First words of addresses, today's and those kept for tomorrow: no practitioner's or visit type's page may shadow one.
RESERVED_SLUGS = frozenset(
    "accessibility admin agenda api assets calendar calendrier cancel contact en erase favicon fr healthz hold index legal lien lost "
    "login media move my-data offer privacy rdv readyz robots static well-known wish".split()
)


def check_slug(slug: str) -> None:
    """Refuse a word that an address of the product uses, and anything that looks like a language prefix."""
    if slug.casefold() in RESERVED_SLUGS or re.fullmatch(r"[a-z]{2}", slug):
        raise ValidationError(_("« %(slug)s » est réservé : choisissez une autre adresse."), params={"slug": slug})


def check_zone(name: str) -> None:
    """Refuse a time zone that the IANA database does not know."""
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise ValidationError(_("Fuseau inconnu. Exemple : Europe/Paris, Indian/Reunion.")) from None


def check_five_minutes(minutes: int) -> None:
    """Refuse a duration that is not a whole number of cells."""
    if minutes % 5:
        raise ValidationError(_("Un multiple de 5 minutes."))


def luhn_fits(digits: str) -> bool:
    """Say whether a number's last digit is the Luhn sum of the others, as in an RPPS number."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
