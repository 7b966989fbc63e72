"""Nonsense of every kind on every public address and form: no 5xx, no cookie, nothing that breaks out (I5 I8 M12 T15 A2).

In the suite some hundreds of inputs; `make fuzz` sends many thousands (FUZZ=20000).
"""

import os
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from booking import chores
from booking.models import Appointment
from practitioners.models import Practice, VisitType
from tests.booking.cast import NOW, TUESDAY, Office, cell, visit_type

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("FUZZ", "600"))
fuzz = hypothesis_settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="FUZZ" not in os.environ,
    suppress_health_check=list(HealthCheck),
    database=None,
)
# What a page may answer to nonsense. 429 is the limit's; 503 would be a store's, and none is broken here, nor is the worker away.
CALM = {200, 204, 302, 303, 304, 400, 403, 404, 405, 409, 410, 413, 414, 415, 422, 429}


class Scene:
    """A practice with every question that a form can ask, a hold, a visit to come, one cancelled, and a link of the practice's own."""

    def __init__(self) -> None:
        self.office = office = Office()
        Practice.objects.update(phone="01 43 45 12 34")
        office.type.asks_birth_date = office.type.asks_message = True
        office.type.save()
        visit_type(office.one, "domicile", place="home", notice=0, duration_new=30, duration_known=15)
        visit_type(office.one, "discret", discreet=True, notice=0)
        self.held = office.hold("09:00")
        self.booked = office.book("09:30").token
        self.words = sorted({*re.findall(r'name="([\w-]+)"', self._pages())})

    def _pages(self) -> str:
        client, pages = Client(), ""
        for path in (
            f"/fr/hold/{self.held}/", f"/fr/rdv/{self.booked}/contact/", f"/fr/rdv/{self.booked}/cancel/", "/fr/un/consultation/",
            f"/fr/rdv/{self.booked}/another/?type=consultation", "/fr/un/domicile/", f"/fr/rdv/{self.booked}/erase/",
        ):  # fmt: skip
            pages += client.get(path).content.decode()
        return pages


@pytest.fixture
def scene(db: None) -> Iterator[Scene]:
    with time_machine.travel(NOW, tick=False):
        # A worker lives, so that `/readyz` has nothing to be red about either.
        chores.beat(NOW)
        yield Scene()


def addresses(resolver: Any = None, before: str = "/") -> Iterator[str]:
    """Every public address as a pattern: `/fr/rdv/<str:token>/cancel/`."""
    for entry in (resolver or get_resolver()).url_patterns:
        path = before + re.sub(r"^\^?(fr|en)/", "fr/", str(entry.pattern))
        if isinstance(entry, URLResolver):
            if "agenda" not in path:
                yield from addresses(entry, path)
        elif isinstance(entry, URLPattern) and not getattr(entry.callback, "login_required", True):
            yield path


PUBLIC = sorted({*addresses(), "/agenda/sign-in/", "/agenda/second-factor/", "/agenda/", "/", "/en/"})

# Texts that programs stumble over, and any text at all.
NASTY = [
    "", " ", "\0", "'", '"', "<script>alert(1)</script>", "{{ 7*7 }}", "%s%n", "../../etc/passwd", "a" * 5000, "é" * 300, "\ud800",
    "\u202e", "\u200b", "-1", "0", "1e309", "NaN", "9" * 40, "١٢٣", "²", "9999-12-31", "0000-00-00", "2026-02-30", "first monday of",
    "31/12/9999", "29/02/2025", "+33", "06 12 34 56 78", "a@b", "a@b.c\r\nBcc: x@y.z", "on", "true", "None", "null", "[]", "consultation",
    "=1+1", "https://evil.example/", "//evil.example", "/agenda/", "\r\nSet-Cookie: a=b", "😀", "ﷺ", "İ", "ß",
]  # fmt: skip
texts = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=40), st.integers(-(2**70), 2**70).map(str), st.dates().map(str)
)
# As a server hands them on: any bytes but ends of lines, one character each.
header_values = texts.map(lambda text: re.sub(r"[\r\n\0]", "", text).encode("utf-8", "surrogatepass").decode("latin-1"))
HEADERS = (
    "Accept-Language X-Forwarded-For X-Forwarded-Proto Cookie Sec-Fetch-Site Origin Referer User-Agent Accept If-None-Match "
    "If-Modified-Since Range X-HTTP-Method-Override Content-Encoding Host"
).split()
headers = st.dictionaries(st.sampled_from(HEADERS), header_values, max_size=3)


