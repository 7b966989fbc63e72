"""A mail scanner that follows every link and sends every form (M2): nothing changes, for it presses no button."""

from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import pytest
import time_machine
from django.test import Client

from booking import waiting
from booking.models import Appointment, Message, Offer, Wish
from patients.models import PatientRecord
from tests.booking.cast import TUESDAY
from tests.booking.waiting.cast import TEN, Hall

FAR = TUESDAY + timedelta(days=14)
FORMS = {
    "rdv": {"cancel/", "contact/", "earlier/", "erase/", "reminders/", "move/", "another/"},
    "offer": {""},
    "wish": {""},
}


class Page(HTMLParser):
    """The links of a page, and its forms as a script sends them: filled in as they opened, without a button."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[tuple[str, dict[str, list[str]]]] = []
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(found.get("href", ""))
        elif tag == "form":
            self.forms.append((found.get("action", ""), {}))
        elif tag in ("input", "textarea") and found.get("name") and self.forms:
            sent = "checked" in found or found.get("type") not in ("radio", "checkbox")
            self.forms[-1][1].setdefault(found["name"], []).extend([found.get("value", "")] if sent else [])


def scanned(client: Client, start: str) -> set[str]:
    """Open a mailed link and all that lies beneath it, send every form, and return to where, from the link on."""
    todo, seen, sent = [start], set(), set()
    while todo:
        seen.add(path := todo.pop())
        answer = client.get(path)
        if "text/html" not in answer.headers.get("Content-Type", ""):
            continue
        page = Page(answer.content.decode())
        for action, filled in page.forms:
            client.post(action, filled)
            sent.add(action.removeprefix(start).partition("?")[0])
        beneath = {urljoin(path, link).partition("#")[0] for link in page.links}
        # One week of times is enough.
        new = beneath - {*seen, *todo}
        todo += [link for link in new if link.startswith(start) and "from=" not in link]
    return sent


def rows() -> list[list[dict[str, Any]]]:
    models = (Appointment, Message, Offer, Wish, PatientRecord)
    return [list(model.objects.order_by("pk").values()) for model in models]


@pytest.mark.parametrize("kind", FORMS)
def test_a_scanner_that_sends_every_form_changes_nothing(hall: Hall, client: Client, kind: str):
    """M2"""
    wish = hall.wish()
    hall.freed()
    hall.work(TEN)
    tokens = {"rdv": hall.book("11:00", FAR).token, "offer": hall.offered(), "wish": wish.token}
    start = f"/fr/{kind}/{tokens[kind]}/"
    with time_machine.travel(TEN, tick=False):
        before = rows()
        assert scanned(client, start) == FORMS[kind]
        assert rows() == before


def test_nor_does_it_where_an_earlier_time_is_wished_for(hall: Hall, client: Client):
    """M2"""
    visit = hall.book("11:00", FAR)
    waiting.leave_earlier(visit.token, waiting.Wanted(1, 1), TEN)
    with time_machine.travel(TEN, tick=False):
        before = rows()
        assert "earlier/" in scanned(client, f"/fr/rdv/{visit.token}/")
        assert rows() == before
