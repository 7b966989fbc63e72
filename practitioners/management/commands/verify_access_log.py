"""`manage.py verify_access_log`: is the access log what was closed, minute by minute?"""

import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from practitioners.access_log import chain

ANCHOR = re.compile(r"[0-9]{1,18}:[0-9a-f]{64}")


class Command(BaseCommand):
    help = (
        "Compute the access log's chain again. Finds any closed row that was changed, deleted, inserted or moved; with the "
        "anchor of an earlier run, which you kept elsewhere, also an end that was cut off or a log made anew."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--anchor", default="", help="What an earlier run, or a nightly tidy, printed as anchor.")

    def handle(self, *args: Any, **options: Any) -> None:
        anchor = options["anchor"].strip().lower()
        if anchor and not ANCHOR.fullmatch(anchor):
            raise CommandError("An anchor is a count, a colon and 64 hexadecimal digits.")
        try:
            found = chain.verify(anchor)
        except chain.Broken as broken:
            raise CommandError(f"ALARM, the access log does not verify: {broken}") from None
        self.stdout.write(f"sound: {found.rows} rows in {found.links} links")
        since = f", since {found.open_since:%Y-%m-%d %H:%M} UTC" if found.open_since else ""
        self.stdout.write(f"not closed yet, so not verified: {found.open} rows{since}")
        self.stdout.write(f"anchor to keep elsewhere: {found.anchor}")
