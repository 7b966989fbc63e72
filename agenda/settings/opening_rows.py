"""One opening as a row of a form: of the usual week, or of one day."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Count, Q
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from agenda.settings.rules import WORDS, ClockField
from booking import words
from practitioners.models import Location, Opening, Practitioner, VisitType
from practitioners.openings import OpeningRule, check_opening
from practitioners.validators import check_five_minutes

COLUMNS = (
    *("weekday", "start_minute", "end_minute", "location", "parity", "valid_from", "valid_to", "step", "places"),
    *("released_days", "released_minute", "without_appointment"),
)
# What an opening of one day does not say.
_OF_A_WEEK = ("weekday", "parity", "valid_from", "valid_to")
_DEFAULTS = {"step": 15, "places": 1, "parity": Opening.Parity.EVERY, "visit_types": [], "without_appointment": False}


@dataclass(frozen=True, slots=True)
class Choices:
    """What the rows of one practitioner choose from, read once for all of them."""

    places: list[tuple[int, str]]
    types: list[tuple[int, str]]

    @classmethod
    def of(cls, practitioner: Practitioner) -> Self:
        """Return where the practice receives, the usual place first, and the types: those offered and those still used.

        Three queries.
        """
        types = VisitType.objects.filter(practitioner=practitioner).order_by("position", "name")
        used_here = Count("openings", Q(openings__practitioner=practitioner))
        places = Location.objects.filter(practice=practitioner.practice_id).annotate(used=used_here)
        used = set(
            Opening.visit_types.through.objects.filter(opening__practitioner=practitioner).values_list(
                "visittype", flat=True
            )
        )
        return cls(
            list(places.order_by("-used", "label").values_list("pk", "label")),
            [(one.pk, one.name) for one in types if one.active or one.pk in used],
        )


def day_input() -> forms.DateInput:
    """A date as browsers take it, which is the same whatever the language (T4)."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class DayField(forms.DateField):
    """A day, typed or picked."""

    def __init__(self, **options: Any) -> None:
        wrong = {"invalid": _("Une date, par exemple 2026-09-01.")}
        super().__init__(input_formats=["%Y-%m-%d", "%d/%m/%Y"], widget=day_input(), error_messages=wrong, **options)


