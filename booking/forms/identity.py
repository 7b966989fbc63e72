"""Who comes, how to reach them, and why they cancel."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.codes import DIGITS
from booking.forms.fields import (
    BirthDateField,
    NameField,
    PhoneField,
    TextField,
    address_field,
    email_field,
    known_field,
    message_field,
)
from booking.models import Appointment
from patients.store.people import Identity, Person, Visit
from practitioners.models import Practice, Practitioner, VisitType


class ContactForm(forms.Form):
    """One way to be reached, as the practitioner asks; a discreet visit needs none."""

    use_required_attribute = False

    def __init__(self, visit: Appointment, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        practitioner = visit.practitioner
        self.ways = self.possible_ways(visit)
        if len(self.ways) > 1:
            self.fields["channel"] = forms.ChoiceField(
                label=_("Comment le cabinet peut-il vous joindre ?"),
                choices=list(self.ways.items()),
                widget=forms.RadioSelect,
                initial=next(iter(self.ways)) if not visit.discreet else "none",
                error_messages={
                    "required": _("Choisissez comment le cabinet peut vous joindre."),
                    "invalid_choice": _("Choisissez comment le cabinet peut vous joindre."),
                },
            )
        if "email" in self.ways:
            self.fields["email"] = email_field()
        if "phone" in self.ways:
            self.fields["phone"] = PhoneField(practitioner.practice)

    def possible_ways(self, visit: Appointment) -> dict[str, str]:
        """Return the ways to be reached that can be chosen, by channel."""
        return _ways(visit.practitioner, discreet=visit.discreet)

    def clean(self) -> dict[str, Any]:
        """Keep the channel that was chosen, and nothing of the other."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        only = next(iter(self.ways)) if len(self.ways) == 1 else None
        channel = cleaned.get("channel", only)
        for other in {"email", "phone"} - {channel}:
            self.errors.pop(other, None)
            cleaned[other] = ""
        if channel in ("email", "phone") and not cleaned.get(channel) and channel not in self.errors:
            missing = {"email": _("Indiquez votre adresse e-mail."), "phone": _("Indiquez votre numéro de téléphone.")}
            self.add_error(channel, missing[channel])
        return cleaned

    def mistakes(self) -> list[dict[str, str]]:
        """Return what is to mend, in the order of the page, each with the id of its field."""
        found = []
        for name in self.fields:
            field = self[name]
            radio = isinstance(field.field.widget, forms.RadioSelect)
            found += [
                {"field": f"{field.auto_id}_0" if radio else field.auto_id, "text": str(text)} for text in field.errors
            ]
        return found

    def visit(self) -> Visit:
        """Return the contact as staff will see it."""
        return Visit(email=self.cleaned_data.get("email", ""), phone=self.cleaned_data.get("phone", ""))


