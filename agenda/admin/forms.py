"""Forms of the settings in Django's admin. Their rules are those of the agenda's own pages (`agenda.settings.rules`)."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from agenda.settings import rules
from agenda.settings.rules import AbsenceForm, ClockField
from practitioners import keys
from practitioners.models import Opening

__all__ = ["AbsenceForm", "ClockField", "OpeningForm", "OpeningRowForm", "PractitionerForm"]


class OpeningForm(rules.OpeningForm):
    """One opening, of a practitioner that the form names."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        practitioner = cleaned.get("practitioner") or getattr(self.instance, "practitioner", None)
        foreign = [one for one in cleaned.get("visit_types", ()) if one.practitioner != practitioner]
        if foreign:
            names = ", ".join(one.name for one in foreign)
            self.add_error("visit_types", _("Motifs d’un autre praticien : %(names)s.") % {"names": names})
        return cleaned


class OpeningRowForm(OpeningForm):
    """One opening as a row of the practitioner's page: the day and the hours; the rest is on its own page."""

    released_minute = None  # type: ignore[assignment]

    class Meta:
        model = Opening
        fields = ("weekday", "on", "start_minute", "end_minute", "location", "parity")


class PractitionerForm(forms.ModelForm):  # type: ignore[type-arg]
    """One practitioner. A page is published once its key exists and the recovery sheet is confirmed."""

    def clean_published(self) -> bool:
        published = bool(self.cleaned_data["published"])
        if published and "published" in self.changed_data and not self._publishable():
            raise ValidationError(
                _(
                    "Cette page ne peut pas encore être publiée : il faut d’abord sa clé et sa feuille de secours confirmée. "
                    "L’administrateur les crée avec « manage.py agenda_key %(slug)s »."
                ),
                params={"slug": self.cleaned_data.get("slug") or self.instance.slug},
            )
        return published

    def _publishable(self) -> bool:
        return not self.instance._state.adding and keys.publishable(self.instance)
