"""Who sets what: nadia manages and holds no key; denis is Dr Un; alice, a secretary, holds Dr Un's agenda; chloe nothing."""

from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

from practitioners.models import Staff
from tests.agenda import cast as page
from tests.agenda.cast import Desk
from tests.practitioners.cast import staff


@dataclass
class Cabinet(Desk):
    """The desk, with who manages it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.nadia = staff("nadia", role=Staff.Role.MANAGER)
        # Two letters look like a language, which the settings refuse in an address.
        self.one.slug = "dr-un"
        self.one.save(update_fields=["slug"])
        self.denis = staff("denis", role=Staff.Role.PRACTITIONER, practitioner=self.one)

    def at(self, page: str) -> str:
        """The address of a page of Dr Un's settings."""
        return f"/agenda/settings/{self.one.pk}/{page}"


class _Form(HTMLParser):
    """What a browser would send for the first form that is filled in (`novalidate`), as the page opened."""

    def __init__(self) -> None:
        super().__init__()
        self.data: dict[str, list[str]] = {}
        self.inside = self.done = False
        self.select: str | None = None
        self.options: list[tuple[str, bool]] = []
        self.area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form" and not self.done and "novalidate" in found:
            self.inside = True
        if not self.inside:
            return
        name, kind = found.get("name"), found.get("type", "text")
        if tag == "input" and name and kind not in ("submit", "button"):
            if kind not in ("checkbox", "radio") or "checked" in found:
                self.data.setdefault(name, []).append(found.get("value") or ("on" if kind == "checkbox" else ""))
        elif tag == "select":
            self.select, self.options = name, []
        elif tag == "option":
            self.options.append((found.get("value") or "", "selected" in found))
        elif tag == "textarea" and name:
            self.area = name
            self.data[name] = [""]

    def handle_data(self, data: str) -> None:
        if self.inside and self.area:
            self.data[self.area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.inside:
            self.inside, self.done = False, True
        elif tag == "textarea" and self.area:
            # The line break after the tag is the page's, not the field's.
            self.data[self.area][0] = self.data[self.area][0].removeprefix("\n")
            self.area = None
        elif tag == "select" and self.select:
            chosen = [value for value, is_chosen in self.options if is_chosen] or [self.options[0][0]]
            self.data[self.select] = chosen
            self.select = None


def text(answer: HttpResponse) -> str:
    """A page, in which no-break spaces read as spaces."""
    return page.text(answer).replace("\u00a0", " ")


def filled(answer: HttpResponse) -> dict[str, Any]:
    """Return what a browser would send for the page's form, as it opened."""
    form = _Form()
    form.feed(answer.content.decode())
    assert form.data, answer.content.decode()
    return {name: values if len(values) > 1 else values[0] for name, values in form.data.items()}


def saved(client: Client, path: str, **changes: Any) -> HttpResponse:
    """Open a form, change some of it (None: leave the field out), send it; return the answer."""
    data = {**filled(client.get(path)), **changes}
    return client.post(path, {name: value for name, value in data.items() if value is not None})
