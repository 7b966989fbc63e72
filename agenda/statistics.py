"""How a practice is used, from its monthly counters alone: fill, no-shows, days ahead; by quarters that are over."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from django.utils.translation import gettext as _

from agenda.small_numbers import LEAST, Row, Table, share, table
from booking.models import Appointment, MonthlyCount, MonthlyFill, MonthlyLead
from practitioners import periods
from practitioners.models import Practice, Practitioner, VisitType

State = Appointment.State
# What a visit became, in the order of the columns.
_OUTCOMES: Final = (
    (State.BOOKED, State.ARRIVED, State.IN_CONSULTATION, State.SEEN),
    (State.ABSENT,),
    (State.CANCELLED, State.CANCELLED_LATE, State.EXCUSED, State.CANCELLED_BY_PRACTICE),
)
_OUTCOME = {str(state): place for place, states in enumerate(_OUTCOMES) for state in states}
# Three steps of the six that are counted: finer, fewer types would have five in each.
_Ahead = MonthlyLead.Ahead
_STEPS: Final = ((_Ahead.SAME_DAY,), (_Ahead.TWO_DAYS, _Ahead.WEEK), (_Ahead.TWO_WEEKS, _Ahead.MONTH, _Ahead.LATER))
_STEP_OF = {int(one): place for place, steps in enumerate(_STEPS) for one in steps}
QUARTERS: Final = 8
# Bars are drawn in steps of five percent.
_BAR: Final = 5


class Quarter(NamedTuple):
    """Three months of the practice's calendar."""

    year: int
    number: int

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def end(self) -> date:
        """The day after its last."""
        return date(self.year + self.number // 4, self.number % 4 * 3 + 1, 1)

    @property
    def key(self) -> str:
        """How an address names it."""
        return f"{self.year}-{self.number}"

    @property
    def said(self) -> str:
        """« 1er trimestre 2026 »."""
        names = {1: _("1er trimestre"), 2: _("2e trimestre"), 3: _("3e trimestre"), 4: _("4e trimestre")}
        return f"{names[self.number]} {self.year}"

    @property
    def before(self) -> "Quarter":
        """The one before."""
        return Quarter(self.year, self.number - 1) if self.number > 1 else Quarter(self.year - 1, 4)


@dataclass(frozen=True, slots=True)
class Share:
    """A percentage with the length of its bar; None where it may not be shown."""

    percent: int | None

    @property
    def level(self) -> int:
        """The bar's length in percent, in whole steps; what is begun shows."""
        return min(100, -(-(self.percent or 0) // _BAR) * _BAR)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: a visit type, its numbers, their sum."""

    label: str
    row: Row

    @property
    def missed(self) -> Share:
        """Of outcomes: how many of those who were to come did not."""
        return Share(share(self.row.cells[1], self.row.cells[0]))


@dataclass(frozen=True, slots=True)
class Past:
    """One quarter of one practitioner: how full, and how many did not come."""

    quarter: Quarter
    fill: Share
    missed: Share


@dataclass(frozen=True, slots=True)
class OfOne:
    """What is shown of one practitioner."""

    practitioner: Practitioner
    outcomes: list[Line]
    ahead: list[Line]
    past: list[Past]

    @property
    def now(self) -> Past:
        """The quarter that was asked."""
        return self.past[0]


def closed(today: date, practice: Practice) -> list[Quarter]:
    """Return the quarters that are over and counted to the last visit, the latest first."""
    counted = today - practice.kept(periods.VISIT) - timedelta(days=2)
    one = Quarter(counted.year, (counted.month + 2) // 3).before
    found = [one]
    while len(found) < QUARTERS:
        found.append(found[-1].before)
    return found


def statistics(practitioners: Sequence[Practitioner], quarters: Sequence[Quarter]) -> list[OfOne]:
    """Return the numbers of these practitioners: the first quarter whole, the others as lines. Four queries."""
    pks = [one.pk for one in practitioners]
    months = {"practitioner__in": pks, "month__gte": quarters[-1].first, "month__lt": quarters[0].end}
    counts: dict[tuple[int, Quarter], dict[int, list[int]]] = defaultdict(dict)
    for one in MonthlyCount.objects.filter(**months):
        if one.state in _OUTCOME:
            of_types = counts[one.practitioner_id, _quarter(one.month)]
            of_types.setdefault(one.visit_type_id, [0] * len(_OUTCOMES))[_OUTCOME[one.state]] += one.amount
    leads: dict[tuple[int, Quarter], dict[int, list[int]]] = defaultdict(dict)
    for lead in MonthlyLead.objects.filter(**months):
        of_types = leads[lead.practitioner_id, _quarter(lead.month)]
        of_types.setdefault(lead.visit_type_id, [0] * len(_STEPS))[_STEP_OF[lead.ahead]] += lead.amount
    fills: dict[tuple[int, Quarter], list[int]] = defaultdict(lambda: [0, 0])
    for fill in MonthlyFill.objects.filter(**months):
        of_quarter = fills[fill.practitioner_id, _quarter(fill.month)]
        of_quarter[0] += fill.used_minutes
        of_quarter[1] += fill.open_minutes
    names = dict(VisitType.objects.filter(practitioner__in=pks).values_list("pk", "name"))
    return [
        OfOne(
            one,
            _lines(table(counts[one.pk, quarters[0]]), names),
            _lines(table(leads[one.pk, quarters[0]]), names),
            [_past(quarter, counts[one.pk, quarter], fills[one.pk, quarter]) for quarter in quarters],
        )
        for one in practitioners
    ]


def _lines(shown: Table | None, names: dict[int, str]) -> list[Line]:
    """Return the lines of a table and, if there are several, the sums below them."""
    if shown is None:
        return []
    if len(shown.rows) == 1 and shown.rows[0].key is None:
        return [Line(_("ensemble"), shown.sums)]
    lines = [Line(names[row.key] if row.key else _("autres motifs"), row) for row in shown.rows]
    return [*lines, Line(_("ensemble"), shown.sums)] if len(lines) > 1 else lines


def _past(quarter: Quarter, counts: dict[int, list[int]], fill: list[int]) -> Past:
    shown, (used, opened) = table(counts), fill
    # Of a handful of visits the time that they took is theirs.
    many = sum(map(sum, counts.values())) >= LEAST
    percent = round(100 * used / opened) if opened and many else None
    return Past(quarter, Share(percent), Line("", shown.sums).missed if shown else Share(None))


def _quarter(month: date) -> Quarter:
    return Quarter(month.year, (month.month + 2) // 3)
