"""Days and times of day of the waiting list, in words."""

from types import MappingProxyType
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from booking.models import Wish
from booking.waiting_rules import EVERY_DAY, EVERY_PART, Part

# In the order of the bits: the first is Monday.
DAYS: Final[tuple[str | Promise, ...]] = (
    gettext_lazy("Lundi"), gettext_lazy("Mardi"), gettext_lazy("Mercredi"), gettext_lazy("Jeudi"), gettext_lazy("Vendredi"),
    gettext_lazy("Samedi"), gettext_lazy("Dimanche"),
)  # fmt: skip
PARTS: Final = MappingProxyType(
    {
        Part.MORNING: gettext_lazy("Le matin"),
        Part.AFTERNOON: gettext_lazy("L’après-midi"),
        Part.EVENING: gettext_lazy("Après 17 h"),
    }
)


def said(wish: Wish) -> str:
    """Return days and times of a wish: « lundi, jeudi · le matin »."""
    if wish.weekdays & EVERY_DAY == EVERY_DAY:
        days = _("tous les jours")
    else:
        days = ", ".join(_inside(name) for day, name in enumerate(DAYS) if wish.weekdays >> day & 1)
    if wish.parts == EVERY_PART:
        return days + " · " + _("à toute heure")
    return f"{days} · " + ", ".join(str(name).lower() for part, name in PARTS.items() if wish.parts & part)


def _inside(name: str | Promise) -> str:
    """Return the name of a day within a sentence: French begins it small, English does not."""
    return str(name) if get_language() == "en" else str(name).lower()
