"""`manage.py upgrade`: both stores to the tables of this version."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils.translation import gettext as _

from booking import pairing
from upkeep import backup, upgrade


class Command(BaseCommand):
    help = (
        "After installing a new version, with web and worker stopped: check, back up both stores, migrate them, check again. "
        "Does nothing when there is nothing to do. Interrupted at any point, it is run again. Until it is done, the new version "
        "answers every page with one that says that it is under maintenance."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-backup", action="store_true", help="Somebody else has just saved both stores.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            changed = upgrade.upgrade(self.tell, save_first=not options["no_backup"])
        except upgrade.Refused as refused:
            raise CommandError(_why(refused.why)) from None
        except backup.Moving:
            raise CommandError(_("Une clé est en cours de renouvellement : recommencez dans un moment.")) from None
        except (OSError, DatabaseError) as failure:
            text = _("La mise à jour s’est arrêtée (%(kind)s). Corrigez, puis relancez la même commande.")
            raise CommandError(text % {"kind": type(failure).__name__}) from failure
        if not changed:
            self.stdout.write(_("Rien à faire : les deux bases sont à jour."))
        state = pairing.state()
        if state not in (pairing.Pairing.SOUND, pairing.Pairing.NOT_SET_UP):
            raise CommandError(
                _("Les bases ne vont pas ensemble (%(state)s) : « manage.py doctor ».") % {"state": state}
            )
        if changed:
            self.stdout.write(_("Les deux bases sont à jour. Démarrez le service, puis « manage.py doctor »."))

    def tell(self, step: str, detail: str) -> None:
        text = {
            "saved": _("Sauvegarde d’avant : %(detail)s"),
            "waiting": _("  à faire : %(detail)s"),
            "migrated": _("Base à jour : %(detail)s"),
        }[step]
        self.stdout.write(text % {"detail": detail})


def _why(code: str) -> str:
    return {
        "unreachable": _("Une base ne répond pas. Rien n’a été changé."),
        "later": _(
            "Ces bases sont d’une version plus récente. Installez-la, ou restaurez la sauvegarde d’avant dans des bases vides."
        ),
        "restoring": _("Une restauration n’est pas finie : relancez d’abord « manage.py restore »."),
        "rotating": _("Le secret du serveur est en train de changer : finissez d’abord (rotate_server_secret)."),
        "busy": _("Une autre mise à jour est en cours. Rien n’a été changé."),
    }[code]
