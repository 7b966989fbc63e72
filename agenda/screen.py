"""The sheets of the agenda as templates draw them: what stands where, in the practice's words and zone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from agenda import layout
from agenda.layout import Frame, Place, Stretch
from agenda.painting import Painter
from agenda.queries import appointments_between
from agenda.versions import key_of, versions
from agenda.visits import visit
from booking import identities, outbox, words
from booking.identities import Shown
from booking.models import Appointment
from clicdocteur.grid import Span, instant_of
from practitioners.keys import Vault
from practitioners.models import Absence, Practice, Practitioner
from practitioners.openings import Plan, Window, absent_spans, windows
from practitioners.queries import plans


@dataclass(frozen=True, slots=True)
class View:
    """How a sheet is looked at: with whose keys, noted as which page, and for whose eyes."""

    vault: Vault | None
    action: str
    now: datetime
    by_day: bool = False
    initials: bool = False


@dataclass(frozen=True, slots=True)
class Area:
    """Something behind the visits: an opening, an absence; with what to say of it."""

    place: Place
    label: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One practitioner's day. `month` is said, not shown: a week's columns are narrow.

    `number` is how many visits there are, holds left out; `hidden` how many are in the list only; `version` what it was
    read as (`versions`).
    """

    practitioner: Practitioner
    day: date
    title: str
    month: str
    note: str
    openings: list[Area]
    absences: list[Area]
    visits: SafeString
    number: int
    hidden: int
    is_today: bool
    now_row: int | None
    version: int

    @property
    def key(self) -> str:
        """A name for ids in the page, and for asking whether something changed."""
        return key_of(self.practitioner.pk, self.day)


@dataclass(frozen=True, slots=True)
class Band:
    """Columns side by side: a day of several practitioners, or the week of one."""

    practitioner: Practitioner
    columns: list[Column]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of the grid."""

    frame: Frame
    hours: list[tuple[int, str]]
    bands: list[Band]

    @property
    def columns(self) -> list[Column]:
        """All columns."""
        return [column for band in self.bands for column in band.columns]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A column before the page's hours are known."""

    practitioner: Practitioner
    day: date
    plan: Plan
    openings: list[tuple[Stretch, str]]
    absences: list[tuple[Stretch, str]]
    visits: list[tuple[Stretch, Appointment]]
    version: int

    def stretches(self) -> Iterable[Stretch]:
        """All that has to be in the frame; an absence of the whole day has not."""
        return [one for one, _what in [*self.openings, *self.visits]]


def sheet(
    asked: Sequence[tuple[Practitioner, date]], practice: Practice, view: View, hours: Frame | None = None
) -> Sheet:
    """Return the grid of these practitioners' days; *hours* are drawn in any case.

    Identities are opened only for what is drawn, and only if unlocked. Weeks of several practitioners stand one below
    another: side by side no name would be legible.
    """
    drafts = _drafts(asked, practice, view.now)
    if view.by_day:
        shown_days = {one.day for one in drafts if one.day.weekday() < 5 or one.openings or one.visits}
        drafts = [one for one in drafts if one.day in shown_days]
    within = layout.frame((stretch for draft in drafts for stretch in draft.stretches()), hours)
    packed = [layout.pack([one for one, _what in draft.visits], within) for draft in drafts]
    drawn = [
        appointment
        for draft, places in zip(drafts, packed, strict=True)
        for (_one, appointment), place in zip(draft.visits, places, strict=True)
        if place.lane < layout.MOST_LANES
    ]
    shown = identities.show(drawn, view.vault, view.action, view.now, names_only=True) if view.vault else {}
    trouble = outbox.trouble([one.pk for one in drawn], view.now) if drawn else {}
    painter = Painter(initials=view.initials, trouble=trouble)
    columns = [
        _column(draft, places, within, shown, view, painter) for draft, places in zip(drafts, packed, strict=True)
    ]
    labels = [(within.row(hour * 60), words.minute_of_day(hour * 60)) for hour in within.hours]
    return Sheet(within, labels, _bands(columns, apart=view.by_day))


