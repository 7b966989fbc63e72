"""`manage.py backup`: a consistent pair of both stores, while bookings go on."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connections
from django.utils.translation import gettext as _

from upkeep import backup


class Command(BaseCommand):
    help = (
        "Write a pair of archives, one of each store, into BACKUP_FOLDER, then let the older ones go: all of the last day "
        "are kept, one a day for 30 days, and nothing beyond. Bookings go on meanwhile. Run it every hour."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--every", type=int, metavar="MINUTES", help="Do not end: take one now and then every so often."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            try:
                self.take()
            except CommandError as failed:
                if not options["every"]:
                    raise
                self.stderr.write(str(failed))
            if not options["every"]:
                return
            connections.close_all()
            time.sleep(options["every"] * 60)

    def take(self) -> None:
        try:
            path = backup.take()
        except backup.Moving:
            raise CommandError(_("Une clé est en cours de renouvellement : recommencez dans un moment.")) from None
        except (OSError, DatabaseError) as failure:
            text = _("La sauvegarde n’a pas abouti (%(kind)s). Rien n’a changé ; les précédentes sont intactes.")
            raise CommandError(text % {"kind": type(failure).__name__}) from failure
        self.stdout.write(_("Sauvegarde : %(path)s") % {"path": path})