class IdentityForm(ContactForm):
    """Who comes, and for which visit: three to five fields."""

    field_order = (
        *("whom", "patient_last_name", "patient_first_name", "patient_birth_date", "last_name", "first_name"),
        *(
            "birth_date",
            *(f"{name}_{number}" for number in (2, 3) for name in ("last_name", "first_name", "birth_date")),
        ),
        *("patient", "channel", "email", "phone", "address", "message"),
    )

    def __init__(self, hold: Appointment, *args: Any, **options: Any) -> None:
        super().__init__(hold, *args, **options)
        assert hold.visit_type is not None  # noqa: S101 - a hold keeps its type
        self.visit_type = hold.visit_type
        # The others of a family who come in a row: the second, the third.
        self.others = range(2, hold.persons + 1)
        self._add_persons()
        if asks_new_or_known(self.visit_type):
            self.fields["patient"] = known_field(hold.practitioner)
        if self.visit_type.place == VisitType.Place.HOME:
            self.fields["address"] = address_field()
        if self.visit_type.asks_message:
            self.fields["message"] = message_field()
        self.order_fields(self.field_order)

    def _add_persons(self) -> None:
        self.fields["whom"] = forms.ChoiceField(
            label=_("Pour qui est ce rendez-vous ?"),
            choices=[("me", _("Pour moi")), ("other", _("Pour quelqu’un d’autre : enfant, proche…"))],
            widget=forms.RadioSelect,
            initial="me",
            error_messages={
                "required": _("Dites pour qui est ce rendez-vous."),
                "invalid_choice": _("Dites pour qui est ce rendez-vous."),
            },
        )
        # Only the booker's own fields may be filled in by the browser.
        self.fields["patient_last_name"] = NameField(_("Son nom"), "off")
        self.fields["patient_first_name"] = NameField(_("Son prénom"), "off")
        self.fields["last_name"] = NameField(_("Votre nom"), "family-name")
        self.fields["first_name"] = NameField(_("Votre prénom"), "given-name")
        if self.visit_type.asks_birth_date:
            self.fields["patient_birth_date"] = BirthDateField("off")
            self.fields["birth_date"] = BirthDateField("bday")
        for number in self.others:
            self.fields[f"last_name_{number}"] = NameField(_("Nom"), "off")
            self.fields[f"first_name_{number}"] = NameField(_("Prénom"), "off")
            if self.visit_type.asks_birth_date:
                self.fields[f"birth_date_{number}"] = BirthDateField("off")

    def clean(self) -> dict[str, Any]:
        """Ask for one name at least of each person, and for the birth date of the one who comes."""
        cleaned = super().clean()
        other = cleaned.get("whom") == "other"
        self._need_a_name("last_name", "first_name", _("Indiquez votre nom."))
        if other:
            self._need_a_name("patient_last_name", "patient_first_name", _("Indiquez le nom de la personne qui vient."))
        else:
            for name in ("patient_last_name", "patient_first_name"):
                self.errors.pop(name, None)
        self._need_a_birth_date("patient_birth_date" if other else "birth_date")
        for number in self.others:
            missing = _("Indiquez le nom de cette personne.")
            self._need_a_name(f"last_name_{number}", f"first_name_{number}", missing)
            self._need_birth_of(f"birth_date_{number}")
        return cleaned

    def _need_a_name(self, last: str, first: str, missing: str) -> None:
        """People with one name fill in either field."""
        if not any(self.cleaned_data.get(name) or name in self.errors for name in (last, first)):
            self.add_error(last, missing)

    def _need_a_birth_date(self, name: str) -> None:
        if not self.visit_type.asks_birth_date:
            return
        unused = {"birth_date", "patient_birth_date"} - {name}
        self.errors.pop(unused.pop(), None)
        self._need_birth_of(name)

    def _need_birth_of(self, name: str) -> None:
        if name in self.fields and not self.cleaned_data.get(name) and name not in self.errors:
            self.add_error(name, _("Indiquez la date de naissance."))

    def family(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the others of a family, each with a heading and their fields."""
        titles = {2: _("La deuxième personne"), 3: _("La troisième personne")}
        names = ("last_name", "first_name", "birth_date")
        return [
            (titles[number], [self[f"{name}_{number}"] for name in names if f"{name}_{number}" in self.fields])
            for number in self.others
        ]

    def identity(self) -> Identity:
        """Return who comes, and who booked for them when that is somebody else."""
        typed = self.cleaned_data
        booker = Person(typed["last_name"], typed["first_name"])
        others = tuple(
            Person(typed[f"last_name_{number}"], typed[f"first_name_{number}"], typed.get(f"birth_date_{number}"))
            for number in self.others
        )
        if typed["whom"] == "other":
            coming = Person(typed["patient_last_name"], typed["patient_first_name"], typed.get("patient_birth_date"))
            return Identity((coming, *others), booker)
        return Identity((Person(booker.last_name, booker.first_name, typed.get("birth_date")), *others))

    def visit(self) -> Visit:
        """Return the contact, and what the visit type asks besides."""
        typed = self.cleaned_data
        return Visit(
            email=typed.get("email", ""),
            phone=typed.get("phone", ""),
            message=typed.get("message", ""),
            address=typed.get("address", ""),
        )

    def new_patient(self) -> bool | None:
        """Return the answer, or None where the question was answered before."""
        said = self.cleaned_data.get("patient")
        return None if said is None else said == "new"


class CancelForm(forms.Form):
    """Why, if the patient wishes to say; from a list, so that no free text about a person is kept."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Pourquoi ? (facultatif)"),
        choices=[
            ("", gettext_lazy("Je préfère ne pas le dire")),
            ("unavailable", gettext_lazy("Je ne suis plus disponible")),
            ("no_need", gettext_lazy("Je n’en ai plus besoin")),
            ("elsewhere", gettext_lazy("J’ai trouvé un autre rendez-vous")),
            ("mistake", gettext_lazy("Je me suis trompé")),
        ],
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": gettext_lazy("Choisissez une raison de la liste.")},
    )


def asks_new_or_known(visit_type: VisitType) -> bool:
    """Whether the form asks if the patient has been here: where the duration did not already depend on it."""
    return visit_type.accepts_new and visit_type.duration_new == visit_type.duration_known


def _ways(practitioner: Practitioner, *, discreet: bool) -> dict[str, str]:
    ways = {"email": _("Par e-mail"), "phone": _("Par téléphone")}
    if practitioner.contact != Practitioner.Contact.EITHER:
        ways = {practitioner.contact: ways[practitioner.contact]}
    if discreet:
        ways["none"] = _("Ne pas me joindre")
    return ways


class CodeForm(forms.Form):
    """Six digits, as they were received: spaces between them do not matter."""

    use_required_attribute = False

    code = forms.CharField(
        label=gettext_lazy("Votre code"),
        help_text=gettext_lazy("Six chiffres. Exemple : 123 456"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "size": "8"}),
        error_messages={"required": gettext_lazy("Tapez le code que vous avez reçu.")},
    )

    def clean_code(self) -> str:
        """Return the digits."""
        typed = "".join(str(self.cleaned_data["code"]).split())
        if not (typed.isascii() and typed.isdigit() and len(typed) == DIGITS):
            raise forms.ValidationError(_("Un code a six chiffres."))
        return typed

    def mistakes(self) -> list[dict[str, str]]:
        """Return what is to mend."""
        return [{"field": "id_code", "text": str(text)} for text in self.errors.get("code", [])]


class LostLinkForm(forms.Form):
    """The contact that was given with a booking: an address, or a number."""

    use_required_attribute = False

    def __init__(self, practice: Practice, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.practice = practice
        self.fields["contact"] = TextField(
            label=_("Votre adresse e-mail, ou votre numéro de téléphone"),
            help_text=_("Celui que vous avez donné en prenant rendez-vous."),
            max_length=254,
            widget=forms.TextInput(attrs={"autocomplete": "email", "spellcheck": "false", "autocapitalize": "none"}),
            error_messages={
                "required": _("Indiquez une adresse e-mail ou un numéro de téléphone."),
                "max_length": _("C’est trop long pour une adresse ou un numéro."),
            },
        )

    def clean_contact(self) -> tuple[str, str]:
        """Return the channel, and the contact as it would have been kept."""
        typed: str = self.cleaned_data["contact"]
        if "@" in typed:
            return "email", str(email_field().clean(typed))
        return "phone", PhoneField(self.practice).clean(typed)

    def mistakes(self) -> list[dict[str, str]]:
        """Return what is to mend."""
        return [{"field": "id_contact", "text": str(text)} for text in self.errors.get("contact", [])]
