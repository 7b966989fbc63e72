"""Fields that several forms of the desk have."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _

from agenda.bar import FIRST_DAY, LAST_DAY
from booking import words
from booking.forms import fields
from patients.store.people import NOTE_LENGTH
from practitioners.models import VisitType


def type_field(types: Iterable[VisitType]) -> forms.ChoiceField:
    """Visit types, grouped by practitioner where there are several."""
    grouped: dict[str, list[tuple[str, str]]] = {}
    for one in types:
        grouped.setdefault(one.practitioner.name, []).append((str(one.pk), _said(one)))
    choices: list[Any] = (
        list(grouped.items()) if len(grouped) > 1 else [row for rows in grouped.values() for row in rows]
    )
    return forms.ChoiceField(
        label=_("Motif"), choices=choices, error_messages=same(_("Choisissez un motif de la liste."))
    )


def day_field(label: str, *, required: bool = True) -> forms.DateField:
    """A day in the years that the agenda serves."""
    wrong = _("Choisissez un jour entre 2001 et 2098.")
    return forms.DateField(
        label=label,
        required=required,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=[MinValueValidator(FIRST_DAY, wrong), MaxValueValidator(LAST_DAY, wrong)],
        error_messages=same(wrong),
    )


def note_field(length: int = NOTE_LENGTH) -> forms.Field:
    """A note of staff for staff."""
    return fields.TextField(
        label=_("Note pour le cabinet"),
        help_text=_("Scellée comme le nom. Pas d’information médicale."),
        lines=True,
        required=False,
        max_length=length,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        error_messages={
            "max_length": _("Cette note est trop longue : %(length)d caractères au plus.") % {"length": length}
        },
    )


def address_field() -> forms.Field:
    """Where a visit at home goes."""
    address = fields.address_field()
    address.required = False
    address.help_text = _("Pour une visite à domicile.")
    return address


def _said(visit_type: VisitType) -> str:
    lengths = dict.fromkeys((visit_type.duration_known, visit_type.duration_new))
    return f"{visit_type.name} · {' / '.join(map(words.duration, lengths))}"


def same(wrong: str) -> dict[str, str]:
    """Return one sentence for whatever is wrong with a field."""
    return {"required": wrong, "invalid": wrong, "invalid_choice": wrong}
