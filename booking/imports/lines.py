"""What one line of a file means here: whose agenda, when, for how long, for what, and who comes.

What is not understood of a person goes into the note for staff, as it stands: nothing that a file says is lost, and nothing
stands in the way but a time, a name or an agenda that is none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from booking.desk import Coming, Identity, Person, Visit
from booking.forms import fields
from booking.imports import values
from booking.imports.columns import Part
from booking.imports.reading import Row, Table
from booking.imports.values import Moment
from booking.likeness import words_of
from clicdocteur.grid import CELL_MINUTES, OutOfRange, cell_at, instant_of
from patients.store.people import ADDRESS_LENGTH, NOTE_LENGTH
from practitioners.models import Practice, Practitioner, VisitType

LONGEST = 12 * 60
_TITLES = frozenset({"dr", "docteur", "docteure", "doctor", "pr", "professeur", "mme", "m", "mr", "monsieur", "madame"})


@dataclass(frozen=True, slots=True)
class Draft:
    """A line as it is understood. `wrong` says why it cannot be an appointment; `remarks` what to know of it."""

    number: int
    who: str
    said: str
    start: int | None = None
    minutes: int = 0
    visit_type: VisitType | None = None
    coming: Coming | None = None
    wrong: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    is_cancelled: bool = False


@dataclass(frozen=True)
class Choices:
    """How a file is to be read: what each column says, and what holds where it says nothing. `types` are all that there are."""

    practice: Practice
    types: Sequence[VisitType]
    columns: Sequence[Part | None]
    usual: VisitType
    language: str = "fr"

    @cached_property
    def agendas(self) -> dict[frozenset[str], Practitioner]:
        """The practitioners by the words of their names, titles left off."""
        return {_name(one.practitioner.name): one.practitioner for one in self.types}

    @cached_property
    def parsers(self) -> dict[Part, fields.TextField]:
        """The fields of the desk's own form: what they refuse is refused here."""
        return {
            Part.LAST_NAME: fields.NameField("", "off"),
            Part.FIRST_NAME: fields.NameField("", "off"),
            Part.BIRTH_DATE: fields.BirthDateField("off"),
            Part.PHONE: fields.PhoneField(self.practice),
            Part.EMAIL: fields.email_field(),  # type: ignore[dict-item]
            Part.NOTE: fields.TextField(required=False, lines=True),
        }


@dataclass
class _Reading:
    """One line while it is being read."""

    cells: Mapping[Part, str]
    choices: Choices
    wrong: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def cell(self, part: Part) -> str:
        """What the file says of a part; nothing where it has no such column."""
        return self.cells.get(part, "")


def drafts(table: Table, choices: Choices) -> list[Draft]:
    """Return what each line means, in their order. No query."""
    return [_draft(row, choices) for row in table.rows]


def _draft(row: Row, choices: Choices) -> Draft:
    cells = {part: cell for part, cell in zip(choices.columns, row.cells, strict=True) if part}
    line = _Reading(cells, choices)
    said = " ".join(filter(None, (line.cell(part) for part in (Part.START, Part.DAY, Part.CLOCK))))
    who = " ".join(filter(None, (line.cell(part) for part in (Part.FULL_NAME, Part.FIRST_NAME, Part.LAST_NAME))))
    if values.is_cancelled(line.cell(Part.STATE)):
        return Draft(row.number, who, said, is_cancelled=True)
    if line.cell(Part.REPEATS):
        line.wrong.append(_("Un rendez-vous qui se répète : notez-le à la main, avec « Série »."))
    kind = _visit_type(line)
    begins = _begins(line)
    start = _cell(line, begins)
    lasts = _minutes(line, begins, kind) if kind else 0
    coming = _coming(line)
    return Draft(row.number, who, said, start, lasts, kind, coming, tuple(line.wrong), tuple(line.remarks))


# When.


def _begins(line: _Reading) -> Moment | None:
    zone = line.choices.practice.zone
    whole = line.cell(Part.START) or line.cell(Part.DAY)
    found = values.moment(whole, zone) if whole else None
    if found is None:
        line.wrong.append(_("La date n’est pas comprise. Exemples : 05/01/2026, 2026-01-05."))
        return None
    if line.cell(Part.CLOCK):
        found = Moment(found.day, values.clock(line.cell(Part.CLOCK)))
    if found.minute is None:
        line.wrong.append(_("L’heure manque ou n’est pas comprise. Exemples : 14:30, 14h30."))
        return None
    return found


def _cell(line: _Reading, begins: Moment | None) -> int | None:
    if begins is None or begins.minute is None:
        return None
    if begins.minute % CELL_MINUTES:
        line.wrong.append(_("L’agenda compte de cinq en cinq minutes."))
        return None
    zone = line.choices.practice.zone
    try:
        start = cell_at(begins.day, begins.minute, zone)
    except OutOfRange:
        line.wrong.append(_("Cette année n’est pas servie : de 2000 à 2099."))
        return None
    there = instant_of(start).astimezone(zone)
    if there.hour * 60 + there.minute != begins.minute:
        line.wrong.append(_("Cette heure n’existe pas ce jour-là : les montres avancent."))
        return None
    return start


