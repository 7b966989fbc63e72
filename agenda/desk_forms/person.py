"""Who is on the telephone, and what for; with a time that was chosen first, or to find one."""

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agenda.desk_forms.fields import address_field, day_field, note_field, same, type_field
from agenda.desk_forms.known import DATE, Known, KnownField, known_line
from booking import desk
from booking.forms import fields
from booking.likeness import Sought
from booking.links import TOKEN, new_token
from patients.store.people import Person
from practitioners.models import Practice, VisitType


class PersonForm(forms.Form):
    """Who is on the telephone, and what for."""

    use_required_attribute = False

    last_name = fields.NameField(gettext_lazy("Nom"), "off")
    first_name = fields.NameField(gettext_lazy("Prénom"), "off")
    # Of the form, and of the patient's link to be: a form that is sent again finds what it booked.
    token = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(
        self, types: Sequence[VisitType], practice: Practice, data: Mapping[str, Any] | None = None, **options: Any
    ) -> None:
        if data is not None and not TOKEN.fullmatch(data.get("token", "")):
            data = {**dict(data.items()), "token": new_token()}
        super().__init__(data, **options)
        self.types = {one.pk: one for one in types}
        self.zone = practice.zone
        self.fields["known"] = KnownField(practice)
        self.fields["visit_type"] = type_field(types)
        self.fields["new_patient"] = forms.BooleanField(label=_("Vient pour la première fois"), required=False)
        self.fields["note"] = note_field()
        if any(one.place == VisitType.Place.HOME for one in types):
            self.fields["address"] = address_field()
        self.fields["language"] = forms.ChoiceField(
            label=_("Langue de ses messages"), choices=settings.LANGUAGES, required=False
        )
        self.fields["overbook"] = forms.BooleanField(label=_("En surnombre, je le sais"), required=False)
        if not self.is_bound:
            self.initial.setdefault("token", new_token())
            self.fields["last_name"].widget.attrs["autofocus"] = True

    def clean(self) -> dict[str, Any]:
        """Ask for one name at least, whichever it is."""
        cleaned = super().clean() or self.cleaned_data
        if not any(cleaned.get(name) or name in self.errors for name in ("last_name", "first_name")):
            self.add_error("last_name", _("Indiquez un nom."))
        return cleaned

    @property
    def chosen_type(self) -> VisitType:
        """The visit type that was chosen."""
        return self.types[int(self.cleaned_data["visit_type"])]

    def coming(self) -> desk.Coming:
        """Return who comes, and how to reach them."""
        typed = self.cleaned_data
        known: Known = typed["known"]
        person = desk.Person(typed["last_name"], typed["first_name"], known.birth_date)
        visit = desk.Visit(email=known.email, phone=known.phone, note=typed["note"], address=typed.get("address", ""))
        return desk.Coming(desk.Identity((person,)), visit, typed["language"] or settings.LANGUAGE_CODE)

    def mistakes(self) -> list[dict[str, str]]:
        """Return what is to mend, each with the id of its field."""
        return [{"field": self[name].auto_id, "text": str(text)} for name in self.fields for text in self[name].errors]


class SlotForm(PersonForm):
    """The same for a time that was chosen first; it may be changed while one talks."""

    def __init__(self, types: Sequence[VisitType], practice: Practice, *args: Any, **options: Any) -> None:
        super().__init__(types, practice, *args, **options)
        self.fields["on"] = day_field(_("Jour"))
        self.fields["at"] = forms.TimeField(
            label=_("Heure"),
            widget=forms.TimeInput(attrs={"type": "time", "step": "300"}, format="%H:%M"),
            error_messages=same(_("Écrivez l’heure comme 9:05.")),
        )

    def clean_at(self) -> time:
        at: time = self.cleaned_data["at"]
        if at.minute % 5 or at.second:
            raise ValidationError(_("L’agenda compte de cinq en cinq minutes."))
        return at


class FirstTimesForm(PersonForm):
    """The same for a person who was chosen first: from which day on times are to be proposed."""

    def __init__(self, types: Sequence[VisitType], practice: Practice, *args: Any, **options: Any) -> None:
        super().__init__(types, practice, *args, **options)
        self.fields["on"] = day_field(_("À partir du"), required=False)
        self.fields["start"] = forms.IntegerField(required=False, widget=forms.HiddenInput)


def sought(data: Any) -> Sought:
    """Return whom an unfinished form looks for; what is wrong in it says nothing."""
    name = f"{data.get('last_name', '')} {data.get('first_name', '')}"[:200]
    found = DATE.search(str(data.get("known", ""))[:400])
    try:
        born = fields.BirthDateField("off").clean(found.group()) if found else None
    except ValidationError:
        born = None
    return Sought(name, born)


def filled_with(person: Person, visit: desk.Visit) -> dict[str, str]:
    """Return the fields of somebody who was here before."""
    return {
        "last_name": person.last_name,
        "first_name": person.first_name,
        "known": known_line(person.birth_date, visit.phone, visit.email),
    }
