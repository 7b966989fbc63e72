"""What the tests of patients' pages share: forms as a browser would send them, and what a page says."""

import html
import re
from typing import Any

from django.http import HttpResponse
from django.test import Client

ME = {"whom": "me", "last_name": "Kowalczyk-N’Diaye", "first_name": "Zénobie", "patient": "known"}
BY_EMAIL = {"channel": "email", "email": "zenobie@example.org"}
BY_PHONE = {"channel": "phone", "phone": "06 12 34 56 78"}
FILLED = {**ME, **BY_EMAIL}
# The button of a page that asks once more.
SURE = {"confirmed": "on"}

TIMES = "/fr/un/consultation/"


def text(answer: Any) -> str:
    """The words of a page, without tags; no-break spaces read as spaces."""
    body = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", html.unescape(body))


def buttons(answer: Any) -> dict[str, str]:
    """The times of a page: accessible name → value."""
    found = re.findall(r'<button name="start" value="(\d+)" aria-label="([^"]*)"', answer.content.decode())
    return {html.unescape(label).replace("\u00a0", " "): value for value, label in found}


def take_first(client: Client, path: str = TIMES, **posted: str) -> str:
    """Take the first time of a page; return the address of its form."""
    start = next(iter(buttons(client.get(path)).values()))
    answer = client.post(path, {"start": start, **posted})
    assert answer.status_code == 303, text(answer)
    return answer["Location"]


def book_first(client: Client, path: str = TIMES, **filled: str) -> str:
    """Book the first time of a page; return the address of the patient's page."""
    answer = client.post(take_first(client, path), {**FILLED, **filled})
    assert answer.status_code == 303, text(answer)
    return answer["Location"]


def is_clean(answer: HttpResponse) -> bool:
    """I5 P15: no cookie, a closed content policy, no frame, no referrer, nothing inline, no other host."""
    body = answer.content.decode()
    assert not answer.cookies
    for closed in ("default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert closed in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "no-referrer"
    for forbidden in (r"<script", r"<style", r"<[^>]+\sstyle=", r"<[^>]+\son[a-z]+=", r"INVALID\("):
        assert not (hit := re.search(forbidden + ".{0,40}", body)), hit
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", body)
    return True
