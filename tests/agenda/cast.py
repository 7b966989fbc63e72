"""The desk: alice holds Dr Un's agenda, bruno Dr Deux's, chloe neither; it is Monday 5 January 2026, 8:00 in Paris."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.middleware.csrf import CSRF_SECRET_LENGTH
from django.test import Client
from django.utils import timezone
from django.utils.crypto import get_random_string

from agenda.browsers import family
from booking.links import link_hash, new_token
from booking.models import Appointment
from clicdocteur.fields import random_key
from clicdocteur.grid import instant_of
from patients import store
from practitioners import keys
from practitioners.models import AgendaKey, Practitioner, Staff
from tests.booking.cast import MONDAY, NOW, Office, cell
from tests.practitioners.cast import PASSWORD, private_of

NAME = "Kowalczyk-N’Diaye"
# What everybody here chooses for the veil.
CODE = "271828"


@dataclass
class Desk(Office):
    """The office, with browsers at its desks."""

    def client(self, login: str = "alice", password: str = PASSWORD) -> Client:
        """A browser with an open session; the door's pages, which take longer than most tests, are not asked for."""
        client, member = Client(), owner(login)
        at_desk(client, member, private_of(member, password))
        return client

    def through_the_door(self, login: str = "alice") -> Client:
        """A browser that signed in as people do, for the tests of just that."""
        client = Client()
        answer = sign_in(client, login)
        assert answer.status_code == 302, answer.content.decode()
        return client

    def visit(
        self, clock: str = "09:00", of: Practitioner | None = None, name: str = NAME, **fields: Any
    ) -> Appointment:
        """An appointment as booking leaves it, with its sealed record, without the rules of booking."""
        practitioner, pk = of or self.one, random_key()
        first, length = cell(fields.pop("day", MONDAY), clock), fields.pop("minutes", 30) // 5
        key = AgendaKey.objects.get(practitioner=practitioner, retired=False)
        visit = store.Visit(phone="+33612345678", message=fields.pop("message", ""))
        ref = store.put(store.Identity((store.Person(name, "Zénobie"),)), visit, None, bytes(key.public_key), pk)
        given = {"state": "booked", "lane": 0, "key_version": key.version, "patient_ref": ref, "visit_type": self.type}
        return Appointment.objects.create(
            id=pk, practitioner=practitioner, location=self.location, start=instant_of(first),
            end=instant_of(first + length), first_cell=first, end_cell=first + length, **{**given, **fields},
        )  # fmt: skip

    def hold_on(self, clock: str, *, minutes_left: int, **fields: Any) -> Appointment:
        """A hold that a patient took."""
        until = NOW + timedelta(minutes=minutes_left)
        taken = {"held_until": until, "link_hash": link_hash(new_token()), "network_tag": bytes(16)}
        return self.visit(clock, state="held", key_version=None, patient_ref=None, **(taken | fields))


def sign_in(client: Client, login: str = "alice", password: str = PASSWORD, **more: Any) -> HttpResponse:
    """Give login and password and, where that opens a session, a code for the veil; return the door's answer."""
    answer = client.post("/agenda/sign-in/", {"login": login, "password": password, **more})
    settle(client)
    return answer


def settle(client: Client) -> None:
    """Choose the veil's code, where a session was just opened and asks for it."""
    row = Session.objects.filter(pk=session_id(client)).first()
    if row is not None and "half" in row.get_decoded() and "code" not in row.get_decoded():
        assert client.post("/agenda/unlock/", {"new_veil_code": CODE}).status_code == 302


def unlock(client: Client, password: str = PASSWORD, **more: Any) -> HttpResponse:
    """Give a locked session its password, and a new code for the veil; return the answer to the password."""
    answer = client.post("/agenda/unlock/", {"unlock_password": password, **more})
    settle(client)
    return answer


def lift(client: Client, code: str = CODE, **more: Any) -> HttpResponse:
    """Give the veil its code."""
    return client.post("/agenda/unlock/", {"veil_code": code, **more})


def at_desk(client: Client, staff: Staff, private: bytes = bytes(96)) -> None:
    """Open a session as the door leaves it (tests/agenda/test_sign_in.py compares), for somebody who has no key perhaps: settings need no name."""
    client.force_login(staff)
    cookie, row = keys.split_for_session(private, staff.pk)
    now = int(timezone.now().timestamp())
    session = client.session
    session.update({"half": b64(row), "code": b64(keys.close_code(cookie, staff.pk, CODE)), "tag": token_hex(16)})
    session.update({"browser": family(""), "since": now, "opened": now, "used": now})
    session.save()
    client.cookies[settings.VAULT_COOKIE_NAME] = b64(cookie)
    client.cookies[settings.CSRF_COOKIE_NAME] = get_random_string(CSRF_SECRET_LENGTH)


def b64(box: bytes) -> str:
    return urlsafe_b64encode(box).decode()


def session_id(client: Client) -> str:
    cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
    return cookie.value if cookie else ""


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def session_row(client: Client) -> dict[str, Any]:
    """What the session row of a browser holds."""
    return Session.objects.get(pk=session_id(client)).get_decoded()


def key_cookie(client: Client) -> str:
    cookie = client.cookies.get(settings.VAULT_COOKIE_NAME)
    return cookie.value if cookie else ""


def mark(client: Client, appointment: Appointment, becomes: str, seen: str = "booked", **more: Any) -> HttpResponse:
    return client.post(f"/agenda/appointment/{appointment.pk}/mark/", {"becomes": becomes, "seen": seen, **more})


def owner(login: str) -> Staff:
    return Staff.objects.get(login=login)
