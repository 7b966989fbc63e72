"""The list of a day: the accessible equal of the grid, and what is printed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from agenda import layout
from agenda.addresses import book_address, minute_of
from agenda.counted import of_visits
from agenda.queries import appointments_between
from agenda.versions import key_of, versions
from agenda.visits import Visit, visit
from booking import identities, lapses, outbox, words
from booking.identities import Shown
from booking.models import Appointment
from clicdocteur.grid import Span, cell_at, cell_of, instant_of, positions
from practitioners.keys import Vault
from practitioners.models import Absence, Practice, Practitioner
from practitioners.openings import Plan, absent_spans, windows
from practitioners.queries import plans


@dataclass(frozen=True, slots=True)
class Line:
    """One line: a visit, free time with the address where it is booked, or an absence by its label."""

    start: int
    when: str
    until: str
    visit: Visit | None = None
    free: str = ""
    away: str = ""


@dataclass(frozen=True, slots=True)
class DayList:
    """One practitioner's day, by time; those whose time was given back stand apart. `version` is what it was read as."""

    practitioner: Practitioner
    key: str
    lines: list[Line]
    freed: list[Visit]
    version: int = 0

    @property
    def number(self) -> int:
        """How many visits there are."""
        return sum(line.visit is not None and not line.visit.is_hold for line in self.lines)

    @property
    def visits(self) -> list[Visit]:
        """Its visits by time, holds left out: what goes on paper."""
        return [line.visit for line in self.lines if line.visit is not None and not line.visit.is_hold]


def day_lists(
    practitioners: Sequence[Practitioner], practice: Practice, day: date, vault: Vault | None, now: datetime
) -> list[DayList]:
    """Return the lists of these practitioners, with identities only if unlocked."""
    numbers = versions([(one, day) for one in practitioners], practice, now)
    return [
        replace(one, version=numbers[one.practitioner.pk, day])
        for one in lists_of(practitioners, practice, [day], Looked(vault, now, counted=True))[day]
    ]


@dataclass(frozen=True, slots=True)
class Looked:
    """How lists are looked at: with whose keys, when, noted as which page; whether names are all that is opened.

    `counted` says that absences and late cancellations are told beside the names.
    """

    vault: Vault | None
    now: datetime
    action: str = "list"
    names_only: bool = False
    counted: bool = False


def lists_of(
    practitioners: Sequence[Practitioner], practice: Practice, days: Sequence[date], look: Looked
) -> dict[date, list[DayList]]:
    """Return the lists of these practitioners on each of some days. As many queries as for one day."""
    zone, now = practice.zone, look.now
    around = appointments_between([p.pk for p in practitioners], min(days), max(days), zone, now, freed=True)
    on_days = {
        day: [one for one in around if layout.stretch(one.start, one.end, day, zone) is not None] for day in days
    }
    found = list({one.pk: one for of_day in on_days.values() for one in of_day}.values())
    shown = identities.show(found, look.vault, look.action, now, names_only=look.names_only) if look.vault else {}
    known = plans(practitioners, practice, min(days), max(days))
    trouble = outbox.trouble([one.pk for one in found], now) if found else {}
    counted = _counted(found, shown, look)
    visits = {
        one.pk: replace(visit(one, zone, now, shown), trouble=trouble.get(one.pk, ""), counted=counted.get(one.pk, ""))
        for one in found
    }
    return {
        day: [
            _day_list(
                practitioner,
                known[practitioner.pk],
                day,
                [visits[one.pk] for one in of_day if one.practitioner_id == practitioner.pk],
                now,
            )
            for practitioner in practitioners
        ]
        for day, of_day in on_days.items()
    }


def _day_list(practitioner: Practitioner, plan: Plan, day: date, own: Sequence[Visit], now: datetime) -> DayList:
    live = [one for one in own if one.appointment.is_live]
    lines = [
        *(Line(one.appointment.first_cell, one.when, one.until, one) for one in live),
        *_away(plan, day),
        *_free(plan, day, [one.appointment for one in live], now),
    ]
    freed = [one for one in own if not one.appointment.is_live]
    return DayList(practitioner, key_of(practitioner.pk, day), sorted(lines, key=lambda line: line.start), freed)


def _counted(found: Sequence[Appointment], shown: dict[int, Shown], look: Looked) -> dict[int, str]:
    """Return what is counted of whoever comes. One query, if anybody is shown."""
    if not look.counted or look.vault is None or not shown:
        return {}
    return of_visits(lapses.tallies({one.practitioner_id for one in found}, look.vault, look.now), found, shown)


def _away(plan: Plan, day: date) -> Iterator[Line]:
    for rule in plan.absences:
        for span in absent_spans(replace(plan, absences=(rule,)), day, day):
            yield _line(plan, span, away=str(Absence.Reason(rule.reason).label))


def _free(plan: Plan, day: date, visits: Iterable[Appointment], now: datetime) -> Iterator[Line]:
    """Yield what the openings of a day have left, from now on."""
    origin, current = cell_at(day, 0, plan.zone), cell_of(now)
    away = [Span(one.start, one.end) for one in absent_spans(plan, day, day)]
    lanes = [Span(one.first_cell, one.end_cell) for one in visits]
    left = 0
    for window in windows(plan, day, day):
        if not window.rule.without_appointment:
            left |= window.span.mask(origin) & ~_full(lanes, window.rule.places, origin)
    for span in away:
        left &= ~span.mask(origin)
    for start, end in _runs(left):
        first = max(origin + start, current)
        if first < origin + end:
            line = _line(plan, Span(first, origin + end))
            begins = instant_of(first).astimezone(plan.zone)
            yield replace(line, free=book_address(plan.practitioner, day, minute_of(begins.time())))


def _full(lanes: Iterable[Span], places: int, origin: int) -> int:
    """Return the cells in which no place is left."""
    at_least = [-1] + [0] * places
    for lane in lanes:
        for number in range(places, 0, -1):
            at_least[number] |= lane.mask(origin) & at_least[number - 1]
    return at_least[places]


def _runs(mask: int) -> Iterator[tuple[int, int]]:
    """Yield the runs of set bits, as first and end."""
    start = previous = None
    for position in positions(mask):
        if start is None or previous is None or position != previous + 1:
            if start is not None and previous is not None:
                yield start, previous + 1
            start = position
        previous = position
    if start is not None and previous is not None:
        yield start, previous + 1


def _line(plan: Plan, span: Span, away: str = "") -> Line:
    start, end = instant_of(span.start).astimezone(plan.zone), instant_of(span.end).astimezone(plan.zone)
    return Line(span.start, words.clock_full(start), words.clock_full(end), away=away)
