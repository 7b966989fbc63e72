"""Lists on paper: a day, a week, and the next working days for when the server is down. What goes on them is chosen."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agenda.bar import LAST_DAY
from agenda.lists import DayList, Looked, lists_of
from agenda.queries import appointments_between
from agenda.vault import StaffRequest
from booking import words
from booking.desk import DayNoteShown
from practitioners.access_log.reading import RESCUE
from practitioners.models import Practitioner
from practitioners.openings import Plan, absent_spans, windows
from practitioners.queries import plans

# Of the days of rescue: how many, and how far they are looked for over a holiday.
RESCUE_DAYS, WITHIN = 3, 14


class PaperForm(forms.Form):
    """What is printed: how many days, names or initials, and which columns."""

    DAY, WEEK = "day", "week"

    span = forms.ChoiceField(
        label=gettext_lazy("Quoi"),
        choices=[(DAY, gettext_lazy("le jour")), (WEEK, gettext_lazy("la semaine"))],
        required=False,
    )
    who = forms.ChoiceField(
        label=gettext_lazy("Noms"),
        choices=[("names", gettext_lazy("noms entiers")), ("initials", gettext_lazy("initiales seulement"))],
        required=False,
    )
    columns = forms.MultipleChoiceField(
        label=gettext_lazy("Colonnes"),
        choices=[
            ("what", gettext_lazy("motif")),
            ("phone", gettext_lazy("téléphone")),
            ("state", gettext_lazy("état")),
            ("note", gettext_lazy("note du jour")),
            ("blank", gettext_lazy("colonne vide, pour écrire")),
        ],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    @property
    def chosen(self) -> "Paper":
        """What was chosen; what is no choice is left out, and without any the usual paper is meant."""
        if not self.is_bound or not self.is_valid():
            return Paper()
        given = self.cleaned_data
        return Paper(given["span"] == self.WEEK, given["who"] == "initials", frozenset(given["columns"]))


@dataclass(frozen=True, slots=True)
class Paper:
    """What a list on paper has on it."""

    week: bool = False
    initials: bool = False
    columns: Collection[str] = frozenset({"what", "phone"})

    @property
    def with_phone(self) -> bool:
        """Whether telephone numbers are on it: beside initials they would say more than the names."""
        return "phone" in self.columns and not self.initials


@dataclass(frozen=True, slots=True)
class Part:
    """One table of a sheet: a heading, and the list."""

    heading: str
    day: date
    list: DayList


@dataclass(frozen=True, slots=True)
class Sheet:
    """What begins a new page of paper: a practitioner's day or week, or a day of everybody."""

    title: str
    parts: list[Part]

    def says_something(self, notes: Mapping[tuple[int, date], DayNoteShown]) -> bool:
        """Whether there is a visit on it, or a note: of whoever is away a printed page would be empty."""
        return any(part.list.number or (part.list.practitioner.pk, part.day) in notes for part in self.parts)


def usual(paper: Paper) -> dict[str, object]:
    """Return the fields that say this of a paper."""
    who = "initials" if paper.initials else "names"
    return {"span": PaperForm.WEEK if paper.week else PaperForm.DAY, "who": who, "columns": sorted(paper.columns)}


def sheets(request: StaffRequest, practitioners: Sequence[Practitioner], on: date, paper: Paper) -> list[Sheet]:
    """Return a sheet for each practitioner: their day, or the days of their week on which there is something."""
    monday = on - timedelta(days=on.weekday())
    days = [min(monday + timedelta(days=number), LAST_DAY) for number in range(7)] if paper.week else [on]
    look = Looked(request.vault, timezone.now(), "print", names_only=not paper.with_phone)
    found = lists_of(practitioners, request.practice, days, look)
    return [
        Sheet(
            one.name,
            [
                Part(words.day(day, year=True), day, lists[place])
                for day, lists in found.items()
                if not paper.week or lists[place].visits
            ],
        )
        for place, one in enumerate(practitioners)
    ]


def rescue(request: StaffRequest, practitioners: Sequence[Practitioner], today: date) -> list[Sheet]:
    """Return a sheet for today and the working days after it, three in all: everybody's names and telephones."""
    days = working_days(request, practitioners, today)
    if not days:
        return []
    found = lists_of(practitioners, request.practice, days, Looked(request.vault, timezone.now(), RESCUE))
    return [
        Sheet(words.day(day, year=True), [Part(one.practitioner.name, day, one) for one in lists])
        for day, lists in found.items()
    ]


def working_days(request: StaffRequest, practitioners: Sequence[Practitioner], today: date) -> list[date]:
    """Return the first days, from today on, on which one of these agendas is open or has a visit. No identity is opened."""
    days = [one for number in range(WITHIN) if (one := today + timedelta(days=number)) <= LAST_DAY]
    if not practitioners or not days:
        return []
    practice, zone = request.practice, request.practice.zone
    pks = [one.pk for one in practitioners]
    booked = appointments_between(pks, days[0], days[-1], zone, timezone.now(), freed=False)
    worked = {one.start.astimezone(zone).date() for one in booked}
    for plan in plans(practitioners, practice, days[0], days[-1]).values():
        worked |= _open_days(plan, days[0], days[-1])
    return sorted(worked & set(days))[:RESCUE_DAYS]


def _open_days(plan: Plan, first: date, last: date) -> set[date]:
    """Return the days on which absences leave something of the openings."""
    away = absent_spans(plan, first, last)
    found = set()
    for window in windows(plan, first, last):
        left = window.span.mask(window.span.start)
        for one in away:
            left &= ~one.mask(window.span.start)
        if left:
            found.add(window.day)
    return found


def printed_at(request: StaffRequest) -> str:
    """Return when this paper was made, for its foot."""
    return _("Imprimé %(moment)s") % {"moment": words.moment(timezone.now(), request.practice.zone, year=True)}
