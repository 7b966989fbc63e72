"""`manage.py rehearse`: does the newest backup come back?"""

import json
from getpass import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from upkeep import milestones, pairs, rehearsal
from upkeep.archives import Unusable
from upkeep.models import Milestone


class Command(BaseCommand):
    help = (
        "Restore the newest backup into a throwaway place, compare the two stores there, verify the access log, and say what "
        "was found. With --practitioner and their recovery sheet it goes as after a fire, without the server secret: the "
        "sheet brings it back, opens the canary that the backup holds, and every record of that agenda. Run it every month."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--practitioner", help="Whose recovery sheet to try: the address of their page.")
        parser.add_argument("--sheet-file", help="Read its code from a file's first line (otherwise it is asked for).")
        parser.add_argument("--json", action="store_true", help="Print what was found as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            newest = pairs.newest(timezone.now())
            if newest is None:
                raise CommandError(
                    _("Aucune sauvegarde dans %(folder)s. Faites-en une : « manage.py backup ».")
                    % {"folder": pairs.folder()}
                )
            found = rehearsal.rehearse(newest, self.sheet(options))
        except (rehearsal.Failed, Unusable, OSError) as failed:
            milestones.reached(Milestone.Kind.REHEARSAL, timezone.now(), well=False)
            raise CommandError(_("L’essai a échoué : %(why)s") % {"why": failed}) from None
        milestones.reached(Milestone.Kind.REHEARSAL, timezone.now(), well=found.well)
        self.tell(found, options)
        if not found.well:
            raise CommandError(_("Cette sauvegarde ne suffirait pas. Voyez docs/backup.md, « l’essai échoue »."))
        if not options["json"]:
            self.stdout.write(_("L’essai a réussi : la sauvegarde %(name)s revient.") % {"name": newest.name})

    def tell(self, found: rehearsal.Examined, options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps({"well": found.well, **found.as_map()}))
            return
        self.stdout.write(
            _("Revenus : %(appointments)d rendez-vous, %(records)d fiches.")
            % {"appointments": found.appointments, "records": found.records}
        )
        self.stdout.write(
            _("Sans identité : %(missing)d. Sans rendez-vous : %(orphans)d. Références fermées : %(closed)d.")
            % {"missing": found.missing, "orphans": found.orphans, "closed": found.closed}
        )
        if not found.log_sound:
            self.stdout.write(_("Le journal des accès ne se vérifie pas."))
        if found.sheet:
            self.stdout.write(
                _("Feuille de secours : témoin %(canary)s, fiches ouvertes %(opened)d sur %(sealed)d.")
                % {
                    "canary": _("ouvert") if found.canary_opens else _("fermé"),
                    "opened": found.opened,
                    "sealed": found.sealed,
                }
            )

    @staticmethod
    def sheet(options: dict[str, Any]) -> tuple[str, str] | None:
        if not options["practitioner"]:
            return None
        path = options["sheet_file"]
        code = (
            Path(path).read_text(encoding="utf-8").split("\n")[0]
            if path
            else getpass(_("Code de la feuille de secours : "))
        )
        return options["practitioner"], code
