"""Backups: how much would be lost now, and whether they are known to come back."""

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from upkeep import milestones, pairs
from upkeep.doctor.findings import Finding, alarm, look, ok
from upkeep.models import Milestone

LATE, MISSING = timedelta(minutes=90), timedelta(hours=26)
REHEARSED: Final = timedelta(days=35)


def examine() -> Iterator[Finding]:
    """Look at the last backup and the last rehearsal, and at the folder if it is on this machine."""
    yield _backup()
    yield _rehearsal()
    if pairs.folder().exists() and not os.access(pairs.folder(), os.W_OK):
        yield look(
            _("Sauvegardes"),
            _("Le dossier ne s’écrit pas d’ici : un effacement n’y est noté qu’à la sauvegarde suivante."),
            _("Donnez au service le droit d’écrire dans %(folder)s.") % {"folder": pairs.folder() / "erased"},
        )


def _backup() -> Finding:
    subject = _("Sauvegardes")
    last = milestones.last(Milestone.Kind.BACKUP)
    todo = _("Lancez « manage.py backup » chaque heure : docs/backup.md.")
    if last is None:
        return alarm(subject, _("Il n’y en a pas."), todo)
    age = timezone.now() - last.at
    minutes = max(0, int(age.total_seconds() // 60))
    said = ngettext(
        "Si tout était perdu maintenant, il manquerait %(minutes)d minute.",
        "Si tout était perdu maintenant, il manquerait %(minutes)d minutes.",
        minutes,
    ) % {"minutes": minutes}
    if not minutes:
        said = _("Si tout était perdu maintenant, il manquerait moins d’une minute.")
    if age > MISSING:
        return alarm(subject, said, todo)
    return look(subject, said, todo) if age > LATE else ok(subject, said)


def _rehearsal() -> Finding:
    subject = _("Essai de restauration")
    last = milestones.last(Milestone.Kind.REHEARSAL)
    if last is None:
        return look(
            subject, _("Jamais fait : personne ne sait si une sauvegarde revient."), _("Lancez « manage.py rehearse ».")
        )
    days = (timezone.now() - last.at).days
    if not last.well:
        return alarm(subject, _("Le dernier a échoué."), _("« manage.py rehearse », et docs/backup.md."))
    said = ngettext("Réussi il y a %(days)d jour.", "Réussi il y a %(days)d jours.", days) % {"days": days}
    if days > REHEARSED.days:
        return look(subject, said, _("Refaites-le chaque mois : « manage.py rehearse »."))
    return ok(subject, said)
