"""JSON for programs: the same parts as the copy that a patient gets of one appointment."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.conf import settings

from booking import copies
from booking.exports.lines import Line
from booking.my_data import visit_part
from practitioners.models import Practice


def head(practice: Practice, first: date, last: date, now: datetime) -> str:
    """Return who gives this, when, and for which days."""
    told = {
        "issued_by": practice.name,
        "issued_from": settings.SITE_URL,
        "issued_at": now.astimezone(practice.zone).isoformat(timespec="minutes"),
        "from": first.isoformat(),
        "to": last.isoformat(),
    }
    return json.dumps(told, ensure_ascii=False)[:-1] + ', "appointments": [\n'


def body(lines: Iterable[Line], _now: datetime, *, first: bool) -> str:
    """Return one line an appointment."""
    written = ",\n".join(json.dumps(_visit(line), ensure_ascii=False) for line in lines)
    return written if first or not written else f",\n{written}"


def foot(number: int) -> str:
    """Close it, with the number: a file that broke off is no JSON, and does not have it."""
    return f'\n], "number": {number}}}\n'


def _visit(line: Line) -> dict[str, Any]:
    part = visit_part(line.visit, complete=True)
    if line.shown.record is None:
        return {**part, "closed": line.shown.why}
    return {**part, **copies.opened_part(line.shown)}
