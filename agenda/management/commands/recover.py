"""`manage.py recover`: when every password of an agenda is lost, or the machine with the secret file."""

import os
import shutil
from getpass import getpass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from agenda import terminal
from agenda.people import joining
from clicdocteur import server_secret
from practitioners import keys
from practitioners.models import KeyHolder, Practitioner, Staff


class Command(BaseCommand):
    help = (
        "Open an agenda to a staff member with the code of its recovery sheet, read from the standard input; a new sheet "
        "takes its place. --new-password when that person's password is lost too. Where the server secret's file is missing, put that back instead, from the sheet's sealed copy or "
        "(without a practitioner) from a manager's, opened by their password; then start again."
    )
    requires_migrations_checks = False
    # Said by `restore`, which calls this one.
    stealth_options = ("in_restore",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("practitioner", nargs="?", help="The practitioner's address (slug).")
        parser.add_argument("--login", help="Who gets the agenda; or the manager whose password restores the secret.")
        parser.add_argument("--password-file", help="Read that manager's password from a file's first line.")
        parser.add_argument(
            "--new-password", action="store_true", help="That person's password is lost: ask for a new one."
        )
        parser.add_argument("--new-password-file", help="The same, with the new one read from a file's first line.")
        parser.add_argument("--sheet-file", help="Read the sheet's code from a file's first line.")
        parser.add_argument("--sheet-confirmed", action="store_true", help="Do not ask to type the new sheet back.")

    def handle(self, *args: Any, **options: Any) -> None:
        missing = os.environ.get("RESTORE_SECRET_TO")
        if missing:
            try:
                self.restore(Path(missing), options)
            finally:
                # The stand-in under which settings loaded has done its part.
                shutil.rmtree(settings.SECRET_FILE.parent, ignore_errors=True)
        elif options["practitioner"] and options["login"]:
            self.open_agenda(options)
        else:
            raise CommandError(_("Dites quel agenda et pour qui : manage.py recover ADRESSE --login IDENTIFIANT."))

    def restore(self, path: Path, options: dict[str, Any]) -> None:
        """Write the secret file anew, and change nothing else."""
        if options["practitioner"]:
            opened = keys.open_sheet(self.practitioner(options), self.code(options))
        else:
            opened = self.manager(options)
        if opened is None or opened[0].secret_box is None:
            raise CommandError(_("Ce code ou ce mot de passe n’ouvre pas la copie du secret. Rien n’a été écrit."))
        try:
            server_secret.restore(path, keys.server_secrets(*opened))
        except FileExistsError:
            raise CommandError(_("%(path)s existe déjà. Rien n’a été changé.") % {"path": path}) from None
        self.stdout.write(_("Le secret du serveur est de retour dans %(path)s.") % {"path": path})
        # A restore goes on by itself, and says at its end what comes next.
        if not options.get("in_restore"):
            self.stdout.write(_("Vérifiez avec « manage.py tidy », puis redémarrez."))

    def open_agenda(self, options: dict[str, Any]) -> None:
        """Grant the agenda, and replace the sheet."""
        practitioner, staff, code = self.practitioner(options), self.staff(options), self.code(options)
        # Asked before the password, so that a wrong sheet costs nobody theirs.
        if keys.open_sheet(practitioner, code) is None:
            raise CommandError(_("Ce code n’ouvre pas cet agenda. Rien n’a été changé."))
        new = self.new_password(options)
        try:
            found = (
                joining.regain(staff, new, practitioner, code)
                if new
                else keys.recover(practitioner, code, staff.key_holder)
            )
        except ValidationError as error:
            raise CommandError(terminal.sentences(error)) from None
        if found is None:
            raise CommandError(_("Ce code n’ouvre pas cet agenda. Rien n’a été changé."))
        self.stdout.write(
            _("L’agenda de %(name)s est ouvert à %(login)s. L’ancienne feuille ne vaut plus : voici la nouvelle.")
            % {"name": practitioner.name, "login": staff.login}
        )
        self.stdout.write(terminal.sheet(practitioner, found))
        if options["sheet_confirmed"]:
            keys.confirm_sheet(practitioner, found[-4:])
        elif not terminal.confirm_by_typing(practitioner, out=self.stdout):
            raise CommandError(_("La feuille n’est pas confirmée. Recommencez : une nouvelle remplacera celle-ci."))

    @staticmethod
    def code(options: dict[str, Any]) -> str:
        if options["sheet_file"]:
            return terminal.password_from(options["sheet_file"])
        return input(_("Code de la feuille de secours : "))

    def new_password(self, options: dict[str, Any]) -> str:
        """Return the password that takes the place of a lost one, or nothing when none is lost."""
        if options["new_password_file"]:
            return terminal.password_from(options["new_password_file"])
        return terminal.ask_new_password(out=self.stdout) if options["new_password"] else ""

    @staticmethod
    def practitioner(options: dict[str, Any]) -> Practitioner:
        slug = options["practitioner"]
        found = Practitioner.objects.select_related("practice").filter(slug=slug).first()
        if found is None:
            raise CommandError(_("Aucun praticien à l’adresse « %(slug)s ».") % {"slug": slug})
        return found

    @staticmethod
    def staff(options: dict[str, Any]) -> Staff:
        able = Staff.objects.filter(is_active=True, key_holder__isnull=False).select_related("key_holder")
        found = able.filter(login__iexact=options["login"] or "").first()
        if found is None:
            raise CommandError(_("Aucun membre du cabinet actif avec cet identifiant et un mot de passe."))
        return found

    def manager(self, options: dict[str, Any]) -> tuple[KeyHolder, bytes] | None:
        """Return the key-holder of a manager and its private half, or None for a wrong password."""
        staff, path = self.staff(options), options["password_file"]
        private = keys.unlock(staff, terminal.password_from(path) if path else getpass(_("Mot de passe : ")))
        return None if private is None else (staff.key_holder, private)
