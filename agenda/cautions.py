"""What staff should know of a time, in words. They inform; nothing here forbids."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from booking.desk import Caution


def told(cautions: Iterable[Caution]) -> list[str]:
    """Return a sentence for each."""
    return [_words(one) for one in cautions]


def _words(caution: Caution) -> str:
    return {
        Caution.PAST: _("Cette heure est passée."),
        Caution.FAR: _("C’est dans plus d’un an : vérifiez l’année."),
        Caution.HOLIDAY: _("C’est un jour férié."),
        Caution.CLOSED: _("Le praticien ne reçoit pas à cette heure : vérifiez-la."),
        Caution.ENDS_AFTER: _("Le rendez-vous finit après la fin de la plage."),
        Caution.ABSENT: _("Le praticien est absent à cette heure."),
        Caution.WITHOUT_APPOINTMENT: _("Cette plage est sans rendez-vous."),
        Caution.OTHER_TYPE: _("Cette plage est prévue pour d’autres motifs."),
        Caution.NOT_RELEASED: _("Cette plage n’est pas encore ouverte aux patients."),
        Caution.OFF_STEPS: _("Les rendez-vous de cette plage commencent d’ordinaire à d’autres minutes."),
        Caution.DAILY_MAXIMUM: _("Le maximum du jour est atteint pour ce motif."),
        Caution.NEW_PATIENT: _("Ce motif n’est pas ouvert aux nouveaux patients."),
        Caution.TAKEN: _("Il y a déjà un rendez-vous à cette heure."),
        Caution.HELD: _("Un patient est en train de réserver cette heure en ligne."),
        Caution.OFFERED: _("Cette heure libérée est proposée à une personne de la liste d’attente."),
        Caution.TYPED: _("Un autre poste est en train de saisir cette heure."),
    }[caution]
