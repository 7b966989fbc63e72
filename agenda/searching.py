"""One field for whoever is looked for: what was typed in it, and who was found, in the practice's words."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agenda.addresses import around_visit
from agenda.desk_forms import DATE, known_line
from agenda.vault import StaffRequest
from booking import people, words
from booking.forms import fields
from booking.identities import PastLimit
from booking.likeness import Sought
from booking.models import Appointment
from booking.people import Found

LONGEST = 200
# Of somebody who comes every week the nearest visits are shown, and how many more there are.
_PAST, _COMING = 3, 4
_NUMBER = re.compile(r"[+(]?\d[\d\s().+/-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Meeting:
    """A visit of somebody who was found: its page, and when and with whom."""

    address: str
    said: str


@dataclass(frozen=True, slots=True)
class Hit:
    """Likely one person, as the page shows them."""

    found: Found
    known: str
    coming: list[Meeting]
    past: list[Meeting]
    rest: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search shows: who, or one sentence why nobody. `closed` when the hour's limit of identities is reached."""

    hits: list[Hit]
    said: str = ""
    closed: bool = False
    is_wrong: bool = False


def wanted(typed: str) -> Sought:
    """Return whom one line looks for: a birth date, a number, and whatever else is a name. Raises ValidationError."""
    typed = typed[:LONGEST]
    born: date | None = None
    if found := DATE.search(typed):
        born = fields.BirthDateField("off").clean(found.group())
        typed = typed[: found.start()] + " " + typed[found.end() :]
    number = _NUMBER.search(typed)
    digits = re.sub(r"\D", "", number.group()) if number else ""
    if born is None and len(digits) == 8 and (born := _date_of(digits)):
        digits = ""
    return Sought(_NUMBER.sub(" ", typed), born, digits)


def answer(request: StaffRequest, typed: str) -> Answer:
    """Look for who was typed in all agendas that the reader may open."""
    if request.vault is None or not typed.strip():
        return Answer([])
    try:
        sought = wanted(typed)
    except ValidationError as wrong:
        return Answer([], " ".join(wrong.messages), is_wrong=True)
    if not sought.is_enough:
        return Answer([], _("Tapez au moins deux lettres, une date de naissance, ou quatre chiffres d’un numéro."))
    now, agendas = timezone.now(), list(request.vault.practitioners())
    try:
        results = people.search(agendas, sought, request.vault, now, nearest=(_PAST, _COMING))
    except PastLimit:
        return Answer([], closed=True)
    page = "{}".join(around_visit())
    hits = [_hit(one, now, request.practice.zone, page) for one in results.people]
    return Answer(hits, _how_many(len(hits), results.more))


def _how_many(shown: int, more: int) -> str:
    if more:
        said = {"shown": shown, "all": shown + more}
        return _("%(shown)d personnes sur %(all)d. Tapez-en plus pour voir les autres.") % said
    if not shown:
        return _("Personne. Vérifiez l’orthographe, ou cherchez par la date de naissance ou le numéro.")
    return ngettext("%(number)d personne.", "%(number)d personnes.", shown) % {"number": shown}


def _hit(found: Found, now: datetime, zone: ZoneInfo, page: str) -> Hit:
    past = [one for one in found.visits if one.start < now][::-1]
    coming = [one for one in found.visits if one.start >= now]
    left = found.left + max(0, len(past) - _PAST) + max(0, len(coming) - _COMING)
    rest = ngettext("et %(number)d autre", "et %(number)d autres", left) % {"number": left} if left else ""
    return Hit(
        found,
        known_line(found.person.birth_date, found.visit.phone, found.visit.email),
        [_meeting(one, now, zone, page) for one in coming[:_COMING]],
        [_meeting(one, now, zone, page) for one in past[:_PAST]],
        rest,
    )


def _meeting(visit: Appointment, now: datetime, zone: ZoneInfo, page: str) -> Meeting:
    year = visit.start.astimezone(zone).year != now.astimezone(zone).year
    said = f"{words.moment(visit.start, zone, year=year)} · {visit.practitioner.name}"
    if visit.visit_type is not None:
        said += f" · {visit.visit_type.name}"
    if visit.state not in ("booked", "seen"):
        said += f" · {visit.get_state_display()}"
    return Meeting(page.format(visit.pk), said)


def _date_of(digits: str) -> date | None:
    """Return the date that eight digits are, if they are one: 05031987."""
    try:
        born: date | None = fields.BirthDateField("off").clean(digits)
    except ValidationError:
        return None
    return born
