"""Who receives in the practitioner's place, and what patients read of it."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agenda.settings.guarded import GuardedForm
from agenda.settings.opening_rows import DayField
from practitioners.models import Practitioner, Replacement


class ReplacementForm(GuardedForm):
    """One replacement."""

    first_day = DayField(label=gettext_lazy("Du"))
    last_day = DayField(label=gettext_lazy("Au (inclus)"))

    class Meta:
        model = Replacement
        fields = ("name", "first_day", "last_day", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Qui remplace")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("La fin vient après le début."))
        for name, day in (("first_day", first), ("last_day", last)):
            if day and not 2000 <= day.year <= 2099:
                self.add_error(name, _("Choisissez des dates entre 2000 et 2099."))
        return cleaned

    def validate_constraints(self) -> None:
        """The database's own words add nothing to a sentence that is already there."""
        if not self.errors:
            super().validate_constraints()


class HolidaysForm(GuardedForm):
    """Whether a practitioner receives on public holidays as on any day."""

    class Meta:
        model = Practitioner
        fields = ("works_holidays",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["works_holidays"].label = _("Reçoit tous les jours fériés, comme un jour ordinaire")
