"""What is typed about a visit that is booked already: notes, a certificate, to be seen again, every week."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agenda.desk_forms.fields import day_field, note_field, same, type_field
from booking import desk
from booking.forms import fields
from patients.store.people import DAY_NOTE_LENGTH, NAME_LENGTH
from practitioners.models import VisitType


class NoteForm(forms.Form):
    """The note of a visit, and the fingerprint of the one that it was filled in over."""

    use_required_attribute = False
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["note"] = note_field()


class DayNoteForm(NoteForm):
    """The note of a day."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["note"] = note_field(DAY_NOTE_LENGTH)
        self.fields["note"].label = _("Note du jour")


class AttestationForm(forms.Form):
    """What a certificate of attendance says: a name as it is to be read, and from when to when."""

    use_required_attribute = False
    name = fields.TextField(
        label=gettext_lazy("Au nom de"),
        max_length=2 * NAME_LENGTH + 1,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Indiquez un nom."), "max_length": gettext_lazy("C’est trop long.")},
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, label in (("since", _("De")), ("until", _("À"))):
            self.fields[name] = forms.TimeField(
                label=label,
                widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
                error_messages=same(_("Écrivez l’heure comme 9:05.")),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"since", "until"} <= set(cleaned) and cleaned["until"] <= cleaned["since"]:
            self.add_error("until", _("La fin vient après le début."))
        return cleaned


class AgainForm(forms.Form):
    """When to see somebody again, and for what; with a type of another practitioner, with them."""

    use_required_attribute = False

    def __init__(self, types: Sequence[VisitType], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [("week", _("Dans 1 semaine")), ("month", _("Dans 1 mois")), ("quarter", _("Dans 3 mois"))]
        choices.append(("day", _("Autour d’un jour")))
        self.fields["in"] = forms.ChoiceField(
            label=_("Quand"), choices=choices, error_messages=same(_("Choisissez un moment de la liste."))
        )
        self.fields["on"] = day_field(_("Jour"), required=False)
        self.fields["type"] = type_field(types)

    def clean(self) -> dict[str, Any]:
        """Ask for a day where a day was chosen."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("in") == "day" and not cleaned.get("on") and "on" not in self.errors:
            self.add_error("on", _("Choisissez un jour."))
        return cleaned


class WeeksForm(forms.Form):
    """For how many weeks the same hour again."""

    use_required_attribute = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        wrong = _("Indiquez un nombre de semaines, de 1 à 52.")
        self.fields["weeks"] = forms.IntegerField(
            label=_("Pendant combien de semaines encore ?"),
            min_value=1,
            max_value=desk.MOST_WEEKS,
            error_messages={**same(wrong), "min_value": wrong, "max_value": wrong},
        )
