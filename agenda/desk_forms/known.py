"""What is known of a person besides the name, as one line says it."""

import re
from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from booking import words
from booking.forms import fields
from practitioners.models import Practice

_EMAIL = re.compile(r"\S+@\S+")
DATE = re.compile(r"(?<!\d)(\d{1,2}[/.-]\d{1,2}[/.-]\d{4}|\d{4}-\d{2}-\d{2})(?!\d)", re.ASCII)
_ONLY_DATE = re.compile(r"\d{1,2}[\s./-]+\d{1,2}[\s./-]+\d{4}|\d{8}|\d{4}-\d{2}-\d{2}", re.ASCII)


class Known(NamedTuple):
    """What one line said of a person."""

    birth_date: date | None = None
    phone: str = ""
    email: str = ""


class KnownField(fields.TextField):
    """A birth date, a telephone number, an e-mail address, or several of them, in one line and in any order."""

    def __init__(self, practice: Practice) -> None:
        self._phone, self._birth = fields.PhoneField(practice), fields.BirthDateField("off")
        self._email = fields.email_field()
        super().__init__(
            label=gettext_lazy("Naissance, téléphone ou e-mail"),
            help_text=gettext_lazy("Par exemple 5/3/1987, ou 06 12 34 56 78, ou les deux."),
            required=False,
            max_length=400,
            widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            error_messages={"max_length": gettext_lazy("C’est trop long.")},
        )

    def clean(self, value: Any) -> Any:
        """Return the parts. Raises ValidationError, in the words of the part that is wrong."""
        typed = str(super().clean(value))
        found = _EMAIL.search(typed)
        email = self._email.clean(found.group().strip(",;<>")) if found else ""
        rest = _EMAIL.sub(" ", typed, count=1).strip(" ,;")
        return Known(*self._birth_and_phone(rest), email)

    def _birth_and_phone(self, typed: str) -> tuple[date | None, str]:
        if not typed:
            return None, ""
        if _ONLY_DATE.fullmatch(typed):
            return self._birth_or_phone(typed)
        found = DATE.search(typed)
        if found is None:
            return None, self._phone.clean(typed)
        rest = (typed[: found.start()] + " " + typed[found.end() :]).strip(" ,;")
        return self._birth.clean(found.group()), self._phone.clean(rest) if rest else ""

    def _birth_or_phone(self, typed: str) -> tuple[date | None, str]:
        """Eight digits are a date, but for the islands where they are a number."""
        try:
            return self._birth.clean(typed), ""
        except ValidationError:
            try:
                return None, self._phone.clean(typed)
            except ValidationError:
                pass
            raise


def known_line(birth_date: date | None, phone: str, email: str) -> str:
    """Return the line that says this of a person: what `KnownField` reads."""
    born = f"{birth_date:%d/%m/%Y}" if birth_date else ""
    return "  ".join(filter(None, (born, words.phone(phone).replace("\u00a0", " ") if phone else "", email)))
