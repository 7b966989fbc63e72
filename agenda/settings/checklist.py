"""What a doctor's own page says by the Order's recommendations (CNOM), and what this one lacks. Advice: nothing is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from practitioners.models import Location, Practice, Practitioner
from practitioners.validators import luhn_fits


class Mark(StrEnum):
    """How an item stands."""

    DONE = "done"
    MISSING = "missing"
    DOUBT = "doubt"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list. `field` is the field of the form that mends it, empty when it is elsewhere (`where`)."""

    mark: Mark
    words: str
    field: str = ""
    where: str = ""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return self.mark is Mark.DONE


def checklist(practitioner: Practitioner, practice: Practice, places: Sequence[Location]) -> list[Item]:
    """Return the list for a page, as it stands or as it was typed. *places* are where the practitioner receives."""
    return [
        _filled(practitioner.name and practitioner.speciality, "name", _("Nom et spécialité")),
        _filled(practitioner.titles, "titles", _("Titres et diplômes")),
        _rpps(practitioner.rpps),
        _filled(practitioner.sector, "sector", _("Secteur et honoraires")),
        _filled(practitioner.payment, "payment", _("Moyens de paiement")),
        _places(places),
        _filled(practice.phone, "", _("Téléphone du cabinet"), where="practice"),
        Item(Mark.DONE, _("Urgences : 15, 112 et 114, toujours en haut de la page")),
        _filled(practitioner.directory_url, "directory_url", _("Fiche dans l’annuaire de l’Ordre")),
        Item(Mark.DONE, _("Ni avis, ni publicité, ni classement : ce logiciel n’en a pas")),
    ]


def _filled(value: str, field: str, words: str, where: str = "") -> Item:
    return Item(Mark.DONE if value else Mark.MISSING, words, field, where)


def _rpps(digits: str) -> Item:
    if digits and not luhn_fits(digits):
        return Item(Mark.DOUBT, _("Numéro RPPS : sa clé de contrôle est fausse, relisez-le"), "rpps")
    return _filled(digits, "rpps", _("Numéro RPPS"))


def _places(places: Sequence[Location]) -> Item:
    if not places:
        return Item(Mark.MISSING, _("Adresse : aucune plage d’ouverture ne dit où vous recevez"), where="week")
    if not all(place.access for place in places):
        return Item(Mark.DOUBT, _("Adresse et accès : un lieu n’a pas d’accès décrit"), where="places")
    return Item(Mark.DONE, _("Adresse et accès"))
