"""The instance as a visitor meets it: its own public address, and no other, is asked (the one HTTP client of the product)."""

import http.client
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from upkeep.doctor.findings import Finding, alarm, look, ok

SECONDS: Final = 6
SOON: Final = timedelta(days=14)
WANTED: Final = {
    "strict-transport-security": "max-age=",
    "content-security-policy": "default-src 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def examine() -> Iterator[Finding]:
    """Ask the public address for a page, as a browser would. Says nothing for an instance of this machine alone."""
    if not settings.HTTPS:
        return
    subject = _("Vu du dehors")
    host, port = urlsplit(settings.SITE_URL).hostname or "", urlsplit(settings.SITE_URL).port or 443
    try:
        status, headers, ends = _ask(host, port)
    except ssl.SSLCertVerificationError as wrong:
        yield alarm(
            subject,
            _("Le certificat ne convient pas (%(why)s).") % {"why": wrong.verify_message},
            _("Voyez les journaux du proxy : domaine, DNS, ports 80 et 443."),
        )
        return
    except (OSError, http.client.HTTPException) as failure:
        yield alarm(
            subject,
            _("%(url)s ne répond pas (%(kind)s).") % {"url": settings.SITE_URL, "kind": type(failure).__name__},
            _("Vérifiez le proxy, le DNS et le pare-feu. D’ici, l’adresse publique n’est peut-être pas joignable."),
        )
        return
    yield from _judge(subject, status, headers, ends)


def _ask(host: str, port: int) -> tuple[int, Message, datetime]:
    connection = http.client.HTTPSConnection(host, port, timeout=SECONDS, context=ssl.create_default_context())
    try:
        connection.request("GET", "/fr/", headers={"User-Agent": "clicdocteur doctor"})
        answer = connection.getresponse()
        sock = connection.sock
        certificate = sock.getpeercert() if isinstance(sock, ssl.SSLSocket) else None
        ends = ssl.cert_time_to_seconds(str((certificate or {}).get("notAfter", "Jan  1 00:00:00 1970 GMT")))
        answer.read()
        return answer.status, answer.headers, datetime.fromtimestamp(ends, UTC)
    finally:
        connection.close()


def _judge(subject: str, status: int, headers: Message, ends: datetime) -> Iterator[Finding]:
    if status != 200:
        yield alarm(
            subject, _("La page d’accueil répond %(status)d.") % {"status": status}, _("Voyez /readyz et les journaux.")
        )
    if ends - datetime.now(UTC) < SOON:
        yield alarm(
            subject,
            _("Le certificat finit le %(day)s.") % {"day": f"{ends:%d/%m/%Y}"},
            _("Il ne se renouvelle pas : voyez les journaux du proxy."),
        )
    lacking = [name for name, part in WANTED.items() if part not in (headers.get(name) or "")]
    if lacking:
        yield look(
            subject,
            _("Le proxy perd ou change des en-têtes : %(names)s.") % {"names": ", ".join(lacking)},
            _("Laissez passer ceux de l’application : deploy/ a des exemples."),
        )
    if "," in (headers.get("server") or "") or any(mark in (headers.get("server") or "") for mark in "/0123456789"):
        yield look(subject, _("Le proxy dit sa version."), _("nginx : « server_tokens off »."))
    if _plain_is_served():
        yield alarm(subject, _("Le port 80 sert des pages sans TLS."), _("Il ne doit que rediriger vers https."))
    elif status == 200 and not lacking:
        yield ok(subject, _("TLS, en-têtes et certificat conviennent."))


def _plain_is_served() -> bool:
    host = urlsplit(settings.SITE_URL).hostname or ""
    connection = http.client.HTTPConnection(host, 80, timeout=SECONDS)
    try:
        connection.request("GET", "/fr/")
        return connection.getresponse().status == 200
    except (TimeoutError, OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
