"""Nonsense on every address of the staff's side, from somebody who is signed in: no 5xx, and nothing to read of how it is made (I8).

The public addresses have a test of their own (tests/booking/test_fuzz.py).
"""

import re
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.test import Client
from django.urls import URLPattern

from agenda import setting_urls, urls
from agenda.settings import decisions
from tests.agenda.cast import Desk

ADDRESSES = [
    *(f"/agenda/{one.pattern}" for one in urls.urlpatterns if isinstance(one, URLPattern)),
    *(f"/agenda/settings/{one.pattern}" for one in setting_urls.urlpatterns),
]
# They end the session that asks, or try passwords.
LEFT_OUT = re.compile(r"sign-|/lock/|/veil/|/aside/|take-back/$|/account/|/unlock/|/recover/|/limit/|/password/")
# No row's: one more than a column holds, what a pattern of 19 digits lets through, and what Python makes no number of.
NUMBERS = [str(2**63), "9" * 19, "9" * 5000]
TEXTS = ["\0", "\ud800", "9" * 19, "9" * 5000, "-1", "9999-12-31"]
DAYS = ["0001-01-01", "9999-12-31"]
# The fields of all forms of this side, and what scripts send.
NAMES = (
    "p pick visit appointment practitioner visit_type type start take find cell on over at in weeks minutes becomes seen "
    "sequence confirmed last_name first_name known note note_seen text q quarter handle carried columns first last as "
    "location weekday start_minute end_minute repeat_weeks repeat_until first_day last_day count rows wanted mark same day time "
    "month year colour position way offered decided all name label slug token kind names hours view next"
).split()


def given(desk: Desk, **instead: str) -> dict[str, str]:
    """What fills the holes of an address: things that there are, but for one."""
    visit = desk.visit() if not hasattr(desk, "seen") else desk.seen
    desk.seen = visit  # type: ignore[attr-defined]
    return {
        "pk": str(visit.pk), "practitioner": str(desk.one.pk), "on": "2026-01-06", "minute": "540", "becomes": "excused",
        "kind": "confirmation", "language": "fr", "handle": "0" * 16, "token": "A" * 32, **instead,
    }  # fmt: skip


def filled(address: str, values: dict[str, str]) -> str:
    return re.sub(r"<\w+:(\w+)>", lambda hole: values[hole[1]], address)


def send(client: Client, method: str, path: str, data: str = "") -> HttpResponse:
    """One request, of which the stores keep nothing."""
    with transaction.atomic(), transaction.atomic(using="patients"):
        answer = client.generic(method, path, data, content_type="application/x-www-form-urlencoded")
        for name in ("default", "patients"):
            transaction.set_rollback(True, using=name)
    return answer


@pytest.fixture
def signed_in(desk: Desk) -> Client:
    client = desk.client()
    client.raise_request_exception = False
    return client


def everywhere() -> list[str]:
    return [one for one in ADDRESSES if not LEFT_OUT.search(one)]


def test_an_id_or_a_day_that_no_row_has_is_calmly_refused(desk: Desk, signed_in: Client):
    for address in everywhere():
        for hole in set(re.findall(r"<int:(\w+)>", address)):
            for number in NUMBERS:
                for method in ("GET", "POST"):
                    answer = send(signed_in, method, filled(address, given(desk, **{hole: number})))
                    assert answer.status_code < 500, (method, address, number[:20])
        if "<day:" in address:
            for day in DAYS:
                for method in ("GET", "POST"):
                    assert send(signed_in, method, filled(address, given(desk, on=day))).status_code < 500, (
                        address,
                        day,
                    )


@pytest.mark.parametrize("typed", ["", *TEXTS], ids=lambda one: repr(one)[:12])
def test_whatever_a_form_or_a_query_holds_gets_a_calm_answer(desk: Desk, signed_in: Client, typed: str):
    form = (
        "&".join(f"{name}={quote(typed.encode('utf-8', 'surrogatepass'), safe='')}" for name in NAMES) if typed else ""
    )
    for address in everywhere():
        path = filled(address, given(desk))
        for method, asked, data in (("GET", f"{path}?{form}", ""), ("POST", path, form)):
            answer = send(signed_in, method, asked, data)
            assert answer.status_code < 500, (method, address)
            assert b"Traceback" not in answer.content


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "DELETE", "XYZ"])
def test_an_unexpected_method_changes_nothing_and_is_calmly_answered(desk: Desk, signed_in: Client, method: str):
    for address in everywhere():
        answer = send(signed_in, method, filled(address, given(desk)))
        assert answer.status_code < 500, address
        assert method in ("HEAD", "OPTIONS") or answer.status_code in (403, 404, 405, 501), address


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(
    ("path", "name", "form"),
    [
        ("several/cancel/", "pick", "{}"),
        ("several/cancel/", "pick", "{}.booked.0"),
        ("late/{practitioner}/2026-01-05/", "pick", "{}.booked.0"),
        ("online/undo/", "visit", "{}"),
        ("cut/", "appointment", "{}"),
        ("book/", "take", "{}-0"),
        ("book/", "take", "1-{}"),
    ],
)
def test_a_key_that_is_too_long_is_nobody_s(
    desk: Desk, signed_in: Client, path: str, name: str, form: str, number: str
):
    """What fits a pattern of digits may still be no number that a column holds."""
    data: dict[str, Any] = {name: form.format(number), "minutes": "20", "confirmed": "on", "last_name": "Ng"}
    answer = signed_in.post(f"/agenda/{path.format(practitioner=desk.one.pk)}", data)
    assert answer.status_code in (200, 204, 302, 404, 422), path


def test_a_decision_about_a_visit_names_a_time_that_there_is():
    posted = QueryDict(f"decided=on&visit-7=move&visit-7-seen=booked.0&visit-7-to={'9' * 5000}")
    read = decisions.read(posted)
    assert read is not None
    assert read[7].to is None
