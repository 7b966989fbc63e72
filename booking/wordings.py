"""The practice's own texts for messages: what they must have, what they had better not say, and how they will look."""

import re
import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from django.utils import translation

from booking import letters
from booking.letters import Letter
from booking.models import Message
from practitioners.models import Practice, Practitioner, VisitType, Wording

# Beginnings of words that tell whoever reads over a shoulder why somebody sees a doctor.
_TELLING: Final = (
    "addict", "allergo", "andrologue", "cancer", "cardio", "chirurg", "contracept", "dermato", "diabet", "endocrin", "frottis",
    "gastro", "genetique", "gyneco", "hemato", "hepat", "infectio", "ivg", "kine", "maternit", "nephro", "neuro", "nutrition", "obstetr",
    "oncolog", "ophtalmo", "orthopho", "palliat", "pediatr", "pneumo", "procto", "psych", "radiolog", "rhumato", "sage-femme", "sexo",
    "sida", "stomato", "tabac", "urolog", "vaccin", "vih",
)  # fmt: skip
_WORD: Final = re.compile(r"[\w-]+")


def problems(text: str, kind: str) -> list[str]:
    """Return the codes of what makes a text unusable: `visits`, `delay`, or `unknown <place>`."""
    found = [] if letters.VISITS in text else ["visits"]
    if kind == Message.Kind.LATE and letters.DELAY not in text:
        found.append("delay")
    if kind == Message.Kind.OFFER and letters.UNTIL not in text:
        found.append("until")
    return found + [f"unknown {place}" for place in letters.unknown_places(text)]


def telling(text: str, practice: Practice) -> list[str]:
    """Return the words of a text that name a speciality or a reason for a visit, each once, as they are written."""
    named = Practitioner.objects.filter(practice=practice).values_list("speciality", flat=True)
    types = VisitType.objects.filter(practitioner__practice=practice).values_list("name", flat=True)
    own = {word for name in (*named, *types) for word in map(_bare, _WORD.findall(name)) if len(word) > 6}
    # Words that any message may have.
    own -= {"consultation", "medecin", "generaliste", "premiere", "rendez-vous", "urgence", "controle"}
    found = [word for word in _WORD.findall(text) if _bare(word).startswith(_TELLING) or _bare(word) in own]
    return list(dict.fromkeys(found))


def current(practice: Practice, kind: str, language: str) -> str:
    """Return the text that is in use."""
    with translation.override(language):
        return letters.own_words(practice, kind) or letters.default_words(kind)


def save(practice: Practice, kind: str, language: str, text: str) -> None:
    """Keep the practice's text; one that is the product's own is not kept."""
    with translation.override(language):
        same = text.strip() == letters.default_words(kind)
    if same:
        Wording.objects.filter(practice=practice, kind=kind, language=language).delete()
    else:
        Wording.objects.update_or_create(
            practice=practice, kind=kind, language=language, defaults={"text": text.strip()}
        )


def preview(practice: Practice, language: str, text: str, now: datetime) -> Letter:
    """Return how a text will look, of an invented visit of tomorrow."""
    with translation.override(letters.spoken(language)):
        start = (now.astimezone(practice.zone) + timedelta(days=1)).replace(hour=14, minute=30, second=0)
        filled = letters.filled(text, letters.sample_values(practice, start))
        made = letters.finished(letters.plain("emails/subject.txt", {}), filled, practice)
        return replace(made, html="")


def _bare(word: str) -> str:
    """A word without capitals and accents."""
    letters_only = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in letters_only if not unicodedata.combining(sign))
