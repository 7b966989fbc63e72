"""`manage.py check_mail`, against a mail server and a name server that are real and on loopback."""

import socket
import threading
from collections.abc import Iterator
from io import StringIO
from typing import Any

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest
from django.core.management import CommandError, call_command

from booking import mail_records
from booking.mail_records import Found
from tests import post as posts
from tests.booking.cast import Office

RECORDS = {
    "example.org.": ['"v=spf1 include:_spf.example.net -all"', '"something else"'],
    "weak.example.org.": ['"v=spf1 +all"'],
    "_dmarc.example.org.": ['"v=DMARC1; p=reject"'],
    "s1._domainkey.example.org.": ['"v=DKIM1; p=MIIB" "IjANBg"'],
}


@pytest.fixture
def names() -> Iterator[dns.resolver.Resolver]:
    """A name server that knows these records and no others."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                asked, client = server.recvfrom(4096)
            except OSError:
                return
            if not asked:
                return
            query = dns.message.from_wire(asked)
            answer, name = dns.message.make_response(query), str(query.question[0].name)
            if name in RECORDS:
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *RECORDS[name]))
            else:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            server.sendto(answer.to_wire(), client)

    thread = threading.Thread(target=serve)
    thread.start()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], server.getsockname()[1]
    yield resolver
    server.sendto(b"", server.getsockname())
    thread.join()
    server.close()


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("check_mail", *arguments, stdout=out)
    return out.getvalue()


def test_the_records_of_the_sender_s_domain_are_looked_at(names, settings):
    settings.DEFAULT_FROM_EMAIL = "Cabinet <rdv@example.org>"
    found = {one.what: (one.found, one.content) for one in mail_records.look("s1", names)}
    assert found == {
        "SPF": (Found.THERE, "v=spf1 include:_spf.example.net -all"),
        "DKIM": (Found.THERE, "v=DKIM1; p=MIIBIjANBg"),
        "DMARC": (Found.THERE, "v=DMARC1; p=reject"),
    }
    settings.DEFAULT_FROM_EMAIL = "rdv@weak.example.org"
    found = {one.what: (one.found, "") for one in mail_records.look("", names)}
    assert found == {"SPF": (Found.WEAK, ""), "DMARC": (Found.MISSING, "")}


def test_a_name_server_that_is_out_of_reach_is_said_and_no_failure(names, settings, monkeypatch):
    settings.DEFAULT_FROM_EMAIL = "rdv@example.org"
    monkeypatch.setattr(mail_records, "LIFETIME", 0.2)
    names.port = posts.free_port()
    assert {one.found for one in mail_records.look("", names)} == {Found.UNKNOWN}


@pytest.fixture
def no_names(monkeypatch: Any) -> None:
    monkeypatch.setattr(mail_records, "_resolver", lambda: None)


def test_a_test_message_is_sent_and_nothing_is_written(office: Office, settings, no_names):
    with posts.post() as up:
        posts.use(settings, up.port)
        said = run("--to", "me@example.org")
        assert up.addresses == ["me@example.org"]
        assert "essai" in up.taken[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert f"connected to 127.0.0.1:{up.port}" in said
    assert "taken by the server" in said
    assert "DNS cannot be reached" in said


def test_what_keeps_mail_from_leaving_is_said_with_the_variable_to_change(office: Office, settings, no_names):
    settings.EMAIL_HOST = ""
    with pytest.raises(CommandError, match="EMAIL_HOST is not set"):
        run()
    posts.use(settings, posts.free_port())
    with pytest.raises(CommandError, match="EMAIL_PORT"):
        run()
    with posts.post() as up:
        posts.use(settings, up.port)
        up.answer = lambda verb, address: "550 no"
        with pytest.raises(CommandError, match="refuses this recipient"):
            run("--to", "me@example.org")
        settings.EMAIL_USE_TLS = True
        with pytest.raises(CommandError, match="EMAIL_SECURITY"):
            run()
