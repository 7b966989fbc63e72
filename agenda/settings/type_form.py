"""A visit type, in the words of the practice: minutes, hours and days as people count them."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import ngettext_lazy as plural

from agenda.settings.guarded import GuardedForm
from practitioners.models import VisitType

MINUTES, HOURS, DAYS = 1, 60, 1440
SECTIONS = (
    (gettext_lazy("Le motif"), ("name", "colour", "slug")),
    (gettext_lazy("Durées"), ("duration_known", "duration_new", "buffer", "family_max")),
    (gettext_lazy("Qui peut réserver"), ("visibility", "accepts_new", "discreet")),
    (gettext_lazy("Quand"), ("notice", "horizon", "cancel_before", "max_per_day")),
    (gettext_lazy("Le rendez-vous"), ("place", "asks_birth_date", "asks_message", "before", "after")),
    (gettext_lazy("Messages"), ("reminders",)),
)


class SpanWidget(forms.MultiWidget):
    """A number and its unit."""

    use_fieldset = False

    def __init__(self) -> None:
        units = [(MINUTES, gettext_lazy("minutes")), (HOURS, gettext_lazy("heures")), (DAYS, gettext_lazy("jours"))]
        number = forms.NumberInput(attrs={"min": 0, "class": "short"})
        unit = forms.Select(choices=units, attrs={"aria-label": gettext_lazy("unité")})
        super().__init__({"number": number, "unit": unit})

    def id_for_label(self, id_: str) -> str:
        """The label is the number's."""
        return f"{id_}_0" if id_ else id_

    def decompress(self, value: Any) -> list[int | None]:
        """Show minutes in the largest unit that divides them."""
        if value is None or value == "":
            return [None, MINUTES]
        minutes = int(value)
        unit = next((one for one in (DAYS, HOURS) if minutes and minutes % one == 0), MINUTES)
        return [minutes // unit, unit]


class SpanField(forms.MultiValueField):
    """Minutes, typed as a number and a unit."""

    widget = SpanWidget

    def __init__(self, **options: Any) -> None:
        units = [(str(one), "") for one in (MINUTES, HOURS, DAYS)]
        most = options.pop("max_value")
        self.most = most
        number = forms.IntegerField(min_value=0, max_value=most)
        super().__init__((number, forms.ChoiceField(choices=units)), **options)

    def compress(self, data_list: list[Any]) -> int:
        """Return minutes. Raises ValidationError above the most."""
        number, unit = data_list or (0, MINUTES)
        minutes = int(number or 0) * int(unit)
        if minutes > self.most:
            raise ValidationError(_("Au plus %(days)d jours.") % {"days": self.most // DAYS})
        return minutes


class VisitTypeForm(GuardedForm):
    """One visit type. What is booked keeps what it was booked with (A4)."""

    notice = SpanField(
        label=gettext_lazy("Au plus tard"), max_value=43_200,
        help_text=gettext_lazy("Avant le rendez-vous. Plus tard, on ne réserve plus en ligne."),
    )  # fmt: skip
    cancel_before = SpanField(
        label=gettext_lazy("Annulation possible jusqu’à"), max_value=43_200,
        help_text=gettext_lazy("Avant le rendez-vous. Ensuite, le patient peut encore prévenir : c’est noté « tardif »."),
    )  # fmt: skip

    class Meta:
        model = VisitType
        fields = tuple(name for _title, names in SECTIONS for name in names)
        widgets = {"colour": forms.RadioSelect(), "visibility": forms.RadioSelect(), "place": forms.RadioSelect()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, hint) in _WORDS.items():
            self.fields[name].label = label or self.fields[name].label
            self.fields[name].help_text = hint
        for name in ("duration_known", "duration_new", "buffer"):
            self.fields[name].widget.attrs |= {"step": 5, "min": 0 if name == "buffer" else 5, "class": "short"}
        for name in ("horizon", "max_per_day"):
            self.fields[name].widget.attrs |= {"min": 0 if name == "horizon" else 1, "class": "short"}
        for name in ("before", "after"):
            self.fields[name].widget.attrs["rows"] = 2
        # No empty choice: these always have a value.
        self.fields["visibility"].choices = VisitType.Visibility.choices  # type: ignore[attr-defined]
        self.fields["place"].choices = VisitType.Place.choices  # type: ignore[attr-defined]
        self.fields["colour"].choices = VisitType.Colour.choices  # type: ignore[attr-defined]

    def clean_slug(self) -> str:
        """Two types of one practitioner do not share an address."""
        slug = str(self.cleaned_data["slug"])
        others = VisitType.objects.filter(practitioner=self.instance.practitioner_id, slug=slug)
        if others.exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Un autre motif a déjà cette adresse : changez-en un mot."))
        return slug

    @property
    def changes_length(self) -> bool:
        """Whether what was typed changes how long a visit lasts."""
        return bool({"duration_new", "duration_known", "buffer"} & set(self.changed_data))


_WORDS: dict[str, tuple[Any, Any]] = {
    "name": ("", gettext_lazy("Ce que les patients lisent : Consultation, Vaccination, Suivi…")),
    "slug": (gettext_lazy("Fin de l’adresse"), gettext_lazy("Sans espace ni accent : consultation.")),
    "colour": ("", gettext_lazy("Dans votre agenda ; le nom est toujours écrit aussi.")),
    "duration_known": (gettext_lazy("Patient connu (min)"), ""),
    "duration_new": (gettext_lazy("Nouveau patient (min)"), ""),
    "buffer": (gettext_lazy("Pause après (min)"), gettext_lazy("Le temps d’écrire, d’aérer, de se déplacer.")),
    "family_max": (
        gettext_lazy("D’une même famille, à la suite"),
        gettext_lazy("De 1 à 3 personnes : un seul rendez-vous, aussi long que leurs durées ensemble."),
    ),
    "visibility": ("", ""),
    "accepts_new": ("", ""),
    "horizon": (gettext_lazy("Au plus tôt (jours avant)"), gettext_lazy("90 : trois mois à l’avance.")),
    "max_per_day": ("", gettext_lazy("Vide : pas de maximum.")),
    "asks_message": ("", gettext_lazy("Une phrase leur demande de ne rien écrire de médical.")),
}


def kept_length(count: int) -> Any:
    """Say that what is booked keeps its length."""
    return plural(
        "%(count)d rendez-vous déjà pris garde sa durée.", "%(count)d rendez-vous déjà pris gardent leur durée.", count
    ) % {"count": count}
