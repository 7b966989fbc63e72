"""CSV as spreadsheet programs of this country open it: semicolons, UTF-8 with its mark, CRLF; no cell is ever run (M12)."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import StringIO

from django.utils.translation import gettext as _

from booking.exports.lines import Line
from booking.formulas import harmless
from practitioners.models import Practice

MARK = "\ufeff"


def head(_practice: Practice, _first: date, _last: date, _now: datetime) -> str:
    """Return the first line: what each column is."""
    return MARK + _row(
        [
            *(_("Date"), _("Heure"), _("Durée (minutes)"), _("Praticien"), _("Lieu"), _("Motif"), _("État")),
            *(_("Nom"), _("Prénom"), _("Date de naissance"), _("Téléphone"), _("E-mail"), _("Autres personnes")),
            *(_("Réservé par"), _("Message"), _("Adresse"), _("Note"), _("Fiche fermée")),
        ]
    )


def body(lines: Iterable[Line], _now: datetime, *, first: bool) -> str:
    """Return one row an appointment; the first person has columns of their own, others of a family stand in one."""
    return "".join(map(_visit, lines))


def foot(_number: int) -> str:
    """A table ends with its last row."""
    return ""


def _visit(line: Line) -> str:
    visit, told = line.visit, line.for_staff
    one = line.persons[0] if line.persons else None
    return _row(
        [
            f"{line.start:%d/%m/%Y}",
            f"{line.start:%H:%M}",
            str(line.minutes),
            visit.practitioner.name,
            visit.location.label,
            line.what,
            str(visit.get_state_display()),
            one.last_name if one else "",
            one.first_name if one else "",
            f"{one.birth_date:%d/%m/%Y}" if one and one.birth_date else "",
            line.phone,
            told.email,
            ", ".join(other.full_name for other in line.persons[1:]),
            line.booker.full_name if line.booker else "",
            told.message,
            told.address,
            told.note,
            line.shown.why,
        ]
    )


def _row(cells: Sequence[str]) -> str:
    written = StringIO()
    csv.writer(written, delimiter=";", lineterminator="\r\n").writerow([harmless(cell) for cell in cells])
    return written.getvalue()
