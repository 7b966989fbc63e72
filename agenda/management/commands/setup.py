"""`manage.py setup`: from empty stores to a practice that can publish its first page."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.text import slugify
from django.utils.translation import gettext as _

from agenda import founding, terminal
from practitioners import keys, phrases
from practitioners.models import Location, Practice, Practitioner, Staff

# Each question: the flag, the model, the field, and what it takes when nothing is said.
QUESTIONS: tuple[tuple[str, Any, str, str], ...] = (
    ("practice-name", Practice, "name", ""),
    ("address", Practice, "address", ""),
    ("phone", Practice, "phone", ""),
    ("time-zone", Practice, "time_zone", "Europe/Paris"),
    ("holiday-zone", Practice, "holiday_zone", "metropole"),
    ("location-label", Location, "label", ""),
    ("location-address", Location, "address", ""),
    ("practitioner-name", Practitioner, "name", ""),
    ("practitioner-slug", Practitioner, "slug", ""),
    ("speciality", Practitioner, "speciality", ""),
    ("login", Staff, "login", ""),
    ("name", Staff, "name", ""),
)


class Command(BaseCommand):
    help = (
        "Set up a new instance, once: practice, first place, first practitioner, first manager, agenda key and recovery "
        "sheet. Asks for what the flags leave out. Refuses when a practice is there already."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        for flag, model, name, _default in QUESTIONS:
            label = terminal.field_of(model, name).verbose_name
            parser.add_argument(f"--{flag}", help=f"{model._meta.verbose_name} : {label}")
        parser.add_argument("--not-the-practitioner", action="store_true", help="The manager is not the practitioner.")
        parser.add_argument("--password-file", help="Read the manager's password from a file's first line.")
        parser.add_argument("--generate-password", action="store_true", help="Invent a password and print it once.")
        parser.add_argument(
            "--sheet-confirmed",
            action="store_true",
            help="Whoever calls keeps the printed sheet: do not ask to type it back.",
        )
        parser.add_argument(
            "--is-done", action="store_true", help="Only say, by the exit code, whether set-up was done."
        )
        parser.add_argument("--no-input", action="store_true", help="Ask nothing: what is missing is an error.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["is_done"]:
            raise SystemExit(0 if founding.is_done() else 1)
        founding.migrate_what_is_new()
        try:
            founding.refuse_if_founded()
            founded = founding.found(self.beginning(options))
        except founding.AlreadyFounded as already:
            raise CommandError(str(already)) from None
        except ValidationError as error:
            raise CommandError(terminal.sentences(error)) from None
        self.stdout.write(terminal.sheet(founded.practitioner, founded.code))
        self.confirm(founded, options)
        self.stdout.write(
            _("L’instance est installée. Connexion : /agenda/, identifiant %(login)s.")
            % {"login": founded.manager.login}
        )
        self.stdout.write(_("Ensuite, dans les réglages : motifs, plages d’ouverture, puis « page publiée »."))

    def beginning(self, options: dict[str, Any]) -> founding.Beginning:
        """Gather the answers, from flags or by asking."""
        found: dict[Any, dict[str, Any]] = {Practice: {}, Location: {}, Practitioner: {}, Staff: {}}
        for flag, model, name, default in QUESTIONS:
            given = options[flag.replace("-", "_")]
            found[model][name] = self.answer(
                given, model, name, default or self.suggestion(model, name, found), options
            )
        is_practitioner = not options["not_the_practitioner"]
        if is_practitioner and not options["no_input"]:
            is_practitioner = terminal.ask_yes(_("Cette personne est-elle le praticien lui-même ?"), default=True)
        return founding.Beginning(
            practice=found[Practice],
            location=found[Location],
            practitioner=found[Practitioner],
            manager=found[Staff],
            password=self.password(options),
            manager_is_practitioner=is_practitioner,
        )

    def answer(self, given: str | None, model: Any, name: str, default: str, options: dict[str, Any]) -> str:
        if given is not None:
            return str(given.replace("\\n", "\n"))
        return (
            default if options["no_input"] else terminal.ask(terminal.field_of(model, name), default, out=self.stdout)
        )

    @staticmethod
    def suggestion(model: Any, name: str, found: dict[Any, dict[str, Any]]) -> str:
        """What earlier answers suggest."""
        if (model, name) == (Location, "label"):
            return str(found[Practice]["name"])
        if (model, name) == (Location, "address"):
            return str(found[Practice]["address"])
        if (model, name) == (Practitioner, "slug"):
            return str(slugify(found[Practitioner]["name"]))
        return str(found[Practitioner]["name"]) if (model, name) == (Staff, "name") else ""

    def password(self, options: dict[str, Any]) -> str:
        if options["password_file"]:
            return terminal.password_from(str(options["password_file"]))
        if options["generate_password"]:
            invented = phrases.invent()
            self.stdout.write(_("Mot de passe, montré une seule fois : %(password)s") % {"password": invented})
            return invented
        if options["no_input"]:
            raise CommandError(_("Il manque --password-file ou --generate-password."))
        return terminal.ask_new_password(out=self.stdout)

    def confirm(self, founded: founding.Founded, options: dict[str, Any]) -> None:
        if options["sheet_confirmed"]:
            keys.confirm_sheet(founded.practitioner, founded.code[-4:])
        elif options["no_input"] or not terminal.confirm_by_typing(founded.practitioner, out=self.stdout):
            text = _(
                "La feuille n’est pas confirmée : rien ne peut être publié. Reprenez avec « manage.py agenda_key %(slug)s »."
            )
            self.stdout.write(text % {"slug": founded.practitioner.slug})