def _minutes(line: _Reading, begins: Moment | None, kind: VisitType) -> int:
    """Return how long the visit lasts: as the file says, by a length or by an end; else as its type does."""
    if line.cell(Part.DURATION):
        found = values.minutes(line.cell(Part.DURATION))
    elif line.cell(Part.END) and begins:
        found = _until(line, begins)
    else:
        return kind.duration(new_patient=False)
    if not found or not 0 < found <= LONGEST:
        line.wrong.append(_("La durée n’est pas comprise, ou dépasse douze heures."))
        return 0
    return -(-found // CELL_MINUTES) * CELL_MINUTES


def _until(line: _Reading, begins: Moment) -> int | None:
    zone = line.choices.practice.zone
    ends = values.moment(line.cell(Part.END), zone)
    if ends is None:
        ends = Moment(begins.day, values.clock(line.cell(Part.END)))
    if ends.minute is None or begins.minute is None:
        return None
    return (ends.day - begins.day).days * 24 * 60 + ends.minute - begins.minute


# Whose, and what for.


def _visit_type(line: _Reading) -> VisitType | None:
    practitioner = _practitioner(line)
    if practitioner is None:
        return None
    theirs = [one for one in line.choices.types if one.practitioner == practitioner]
    wanted = line.cell(Part.VISIT_TYPE)
    found = _named(theirs, wanted)
    if found is not None:
        return found
    usual = line.choices.usual
    instead = usual if usual in theirs else _named(theirs, usual.name) or theirs[0]
    if wanted:
        line.remarks.append(_("Motif inconnu ici : ce sera « %(name)s ».") % {"name": instead.name})
    return instead


def _named(types: Iterable[VisitType], name: str) -> VisitType | None:
    wanted = words_of(name)
    return next((one for one in types if wanted and words_of(one.name) == wanted), None)


def _practitioner(line: _Reading) -> Practitioner | None:
    said = line.cell(Part.PRACTITIONER)
    if not said:
        return line.choices.usual.practitioner
    wanted = _name(said)
    fitting = [one for name, one in line.choices.agendas.items() if wanted and (wanted <= name or name <= wanted)]
    if len(fitting) == 1:
        return fitting[0]
    line.wrong.append(_("Ce praticien n’est pas un agenda que vous ouvrez."))
    return None


def _name(text: str) -> frozenset[str]:
    return frozenset(words_of(text)) - _TITLES


# Who.


def _coming(line: _Reading) -> Coming | None:
    last, first = line.cell(Part.LAST_NAME), line.cell(Part.FIRST_NAME)
    if not last and not first:
        last, first = values.names(line.cell(Part.FULL_NAME))
    try:
        parsers = line.choices.parsers
        last, first = parsers[Part.LAST_NAME].clean(last), parsers[Part.FIRST_NAME].clean(first)
    except ValidationError as refused:
        line.wrong.extend(str(one) for one in refused.messages)
        return None
    if not last and not first:
        line.wrong.append(_("Le nom manque."))
        return None
    born: date | None = _understood(line, Part.BIRTH_DATE, _("Date de naissance")) or None
    phone = _understood(line, Part.PHONE, _("Téléphone"))
    if not phone:
        phone = _understood(line, Part.OTHER_PHONE, _("Autre téléphone"))
    elif line.cell(Part.OTHER_PHONE):
        line.notes.append(_("Autre téléphone : %(number)s") % {"number": line.cell(Part.OTHER_PHONE)})
    email = _understood(line, Part.EMAIL, _("E-mail"))
    address = line.cell(Part.ADDRESS)[:ADDRESS_LENGTH]
    visit = Visit(email=email, phone=phone, address=_clean(line, address), note=_note(line))
    return Coming(Identity((Person(last, first, born),)), visit, line.choices.language)


def _understood(line: _Reading, part: Part, label: str) -> Any:
    """Return what the desk's own field makes of a cell; what it refuses goes into the note."""
    cell = line.cell(part)
    is_phone = part in (Part.PHONE, Part.OTHER_PHONE)
    try:
        return line.choices.parsers[Part.PHONE if is_phone else part].clean(values.phone(cell) if is_phone else cell)
    except ValidationError:
        line.remarks.append(_("%(what)s : non compris, gardé dans la note.") % {"what": label})
        line.notes.append(f"{label} : {cell}")
        return ""


def _note(line: _Reading) -> str:
    said = "\n".join(filter(None, [line.cell(Part.NOTE), *line.notes]))
    if len(said) > NOTE_LENGTH:
        line.remarks.append(_("La note est trop longue : sa fin est coupée."))
    return _clean(line, said[:NOTE_LENGTH])


def _clean(line: _Reading, text: str) -> str:
    """Return a text without the signs that the desk's fields refuse."""
    try:
        cleaned: str = line.choices.parsers[Part.NOTE].clean(text)
    except ValidationError:
        return "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text).strip()
    return cleaned