def _bands(columns: list[Column], *, apart: bool) -> list[Band]:
    groups = groupby(columns, key=lambda one: one.practitioner if apart else None)
    return [Band(of_one[0].practitioner, of_one) for of_one in (list(group) for _key, group in groups)]


def _drafts(asked: Sequence[tuple[Practitioner, date]], practice: Practice, now: datetime) -> list[_Draft]:
    if not asked:
        return []
    practitioners = {practitioner.pk: practitioner for practitioner, _day in asked}
    days = [day for _practitioner, day in asked]
    numbers = versions(asked, practice, now)
    found = plans(list(practitioners.values()), practice, min(days), max(days))
    visits = appointments_between(practitioners, min(days), max(days), practice.zone, now, freed=False)
    touching = _by_column(visits, practice)
    return [
        _draft(
            practitioner,
            day,
            found[practitioner.pk],
            touching.get((practitioner.pk, day), []),
            numbers[practitioner.pk, day],
        )
        for practitioner, day in asked
    ]


def _by_column(visits: list[Appointment], practice: Practice) -> dict[tuple[int, date], list[Appointment]]:
    """Return the visits of each practitioner's days; one over midnight stands in both."""
    found: dict[tuple[int, date], list[Appointment]] = {}
    for one in visits:
        for day in sorted({one.start.astimezone(practice.zone).date(), one.end.astimezone(practice.zone).date()}):
            found.setdefault((one.practitioner_id, day), []).append(one)
    return found


def _draft(practitioner: Practitioner, day: date, plan: Plan, visits: list[Appointment], version: int) -> _Draft:
    placed = [(layout.stretch(visit.start, visit.end, day, plan.zone), visit) for visit in visits]
    return _Draft(
        practitioner,
        day,
        plan,
        [(_of(window.span, day, plan), _opening_label(window)) for window in windows(plan, day, day)],
        [
            (_of(span, day, plan), str(Absence.Reason(rule.reason).label))
            for rule in plan.absences
            for span in absent_spans(replace(plan, absences=(rule,)), day, day)
        ],
        [(one, visit) for one, visit in placed if one is not None],
        version,
    )


def _note(draft: _Draft) -> str:
    """Return why a column is closed, unless an absence in it says so."""
    if draft.day in draft.plan.holidays:
        return _("jour férié")
    return "" if draft.openings or draft.absences or draft.visits else _("ne reçoit pas")


def _of(span: Span, day: date, plan: Plan) -> Stretch:
    one = layout.stretch(instant_of(span.start), instant_of(span.end), day, plan.zone)
    return one or Stretch(0, 0)


def _opening_label(window: Window) -> str:
    if window.rule.without_appointment:
        return _("sans rendez-vous")
    if window.rule.places > 1:
        return _("%(places)d places") % {"places": window.rule.places}
    return ""


def _column(
    draft: _Draft, places: list[Place], within: Frame, shown: dict[int, Shown], view: View, painter: Painter
) -> Column:
    zone = draft.plan.zone
    local = view.now.astimezone(zone)
    minute = local.hour * 60 + local.minute
    drawn = [
        visit(appointment, zone, view.now, shown, place, one)
        for (one, appointment), place in zip(draft.visits, places, strict=True)
        if place.lane < layout.MOST_LANES
    ]
    return Column(
        draft.practitioner,
        draft.day,
        words.day_in_week(draft.day) if view.by_day else draft.practitioner.name,
        words.month(draft.day) if view.by_day else "",
        _note(draft),
        [Area(layout.place(one, within), label) for one, label in draft.openings],
        [Area(layout.place(one, within), label) for one, label in draft.absences],
        painter.visits(drawn),
        sum(appointment.state != Appointment.State.HELD for _one, appointment in draft.visits),
        sum(place.lane >= layout.MOST_LANES for place in places),
        local.date() == draft.day,
        within.row(minute) if local.date() == draft.day and within.shows(minute) else None,
        draft.version,
    )
