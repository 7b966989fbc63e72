"""`manage.py reconcile`: what the two stores know of each other, and how to go on."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import pairing, reconciling
from upkeep import telling


class Command(BaseCommand):
    help = (
        "Say which visits have no record and how many records no visit, without changing anything. With --accept the two "
        "stores count as one pair from now on: bookings are taken again, and `tidy` sweeps what no visit knows."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--accept", action="store_true", help="After you read the report: go on with these stores.")

    def handle(self, *args: Any, **options: Any) -> None:
        if pairing.state() is pairing.Pairing.RESTORING:
            raise CommandError(_("Une restauration n’est pas finie : relancez d’abord « manage.py restore »."))
        if not pairing.secret_opens():
            raise CommandError(_("Le secret du serveur n’ouvre pas ces bases. Remettez d’abord le bon fichier."))
        found = reconciling.compare(timezone.now())
        for line in telling.differences(found):
            self.stdout.write(line)
        if options["accept"]:
            if found.closed:
                raise CommandError(_("Des références ne s’ouvrent pas : rien n’a été associé."))
            pairing.renew()
            self.stdout.write(
                _("Les deux bases sont associées. « manage.py tidy », deux fois à une heure d’écart, range.")
            )
        elif not pairing.is_sound():
            self.stdout.write(_("Les deux bases ne sont pas associées. Pour continuer avec elles : --accept."))
