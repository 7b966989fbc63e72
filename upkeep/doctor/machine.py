"""The machine: clock, disk, memory, settings."""

import resource
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core import checks
from django.db import connections
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import words
from booking.models import Chore
from booking.queries import the_practice
from clicdocteur import clock
from clicdocteur.router import AGENDA
from clicdocteur.settings import SQLITE
from practitioners.models import AccessEvent
from upkeep import pairs
from upkeep.doctor.findings import Finding, alarm, look, ok
from upkeep.models import Milestone

DRIFT: Final = timedelta(minutes=2)
# Of a disk: bytes and share that are left when it gets tight, and bytes when it is nearly over.
TIGHT, TIGHT_SHARE, NEARLY_FULL = 2 << 30, 0.1, 300 << 20


def examine() -> Iterator[Finding]:
    """Look at what the program stands on."""
    yield from _clock()
    yield from _disks()
    yield from _memory()
    yield from _settings()


def _clock() -> Iterator[Finding]:
    """A clock that went back or was ahead, that another machine's contradicts, or that nobody sets (T16)."""
    subject, now = _("Horloge"), timezone.now()
    latest = _latest()
    ahead = latest is not None and latest > now + DRIFT
    if ahead and clock.is_kept():
        yield look(
            subject,
            _("Elle est tenue à l’heure, mais elle a avancé : quelque chose est noté à une heure à venir."),
            _("Relisez l’agenda de ces jours-là et la page Messages. Le journal des accès garde ces heures."),
        )
    elif ahead:
        yield alarm(
            subject,
            _("Elle est en retard : quelque chose a déjà été noté à une heure à venir."),
            _("Mettez-la à l’heure (chrony, systemd-timesyncd) avant que le service n’écrive encore."),
        )
    elif (drift := _drift(now)) is not None and abs(drift) > DRIFT:
        yield alarm(
            subject,
            _("Elle diffère de %(minutes)d minutes de celle du serveur de bases.")
            % {"minutes": abs(drift).total_seconds() // 60},
            _("Mettez les deux machines à l’heure."),
        )
    elif clock.is_kept() is False:
        yield look(subject, _("Rien ne la met à l’heure."), _("Installez chrony ou systemd-timesyncd."))
    else:
        practice = the_practice()
        said = words.moment(now, practice.zone) if practice else f"{now:%H:%M} UTC"
        zone = words.zone_name(practice.zone) if practice else "UTC"
        yield ok(subject, _("%(moment)s (%(zone)s). Est-ce l’heure du cabinet ?") % {"moment": said, "zone": zone})


def _latest() -> datetime | None:
    """Return the latest instant that something was noted as done."""
    found = [
        AccessEvent.objects.aggregate(at=Max("recorded"))["at"],
        Milestone.objects.aggregate(at=Max("at"))["at"],
        Chore.objects.aggregate(at=Max("done"))["at"],
    ]
    return max((at for at in found if at is not None), default=None)


def _drift(now: datetime) -> timedelta | None:
    if connections[AGENDA].vendor != "postgresql":
        return None
    with connections[AGENDA].cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found - now


def _disks() -> Iterator[Finding]:
    paths = [Path(str(one["NAME"])).parent for one in settings.DATABASES.values() if one["ENGINE"] == SQLITE]
    paths.append(pairs.folder())
    devices = {found.stat().st_dev: found for found in map(_existing, paths)}
    for path in devices.values():
        free, share = (usage := shutil.disk_usage(path)).free, usage.free / usage.total
        room = _("%d Go") % (free >> 30) if free >= 10 << 30 else _("%d Mo") % (free >> 20)
        said = _("%(room)s libres sous %(path)s (%(share)d %%).") % {"room": room, "path": path, "share": share * 100}
        subject, todo = _("Disque"), _("Libérez de la place : un disque plein refuse les réservations.")
        if free < NEARLY_FULL:
            yield alarm(subject, said, todo)
        elif free < TIGHT or share < TIGHT_SHARE:
            yield look(subject, said, todo)
        else:
            yield ok(subject, said)


def _existing(path: Path) -> Path:
    """Return a folder, or where it will be made."""
    return path if path.exists() else _existing(path.parent)


def _memory() -> Iterator[Finding]:
    """What passes through memory should not come to lie on a disk."""
    if resource.getrlimit(resource.RLIMIT_CORE)[0] != 0:
        yield look(
            _("Mémoire"),
            _("Un plantage écrirait la mémoire du service sur le disque."),
            _("Limitez à zéro : LimitCORE=0 (systemd), « ulimits: core: 0 » (compose), « ulimit -c 0 » (shell)."),
        )
    try:
        swaps = Path("/proc/swaps").read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return
    if [line for line in swaps if not line.startswith(("/dev/zram", "/dev/dm-", "/dev/mapper"))]:
        yield look(
            _("Mémoire"),
            _("Un espace d’échange (swap) en clair peut garder ce qui passe en mémoire."),
            _("Désactivez-le, ou chiffrez-le : docs/operate.md, « Mémoire »."),
        )


def _settings() -> Iterator[Finding]:
    subject = _("Réglages")
    if settings.DEBUG:
        yield alarm(subject, _("DEBUG est allumé : une erreur montrerait tout."), _("Ôtez DEBUG de l’environnement."))
    if not settings.HTTPS:
        yield look(
            subject,
            _("SITE_URL est en http, pour cette machine seule."),
            _("Pour servir des patients : un proxy avec TLS, et SITE_URL=https://…"),
        )
    said = [one for one in checks.run_checks(include_deployment_checks=settings.HTTPS) if one.level >= checks.WARNING]
    for one in said:
        yield look(subject, f"{one.id}: {one.msg}", str(one.hint or "manage.py check --deploy"))
    if settings.HTTPS and not settings.DEBUG and not said:
        yield ok(subject, _("« check --deploy » ne trouve rien à redire."))
