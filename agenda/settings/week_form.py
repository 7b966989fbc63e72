"""The usual week as one form: its openings as rows, and a way to add the same hours on several days at once."""

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agenda.settings.opening_rows import Choices, DayField, OpeningRow, held, keep
from agenda.settings.rules import ClockField
from practitioners.models import Opening, Practitioner

# More would not be a week that anybody keeps in their head.
MOST = 80
_DAY = timedelta(days=1)


class AddForm(forms.Form):
    """The same hours on several days: what a new week begins with."""

    use_required_attribute = False

    days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Jours"), coerce=int, required=False, choices=Opening.Weekday.choices,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    start = ClockField(label=gettext_lazy("De"), initial=540)
    end = ClockField(label=gettext_lazy("À"), initial=720)
    place = forms.TypedChoiceField(label=gettext_lazy("Lieu"), coerce=int)

    def __init__(self, choices: Choices, data: QueryDict | None = None) -> None:
        super().__init__(data, prefix="add", label_suffix="")
        self.fields["place"].choices = choices.places  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("days"):
            # Nothing is asked for: whatever else stands there is not read.
            self._errors = forms.utils.ErrorDict()
        elif not self.errors and cleaned["end"] <= cleaned["start"]:
            raise ValidationError({"end": _("La fin vient après le début. Une garde de nuit se saisit en deux fois.")})
        return cleaned

    def wanted(self) -> list[dict[str, Any]]:
        """Return the rows that are asked for, one for each day."""
        found = self.cleaned_data
        hours = {"start_minute": found.get("start"), "end_minute": found.get("end"), "location": found.get("place")}
        return [{"weekday": weekday, **hours} for weekday in found.get("days", ())]


class FromForm(forms.Form):
    """From when a change of the week holds."""

    use_required_attribute = False

    since = DayField(
        label=gettext_lazy("Ces changements valent à partir du"), required=False,
        help_text=gettext_lazy("Vide : dès maintenant. Avec une date, la semaine d’avant reste jusqu’à la veille."),
    )  # fmt: skip

    def __init__(self, today: date, data: QueryDict | None = None) -> None:
        self.today = today
        super().__init__(data, prefix="from", label_suffix="")

    def clean_since(self) -> date | None:
        """Only days to come: what has been stays as it was."""
        since: date | None = self.cleaned_data["since"]
        if since is not None and since <= self.today:
            raise ValidationError(_("Choisissez un jour à venir, ou laissez vide."))
        if since is not None and since.year > 2099:
            raise ValidationError(_("Choisissez des dates entre 2000 et 2099."))
        return since


