"""A week of dates as it will really be: hours, absences, holidays; and the days that have hours of their own."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from agenda import layout
from agenda.layout import Stretch
from agenda.settings.week_grid import Block, Day, Picture, hours_at_the_side, hours_of
from booking import words
from clicdocteur.grid import Span, instant_of
from practitioners.holidays import named_holidays
from practitioners.models import Absence, Opening, Practitioner
from practitioners.openings import Plan, absent_spans, windows
from practitioners.queries import plans

_WEEK = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class OwnDay:
    """A day with hours of its own."""

    day: date
    words: str
    hours: list[str]
    replaces: bool


def picture_of(practitioner: Practitioner, monday: date) -> Picture:
    """Return the picture of one week of dates. One query."""
    practice = practitioner.practice
    plan = plans([practitioner], practice, monday, monday + _WEEK)[practitioner.pk]
    dates = [monday + timedelta(days=number) for number in range(7)]
    open_then = {day: _open(plan, day) for day in dates}
    away = {day: _away(plan, day) for day in dates}
    frame = layout.frame(one for of_day in open_then.values() for one, _note in of_day)
    names = holiday_names(practice.holiday_zone, monday.year) | holiday_names(practice.holiday_zone, dates[-1].year)
    days = []
    for number, day in enumerate(dates):
        packed = layout.pack([one for one, _note in open_then[day]], frame)
        blocks = [
            Block(place, hours_of(one), notes) for (one, notes), place in zip(open_then[day], packed, strict=True)
        ]
        blocks += [Block(layout.place(one, frame), why, [], "away") for one, why in away[day]]
        days.append(
            Day(
                number,
                words.upper_first(words.day(day)),
                blocks,
                title=f"{day:%d/%m}",
                note=names.get(day, ""),
                address=reverse("agenda:settings_day", args=[practitioner.pk, day]),
            )
        )
    return Picture(frame, hours_at_the_side(frame), days)


def own_days(practitioner: Practitioner, today: date) -> list[OwnDay]:
    """Return the days from today on that have hours of their own, by date. One query."""
    found: dict[date, list[Opening]] = {}
    for one in Opening.objects.filter(practitioner=practitioner, on__gte=today).order_by("on", "start_minute"):
        found.setdefault(one.on or today, []).append(one)
    return [
        OwnDay(
            day,
            words.upper_first(words.day(day, year=True)),
            [hours_of(Stretch(one.start_minute, one.end_minute)) for one in openings],
            any(one.replaces for one in openings),
        )
        for day, openings in found.items()
    ]


def holiday_names(zone: str, year: int) -> dict[date, str]:
    """Return the holidays of a year with their names in the reader's language."""
    return {
        day: name.replace("'", "’") for day, name in named_holidays(zone, year, (get_language() or "fr")[:2]).items()
    }


def _open(plan: Plan, day: date) -> list[tuple[Stretch, list[str]]]:
    found = []
    for window in windows(plan, day, day):
        one = _stretch(window.span, day, plan)
        if one is not None:
            notes = [_("ce jour seulement")] if window.rule.on else []
            notes += [_("sans rendez-vous")] if window.rule.without_appointment else []
            found.append((one, notes))
    return found


def _away(plan: Plan, day: date) -> list[tuple[Stretch, str]]:
    found = [
        (_stretch(span, day, plan), str(Absence.Reason(rule.reason).label))
        for rule in plan.absences
        for span in absent_spans(replace(plan, absences=(rule,)), day, day)
    ]
    return [(one, why) for one, why in found if one is not None]


def _stretch(span: Span, day: date, plan: Plan) -> Stretch | None:
    return layout.stretch(instant_of(span.start), instant_of(span.end), day, plan.zone)
