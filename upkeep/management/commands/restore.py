"""`manage.py restore`: an empty instance becomes the one of a backup."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from upkeep import pairs, rehearsal, restore, telling
from upkeep.archives import Unusable


class Command(BaseCommand):
    help = (
        "Restore a pair of archives into an empty instance: rows first, then whoever was erased is erased again and what is "
        "past its period is purged, before anything is served. Says which hours may be missing. Where the server secret's "
        "file is missing, it comes back first, from a recovery sheet (its code is asked for) or with a manager's password. "
        "Interrupted, it is run again and starts over."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", help="A backup's folder. By default the newest in BACKUP_FOLDER.")
        parser.add_argument("--agenda", help="With --patients: two archives that lie elsewhere, or of two backups.")
        parser.add_argument("--patients", help="See --agenda.")
        parser.add_argument(
            "--practitioner", help="Whose recovery sheet brings the secret back (address of their page)."
        )
        parser.add_argument("--login", help="The manager whose password brings the secret back.")
        parser.add_argument("--password-file", help="Read that password from a file's first line.")
        parser.add_argument("--sheet-file", help="Read the sheet's code from a file's first line.")
        parser.add_argument(
            "--accept-list", action="store_true",
            help="Go on although entries of the list of erasures do not open with this secret.",
        )  # fmt: skip
        parser.add_argument("--rehearsal", action="store_true", help="For `rehearse`: check everything, print JSON.")
        parser.add_argument("--finish", action="store_true", help="Only what comes after the rows (used by itself).")

    def handle(self, *args: Any, **options: Any) -> None:
        pair = self.pair(options)
        try:
            loaded = restore.seen(pair) if options["finish"] else restore.load(pair)
        except restore.NotEmpty:
            raise CommandError(
                _(
                    "Cette instance n’est pas vide. Rien n’a été changé. Une sauvegarde revient dans deux bases vides : docs/backup.md."
                )
            ) from None
        except Unusable as unusable:
            raise CommandError(_("Cette sauvegarde ne se restaure pas : %(why)s.") % {"why": unusable}) from None
        except DatabaseError as failure:
            text = _("La base a refusé (%(kind)s). Rien n’est servi ; corrigez, puis relancez la même commande.")
            raise CommandError(text % {"kind": type(failure).__name__}) from failure
        if os.environ.get("RESTORE_SECRET_TO"):
            self.bring_back_secret(options)
        self.finish(loaded, options)

    def pair(self, options: dict[str, Any]) -> pairs.Pair:
        """Return what to restore, once its checksums are right."""
        if options["agenda"] and options["patients"]:
            return pairs.Pair(Path(options["agenda"]).absolute(), Path(options["patients"]).absolute())
        try:
            found = Path(options["folder"]).absolute() if options["folder"] else pairs.newest(timezone.now())
            if found is None:
                raise CommandError(
                    _(
                        "Aucune sauvegarde dans %(folder)s. Mettez-y la paire et le dossier « erased », ou nommez le dossier de la paire."
                    )
                    % {"folder": pairs.folder()}
                )
            pairs.check(found)
        except Unusable as unusable:
            raise CommandError(_("Cette sauvegarde ne se restaure pas : %(why)s.") % {"why": unusable}) from None
        return pairs.in_folder(found)

    def bring_back_secret(self, options: dict[str, Any]) -> None:
        """Write the secret's file, from the rows that were just loaded, and begin the rest anew under it."""
        login, practitioner = options["login"], options["practitioner"]
        if not login and not practitioner:
            login = input(_("Identifiant d’un gestionnaire (vide : une feuille de secours) : ")).strip()
            practitioner = None if login else input(_("Adresse de la page du praticien de la feuille : ")).strip()
        try:
            call_command(
                "recover", *([practitioner] if practitioner else []), login=login, password_file=options["password_file"],
                sheet_file=options["sheet_file"], in_restore=True, stdout=self.stderr,
            )  # fmt: skip
        except CommandError as refused:
            raise CommandError(_("%(why)s Rien n’est servi ; relancez la même commande.") % {"why": refused}) from None
        path = os.environ.pop("RESTORE_SECRET_TO")
        again = [sys.executable, *sys.argv, "--finish"]
        self.stderr.flush()
        os.execve(sys.executable, again, {**os.environ, "SECRET_FILE": path})  # noqa: S606 - ourselves, under the secret

    def finish(self, loaded: restore.Loaded, options: dict[str, Any]) -> None:
        try:
            done = restore.finish(loaded, accept_list=options["accept_list"], keep_canaries=options["rehearsal"])
        except restore.WrongSecret:
            raise CommandError(
                _("Le secret du serveur n’ouvre pas ces bases. Mettez le bon fichier à sa place, ou ôtez celui-ci : une "
                  "feuille de secours le ramènera. Puis relancez la même commande.")
            ) from None  # fmt: skip
        except restore.ListClosed as closed:
            raise CommandError(
                _("%(number)d effacements notés ne s’ouvrent pas avec ce secret : des personnes effacées pourraient "
                  "revenir. Ajoutez l’ancien secret au fichier, ou acceptez avec --accept-list.")
                % {"number": closed.number}
            ) from None  # fmt: skip
        if options["rehearsal"]:
            self.stdout.write(json.dumps(rehearsal.examine(loaded, done, self.sheet(options)).as_map()))
            return
        for line in telling.restored(loaded, done, timezone.now()):
            self.stdout.write(line)
        if done.paired:
            self.stdout.write(_("Ensuite : « manage.py doctor », puis démarrez le service."))

    @staticmethod
    def sheet(options: dict[str, Any]) -> tuple[str, str] | None:
        """Return whose sheet a rehearsal may try, and its code."""
        if not options["practitioner"] or not options["sheet_file"]:
            return None
        return options["practitioner"], Path(options["sheet_file"]).read_text(encoding="utf-8").strip()