class OpeningRow(forms.Form):
    """An opening. `of_day` leaves out what only a weekly one says."""

    use_required_attribute = False

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    weekday = forms.TypedChoiceField(label=_("Jour"), coerce=int, choices=Opening.Weekday.choices)
    start_minute = ClockField(label=_("De"), validators=[check_five_minutes])
    end_minute = ClockField(label=_("À"), validators=[check_five_minutes])
    location = forms.TypedChoiceField(label=_("Lieu"), coerce=int)
    visit_types = forms.TypedMultipleChoiceField(
        label=_("Motifs"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Aucun coché : tous."),
    )  # fmt: skip
    parity = forms.ChoiceField(label=_("Semaines"), choices=Opening.Parity.choices)
    valid_from = DayField(label=_("À partir du"), required=False)
    valid_to = DayField(label=_("Jusqu’au (inclus)"), required=False)
    step = forms.IntegerField(
        label=_("Une heure proposée toutes les (min)"),
        validators=[check_five_minutes, MinValueValidator(5), MaxValueValidator(240)],
    )
    places = forms.IntegerField(
        label=_("Patients à la fois"), validators=[MinValueValidator(1), MaxValueValidator(30)],
        help_text=_("Plus d’un : tables de kinésithérapie, séance de groupe."),
    )  # fmt: skip
    released_days = forms.IntegerField(
        label=_("Ouverte à la réservation (jours avant)"), required=False,
        validators=[MinValueValidator(0), MaxValueValidator(90)],
        help_text=_("0 : le jour même. Vide : aussi tôt que le motif le permet."),
    )  # fmt: skip
    released_minute = ClockField(label=_("À partir de"), required=False, validators=[check_five_minutes])
    without_appointment = forms.BooleanField(
        label=_("Sans rendez-vous"), required=False, help_text=_("Montrée aux patients ; rien n’y est réservable.")
    )
    removed = forms.BooleanField(label=_("Retirer cette plage"), required=False)

    def __init__(
        self,
        choices: Choices,
        prefix: str,
        data: QueryDict | None = None,
        opening: Opening | None = None,
        *,
        of_day: date | None = None,
        given: dict[str, Any] | None = None,
    ) -> None:
        self.choices, self.opening, self.of_day = choices, opening, of_day
        initial = {**_DEFAULTS, "location": choices.places[0][0] if choices.places else None, **(given or {})}
        if opening is not None:
            initial |= held(opening)
        super().__init__(data, prefix=prefix, initial=initial, label_suffix="")
        self.fields["location"].choices = choices.places  # type: ignore[attr-defined]
        self.fields["visit_types"].choices = choices.types  # type: ignore[attr-defined]
        for name in ("step", "places", "released_days"):
            self.fields[name].widget.attrs |= {"class": "short", "min": 0 if name == "released_days" else 1}
        if of_day is not None:
            for name in _OF_A_WEEK:
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("removed"):
            for problem in check_opening(self.rule()):
                if problem in WORDS:
                    field, wrong = WORDS[problem]
                    self.add_error(field if field in self.fields else None, wrong)
        return cleaned

    def rule(self) -> OpeningRule:
        """Return the opening as the rules know it."""
        columns = {name: self.cleaned_data[name] for name in COLUMNS if name in self.fields}
        return OpeningRule(id=0, practitioner=0, on=self.of_day, **columns)

    @property
    def name(self) -> str:
        """Which opening it is, as it stands: « lundi 9 h–12 h »; nothing while it is new."""
        one = self.opening
        if one is None:
            return ""
        day = one.get_weekday_display() if one.on is None else words.day(one.on)
        return f"{day} {words.minute_of_day(one.start_minute)}–{words.minute_of_day(one.end_minute)}"

    @property
    def is_removed(self) -> bool:
        """Whether it goes: ticked, or not valid for another reason than being ticked."""
        return bool(self.is_bound and self.data.get(self.add_prefix("removed")))

    @property
    def is_new(self) -> bool:
        """Whether it stands nowhere yet."""
        return self.opening is None

    @property
    def needs_mending(self) -> bool:
        """Whether what is wrong stands among the rest, which is then shown open."""
        return any(self.errors.get(name) for name in ("visit_types", *COLUMNS[4:]))

    @property
    def tells(self) -> list[str]:
        """What sets it apart from a plain opening, in few words: the rest says it in full."""
        value = {name: self[name].value() for name in self.fields}
        chosen = set(map(str, value["visit_types"] or []))
        types = [name for pk, name in self.choices.types if str(pk) in chosen]
        parity = dict(Opening.Parity.choices)
        found = [
            ", ".join(types) if len(types) < 3 else gettext("%(count)d motifs") % {"count": len(types)},
            str(parity[value["parity"]]) if value.get("parity") in ("odd", "even") else "",
            gettext("dès le %(day)s") % {"day": written(value["valid_from"])} if value.get("valid_from") else "",
            gettext("jusqu’au %(day)s") % {"day": written(value["valid_to"])} if value.get("valid_to") else "",
            gettext("%(places)s patients à la fois") % value if _typed(value["places"]) not in ("", "1") else "",
            gettext("ouverture différée") if _typed(value["released_days"]) else "",
            gettext("sans rendez-vous") if value["without_appointment"] else "",
        ]
        return [one for one in found if one]

    @property
    def differs(self) -> bool:
        """Whether what was typed is another opening than the one that stands."""
        return self.is_new or held(self.opening, self.fields) != self.values()  # type: ignore[arg-type]

    def values(self) -> dict[str, Any]:
        """Return what was typed, as the columns hold it."""
        values = {name: self.cleaned_data[name] for name in COLUMNS if name in self.fields}
        return {**values, "visit_types": sorted(self.cleaned_data["visit_types"])}


def written(day: object) -> str:
    """Return a day, typed or not, as `01/09/2026`."""
    text = str(day)
    return f"{text[8:10]}/{text[5:7]}/{text[:4]}" if len(text) == 10 else text


def _typed(value: Any) -> str:
    return "" if value in (None, False, []) else str(value)


def held(opening: Opening, only: Any = None) -> dict[str, Any]:
    """Return what an opening says, as its form shows it; *only* these fields."""
    found = {name: getattr(opening, name) for name in COLUMNS if name != "location"}
    found |= {"id": opening.pk, "location": opening.location_id}
    found["visit_types"] = sorted(one.pk for one in opening.visit_types.all())
    return found if only is None else {name: found[name] for name in (*COLUMNS, "visit_types") if name in only}


def keep(row: OpeningRow, practitioner: Practitioner, **more: Any) -> Opening:
    """Write a row: its own opening, or a new one. Returns it."""
    values = {**row.values(), **more}
    types = values.pop("visit_types")
    values["location_id"] = values.pop("location")
    opening = row.opening or Opening(practitioner=practitioner)
    changed = [name for name, value in values.items() if getattr(opening, name) != value]
    for name, value in values.items():
        setattr(opening, name, value)
    if opening._state.adding:
        opening.save(force_insert=True)
    elif changed:
        opening.save(update_fields=[name.removesuffix("_id") for name in changed])
    if sorted(one.pk for one in opening.visit_types.all()) != types:
        opening.visit_types.set(types)
    return opening
