"""Fields for a person's own words: kept as typed, and said plainly when something is wrong."""

import re
import unicodedata
from datetime import date
from typing import Any

import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.words import REGION
from patients.store.people import ADDRESS_LENGTH, MESSAGE_LENGTH, NAME_LENGTH
from practitioners.models import Practice, Practitioner

# A local number is read as one of the practice's own country or territory.
_REGIONS = {
    "guadeloupe": "GP",
    "guyane": "GF",
    "martinique": "MQ",
    "mayotte": "YT",
    "nouvelle-caledonie": "NC",
    "polynesie": "PF",
    "reunion": "RE",
    "saint-barthelemy": "BL",
    "saint-martin": "MF",
    "saint-pierre-et-miquelon": "PM",
    "wallis-et-futuna": "WF",
}
_EMAIL_LENGTH = 254
_BIRTH = re.compile(r"(?P<day>\d{1,2})[\s./-]+(?P<month>\d{1,2})[\s./-]+(?P<year>\d{4})", re.ASCII)
_BIRTH_DIGITS = re.compile(r"(?P<day>\d{2})(?P<month>\d{2})(?P<year>\d{4})", re.ASCII)
_BIRTH_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})", re.ASCII)
_OLDEST = date(1890, 1, 1)
# Letters change their order on screen with these, and so can sentences around them.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class TextField(forms.CharField):
    """A line, or lines, of a person's own words: no control characters, nothing that turns the text around."""

    def __init__(self, *, lines: bool = False, **options: Any) -> None:
        self.allowed = "\n" if lines else ""
        super().__init__(**options)

    def to_python(self, value: Any) -> str:
        """Count a line break once, as browsers do when they stop at the limit."""
        return str(super().to_python(value)).replace("\r\n", "\n").replace("\r", "\n")

    def validate(self, value: str) -> None:
        """Refuse what no keyboard writes on purpose."""
        super().validate(value)
        if any(
            sign in _TURNING or (unicodedata.category(sign) in ("Cc", "Cs") and sign not in self.allowed)
            for sign in value
        ):
            raise ValidationError(_("Des caractères invisibles se sont glissés ici. Effacez ce champ et retapez-le."))


class NameField(TextField):
    """A name in any writing, one letter or eighty; never capitalised by us."""

    def __init__(self, label: Any, autocomplete: str) -> None:
        widget = forms.TextInput(attrs={"autocomplete": autocomplete, "autocapitalize": "words", "spellcheck": "false"})
        too_long = gettext_lazy("Ce nom est trop long : 80 caractères au plus.")
        super().__init__(
            label=label, required=False, max_length=NAME_LENGTH, widget=widget, error_messages={"max_length": too_long}
        )

    def validate(self, value: str) -> None:
        """A name has a letter, and is not a piece of a web page."""
        super().validate(value)
        if value and (not any(sign.isalpha() for sign in value) or "<" in value or ">" in value):
            raise ValidationError(_("Écrivez un nom avec des lettres, sans les signes < et >."))


class BirthDateField(TextField):
    """A date of birth typed as people write it."""

    def __init__(self, autocomplete: str) -> None:
        super().__init__(
            label=gettext_lazy("Date de naissance"),
            help_text=gettext_lazy("Par exemple : 5/3/1987"),
            required=False,
            max_length=30,
            widget=forms.TextInput(attrs={"autocomplete": autocomplete, "inputmode": "text"}),
            error_messages={"max_length": gettext_lazy("Écrivez le jour, le mois et l’année : 5/3/1987.")},
        )

    def clean(self, value: Any) -> Any:
        """Return the date, or None when the field is empty."""
        typed = super().clean(value)
        return _birth_date(typed) if typed else None


class PhoneField(TextField):
    """A number that exists, French unless it begins with a country."""

    def __init__(self, practice: Practice) -> None:
        self.region = _REGIONS.get(practice.holiday_zone, REGION)
        super().__init__(
            label=gettext_lazy("Numéro de téléphone"),
            help_text=gettext_lazy("Pour un numéro étranger, commencez par + et le pays."),
            required=False,
            max_length=40,
            widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
            error_messages={"max_length": gettext_lazy("Ce numéro est trop long.")},
        )

    def clean(self, value: Any) -> str:
        """Return the number as people read it: « 01 23 45 67 89 »."""
        typed = super().clean(value)
        return _phone(typed, self.region) if typed else ""


def email_field() -> forms.Field:
    wrong = _("Écrivez une adresse complète, comme prenom@exemple.fr.")
    return TextField(
        label=_("Adresse e-mail"),
        required=False,
        max_length=_EMAIL_LENGTH,
        validators=[EmailValidator(wrong)],
        widget=forms.TextInput(attrs={"type": "email", "autocomplete": "email", "spellcheck": "false"}),
        error_messages={"max_length": wrong},
    )


def known_field(practitioner: Practitioner) -> forms.Field:
    missing = _("Répondez à cette question.")
    return forms.ChoiceField(
        label=_("La personne qui vient a-t-elle déjà consulté %(name)s ?") % {"name": practitioner.name},
        choices=[("known", _("Oui, déjà suivie")), ("new", _("Non, première fois"))],
        widget=forms.RadioSelect,
        error_messages={"required": missing, "invalid_choice": missing},
    )


def address_field() -> forms.Field:
    return TextField(
        label=_("Adresse de la visite"),
        help_text=_("Rue, étage, code, ville."),
        lines=True,
        max_length=ADDRESS_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        error_messages={
            "required": _("Indiquez l’adresse où venir."),
            "max_length": _("Cette adresse est trop longue : 200 caractères au plus."),
        },
    )


def message_field() -> forms.Field:
    return TextField(
        label=_("Message pour le cabinet"),
        help_text=_("300 caractères au plus. N’écrivez aucune information médicale."),
        lines=True,
        required=False,
        max_length=MESSAGE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        error_messages={"max_length": _("Ce message est trop long : 300 caractères au plus.")},
    )


def _birth_date(typed: str) -> date:
    wrong = ValidationError(_("Écrivez le jour, le mois et l’année : 5/3/1987."))
    found = next((m for form in (_BIRTH, _BIRTH_DIGITS, _BIRTH_ISO) if (m := form.fullmatch(typed))), None)
    if found is None:
        raise wrong
    try:
        born = date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        raise wrong from None
    if not _OLDEST <= born <= date.today():  # noqa: DTZ011 - a day more or less does not matter here
        raise ValidationError(_("Cette date de naissance n’est pas possible. Vérifiez l’année."))
    return born


def _phone(typed: str, region: str) -> str:
    for home in dict.fromkeys((region, REGION)):
        try:
            parsed = phonenumbers.parse(typed, home)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(parsed):
            national = parsed.country_code == phonenumbers.country_code_for_region(REGION)
            kind = phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
            return str(phonenumbers.format_number(parsed, kind))
    raise ValidationError(_("Ce numéro n’existe pas. Exemples : 06 12 34 56 78, +41 79 123 45 67."))
