"""Fields and forms whose rules are the plan's own: wall times as people write them, refusals in words."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from practitioners.models.opening import DAY_MINUTES, clock
from practitioners.openings import AbsenceRule, OpeningRule, Problem, check_absence, check_opening

_TYPED = re.compile(r"(\d{1,2})(?:\s*[:hH.]\s*(\d{2})?)?")

WORDS = {
    Problem.NO_SINGLE_DAY: ("weekday", _("Choisissez un jour de la semaine ou une date, l’un des deux.")),
    Problem.REPLACES_NOTHING: ("replaces", _("Seule une plage à une date peut remplacer les plages du jour.")),
    Problem.OUTSIDE_THE_CALENDAR: (None, _("Choisissez des dates entre 2000 et 2099.")),
    Problem.EMPTY: ("end_minute", _("La fin vient après le début.")),
    Problem.CROSSES_MIDNIGHT: (
        "end_minute",
        _("La fin vient après le début. Une garde de nuit se saisit en deux fois : 22:00–24:00, puis 00:00–02:00."),
    ),
    Problem.NEVER_VALID: ("valid_to", _("La date de fin vient avant celle de début : la plage ne vaudrait jamais.")),
    Problem.HALF_A_RELEASE: ("released_minute", _("Indiquez les jours et l’heure, ou aucun des deux.")),
    Problem.BAD_RELEASE: ("released_minute", _("Indiquez une heure avant 24:00.")),
    Problem.ENDS_BEFORE_IT_STARTS: ("last_day", _("La fin vient après le début.")),
    Problem.BAD_REPEAT: ("repeat_until", _("La répétition finit avant d’avoir commencé.")),
}


class ClockField(forms.Field):
    """Minutes of the day, shown as `09:30`, typed as `9:30`, `9h30`, `9 h` or `24:00`."""

    widget = forms.TextInput(attrs={"size": 6, "class": "vClockField", "inputmode": "text", "autocomplete": "off"})
    default_error_messages = {"clock": _("Une heure, par exemple 09:30 ou 9h30. Minuit en fin de journée : 24:00.")}

    def prepare_value(self, value: Any) -> Any:
        return clock(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> int | None:
        text = str(value).strip() if value is not None else ""
        if not text:
            return None
        match = _TYPED.fullmatch(text)
        hours, minutes = (int(match[1]), int(match[2] or 0)) if match else (DAY_MINUTES, 0)
        total = hours * 60 + minutes
        if minutes > 59 or total > DAY_MINUTES:
            raise ValidationError(self.error_messages["clock"], code="clock")
        return total

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form whose values, together with what it does not show, must make a rule that can be used."""

    rule: type[OpeningRule] | type[AbsenceRule]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            for problem in self.problems():
                # What WORDS lacks, a field's own validators say better.
                if problem in WORDS:
                    field, words = WORDS[problem]
                    self.add_error(field if field in self.fields else None, words)
        return cleaned

    def problems(self) -> list[Problem]:
        raise NotImplementedError

    def known(self, *names: str) -> dict[str, Any]:
        """Return these values as they would be saved: typed here, or kept."""
        return {name: self.cleaned_data.get(name, getattr(self.instance, name)) for name in names}

    def validate_constraints(self) -> None:
        """The database's own words add nothing to a sentence that is already there."""
        if not self.errors:
            super().validate_constraints()

    def _post_clean(self) -> None:
        # The model's own sentences say the same again.
        if not self.errors:
            super()._post_clean()  # type: ignore[misc]


class OpeningForm(RuleForm):
    """One opening."""

    start_minute = ClockField(label=_("De"))
    end_minute = ClockField(label=_("À"), help_text=_("24:00 pour minuit."))
    released_minute = ClockField(label=_("À partir de"), required=False)

    def problems(self) -> list[Problem]:
        names = ["weekday", "on", "replaces", "start_minute", "end_minute", "valid_from", "valid_to", "step", "places"]
        values = self.known(*names, "released_days", "released_minute", "parity")
        return check_opening(OpeningRule(id=0, practitioner=0, location=0, **values))


class AbsenceForm(RuleForm):
    """One absence."""

    start_minute = ClockField(label=_("Le premier jour à partir de"), initial=0)
    end_minute = ClockField(label=_("Le dernier jour jusqu’à"), initial=DAY_MINUTES)

    def problems(self) -> list[Problem]:
        names = ("first_day", "last_day", "start_minute", "end_minute", "repeat_weeks", "repeat_until")
        return check_absence(AbsenceRule(id=0, practitioner=0, **self.known(*names)))
