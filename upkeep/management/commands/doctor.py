"""`manage.py doctor`: is all as it should be?"""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from upkeep import doctor
from upkeep.doctor import Finding, Level

MARKS = {Level.OK: "  ok ", Level.LOOK: "  ?  ", Level.ALARM: "  !! "}


class Command(BaseCommand):
    help = (
        "Look at stores, keys, files, worker, clock, mail, backups, disk and settings, and at the public address as a visitor "
        "meets it; say what to do about each finding. Ends with 1 when something must not be left, else with 0."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print the findings as JSON.")
        parser.add_argument("--brief", action="store_true", help="Only what is not well.")
        parser.add_argument("--inside", action="store_true", help="Ask nothing of the network.")

    def handle(self, *args: Any, **options: Any) -> None:
        found = doctor.examine(from_outside=not options["inside"])
        level = doctor.worst(found)
        if options["json"]:
            self.stdout.write(
                json.dumps({"level": level, "findings": [asdict(one) for one in found]}, ensure_ascii=False)
            )
        else:
            for one in found:
                if not options["brief"] or one.level is not Level.OK:
                    self.tell(one)
        if level is Level.ALARM:
            raise SystemExit(1)

    def tell(self, one: Finding) -> None:
        self.stdout.write(f"{MARKS[one.level]} {one.subject}\u00a0: {one.said}")
        if one.todo:
            self.stdout.write(f"       → {one.todo}")
