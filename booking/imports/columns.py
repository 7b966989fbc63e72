"""What a column says, known by its heading as the usual programs write it. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Part(StrEnum):
    """What a column of a file can say of an appointment."""

    LAST_NAME = "last_name"
    FIRST_NAME = "first_name"
    FULL_NAME = "full_name"
    BIRTH_DATE = "birth_date"
    PHONE = "phone"
    OTHER_PHONE = "other_phone"
    EMAIL = "email"
    DAY = "day"
    CLOCK = "clock"
    START = "start"
    END = "end"
    DURATION = "duration"
    VISIT_TYPE = "visit_type"
    PRACTITIONER = "practitioner"
    STATE = "state"
    ADDRESS = "address"
    NOTE = "note"
    REPEATS = "repeats"


_WORDS: Final = MappingProxyType(
    {
        Part.LAST_NAME: "nom|nom de famille|nom du patient|nom patient|patient nom|nom usuel|nom d usage|last name|"
        "lastname|surname|family name",
        Part.FIRST_NAME: "prenom|prenoms|prenom du patient|prenom patient|patient prenom|first name|firstname|given name",
        Part.FULL_NAME: "patient|nom complet|nom et prenom|nom prenom|prenom nom|nom prenom du patient|identite|name|"
        "full name|titre|title|subject|objet|summary",
        Part.BIRTH_DATE: "date de naissance|naissance|ne e le|ne le|nee le|ddn|date naissance|date de naissance du "
        "patient|birth date|birthdate|date of birth|dob|born",
        Part.PHONE: "telephone|tel|telephone portable|tel portable|portable|mobile|numero de telephone|telephone mobile|"
        "telephone du patient|telephone 1|phone|phone number|mobile phone|cell",
        Part.OTHER_PHONE: "telephone fixe|fixe|tel fixe|telephone secondaire|telephone 2|autre telephone|home phone|landline",
        Part.EMAIL: "e mail|email|mail|courriel|adresse e mail|adresse email|adresse mail|e mail du patient|email patient|"
        "email address",
        Part.DAY: "date|jour|date du rendez vous|date du rdv|date rdv|date de rendez vous|date de rdv|date de debut|"
        "appointment date|day|start date",
        Part.CLOCK: "heure|heure du rendez vous|heure du rdv|heure rdv|heure de debut|heure debut|horaire|time|start time|hour",
        Part.START: "debut|date et heure|date heure|date et heure de debut|debut du rendez vous|date de debut et heure|"
        "dtstart|start|starts at|datetime|date time",
        Part.END: "fin|heure de fin|heure fin|date et heure de fin|fin du rendez vous|dtend|end|end time|ends at",
        Part.DURATION: "duree|duree minutes|duree min|duree en minutes|duree du rendez vous|duree du rdv|duration|"
        "duration minutes|length",
        Part.VISIT_TYPE: "motif|motif de consultation|motif du rendez vous|motif de rendez vous|motif du rdv|motif rdv|"
        "type de rendez vous|type de rdv|type de consultation|type|acte|visit type|reason|visit motive|categories",
        Part.PRACTITIONER: "praticien|medecin|docteur|agenda|nom du praticien|soignant|professionnel|professionnel de sante|"
        "practitioner|doctor|calendar|provider",
        Part.STATE: "statut|etat|statut du rendez vous|statut du rdv|statut rdv|status|state",
        Part.ADDRESS: "adresse|adresse de la visite|adresse postale|address",
        Part.NOTE: "note|notes|commentaire|commentaires|remarque|remarques|observation|observations|message|comment|comments",
        Part.REPEATS: "repetition|recurrence|rrule",
    }
)
_KNOWN: Final = MappingProxyType({word: part for part, words in _WORDS.items() for word in words.split("|")})


def plain(heading: str) -> str:
    """Return a heading as it is compared: without case, accents and signs."""
    bare = unicodedata.normalize("NFKD", heading.casefold())
    letters = "".join(sign for sign in bare if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", letters).split())


def recognise(headings: Sequence[str]) -> tuple[Part | None, ...]:
    """Return what each column says, each part once, or None; « patient » is a whole name only where no other column is one."""
    found: list[Part | None] = []
    for heading in headings:
        part = _KNOWN.get(plain(heading))
        found.append(part if part not in found else None)
    if Part.FULL_NAME in found and Part.LAST_NAME in found:
        found[found.index(Part.FULL_NAME)] = None
    return tuple(found)


def lacking(columns: Sequence[Part | None]) -> str:
    """Return what is missing before a line can be an appointment: `name`, `day`, `clock`, or nothing; `twice` for one part in two columns."""
    said = [one for one in columns if one is not None]
    if len(said) != len(set(said)):
        return "twice"
    if not {Part.LAST_NAME, Part.FIRST_NAME, Part.FULL_NAME} & set(said):
        return "name"
    if Part.START in said or {Part.DAY, Part.CLOCK} <= set(said):
        return ""
    return "clock" if Part.DAY in said else "day"
