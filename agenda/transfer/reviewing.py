"""The page between a file and the agenda: which column says what, and what would become of each line."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from agenda.cautions import told
from agenda.desk_forms.fields import type_field
from booking import imports, words
from booking.imports import Choices, Fault, Part, Table, Tried, Verdict
from clicdocteur.grid import instant_of
from practitioners.models import Practice, VisitType

# What is read first: what a person has to look at.
ORDER = (
    Verdict.WRONG, Verdict.OVERLAP, Verdict.CREATE, Verdict.HERE, Verdict.TWICE, Verdict.FAR, Verdict.PAST, Verdict.CANCELLED,
)  # fmt: skip
# Groups of these are shown open.
OPEN = frozenset({Verdict.WRONG, Verdict.OVERLAP, Verdict.CREATE, Verdict.FAR})


class FileForm(forms.Form):
    """A file, and what its appointments are where it does not say."""

    use_required_attribute = False

    def __init__(self, types: Sequence[VisitType], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["file"] = forms.FileField(
            label=_("Fichier"),
            widget=forms.FileInput(attrs={"accept": ".csv,.txt,.ics,text/csv,text/calendar"}),
            allow_empty_file=True,
            error_messages={"required": _("Choisissez un fichier."), "max_length": _("Choisissez un fichier.")},
        )
        self.fields["visit_type"] = usual_field(types)


class ReviewForm(forms.Form):
    """What each column says, and how to go on."""

    use_required_attribute = False

    def __init__(self, types: Sequence[VisitType], table: Table, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.types = {str(one.pk): one for one in types}
        self.table = table
        self.fields["visit_type"] = usual_field(types)
        choices = [("", _("(laisser de côté)")), *part_words()]
        for at, heading in enumerate(table.headings):
            self.fields[f"column-{at}"] = forms.ChoiceField(
                label=heading or _("colonne %(number)d") % {"number": at + 1}, choices=choices, required=False
            )
        self.fields["overbook"] = forms.BooleanField(
            label=_("Créer aussi ce qui chevauche, en surnombre"), required=False
        )
        self.fields["remind"] = forms.BooleanField(
            label=_("Envoyer les rappels d’usage à ces patients"), required=False
        )

    @property
    def columns(self) -> list[dict[str, Any]]:
        """Each column's field, with what the first lines say in it."""
        samples = [[row.cells[at] for row in self.table.rows[:3]] for at in range(len(self.table.headings))]
        return [
            {"field": self[f"column-{at}"], "sample": ", ".join(dict.fromkeys(filter(None, sample)))[:80]}
            for at, sample in enumerate(samples)
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for what makes a line an appointment."""
        cleaned = super().clean() or self.cleaned_data
        wrong = _missing().get(imports.lacking(self._chosen()))
        if wrong:
            self.add_error(None, wrong)
        return cleaned

    def choices(self, practice: Practice, language: str) -> Choices:
        """Return how the file is to be read."""
        usual = self.types[self.cleaned_data["visit_type"]]
        return Choices(practice, list(self.types.values()), self._chosen(), usual, language)

    def _chosen(self) -> list[Part | None]:
        said = [self.cleaned_data.get(f"column-{at}", "") for at in range(len(self.table.headings))]
        return [Part(one) if one else None for one in said]


def first_guess(table: Table, visit_type: str) -> dict[str, str]:
    """Return a review as if a person had chosen what the headings say."""
    parts = imports.recognise(table.headings)
    return {"visit_type": visit_type} | {f"column-{at}": part or "" for at, part in enumerate(parts)}


def usual_field(types: Iterable[VisitType]) -> forms.ChoiceField:
    """Which visit type holds where the file names none that is known here."""
    field = type_field(types)
    field.label = _("Motif et agenda, là où le fichier ne les dit pas")
    return field


def groups(lines: Sequence[Tried], practice: Practice) -> list[dict[str, Any]]:
    """Return the lines by what becomes of them, each with the words of the page."""
    return [
        {
            "verdict": verdict.value,
            "title": verdict_words(verdict),
            "open": verdict in OPEN,
            "lines": [_line(one, practice) for one in lines if one.verdict is verdict],
        }
        for verdict in ORDER
        if any(one.verdict is verdict for one in lines)
    ]


def _line(one: Tried, practice: Practice) -> dict[str, Any]:
    draft = one.draft
    kind, coming = draft.visit_type, draft.coming
    return {
        "number": draft.number,
        "when": draft.said if draft.start is None else words.moment(instant_of(draft.start), practice.zone, year=True),
        "who": coming.identity.persons[0].full_name if coming else draft.who,
        "what": f"{kind.name} · {words.duration(draft.minutes)}" if kind and draft.minutes else "",
        "agenda": kind.practitioner.name if kind else "",
        "told": [*draft.wrong, *told(one.cautions), *draft.remarks],
    }


def verdict_words(verdict: Verdict) -> str:
    """Return what becomes of a line, in words."""
    return {
        Verdict.CREATE: _("Seront créés"),
        Verdict.OVERLAP: _("Chevauchent : laissés de côté"),
        Verdict.WRONG: _("Pas compris : laissés de côté"),
        Verdict.HERE: _("Déjà dans l’agenda : rien à faire"),
        Verdict.TWICE: _("Deux fois dans le fichier : un seul suffit"),
        Verdict.PAST: _("Passés : laissés de côté"),
        Verdict.FAR: _("À plus de deux ans : vérifiez l’année"),
        Verdict.CANCELLED: _("Annulés dans le fichier : laissés de côté"),
    }[verdict]


def fault_words(fault: Fault) -> str:
    """Return why a file is not read, and what to do."""
    return {
        Fault.EMPTY: _("Ce fichier est vide."),
        Fault.TOO_BIG: _("Ce fichier est trop gros : 250 Ko au plus. Coupez-le en deux : rien n’est créé deux fois."),
        Fault.TOO_MANY_ROWS: _(
            "Ce fichier a trop de lignes : 2 000 au plus. Coupez-le en deux : rien n’est créé deux fois."
        ),
        Fault.TOO_MANY_COLUMNS: _("Ce fichier a plus de 60 colonnes : gardez celles qui servent."),
        Fault.WORKBOOK: _("C’est un classeur. Dans votre tableur : Enregistrer sous, format CSV, puis recommencez."),
        Fault.NOT_TEXT: _("Ce n’est ni un fichier CSV ni un calendrier ICS."),
        Fault.NOT_A_TABLE: _(
            "Ce n’est pas un tableau : il faut des titres sur la première ligne, et au moins deux colonnes."
        ),
        Fault.NOT_A_CALENDAR: _("Ce calendrier est abîmé : exportez-le une nouvelle fois."),
    }[fault]


def part_words() -> list[tuple[str, str]]:
    """Return what a column can say, in words, in the order of a form."""
    said = {
        Part.LAST_NAME: _("Nom"),
        Part.FIRST_NAME: _("Prénom"),
        Part.FULL_NAME: _("Nom et prénom"),
        Part.BIRTH_DATE: _("Date de naissance"),
        Part.PHONE: _("Téléphone"),
        Part.OTHER_PHONE: _("Autre téléphone"),
        Part.EMAIL: _("E-mail"),
        Part.DAY: _("Jour"),
        Part.CLOCK: _("Heure"),
        Part.START: _("Jour et heure"),
        Part.END: _("Fin"),
        Part.DURATION: _("Durée"),
        Part.VISIT_TYPE: _("Motif"),
        Part.PRACTITIONER: _("Praticien"),
        Part.STATE: _("État (annulé ou non)"),
        Part.ADDRESS: _("Adresse de la visite"),
        Part.NOTE: _("Note pour le cabinet"),
        Part.REPEATS: _("Répétition"),
    }
    return [(part.value, word) for part, word in said.items()]


def _missing() -> dict[str, str]:
    return {
        "name": _("Dites quelle colonne donne le nom."),
        "day": _("Dites quelle colonne donne le jour."),
        "clock": _("Dites quelle colonne donne l’heure."),
        "twice": _("Deux colonnes disent la même chose : gardez-en une."),
    }
