"""The forms about who works here."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from agenda.forms import NewPasswordForm
from agenda.people.inviting import HOURS
from agenda.people.leaving import Role
from practitioners.models import Practitioner, Staff


def _hours(number: int) -> str:
    if number % 24 == 0 and number > 72:
        return ngettext("%(count)d jour", "%(count)d jours", number // 24) % {"count": number // 24}
    return ngettext("%(count)d heure", "%(count)d heures", number) % {"count": number}


_hours_lazy = lazy(_hours, str)


class DayField(forms.DateField):
    """A day, as a browser's own calendar gives it."""

    def __init__(self, **given: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        wrong = {"invalid": _("Écrivez la date comme 2026-11-26.")}
        super().__init__(input_formats=["%Y-%m-%d"], widget=widget, required=False, error_messages=wrong, **given)


class Form(forms.Form):
    """What is missing is said by the page, not by the browser."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self.today = today


class RoleForm(Form):
    """Who somebody is here. A replacement has a last day, a manager has none."""

    name = forms.CharField(
        label=_("Nom"), max_length=120, error_messages={"required": _("Indiquez le nom de la personne.")}
    )
    role = forms.ChoiceField(label=_("Rôle"), choices=Staff.Role.choices, initial=Staff.Role.SECRETARY)
    practitioner = forms.ModelChoiceField(
        Practitioner.objects.none(),
        label=_("Cette personne est le praticien (facultatif)"),
        required=False,
        empty_label=_("Aucun"),
    )
    ends_on = DayField(label=_("Dernier jour (obligatoire pour un remplacement)"))

    def __init__(self, *args: Any, member: Staff | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        free = Practitioner.objects.filter(staff=None)
        mine = Practitioner.objects.filter(staff=member) if member else Practitioner.objects.none()
        self.fields["practitioner"].queryset = (free | mine).distinct()  # type: ignore[attr-defined]

    def clean_ends_on(self) -> date | None:
        ends_on: date | None = self.cleaned_data["ends_on"]
        if ends_on is not None and ends_on < self.today:
            raise ValidationError(_("Ce jour est passé."))
        return ends_on

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        role, ends_on = cleaned.get("role"), cleaned.get("ends_on")
        if role == Staff.Role.REPLACEMENT and ends_on is None and "ends_on" not in self.errors:
            self.add_error("ends_on", _("Un remplacement a toujours un dernier jour."))
        if role == Staff.Role.MANAGER and ends_on is not None:
            self.add_error("ends_on", _("Un gestionnaire n’a pas de dernier jour : laissez vide."))
        return cleaned

    def as_role(self) -> Role:
        """Return what a valid form says."""
        return Role(**{name: self.cleaned_data[name] for name in ("name", "role", "practitioner", "ends_on")})


class AgendasField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Agendas to give. Of those that the inviter does not hold the label says that somebody else will have to agree."""

    widget = forms.CheckboxSelectMultiple
    held: frozenset[int] = frozenset()

    def label_from_instance(self, obj: Any) -> str:
        if obj.pk in self.held:
            return str(obj.name)
        return gettext("%(name)s (attendra l’accord d’une personne qui en a la clé)") % {"name": obj.name}


class TermsForm(Form):
    """What an invitation gives, and for how long it is good."""

    agendas = AgendasField(Practitioner.objects.all(), label=_("Agendas à ouvrir"), required=False)
    starts_on = DayField(label=_("À partir du (facultatif)"))
    hours = forms.TypedChoiceField(
        label=_("L’invitation vaut"), coerce=int, choices=[(one, _hours_lazy(one)) for one in HOURS], initial=HOURS[0]
    )

    def __init__(self, *args: Any, held: frozenset[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agendas"].held = held  # type: ignore[attr-defined]


class InviteForm(RoleForm, TermsForm):
    """Somebody new."""

    login = forms.CharField(
        label=_("Identifiant"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
        error_messages={"required": _("Choisissez un identifiant, par exemple le prénom.")},
    )
    field_order = ("name", "login", "role", "practitioner", "ends_on", "agendas", "starts_on", "hours")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("Le dernier jour est avant le premier."))
        return cleaned

    def member(self) -> Staff:
        """Return the new member, not saved."""
        return Staff(login=self.cleaned_data["login"], **vars_of(self.as_role()))


def vars_of(role: Role) -> dict[str, Any]:
    """Return the fields of a role by name."""
    return {name: getattr(role, name) for name in ("name", "role", "practitioner", "ends_on")}


class AgainForm(TermsForm):
    """Somebody who is here and cannot get in, or who must not get in as before."""

    why = forms.ChoiceField(
        label=_("Pourquoi ?"),
        choices=[
            ("lost", _("Mot de passe ou second facteur perdu : rien ne change avant que l’invitation serve")),
            ("suspected", _("Quelqu’un connaît peut-être le mot de passe : tout est fermé dès maintenant")),
        ],
        widget=forms.RadioSelect,
        initial="lost",
    )
    field_order = ("why", "agendas", "starts_on", "hours")


class DaysForm(Form):
    """The first and the last day of an access."""

    starts_on = DayField(label=_("Du (facultatif)"))
    ends_on = DayField(label=_("Au (facultatif)"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if ends_on and ends_on < max(self.today, starts_on or self.today):
            self.add_error("ends_on", _("Ce jour est passé, ou avant le premier."))
        return cleaned


class JoinForm(NewPasswordForm):
    """A password of one's own, and the code that was told; without it a colleague has to agree."""

    code = forms.CharField(
        label=_("Le code de six signes qu’on vous a dit de vive voix"),
        max_length=20,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "short"}
        ),
    )
    no_code = forms.BooleanField(label=_("Je n’ai pas de code : un collègue confirmera mes accès"), required=False)
    field_order = ("code", "no_code", "new", "again")

    def __init__(self, *args: Any, takes_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not takes_code:
            del self.fields["code"], self.fields["no_code"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "code" in self.fields and not cleaned.get("code") and not cleaned.get("no_code"):
            self.add_error("code", _("Tapez le code, ou cochez la case dessous."))
        return cleaned


class GiveForm(forms.Form):
    """What is given, to the key whose words were compared; and that they were."""

    mark = forms.RegexField(r"^[0-9a-f]{64}$")
    wanted = forms.TypedMultipleChoiceField(coerce=int)
    same = forms.BooleanField()

    def __init__(self, *args: Any, waiting: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["wanted"].choices = [(pk, pk) for pk in waiting]  # type: ignore[attr-defined]
