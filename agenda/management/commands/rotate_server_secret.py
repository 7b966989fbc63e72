"""`manage.py rotate_server_secret`: the next server secret, in steps between which the processes are started anew."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from agenda.second_factor import factors
from booking import secret_rotation
from clicdocteur import server_secret

STEPS = """Change the server secret without stopping: four steps, each safe to repeat.

  add      a new secret joins the file, for opening only.   Then restart every process on every machine.
  first    the new secret is the current one.               Then restart every process on every machine (staff sign in again).
  rewrap   what is older is made anew under it: records, references, check values, the access log's chain (keep its new
           anchor: `manage.py verify_access_log`), sealed copies, second factors. Killed, it is run again.
  drop     the older secret leaves the file, unless anything opens only with it. Then restart every process, run `tidy`,
           and destroy the file SECRET_FILE.dropped once it is content.

Several machines: copy the file to all of them after each step, before the restarts. Without a step: how things stand.
"""


class Command(BaseCommand):
    help = STEPS

    def create_parser(self, *args: Any, **options: Any) -> CommandParser:
        parser = super().create_parser(*args, **options)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("step", nargs="?", choices=["add", "first", "rewrap", "drop"], help="What to do.")

    def handle(self, *args: Any, **options: Any) -> None:
        steps = {"add": self.add, "first": self.first, "rewrap": self.rewrap, "drop": self.drop}
        try:
            steps.get(options["step"], self.tell)()
        except (secret_rotation.NotYet, server_secret.SecretUnusable, ValueError) as refused:
            raise CommandError(f"{refused}. Nothing was dropped.") from None

    def add(self) -> None:
        server_secret.add(settings.SECRET_FILE)
        self.stdout.write("A new secret opens from now on. Restart every process, then: rotate_server_secret first")

    def first(self) -> None:
        if not server_secret.is_joining(settings.SECRET_FILE) and len(settings.SERVER_SECRETS) > 1:
            self.stdout.write("The new secret is the current one already. Next: rotate_server_secret rewrap")
            return
        server_secret.make_first(settings.SECRET_FILE)
        self.stdout.write("The new secret is current. Restart every process, then: rotate_server_secret rewrap")

    def rewrap(self) -> None:
        self.need_first()
        found = secret_rotation.rewrap()
        self.stdout.write(f"{_said(found)} Second factors sealed anew: {factors.renew_boxes()}.")
        if found.left:
            raise secret_rotation.NotYet("some rows were changed meanwhile: run rewrap again")
        self.stdout.write("All is under the current secret. Next: rotate_server_secret drop")

    def drop(self) -> None:
        self.need_first()
        if len(settings.SERVER_SECRETS) < 2:
            raise ValueError("the file names one secret: there is nothing to drop")
        # Somebody may have set one up in a process that was not started anew yet.
        factors.renew_boxes()
        secret_rotation.prepare_drop()
        aside = server_secret.drop(settings.SECRET_FILE)
        self.stdout.write(
            f"The older secret has left the file, and lies in {aside}. Restart every process, run tidy, then destroy that file."
        )

    @staticmethod
    def need_first() -> None:
        """Raise ValueError while the secret that was added is not current: what is made now would be under the former."""
        if server_secret.is_joining(settings.SECRET_FILE):
            raise ValueError("the new secret is not current yet: rotate_server_secret first")

    def tell(self) -> None:
        self.stdout.write(f"Secrets named: {len(settings.SERVER_SECRETS)}. {_said(secret_rotation.standing())}")


def _said(found: secret_rotation.Standing) -> str:
    return (
        f"Under an older secret: records {found.records}, references {found.references}, checks {found.checks}; "
        f"opening with none: {found.closed}."
    )
