"""The forms of the pages that export and import."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from agenda.desk_forms.fields import day_field, same
from booking.exports import Kind
from practitioners.models import Practitioner

# How far the page proposes to look ahead, and back: as long as who came is kept.
AHEAD, BACK = timedelta(days=365), timedelta(days=120)


class ExportForm(forms.Form):
    """Whose appointments, between which days, as which file."""

    use_required_attribute = False

    def __init__(self, agendas: Sequence[Practitioner], today: date, *args: Any, **options: Any) -> None:
        options.setdefault("initial", {"first": today - BACK, "last": today + AHEAD, "p": [one.pk for one in agendas]})
        super().__init__(*args, **options)
        self.agendas = agendas
        none = _("Cochez au moins un agenda.")
        self.fields["p"] = forms.TypedMultipleChoiceField(
            label=_("Agendas"),
            choices=[(one.pk, one.name) for one in agendas],
            coerce=int,
            widget=forms.CheckboxSelectMultiple,
            error_messages={**same(none), "invalid_list": none},
        )
        self.fields["first"] = day_field(_("Du"))
        self.fields["last"] = day_field(_("Au"))
        self.fields["as"] = forms.ChoiceField(
            choices=[(kind.value, kind.value) for kind in Kind], error_messages=same(_("Choisissez un fichier."))
        )

    def clean(self) -> dict[str, Any]:
        """The days come in their order."""
        cleaned = super().clean() or self.cleaned_data
        if {"first", "last"} <= set(cleaned) and cleaned["last"] < cleaned["first"]:
            self.add_error("last", _("Le dernier jour vient après le premier."))
        return cleaned

    def chosen(self) -> list[Practitioner]:
        """Return the agendas that were ticked."""
        return [one for one in self.agendas if one.pk in self.cleaned_data["p"]]
