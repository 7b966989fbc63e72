"""What a restore did and found, in sentences for whoever runs the instance and for the desk."""

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking import words
from booking.queries import the_practice
from booking.reconciling import Differences
from upkeep.restore import Finished, Loaded

# So many hours are named one by one; beyond, the days.
NAMED = timedelta(hours=72)


def restored(loaded: Loaded, done: Finished, now: datetime) -> Iterator[str]:
    """Return the report of a restore, line by line."""
    practice = the_practice()
    zone = practice.zone if practice else ZoneInfo("UTC")
    yield _("Restauré : la sauvegarde du %(when)s.") % {"when": words.moment(loaded.taken, zone, year=True)}
    yield _("Effacés de nouveau : %(erased)d. Purgés : visites %(visits)d, identités %(identities)d.") % {
        "erased": done.erased,
        "visits": done.purged["visits"],
        "identities": done.purged["identities"],
    }
    if done.differences is not None:
        yield from differences(done.differences)
    if done.doubtful:
        yield _("Messages peut-être déjà partis, qui ne partiront pas : %(number)d.") % {"number": done.doubtful}
    if not done.paired:
        yield _("Les deux archives ne sont pas de la même sauvegarde : rien ne se réserve, rien ne se purge.")
        yield _("Lisez ce qui précède, puis « manage.py reconcile --accept » les associe.")
    yield _("Peut manquer tout ce qui a été pris, déplacé, annulé ou réglé à ces heures :")
    yield from hours(loaded.taken, now, zone)
    yield _("Quelqu’un a quitté le cabinet ou changé de mot de passe depuis ? Refaites-le.")


def differences(found: Differences) -> Iterator[str]:
    """Return what the stores know of each other, line by line."""
    if found.none:
        yield _("Les deux bases s’accordent.")
        return
    if found.missing:
        yield ngettext(
            "%(number)d rendez-vous à venir est sans identité : quelqu’un viendra, dont le nom est perdu.",
            "%(number)d rendez-vous à venir sont sans identité : des gens viendront, dont le nom est perdu.",
            len(found.missing),
        ) % {"number": len(found.missing)}
        for one in found.missing:
            zone = one.practitioner.practice.zone
            yield f"  {words.moment(one.start, zone, year=True)} · {one.practitioner.name}"
    if found.missing_past:
        yield _("Rendez-vous passés ou annulés sans identité : %(number)d.") % {"number": found.missing_past}
    if found.orphans:
        yield _(
            "Identités dont l’heure est perdue : %(number)d. Ces personnes ont rendez-vous et ne sont pas dans l’agenda."
        ) % {"number": found.orphans}
    if found.closed:
        yield _("Références qui ne s’ouvrent pas avec ce secret : %(number)d.") % {"number": found.closed}


def hours(start: datetime, end: datetime, zone: tzinfo) -> Iterator[str]:
    """Return the hours from one instant to another as the practice's clock says them, a line a day."""
    first, last = (one.astimezone(zone) for one in (start, end))
    if end - start > NAMED:
        yield "  " + _("du %(first)s au %(last)s") % {
            "first": words.day(first.date(), year=True),
            "last": words.day(last.date(), year=True),
        }
        return
    named: dict[str, list[str]] = {}
    at = start.replace(minute=0, second=0, microsecond=0)
    while at <= end:
        local = at.astimezone(zone)
        named.setdefault(words.day(local.date(), year=True), []).append(words.clock(local.replace(minute=0)))
        at += timedelta(hours=1)
    for day, clocks in named.items():
        yield f"  {day} : {', '.join(clocks)}"
