"""`manage.py tidy`: what a quiet hour is for."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from booking import counting, doubt, erasures, floods, holds, limits, pairing, retention, sweep
from patients import order
from practitioners import invitations, keys, plan_rows, sessions, trusted
from practitioners.access_log import chain
from practitioners.models import Practice


class Command(BaseCommand):
    help = (
        "Drop expired holds, end grants whose last day is over, apply retention, count the days that are over, close the access log, sweep orphans (two "
        "passes an hour apart), rewrite the patients store in key order. Safe to run at any time and again. Deletes "
        "nothing when the stores or the secret do not belong together, or when the date may be wrong."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--accept-stores",
            action="store_true",
            help="After a restore, and after you checked it: treat the two stores as belonging together from now on.",
        )
        parser.add_argument(
            "--date-is-right",
            action="store_true",
            help="No worker ran for days and no time server keeps the clock, but you looked: the date is right.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["accept_stores"]:
            self.accept()
        if not options["date_is_right"]:
            self.doubted(now)
        self.stdout.write(f"forms without their code dropped: {retention.forget_unproven(now)}")
        self.stdout.write(f"holds dropped: {holds.expired(now)}; counters: {limits.forget_expired(now)}")
        self.stdout.write(f"online bookings no longer grouped: {floods.forget_old(now)}")
        self.stdout.write(f"days counted: {counting.openings(now)}")
        self.stdout.write(f"browsers no longer trusted: {trusted.forget_expired(now)}")
        self.stdout.write(f"sessions that are over: {sessions.forget_expired(now)}")
        self.stdout.write(f"changes of plan that can no longer be undone: {plan_rows.forget_expired(now)}")
        self.stdout.write(f"invitations that nobody used: {invitations.forget_old(now)}")
        self.expire()
        if (state := pairing.state()) is not pairing.Pairing.SOUND:
            raise CommandError(f"Stores and secret: {state}. Nothing was purged or swept. See README, Two stores.")
        purged = retention.purge(now)
        self.stdout.write("purged: " + ", ".join(f"{name} {count}" for name, count in purged.items()))
        erasures.keep_beside_backups(now)
        self.tend_log(now)
        try:
            report = sweep.sweep(now)
        except sweep.Alarm as alarm:
            raise CommandError(f"ALARM, nothing was swept: {alarm}") from None
        self.stdout.write(
            f"records {report.records}, missing {report.missing}, orphans waiting {report.waiting}, deleted {report.deleted}"
        )
        if order.may_shuffle():
            order.shuffle()
            rewritten = "stores rewritten in key order"
        else:
            rewritten = "the patients store is left for its owner to rewrite (manage.py rewrite)"
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("VACUUM")
            retention.empty_journal()
        pairing.renew()
        self.stdout.write(rewritten)

    def doubted(self, now: datetime) -> None:
        """Stop by a date that may have jumped: by it everybody would be purged (T16)."""
        if doubt.is_doubted(now):
            raise CommandError(
                f"It is {now:%Y-%m-%d %H:%M} UTC here, days after the worker's last sign of life, and no time server keeps "
                "the clock. Nothing was purged or swept. If the date is right: tidy --date-is-right."
            )

    def expire(self) -> None:
        """End what has a last day. It asks neither for a key nor for the other store."""
        if Practice.objects.exists():
            ended = keys.expire(keys.practice_day())
            self.stdout.write(f"expired: grants {ended.grants}, sessions {ended.sessions}, accounts {ended.accounts}")

    def tend_log(self, now: datetime) -> None:
        """Close and purge the access log; a log that does not verify is an alarm, and nothing else waits for it."""
        try:
            self.stdout.write(retention.tend_access_log(now))
        except chain.Broken as broken:
            self.stderr.write(f"ALARM, the access log does not verify: {broken}")

    def accept(self) -> None:
        """Pair the stores anew, unless the secret is wrong: then nothing here can be right."""
        if pairing.state() is pairing.Pairing.WRONG_SECRET:
            raise CommandError("The server secret does not open these stores. Put the right secret file back first.")
        pairing.renew()
