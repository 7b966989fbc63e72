"""`manage.py worker`: the process beside the web server that sends messages and does what is due from time to time."""

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from booking import channels, worker

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Send messages that are due, and do the chores: expired holds, retention, access log, orphans, key order. Runs until "
        "SIGTERM or Ctrl-C, and then finishes what it has begun. Several may run: none sends or does what another does."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Do what is due now, and end: for a cron job.")
        parser.add_argument("--until-ends", type=int, metavar="PID", help="End with the process that started this one.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(f"messages seen to: {worker.once(timezone.now())}")
            return
        stop = threading.Event()
        # A shell starts what it puts into the background deaf to Ctrl-C: here it listens again.
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_given: stop.set())
        logger.info("worker: e-mail %s, SMS %s", _on(channels.mail_is_on()), _on(channels.sms_is_on()))
        worker.run(stop, parent=options["until_ends"])
        logger.info("worker: ended")


def _on(switch: bool) -> str:
    return "on" if switch else "off"
