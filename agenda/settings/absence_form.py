"""An absence as people say it: a day, several, part of one, or again every few weeks."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agenda.settings.guarded import GuardedForm
from agenda.settings.opening_rows import DayField
from agenda.settings.rules import AbsenceForm as AbsenceRules
from agenda.settings.rules import ClockField
from practitioners.models import Absence
from practitioners.models.opening import DAY_MINUTES

_WEEKS = (
    (0, _("une seule fois")),
    (1, _("chaque semaine")),
    (2, _("toutes les deux semaines")),
    (3, _("toutes les trois semaines")),
    (4, _("toutes les quatre semaines")),
)


class AbsenceForm(AbsenceRules, GuardedForm):
    """One absence. What is left empty is the natural thing: the same day, from morning to night, once."""

    first_day = DayField(label=_("Du"))
    start_minute = ClockField(label=_("À partir de (heure)"), required=False)
    last_day = DayField(label=_("Au (inclus)"), required=False)
    end_minute = ClockField(label=_("Jusqu’à (heure)"), required=False)
    repeat_weeks = forms.TypedChoiceField(label=_("Se répète"), coerce=int, choices=_WEEKS)
    repeat_until = DayField(label=_("Jusqu’au (inclus)"), required=False)

    class Meta:
        model = Absence
        fields = ("reason", "first_day", "start_minute", "last_day", "end_minute", "repeat_weeks", "repeat_until")
        widgets = {"reason": forms.RadioSelect()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("Pourquoi")
        self.fields["reason"].help_text = _("Pour le cabinet seulement : les patients lisent « absence ».")
        self.fields["reason"].choices = Absence.Reason.choices  # type: ignore[attr-defined]
        self.fields["last_day"].help_text = _("Vide : le même jour.")
        self.fields["start_minute"].help_text = _("Vide : dès le matin.")
        self.fields["end_minute"].help_text = _("Vide : toute la journée.")
        weeks = self.instance.repeat_weeks
        if weeks > 4:
            self.fields["repeat_weeks"].choices = [*_WEEKS, (weeks, _("toutes les %d semaines") % weeks)]  # type: ignore[attr-defined]
        # The whole day is what an empty field says.
        for name, whole in (("start_minute", 0), ("end_minute", DAY_MINUTES)):
            if self.initial.get(name) == whole:
                self.initial[name] = None

    def clean_start_minute(self) -> int:
        """Empty: from the morning on."""
        return self.cleaned_data["start_minute"] or 0

    def clean_last_day(self) -> date | None:
        """Empty: the same day."""
        return self.cleaned_data["last_day"] or self.cleaned_data.get("first_day")

    def clean_end_minute(self) -> int:
        """Empty: until midnight."""
        typed: int | None = self.cleaned_data["end_minute"]
        return DAY_MINUTES if typed is None else typed