class Week:
    """The weekly openings of a practitioner that hold today or will; as a form, typed or as they stand."""

    def __init__(self, practitioner: Practitioner, today: date, data: QueryDict | None = None) -> None:
        self.practitioner, self.data, self.choices = practitioner, data, Choices.of(practitioner)
        rows = Opening.objects.filter(practitioner=practitioner, on=None).prefetch_related("visit_types")
        ordered = list(rows.order_by("weekday", "start_minute", "valid_from", "pk"))
        self.past = [one for one in ordered if one.valid_to is not None and one.valid_to < today]
        self.current = [one for one in ordered if one not in self.past]
        self.seen = digest(self.current)
        self.add = AddForm(self.choices, data)
        self.since = FromForm(today, data)
        self.rows = list(self._rows())
        self.wrong: list[str] = []

    def _rows(self) -> Iterator[OpeningRow]:
        if self.data is None:
            for number, one in enumerate(self.current):
                yield OpeningRow(self.choices, f"o-{number}", opening=one)
            return
        by_id = {str(one.pk): one for one in self.current}
        for number in range(self._count()):
            known = by_id.pop(self.data.get(f"o-{number}-id", ""), None)
            yield OpeningRow(self.choices, f"o-{number}", self.data, known)
        if self.is_stale:
            # What another desk added meanwhile is shown too: nothing goes that was not taken away in so many words.
            yield from self._more([held(one) for one in by_id.values()], self._count())

    def _count(self) -> int:
        typed = self.data.get("count", "0") if self.data is not None else "0"
        return min(int(typed), MOST) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0

    @property
    def empty(self) -> OpeningRow:
        """A row for scripts to copy."""
        return OpeningRow(self.choices, "o-__n__", given={"weekday": 0})

    @property
    def is_stale(self) -> bool:
        """Whether the week was changed since the form was shown."""
        return self.data is not None and self.data.get("seen") != self.seen

    def expand(self) -> None:
        """Turn what is to be added into rows, which are not saved yet."""
        if self.add.is_valid() and self.add.wanted():
            self.rows += self._more(self.add.wanted(), len(self.rows))
            self.data = self.data.copy() if self.data is not None else QueryDict(mutable=True)
            self.data.setlist("add-days", [])
            self.add = AddForm(self.choices, self.data)

    def _more(self, given: list[dict[str, Any]], first: int) -> list[OpeningRow]:
        """Return rows that were not typed, as if they had been: their values are in the form's data from here on."""
        data = self.data.copy() if self.data is not None else QueryDict(mutable=True)
        made = []
        by_id = {one.pk: one for one in self.current}
        for number, values in enumerate(given[: MOST - first], first):
            row = OpeningRow(self.choices, f"o-{number}", given=values)
            for name in row.fields:
                _put(data, row.add_prefix(name), row[name].value())
            made.append((number, by_id.get(values.get("id", 0))))
        data["count"] = str(first + len(made))
        self.data = data
        return [OpeningRow(self.choices, f"o-{number}", data, opening) for number, opening in made]

    def is_valid(self) -> bool:
        """Whether all that stays can be used, and nobody changed the week meanwhile."""
        self.expand()
        kept = [row for row in self.rows if not row.is_removed]
        parts = [form.is_valid() for form in (*kept, self.add, self.since)]
        if self.is_stale:
            self.wrong.append(
                _("La semaine a changé à un autre poste entre-temps. Rien n’a été enregistré ; votre saisie est gardée. "
                  "Enregistrez encore une fois pour qu’elle remplace l’autre.")
            )  # fmt: skip
        return all(parts) and not self.is_stale

    def save(self) -> list[Opening]:
        """Write what differs and nothing else; return the openings that were made, changed or taken away."""
        since = self.since.cleaned_data["since"]
        touched: list[Opening] = []
        for row in self.rows:
            if row.is_removed:
                touched += [_end(row.opening, since)] if row.opening else []
            elif row.differs:
                touched.append(self._write(row, since))
        return touched

    def _write(self, row: OpeningRow, since: date | None) -> Opening:
        """Write one row; from a day on, what stood before stands until the day before."""
        if since is None:
            return keep(row, self.practitioner)
        begins = max(row.cleaned_data["valid_from"] or since, since)
        if row.opening is not None and (row.opening.valid_from is None or row.opening.valid_from < since):
            _end(row.opening, since)
            row.opening = None
        return keep(row, self.practitioner, valid_from=begins)


def _end(opening: Opening, since: date | None) -> Opening:
    """Take an opening away, or let it end the day before."""
    if since is None or (opening.valid_from is not None and opening.valid_from >= since):
        Opening.objects.filter(pk=opening.pk).delete()
    elif opening.valid_to is None or opening.valid_to >= since:
        opening.valid_to = since - _DAY
        opening.save(update_fields=["valid_to"])
    return opening


def _put(data: QueryDict, name: str, value: Any) -> None:
    if isinstance(value, list):
        data.setlist(name, [str(one) for one in value])
    elif value is True:
        data[name] = "on"
    elif value not in (None, False):
        data[name] = str(value)


def digest(openings: list[Opening]) -> str:
    """Return a short digest of what openings say."""
    told = sorted(tuple(map(repr, held(one).values())) for one in openings)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]
