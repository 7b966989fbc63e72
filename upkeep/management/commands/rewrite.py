"""`manage.py rewrite`: the patients store anew in key order, by whoever may."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connections
from django.utils.translation import gettext as _

from patients import order


class Command(BaseCommand):
    help = (
        "Write the patients store anew in the order of its random keys, so that it tells nobody in which order people booked. "
        "The worker and `tidy` do so where they may; on PostgreSQL with a role that only serves, run this every night as the "
        "owner of the tables."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--every", type=int, metavar="MINUTES", help="Do not end: once now and then every so often."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            self.rewrite()
            if not options["every"]:
                return
            connections.close_all()
            time.sleep(options["every"] * 60)

    def rewrite(self) -> None:
        try:
            if not order.may_shuffle():
                raise CommandError(_("Ce compte n’a pas le droit de réécrire la table : lancez-le comme propriétaire."))
            order.shuffle()
        except DatabaseError as failure:
            text = _("La réécriture n’a pas abouti (%(kind)s) ; rien n’a changé.") % {"kind": type(failure).__name__}
            raise CommandError(text) from failure
        self.stdout.write(_("La base des patients est réécrite dans l’ordre des clés."))
