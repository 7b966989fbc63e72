"""The agenda's forms."""

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from agenda.bar import FIRST_DAY, LAST_DAY, VIEWS
from agenda.moves import BUTTONS
from booking import letters, wordings
from booking.models import Appointment
from practitioners import passwords
from practitioners.models import Staff, Wording
from practitioners.passwords import LONGEST, Strength


def secret_field(label: Any, autocomplete: str, required: Any) -> forms.CharField:
    """A password, taken as typed, spaces included."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(
        label=label, max_length=LONGEST, strip=False, widget=widget, error_messages={"required": required}
    )


class SignInForm(forms.Form):
    """Who, and the password that opens their key. The password is taken as typed, spaces included."""

    login = forms.CharField(
        label=_("Identifiant"),
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        ),
        error_messages={"required": _("Indiquez votre identifiant.")},
    )
    password = secret_field(_("Mot de passe"), "current-password", _("Indiquez votre mot de passe."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False


class SheetForm(forms.Form):
    """The last group of a recovery sheet, as read from the paper."""

    group = forms.CharField(max_length=20)


class RecoverForm(forms.Form):
    """A recovery sheet's code, and the password of whoever uses it."""

    code = forms.CharField(
        label=_("Code de la feuille de secours"),
        max_length=80,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "autofocus": True}
        ),
        error_messages={"required": _("Recopiez le code de la feuille.")},
    )
    password = secret_field(_("Votre mot de passe"), "current-password", _("Indiquez votre mot de passe."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False


class NewPasswordForm(forms.Form):
    """A new password, typed twice; it opens keys, so it must be worth 80 bits."""

    new = secret_field(_("Nouveau mot de passe"), "new-password", _("Choisissez un mot de passe."))
    again = secret_field(_("Le même, encore une fois"), "new-password", _("Tapez-le une deuxième fois."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False

    @property
    def strength(self) -> Strength:
        """What the typed password has of what is asked: the checklist after a form was sent."""
        return passwords.strength(self.data.get("new", ""))

    def clean_new(self) -> str:
        new: str = self.cleaned_data["new"]
        passwords.check(new)
        return new

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"new", "again"} <= set(cleaned) and cleaned["new"] != cleaned["again"]:
            self.add_error("again", _("Les deux ne sont pas les mêmes. Tapez deux fois le même mot de passe."))
        return cleaned


class ChangePasswordForm(NewPasswordForm):
    """The same, for who has one already."""

    current = secret_field(_("Mot de passe actuel"), "current-password", _("Indiquez votre mot de passe actuel."))
    field_order = ("current", "new", "again")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "new" in cleaned and cleaned["new"] == cleaned.get("current"):
            self.add_error("new", _("C’est déjà votre mot de passe. Choisissez-en un autre."))
        return cleaned


class MarkForm(forms.Form):
    """A change of state: from the one that the screen showed, to another."""

    seen = forms.ChoiceField(choices=Appointment.State.choices)
    sequence = forms.IntegerField(required=False)
    becomes = forms.ChoiceField(choices=list(BUTTONS.items()))
    confirmed = forms.BooleanField(required=False)


class DayForm(forms.Form):
    """A day to go to."""

    day = forms.DateField(
        input_formats=["%Y-%m-%d"], validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
    )
    view = forms.ChoiceField(choices=[(view, view) for view in VIEWS], required=False)


class WordingForm(forms.Form):
    """The practice's own text of a message. What it must say is filled in at its places."""

    text = forms.CharField(
        label=_("Texte"),
        max_length=Wording.LONGEST,
        widget=forms.Textarea(attrs={"rows": 12}),
        error_messages={"required": _("Écrivez un texte, ou revenez à celui d’origine.")},
    )
    sure = forms.BooleanField(required=False)

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self.kind = kind

    @property
    def places(self) -> list[tuple[str, Any]]:
        """The places of this kind of text, and what goes there."""
        late = [(letters.DELAY, _("le retard, en minutes (obligatoire)"))] if self.kind == "late" else []
        return [
            (letters.VISITS, _("la date, l’heure, le lieu et le lien (obligatoire)")),
            *late,
            (letters.PHONE, _("le téléphone du cabinet")),
            (letters.PRACTICE, _("le nom du cabinet : seulement s’il ne dit pas la spécialité")),
        ]

    def clean_text(self) -> str:
        """Refuse a text without its places, or with one that is none."""
        text: str = self.cleaned_data["text"].replace("\r\n", "\n")
        for problem in wordings.problems(text, self.kind):
            code, _space, place = problem.partition(" ")
            said = {
                "visits": _("Ajoutez {rendez-vous} : la date, l’heure, le lieu et le lien s’y écrivent."),
                "until": _("Ajoutez {limite} : jusqu’à quand l’heure est gardée s’y écrit."),
                "delay": _("Ajoutez {retard} : les minutes de retard s’y écrivent."),
                "unknown": _("%(place)s n’est pas connu : corrigez-le ou retirez-le."),
            }[code]
            self.add_error("text", str(said) % {"place": place} if place else said)
        return text


class DisplayForm(forms.Form):
    """How the agenda is shown; what is not given stays."""

    names = forms.ChoiceField(choices=[("names", "names"), ("initials", "initials")], required=False)
    minutes = forms.TypedChoiceField(choices=Staff.MinutesPerRow.choices, coerce=int, empty_value=None, required=False)
