"""E-mail leaves here and nowhere else, by Django's own SMTP connection. The worker calls it; no page does."""

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.mime.text import MIMEText
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

from booking.channels import Doubtful, NotSent
from booking.letters import Letter

# Called at the last moment at which nothing has left yet. May raise, and then nothing does.
Handing = Callable[[], None]


class _Watched:
    """Says when a message is about to be handed over: whatever fails before that certainly did not leave."""

    handing: Handing

    def data(self, msg: Any) -> tuple[int, bytes]:
        self.handing()
        return super().data(msg)  # type: ignore[misc,no-any-return]


class _Plain(_Watched, smtplib.SMTP):
    pass


class _Encrypted(_Watched, smtplib.SMTP_SSL):
    pass


class _Backend(EmailBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _Encrypted if self.use_ssl else _Plain


class Mail:
    """One connection to the mail server, opened when the first message asks for it."""

    def __init__(self) -> None:
        self._backend = _Backend()

    def open(self) -> None:
        """Connect, agree on TLS, sign in. Raises NotSent."""
        try:
            self._backend.open()
        except (ssl.SSLError, smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError):
            raise NotSent("settings", again=True, rest=True) from None
        except (OSError, smtplib.SMTPException):
            raise NotSent("unreachable", again=True, rest=True) from None

    def send(self, letter: Letter, to: str, message_id: str, handing: Handing) -> None:
        """Send one letter to one address. Raises NotSent, Doubtful, and whatever *handing* raises."""
        message = _message(letter, to, message_id)
        self.open()
        told = _Told(handing)
        connection: Any = self._backend.connection
        connection.handing = told
        try:
            self._backend.send_messages([message])
        except smtplib.SMTPException as failure:
            raise self._failure(failure, told) from None
        except OSError:
            self.close()
            raise (Doubtful() if told.handed else NotSent("unreachable", again=True, rest=True)) from None

    def close(self) -> None:
        """Take leave of the server, if it still listens."""
        with suppress(OSError, smtplib.SMTPException):
            self._backend.close()
        self._backend.connection = None

    def _failure(self, failure: smtplib.SMTPException, told: "_Told") -> Exception:
        """Return what a refusal means. An answer of the server is certain; a connection that breaks is not."""
        if isinstance(failure, smtplib.SMTPRecipientsRefused):
            code = next(iter(failure.recipients.values()))[0]
            return NotSent("refused", again=code < 500)
        if isinstance(failure, smtplib.SMTPSenderRefused):
            return NotSent("settings", again=True, rest=failure.smtp_code >= 500)
        if isinstance(failure, smtplib.SMTPResponseException):
            return NotSent("rejected", again=failure.smtp_code < 500)
        self.close()
        return Doubtful() if told.handed else NotSent("unreachable", again=True, rest=True)


class _Told:
    """Calls *handing* once, and remembers that it did."""

    def __init__(self, handing: Handing) -> None:
        self._handing = handing
        self.handed = False

    def __call__(self) -> None:
        self._handing()
        self.handed = True


def _message(letter: Letter, to: str, message_id: str) -> EmailMultiAlternatives:
    """Return a letter as a mail: plain text first, HTML beside it, the calendar attached."""
    headers = {
        "Message-ID": message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": letter.language,
    }
    message = EmailMultiAlternatives(
        letter.subject,
        letter.text,
        settings.DEFAULT_FROM_EMAIL,
        [to],
        headers=headers,
        reply_to=[letter.reply_to] if letter.reply_to else None,
    )
    message.attach_alternative(letter.html, "text/html")
    if letter.calendar:
        part = MIMEText(letter.calendar.decode(), "calendar", "utf-8")
        part.set_param("method", "CANCEL" if letter.cancels else "PUBLISH")
        part.add_header("Content-Disposition", "attachment", filename="rendez-vous.ics")
        message.attach(part)
    return message
