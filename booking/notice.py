"""The information notice before the button: article 13 of the GDPR in six short lines."""

from django.conf import settings
from django.utils.translation import gettext as _

from booking import channels, privacy
from booking.models import Appointment
from practitioners import periods
from practitioners.models import Practice, Practitioner


def controller(practice: Practice) -> str:
    """Return who answers for the data."""
    return practice.controller or practice.name


def data_contact(practice: Practice) -> str:
    """Return whom to ask about personal data."""
    return practice.data_contact or practice.email or practice.phone or practice.name


def lines(hold: Appointment) -> list[str]:
    """Return the notice for this booking."""
    practice = hold.practitioner.practice
    readers = _("Seuls %(name)s et les personnes qui tiennent son agenda lisent votre nom.") % {
        "name": hold.practitioner.name
    }
    return [
        _("%(controller)s répond de ces données. Elles servent à organiser ce rendez-vous et votre prise en charge.")
        % {"controller": controller(practice)},
        _("Base légale : votre demande de rendez-vous et les soins (RGPD, art. 6.1.b, 6.1.f et 9.2.h)."),
        " ".join([readers, _hosting(practice), *_carriers()]),
        _("Après le rendez-vous, le nom est gardé %(name)s ; le contact et le message, %(visit)s.")
        % {
            "name": privacy.days(practice.kept(periods.IDENTITY).days),
            "visit": privacy.days(practice.kept(periods.VISIT).days),
        },
        _(
            "Votre lien permet de voir, corriger, annuler, effacer. Questions : %(contact)s. Réclamations : CNIL, cnil.fr."
        )
        % {"contact": data_contact(practice)},
        _(
            "Tout est obligatoire, sauf ce qui est marqué facultatif. Sans ces informations, pas de rendez-vous en ligne."
        ),
    ]


def wish_lines(practitioner: Practitioner) -> list[str]:
    """Return the notice for a place on a waiting list."""
    practice = practitioner.practice
    readers = _("Seuls %(name)s et les personnes qui tiennent son agenda lisent votre nom.") % {
        "name": practitioner.name
    }
    return [
        _("%(controller)s répond de ces données. Elles servent à vous proposer une heure qui se libère.")
        % {"controller": controller(practice)},
        _("Base légale : votre demande de rendez-vous et les soins (RGPD, art. 6.1.b, 6.1.f et 9.2.h)."),
        " ".join([readers, _hosting(practice), *_carriers()]),
        _(
            "Le serveur lit votre contact tant que vous attendez. Tout est effacé quand la demande prend fin sans rendez-vous."
        ),
        _("Votre lien permet de voir et de retirer la demande. Questions : %(contact)s. Réclamations : CNIL, cnil.fr.")
        % {"contact": data_contact(practice)},
        _("Tout est obligatoire, sauf ce qui est marqué facultatif. Être sur la liste ne réserve rien."),
    ]


def _carriers() -> list[str]:
    """Return who else sees a contact: whoever carries the messages, by name."""
    lines = []
    if channels.mail_is_on():
        lines.append(_("E-mails : %(who)s.") % {"who": privacy.mail_carrier()})
    if channels.sms_is_on():
        lines.append(_("SMS : %(who)s.") % {"who": settings.SMS_PROVIDER})
    return lines


def _hosting(practice: Practice) -> str:
    if practice.host:
        return _("Hébergeur : %(host)s.") % {"host": practice.host}
    return _("Le cabinet héberge lui-même ces données.")