def encoded(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


@st.composite
def paths(draw: Any, scene_tokens: list[str]) -> str:
    """A public address with something in its holes, sometimes bent, sometimes not even UTF-8."""
    filled = draw(st.sampled_from(PUBLIC))
    for hole in re.findall(r"<\w+:\w+>", filled):
        word = draw(st.one_of(st.sampled_from([*scene_tokens, "un", "consultation", "domicile", "discret"]), texts))
        filled = filled.replace(hole, encoded(word), 1)
    bend = draw(st.sampled_from(["", "", "", "", "/", "//", "?", "%ff", "%00", "%2e%2e/", ";x", "\\"]))
    query = draw(
        st.dictionaries(st.sampled_from(["from", "type", "patient", "next", "start", "p", "x"]), texts, max_size=3)
    )
    raw = draw(st.sampled_from(["", "", "", "from=%ff%fe", "&&&=", "from=1&from=2", "%"]))
    asked = "&".join([*(f"{name}={encoded(value)}" for name, value in query.items()), raw])
    return f"{filled}{bend}" + (f"?{asked}" if asked else "")


def judge(answer: Any, path: str) -> None:
    """What every answer owes, whatever was asked."""
    assert answer.status_code in CALM, (answer.status_code, path)
    if answer.status_code in (302, 303):
        assert not re.match(r"(?i)(https?:)?//(?!testserver)", answer["Location"]), answer["Location"]
    if not path.startswith("/agenda"):
        assert not answer.cookies, path
    body = answer.content
    assert b"Traceback" not in body
    assert b"<script>alert" not in body
    assert b"INVALID(" not in body
    for header in ("Content-Security-Policy", "X-Content-Type-Options"):
        assert header in answer.headers or answer.status_code in (301, 302, 304), (header, path)
    assert settings.SECRET_KEY.encode() not in body


def send(client: Client, method: str, path: str, **more: Any) -> Any:
    """One request, of which the stores keep nothing."""
    with transaction.atomic(), transaction.atomic(using="patients"):
        answer = client.generic(method, path, **more)
        for name in ("default", "patients"):
            transaction.set_rollback(True, using=name)
    return answer


def test_whatever_is_asked_for_gets_a_calm_answer(scene: Scene) -> None:
    """I8 T15: GET, HEAD and methods that are none, on every public address."""
    client = Client(raise_request_exception=False)

    @fuzz
    @given(
        path=paths([scene.held, scene.booked, "A" * 32]),
        method=st.sampled_from(["GET", "GET", "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "XYZ"]),
        sent=headers,
    )
    def ask(path: str, method: str, sent: dict[str, str]) -> None:
        judge(send(client, method, path, headers=sent), path)

    ask()


def test_whatever_is_typed_into_a_form_gets_a_calm_answer(scene: Scene) -> None:
    """I8 A2 M12: the fields that forms have, with anything in them, on every public address that takes a POST."""
    client = Client(raise_request_exception=False)
    names = [*scene.words, "start", "patient", "whom", "channel", "email", "phone", "last_name", "first_name", "x"]
    sensible = {
        "start": str(cell(TUESDAY, "10:00")), "patient": "known", "whom": "me", "channel": "email", "email": "z@example.org",
        "last_name": "Ng", "first_name": "Ada", "reason": "", "confirmed": "on", "birth_date": "1/1/1970",
    }  # fmt: skip

    @fuzz
    @given(
        path=paths([scene.held, scene.booked]),
        changed=st.dictionaries(st.sampled_from(names), texts, max_size=4),
        base=st.sampled_from([{}, sensible, sensible]),
        kind=st.sampled_from(["application/x-www-form-urlencoded"] * 4 + ["application/json", "text/plain", "multipart/form-data", "", "x/y; charset=none"]),
        sent=headers,
        network=st.integers(0, 255),
    )  # fmt: skip
    def post(
        path: str, changed: dict[str, str], base: dict[str, str], kind: str, sent: dict[str, str], network: int
    ) -> None:
        data = "&".join(f"{encoded(name)}={encoded(value)}" for name, value in {**base, **changed}.items())
        answer = send(
            client, "POST", path, data=data, content_type=kind, headers=sent, REMOTE_ADDR=f"192.0.2.{network}"
        )
        judge(answer, path)

    post()


def test_bodies_that_are_no_form_get_a_calm_answer(scene: Scene) -> None:
    """I8: bytes of any kind, and a form that is cut off."""
    client = Client(raise_request_exception=False)
    targets = [
        f"/fr/hold/{scene.held}/",
        f"/fr/rdv/{scene.booked}/contact/",
        "/fr/un/consultation/",
        "/agenda/sign-in/",
    ]

    @fuzz
    @given(
        path=st.sampled_from(targets),
        body=st.one_of(st.binary(max_size=300), st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass"))),
        kind=st.sampled_from(["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data; boundary=", "application/x-www-form-urlencoded; charset=utf-16"]),
    )  # fmt: skip
    def post(path: str, body: bytes, kind: str) -> None:
        judge(send(client, "POST", path, data=body, content_type=kind), path)

    post()


def test_nothing_was_kept_of_all_that(scene: Scene) -> None:
    """The requests above are rolled back, so that each meets the same practice."""
    client = Client(raise_request_exception=False)
    before = list(Appointment.objects.values_list("pk", "state").order_by("pk"))
    answer = send(
        client,
        "POST",
        f"/fr/rdv/{scene.booked}/cancel/",
        data="reason=&confirmed=on",
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 303
    assert list(Appointment.objects.values_list("pk", "state").order_by("pk")) == before
    assert VisitType.objects.count() == 3
