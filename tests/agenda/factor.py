"""Codes as the member's telephone shows them, and the steps of the second factor as a browser takes them."""

import re

import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from practitioners import keys
from practitioners.models import Staff
from tests.agenda.cast import settle, sign_in, text

STEP, SET_UP, CONFIRM, MINE = (f"/agenda/second-factor/{part}" for part in ("", "set-up/", "confirm/", "mine/"))


def code_of(secret: str) -> str:
    """What a telephone with this secret shows now."""
    return totp.format_hotp_value(totp.hotp_value(secret, int(timezone.now().timestamp()) // 30))


def secret_of(staff: Staff) -> str:
    """The secret of a member's telephone."""
    return keys.open_factor(staff.pk, Authenticator.objects.get(user_id=staff.pk, type="totp").data["secret"])


def secret_on(answer: HttpResponse) -> str:
    """The secret on the page of set-up."""
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", text(answer))
    assert found is not None
    return found[1].replace(" ", "")


def codes_on(answer: HttpResponse) -> list[str]:
    """The recovery codes on the page that shows them."""
    return re.findall(r"<code>(\d{5} \d{5})</code>", text(answer))


def enrol_telephone(login: str = "alice") -> tuple[Client, str, list[str]]:
    """A member's first sign-in where a factor is demanded: the browser, the secret, the recovery codes."""
    client = Client()
    assert sign_in(client, login).url == SET_UP
    secret = secret_on(client.get(SET_UP))
    answer = client.post(SET_UP, {"factor_code": code_of(secret)})
    settle(client)
    return client, secret, codes_on(answer)


def give(client: Client, code: str, path: str = STEP, **more: str) -> HttpResponse:
    answer = client.post(path, {"factor_code": code, **more})
    settle(client)
    return answer


def next_code(clock: time_machine.Traveller, secret: str) -> str:
    """Wait until the telephone shows another code, and read it."""
    clock.shift(31)
    return code_of(secret)
