"""`manage.py check_mail`: does mail leave, and will it arrive?"""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.utils import translation
from django.utils.translation import gettext as _

from booking import addresses, channels, letters, mail_records
from booking.channels import Doubtful, NotSent
from booking.mail_records import Found
from booking.messages import Mail
from booking.queries import the_practice
from clicdocteur.fields import random_key
from practitioners.models import Practice

WHY = {
    "unreachable": "the server does not answer, or hung up. Check EMAIL_HOST, EMAIL_PORT, and that outgoing mail is allowed.",
    "settings": "the server refuses TLS, its certificate, our account or our sender. Check EMAIL_SECURITY, EMAIL_USER, "
    "EMAIL_PASSWORD, EMAIL_FROM.",
    "refused": "the server refuses this recipient.",
    "rejected": "the server refuses the message itself.",
}
ADVICE = {
    Found.MISSING: "missing: many receivers will take messages for spam. See docs/messages.md.",
    Found.WEAK: "allows everybody to send in your name (+all): as good as none.",
    Found.UNKNOWN: "not checked, the DNS cannot be reached from here.",
}


class Command(BaseCommand):
    help = (
        "Connect to the mail server as the worker does; send a test message (--to); look at the SPF, DKIM (--selector) and "
        "DMARC records of the domain in EMAIL_FROM. Writes nothing and touches no patient."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", help="An address of yours: send a test message there.")
        parser.add_argument("--selector", default="", help="Your mail provider's DKIM selector.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not channels.mail_is_on():
            raise CommandError("EMAIL_HOST is not set: this instance sends no e-mail.")
        if to := options["to"]:
            validate_email(to)
        mail = Mail()
        try:
            mail.open()
            self.stdout.write(f"connected to {settings.EMAIL_HOST}:{settings.EMAIL_PORT} ({settings.EMAIL_SECURITY})")
            if to:
                mail.send(_letter(), to, addresses.message_id(random_key()), lambda: None)
                self.stdout.write(
                    "a test message was taken by the server: look whether it arrives, and not among the spam"
                )
        except NotSent as failure:
            raise CommandError(f"No mail leaves: {WHY[failure.why]}") from None
        except Doubtful:
            raise CommandError("The server took the message and did not say what became of it.") from None
        finally:
            mail.close()
        for record in mail_records.look(options["selector"]):
            self.stdout.write(f"{record.what} ({record.name}): {ADVICE.get(record.found, record.content)}")


def _letter() -> letters.Letter:
    with translation.override(settings.LANGUAGE_CODE):
        text = _("Ceci est un essai : les messages de votre serveur de rendez-vous partent.")
        return letters.finished(letters.plain("emails/subject.txt", {}), text, the_practice() or Practice())
