"""The slim bar on top of the agenda: where one is, and where one can go from there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from booking import words
from practitioners.models import Practitioner

# The years that addresses serve, with a week to spare on either side of the calendar's own.
FIRST_DAY, LAST_DAY = date(2001, 1, 1), date(2098, 12, 31)
VIEWS = ("day", "week", "list", "weeks")
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Choice:
    """A practitioner who can be shown, and the address of this page with them alone."""

    practitioner: Practitioner
    chosen: bool
    alone: str


@dataclass(frozen=True, slots=True)
class Bar:
    """The links of the bar. `view` is day, week, list or weeks; `here` the page without a choice of practitioners."""

    view: str
    title: str
    day: date
    earlier: str
    now: str
    later: str
    links: list[tuple[str, str]]
    choices: list[Choice]
    query: str
    here: str
    leaps: list[tuple[str, str]]

    @property
    def chosen(self) -> int:
        """How many practitioners are shown."""
        return sum(choice.chosen for choice in self.choices)


def bar(
    view: str, day: date, today: date, granted: Sequence[Practitioner], chosen: Sequence[Practitioner], title: str = ""
) -> Bar:
    """Return the bar of a page of one day, of the week around it, or of the weeks from it on."""
    query = "" if len(chosen) == len(granted) else "?" + urlencode([("p", one.pk) for one in chosen])
    step = {"week": _WEEK, "weeks": 6 * _WEEK}.get(view, timedelta(days=1))

    def to(kind: str, on: date, asked: str = query) -> str:
        return reverse(f"agenda:{kind}", args=[max(FIRST_DAY, min(LAST_DAY, on))]) + asked

    return Bar(
        view,
        title or words.day(day, year=day.year != today.year),
        day,
        to(view, day - step),
        to(view, today),
        to(view, day + step),
        [(kind, to(kind, day)) for kind in VIEWS],
        [Choice(one, one in chosen, f"{to(view, day, '')}?p={one.pk}") for one in granted],
        query,
        to(view, day, ""),
        [
            (_("Une semaine plus tard"), to(view, day + _WEEK)),
            (_("Quatre semaines plus tard"), to(view, day + 4 * _WEEK)),
            (_("Trois mois plus tard"), to(view, day + 13 * _WEEK)),
        ],
    )


def plain_bar(view: str, day: date, title: str) -> Bar:
    """Return the bar of a page that is about now, and about every agenda."""
    links = [(kind, reverse(f"agenda:{kind}", args=[day])) for kind in VIEWS]
    return Bar(view, title, day, "", "", "", links, [], "", "", [])


def demo(request: HttpRequest) -> dict[str, bool]:
    """Tell templates whether the people here are invented."""
    return {"is_demo": settings.DEMO}
