"""`manage.py demo_data`: a practice to look at."""

import io
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from agenda import founding
from agenda.demo import seed
from clicdocteur.settings import is_loopback
from practitioners.models import Practice


class Command(BaseCommand):
    help = (
        "Fill empty stores with an invented practice, its staff and about ten weeks of visits. Its password is public, so "
        "it is refused wherever SITE_URL is not this machine. Does nothing when a practice is there already."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--prepare", action="store_true", help="Migrate both stores before; tidy and save them after."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_loopback(urlsplit(settings.SITE_URL).hostname or ""):
            raise CommandError("demo_data is for SITE_URL=http://localhost only: its password is public.")
        if options["prepare"]:
            founding.migrate_what_is_new()
        self.fill()
        if options["prepare"]:
            call_command("tidy", stdout=io.StringIO())
            # « État du service » then has a backup to speak of.
            call_command("backup", stdout=io.StringIO())

    def fill(self) -> None:
        """Seed, unless a practice is there."""
        if Practice.objects.exists():
            self.stdout.write("A practice is there already; nothing was changed.")
            return
        count = seed.seed(timezone.now())
        self.stdout.write(f"{count} appointments, all identities sealed.")
