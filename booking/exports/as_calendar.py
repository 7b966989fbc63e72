"""iCalendar for a calendar program: who comes, when and where, marked private."""

from collections.abc import Iterable
from datetime import date, datetime

from django.utils.translation import gettext as _

from booking import addresses, calendars
from booking.exports.lines import Line
from booking.models import Appointment
from practitioners.models import Practice


def head(practice: Practice, _first: date, _last: date, _now: datetime) -> str:
    """Return what stands before the first entry."""
    return calendars.head(practice.zone)


def body(lines: Iterable[Line], now: datetime, *, first: bool) -> str:
    """Return one entry an appointment."""
    return "".join(_visit(line, now) for line in lines)


def foot(_number: int) -> str:
    """Return what stands after the last entry."""
    return calendars.FOOT


def _visit(line: Line, now: datetime) -> str:
    visit = line.visit
    who = ", ".join(person.full_name for person in line.persons)
    one = calendars.Entry(
        uid=addresses.calendar_uid(visit),
        start=visit.start,
        end=visit.end,
        sequence=visit.sequence,
        summary=who or _("fiche fermée [%(why)s]") % {"why": line.shown.why},
        place=addresses.where(visit)[0],
        url="",
        zone=visit.practitioner.practice.zone,
    )
    cancelled = visit.state in Appointment.CANCELLED
    return calendars.entry(one, now, description="\n".join(_told(line)), category=line.what, cancelled=cancelled)


def _told(line: Line) -> Iterable[str]:
    told, visit = line.for_staff, line.visit
    born = [f"{one.birth_date:%d/%m/%Y}" for one in line.persons if one.birth_date]
    for what, value in (
        (_("Praticien"), visit.practitioner.name),
        (_("État"), str(visit.get_state_display())),
        (_("Naissance"), ", ".join(born)),
        (_("Téléphone"), line.phone),
        (_("E-mail"), told.email),
        (_("Message"), told.message),
        (_("Adresse"), told.address),
        (_("Note"), told.note),
    ):
        if value:
            yield _("%(what)s : %(value)s") % {"what": what, "value": value}
