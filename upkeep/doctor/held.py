"""What must not be lost, and what must not lie open: the secret, the keys, the files."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db.models import Count, F, Q
from django.utils.translation import gettext as _

from clicdocteur.settings import SQLITE
from practitioners.keys.vault import FEWEST_HOLDERS
from practitioners.models import AgendaKey, KeyHolder, Practitioner
from upkeep import pairs
from upkeep.doctor.findings import Finding, alarm, look, ok


def examine() -> Iterator[Finding]:
    """Look at the secret's file, the stores' files and the keys."""
    yield _secret()
    if len(settings.SERVER_SECRETS) > 1:
        yield look(
            _("Secret du serveur"),
            _("Le fichier nomme plusieurs secrets : un changement est en cours."),
            _("Menez-le à sa fin : « manage.py rotate_server_secret »."),
        )
    yield from _files()
    yield from _keys()


def _secret() -> Finding:
    subject = _("Secret du serveur")
    found = Path(settings.SECRET_FILE).stat()
    if stat.S_IMODE(found.st_mode) & 0o077:
        return alarm(
            subject, _("D’autres comptes de la machine peuvent le lire."), _("chmod 600 sur le fichier (SECRET_FILE).")
        )
    if found.st_uid not in (os.geteuid(), 0):
        return look(subject, _("Il appartient à un autre compte."), _("Donnez-le au compte du service."))
    return ok(subject, _("Lisible, et de ce compte seul."))


def _files() -> Iterator[Finding]:
    paths = [Path(str(one["NAME"])) for one in settings.DATABASES.values() if one["ENGINE"] == SQLITE]
    paths += [pairs.folder()] if pairs.folder().exists() else []
    open_ones = [path for path in paths if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o007]
    closed_above = all(not stat.S_IMODE(path.parent.stat().st_mode) & 0o001 for path in open_ones)
    if open_ones and not closed_above:
        yield alarm(
            _("Fichiers"),
            _("D’autres comptes de la machine peuvent lire : %(names)s.") % {"names": ", ".join(map(str, open_ones))},
            _("chmod 700 sur le dossier, 600 sur les fichiers."),
        )


def _keys() -> Iterator[Finding]:
    subject = _("Clés")
    holds = Q(grants__starts_on=None, grants__ends_on=None) & (
        Q(grants__holder__staff__is_active=True)
        | Q(grants__holder__sheet_of=F("practitioner"), grants__holder__confirmed=True)
    )
    current = AgendaKey.objects.filter(retired=False).annotate(holders=Count("grants", filter=holds, distinct=True))
    few = [key for key in current if key.holders < FEWEST_HOLDERS]
    lacking = Practitioner.objects.filter(published=True).exclude(agenda_keys__retired=False).count()
    if few or lacking:
        yield alarm(
            subject,
            _("Agendas que moins de deux personnes ou feuilles ouvrent : %(number)d.") % {"number": len(few) + lacking},
            _("Agenda, Clés : donnez l’accès à une seconde personne, ou faites et confirmez la feuille de secours."),
        )
    if any(key.altered for key in current):
        yield alarm(subject, _("Une clé publique a été modifiée dans la base."), _("Agenda, Clés : renouvelez-la."))
    if any(key.renew_because for key in current):
        yield look(subject, _("Une clé est à renouveler."), _("Agenda, Clés : renouvelez-la."))
    if current and not KeyHolder.objects.filter(secret_box__isnull=False).exists():
        yield alarm(
            subject,
            _("Personne ne détient de copie scellée du secret du serveur."),
            _("Faites une feuille de secours, ou un gestionnaire avec un mot de passe."),
        )
    elif current and not few and not lacking:
        yield ok(subject, _("Chaque agenda s’ouvre par deux voies au moins."))
