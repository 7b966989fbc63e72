"""`manage.py agenda_key`: the key of a further practitioner, or a new recovery sheet."""

from getpass import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from agenda import founding, terminal
from practitioners import keys
from practitioners.models import Practitioner, Staff


class Command(BaseCommand):
    help = (
        "Make a practitioner's agenda key, held by the staff member who types their password, and its recovery sheet; or, "
        "where the key exists, a new sheet, which voids the former one once it is typed back. Without a key and a confirmed sheet nothing is published."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("practitioner", help="The practitioner's address (slug).")
        parser.add_argument("--login", help="Who holds the key. By default the only manager.")
        parser.add_argument("--password-file", help="Read that person's password from a file's first line.")
        parser.add_argument("--replace", action="store_true", help="Make a sheet also where one counts already.")
        parser.add_argument("--sheet-confirmed", action="store_true", help="Do not ask to type the sheet back.")

    def handle(self, *args: Any, **options: Any) -> None:
        practitioner = Practitioner.objects.select_related("practice").filter(slug=options["practitioner"]).first()
        if practitioner is None:
            raise CommandError(_("Aucun praticien à l’adresse « %(slug)s ».") % {"slug": options["practitioner"]})
        if keys.publishable(practitioner) and not options["replace"]:
            raise CommandError(_("Cet agenda a sa clé et sa feuille. Pour une nouvelle feuille : --replace."))
        staff = self.holder(options["login"])
        path = options["password_file"]
        private = keys.unlock(staff, terminal.password_from(path) if path else getpass(_("Mot de passe : ")))
        if private is None:
            raise CommandError(_("Le mot de passe ne convient pas."))
        try:
            code = founding.sheet_for(practitioner, staff, staff.key_holder, private)
        except ValidationError as error:
            raise CommandError(terminal.sentences(error)) from None
        self.stdout.write(terminal.sheet(practitioner, code))
        if options["sheet_confirmed"]:
            keys.confirm_sheet(practitioner, code[-4:])
        elif not terminal.confirm_by_typing(practitioner, out=self.stdout):
            raise CommandError(_("La feuille n’est pas confirmée. Recommencez : une nouvelle remplacera celle-ci."))

    @staticmethod
    def holder(login: str | None) -> Staff:
        """Find who will hold the key."""
        able = Staff.objects.filter(is_active=True, key_holder__isnull=False).select_related("key_holder")
        found = list(able.filter(login__iexact=login) if login else able.filter(role=Staff.Role.MANAGER))
        if len(found) != 1:
            raise CommandError(_("Dites qui tient la clé : --login (un membre du cabinet qui a déjà un mot de passe)."))
        return found[0]
