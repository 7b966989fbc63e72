"""Days and times of day for which somebody waits; with who they are, or for a visit that they have already."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import words
from booking.forms.fields import known_field
from booking.forms.identity import ContactForm, IdentityForm
from booking.models import Appointment, Wish
from booking.waiting import Wanted
from booking.waiting.leaving import ways
from booking.waiting_rules import Part
from booking.wish_words import DAYS, PARTS


class TimesForm(forms.Form):
    """On which days, and at which times of day."""

    use_required_attribute = False

    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Quels jours ?"),
        choices=list(enumerate(DAYS)),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        initial=list(range(7)),
        error_messages={
            "required": gettext_lazy("Cochez au moins un jour."),
            "invalid_choice": gettext_lazy("Cochez des jours de la liste."),
        },
    )
    parts = forms.TypedMultipleChoiceField(
        label=gettext_lazy("À quels moments ?"),
        choices=[(int(part), name) for part, name in PARTS.items()],
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        initial=[int(part) for part in Part],
        error_messages={
            "required": gettext_lazy("Cochez au moins un moment."),
            "invalid_choice": gettext_lazy("Cochez des moments de la liste."),
        },
    )

    def wanted(self, *, new_patient: bool | None = None) -> Wanted:
        """Return the days and times that were ticked."""
        typed = self.cleaned_data
        return Wanted(sum(1 << day for day in typed["weekdays"]), sum(typed["parts"]), new_patient)

    def mistakes(self) -> list[dict[str, str]]:
        """Return what is to mend, each with the id of its first box."""
        return [
            {"field": f"id_{name}_0", "text": str(text)} for name in TimesForm.base_fields for text in self[name].errors
        ]


def as_typed(wish: Wish) -> dict[str, Any]:
    """Return what was ticked for a wish, as a form begins with."""
    return {
        "weekdays": [day for day in range(7) if wish.weekdays >> day & 1],
        "parts": [int(part) for part in Part if wish.parts & part],
    }


class WishForm(IdentityForm, TimesForm):
    """A place on the waiting list: as for a booking, but for when; and there must be a way to send an offer."""

    field_order = ("weekdays", "parts", *IdentityForm.field_order)

    def __init__(self, visit: Appointment, *args: Any, **options: Any) -> None:
        super().__init__(visit, *args, **options)
        if self.visit_type.accepts_new:
            self.fields["patient"] = known_field(visit.practitioner)
        self.order_fields(self.field_order)

    def possible_ways(self, visit: Appointment) -> dict[str, str]:
        """Return the ways by which this instance can send an offer."""
        all_ways = super().possible_ways(visit)
        return {way: all_ways[way] for way in ways(visit.practitioner)}

    def clean(self) -> dict[str, Any]:
        """An SMS needs a mobile."""
        cleaned = super().clean()
        phone = cleaned.get("phone")
        if phone and not words.is_mobile(phone):
            self.add_error("phone", _("Une proposition part par SMS : indiquez un numéro de mobile."))
        return cleaned

    def mistakes(self) -> list[dict[str, str]]:
        """Return what is to mend, in the order of the page."""
        found = ContactForm.mistakes(self)
        boxes = {f"id_{name}": f"id_{name}_0" for name in TimesForm.base_fields}
        return [{**one, "field": boxes.get(one["field"], one["field"])} for one in found]
