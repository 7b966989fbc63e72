"""A real mail server on loopback, in this process, with the faults that mail servers have; and a gateway for SMS."""

import asyncio
import email
import email.policy
import http.server
import importlib.resources
import json
import logging
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

# The server writes down who wrote to whom; in a test that looks for addresses in the log it would find its own.
logging.getLogger("mail.log").addFilter(lambda _record: False)


def free_port() -> int:
    """A port for a server that is about to start: none of those that the system gives to whoever calls out meanwhile."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port


@dataclass
class Post:
    """What the server took, and how it behaves. `answer` is asked at RCPT and DATA, with the address; empty takes it."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    answer: Callable[[str, str], str] = lambda _verb, _address: ""
    # Whether the connection is cut instead of an answer to DATA; what that answer waits for.
    cut: bool = False
    opened: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.opened.set()

    @property
    def addresses(self) -> list[str]:
        return [str(one["To"]) for one in self.taken]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self.answer("RCPT", address)
        if not refusal:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        # In a thread of its own: whoever is still waiting takes no other's turn.
        await asyncio.to_thread(self.opened.wait, 60)
        refusal = self.answer("DATA", envelope.rcpt_tos[0])
        if refusal:
            return refusal
        self.raw.append(content)
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        if self.cut:
            assert server.transport is not None
            server.transport.close()
        return "250 OK"


def settings_for(port: int) -> dict[str, Any]:
    """The settings of an instance that sends by a server on this machine."""
    return {
        "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": port, "EMAIL_TIMEOUT": 60, "EMAIL_USE_TLS": False,
        "DEFAULT_FROM_EMAIL": "Cabinet <rdv@example.org>",
    }  # fmt: skip


def use(settings: Any, port: int) -> None:
    """Have an instance send by such a server."""
    for name, value in settings_for(port).items():
        setattr(settings, name, value)


@contextmanager
def post(**options: Any) -> Iterator[Post]:
    """Run a server; the options are aiosmtpd's."""
    handler = Post(free_port())
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port, **options)
    controller.start()
    try:
        yield handler
    finally:
        handler.opened.set()
        controller.stop()


def certificate() -> ssl.SSLContext:
    """A server's side of TLS, with a certificate that nobody vouches for: the one that aiosmtpd tests itself with."""
    folder = Path(str(importlib.resources.files("aiosmtpd.tests.certs")))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.crt", folder / "server.key")
    return context


@dataclass
class Gateway:
    """What the gateway was asked, and the status that it answers with, once it is opened."""

    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    status: int = 200
    cut: bool = False
    asked_once: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.opened.set()


@contextmanager
def gateway() -> Iterator[Gateway]:
    """Run an SMS gateway."""
    seen = Gateway()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if seen.status < 300:
                seen.asked.append(json.loads(body))
            seen.headers.append(dict(self.headers))
            seen.bodies.append(body)
            seen.asked_once.set()
            seen.opened.wait(60)
            if seen.cut:
                self.connection.close()
                return
            self.send_response(seen.status)
            if 300 <= seen.status < 400:
                self.send_header("Location", f"{seen.url}elsewhere")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *given: object) -> None:
            pass

        def handle(self) -> None:
            with suppress(OSError, ValueError):
                super().handle()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen.url = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield seen
    finally:
        seen.opened.set()
        server.shutdown()
        thread.join()
        server.server_close()
