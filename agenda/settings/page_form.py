"""A practitioner's public page: what it says, and whether it may be put online."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agenda.settings.guarded import GuardedForm
from practitioners import keys
from practitioners.models import AgendaKey, KeyHolder, Practitioner

SECTIONS = (
    (gettext_lazy("Qui"), ("name", "speciality", "slug")),
    (gettext_lazy("À savoir"), ("notice", "introduction", "access", "emergency", "languages")),
    (gettext_lazy("Honoraires"), ("sector", "payment")),
    (gettext_lazy("Titres"), ("titles", "rpps", "directory_url")),
    (gettext_lazy("Réservation"), ("contact", "contact_code", "lapse_rule", "waiting_list")),
    (gettext_lazy("Messages"), ("reminders", "summary_email")),
)
_HINTS = {
    "name": gettext_lazy("Tel que les patients le connaissent : Dr Claire Martin."),
    "slug": gettext_lazy("La fin de l’adresse, sans espace ni accent. La changer rend l’ancienne adresse introuvable."),
    "introduction": gettext_lazy("Sobre : pas de publicité, pas d’avis de patients, pas de comparaison."),
    "access": gettext_lazy("Ce qui ne vaut que pour vous. L’adresse et l’accès du lieu sont dans « Lieux »."),
    "languages": gettext_lazy("français, anglais"),
    "sector": gettext_lazy("Secteur, prix de la consultation, dépassements."),
    "payment": gettext_lazy("Carte bancaire, chèque, espèces, carte Vitale."),
    "rpps": gettext_lazy("Onze chiffres, sur votre carte de professionnel de santé."),
    "directory_url": gettext_lazy("L’adresse de votre fiche sur le site de l’Ordre."),
}


class PageForm(GuardedForm):
    """What a practitioner's page says."""

    directory_url = forms.URLField(
        label=gettext_lazy("Fiche dans l’annuaire de l’Ordre"), required=False, max_length=200, assume_scheme="https"
    )

    class Meta:
        model = Practitioner
        fields = tuple(name for _title, names in SECTIONS for name in names)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, hint in _HINTS.items():
            self.fields[name].help_text = hint
        for name, rows in (
            ("notice", 2),
            ("introduction", 3),
            ("access", 2),
            ("emergency", 2),
            ("titles", 3),
            ("lapse_rule", 2),
        ):
            self.fields[name].widget.attrs["rows"] = rows


class NewPractitionerForm(forms.ModelForm):  # type: ignore[type-arg]
    """Somebody new who receives: the rest is filled in on their page."""

    use_required_attribute = False

    class Meta:
        model = Practitioner
        fields = ("name", "speciality", "slug")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.fields["name"].help_text = _HINTS["name"]
        self.fields["slug"].help_text = gettext_lazy("La fin de l’adresse de la page : dr-martin.")


def what_keeps_it_offline(practitioner: Practitioner) -> str:
    """Return what a page lacks before it may be published: `key`, `sheet`, or nothing. (P17)"""
    if keys.publishable(practitioner):
        return ""
    has_key = AgendaKey.objects.filter(practitioner=practitioner, retired=False).exists()
    return "sheet" if has_key else "key"


def what_leaves_it_empty(practitioner: Practitioner) -> str:
    """Return what patients would miss on a page that may be published: `types`, `week`, or nothing."""
    if not practitioner.visit_types.filter(active=True).exists():
        return "types"
    return "" if practitioner.openings.exists() else "week"


def sheet_waits(practitioner: Practitioner) -> bool:
    """Whether a recovery sheet was made, and its last group not typed back yet."""
    return KeyHolder.objects.filter(sheet_of=practitioner, confirmed=False).exists()


def saved_words(practitioner: Practitioner) -> str:
    """Say that a page was saved, and whether patients see it."""
    if practitioner.published:
        return _("La page est enregistrée : les patients la voient.")
    return _("La page est enregistrée. Elle n’est pas encore publiée.")
