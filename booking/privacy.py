"""The privacy page's lines: made from the declaration of retention, the practice's periods, and what its types ask.

Nothing here says a number of its own: a rule without words, or words without a rule, fails.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking import channels, rules
from booking.retention_plan import Rule, kept_of_patients
from practitioners import periods
from practitioners.models import Practice, VisitType
from practitioners.periods import Period


@dataclass(frozen=True, slots=True)
class Line:
    """What is kept, and how long, as patients read it."""

    what: str
    kept: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the visit types that can be booked here ask for, beyond a name and a contact."""

    birth_date: bool
    message: bool
    address: bool


def retention(practice: Practice, asked: Asked) -> list[Line]:
    """Return how long each thing is kept, in the order of the declaration."""
    return [Line(_what(rule, asked), _kept(rule, practice)) for rule in kept_of_patients()]


def asked(practice: Practice) -> Asked:
    """Look at the visit types that somebody can book online. One query."""
    types = VisitType.objects.filter(practitioner__practice=practice, practitioner__published=True, active=True)
    found = list(types.exclude(visibility=VisitType.Visibility.STAFF).filter(
        Q(asks_birth_date=True) | Q(asks_message=True) | Q(place=VisitType.Place.HOME)
    ))  # fmt: skip
    return Asked(
        any(one.asks_birth_date for one in found),
        any(one.asks_message for one in found),
        any(one.place == VisitType.Place.HOME for one in found),
    )


def collected(asked: Asked) -> list[str]:
    """Return what the form asks for, as sentences."""
    lines = [_("Un nom, un moyen de vous joindre au choix, et si vous êtes déjà patient.")]
    if asked.birth_date:
        lines.append(_("Pour certains motifs, la date de naissance."))
    if asked.message:
        lines.append(_("Pour certains motifs, un message facultatif de 300 caractères."))
    if asked.address:
        lines.append(_("Pour une visite à domicile, l’adresse."))
    return lines


def messages() -> list[str]:
    """Return what this instance sends, by whom, and what it says: what is switched on, and nothing else."""
    if not (channels.mail_is_on() or channels.sms_is_on()):
        return [_("Ce serveur n’envoie ni e-mail ni SMS. Aucun prestataire ne reçoit votre contact.")]
    lines = [
        _(
            "Ce serveur vous écrit pour confirmer, changer, annuler et rappeler vos rendez-vous. Ces messages disent la "
            "date, l’heure, le lieu et votre lien : ni motif, ni spécialité, ni nom."
        )
    ]
    if channels.mail_is_on():
        lines.append(_("Les e-mails passent par %(who)s.") % {"who": mail_carrier()})
    if channels.sms_is_on():
        said = {"who": settings.SMS_PROVIDER}
        lines.append(_("Les SMS passent par %(who)s, qui voit votre numéro et leur texte.") % said)
    lines.append(_("Qui lit votre messagerie ou votre téléphone lit aussi ces messages."))
    return lines


def in_the_browser() -> list[str]:
    """Return what these pages do in a patient's browser: what is switched on, and nothing else."""
    asked = {
        "off": [_("Ces pages ne déposent aucun cookie, ne lancent aucun script et n’appellent aucun autre site.")],
        "adaptive": [
            _("Ces pages ne déposent aucun cookie et n’appellent aucun autre site."),
            _(
                "Quand les demandes affluent, la page des heures fait faire un petit calcul à votre appareil, contre les robots."
            ),
            _("Il ne lit rien et n’est pas obligatoire. Sinon, aucun script ne tourne."),
        ],
        "always": [
            _("Ces pages ne déposent aucun cookie et n’appellent aucun autre site."),
            _("La page des heures fait faire un petit calcul à votre appareil, contre les robots."),
            _("Il ne lit rien et n’est pas obligatoire. Sinon, aucun script ne tourne."),
        ],
    }[settings.HOLD_PROOF]
    return [*asked, _("L’historique de votre navigateur garde l’adresse de vos rendez-vous.")]


def mail_carrier() -> str:
    """Return who carries the mail: the company that the settings name, or else the server."""
    return settings.EMAIL_PROVIDER or _("le serveur %(host)s") % {"host": settings.EMAIL_HOST}


def days(number: int) -> str:
    """Return « 7 jours »."""
    return ngettext("%(number)d jour", "%(number)d jours", number) % {"number": number}


def _what(rule: Rule, asked: Asked) -> str:
    if rule.told == "visit":
        return _visit(asked)
    if rule.told == "identity":
        return _("Nom et date de naissance") if asked.birth_date else _("Nom")
    return {
        "hold": _("Heure tenue sans être confirmée"),
        "contact": _("Contact lisible par le serveur"),
        "messages": _("Quels messages sont partis, et quand"),
        "slot": _("Heure du rendez-vous, sans personne"),
        "lapses": _("Absence ou annulation tardive notée par le cabinet, scellée"),
        "day_note": _("Note du jour entre les personnes du cabinet, scellée"),
        "counts": _("Nombre de rendez-vous par mois et par motif, et combien de jours à l’avance"),
        "limits": _("Limites contre les abus"),
        "wish": _("Demande sur la liste d’attente : nom, contact, jours"),
        "lost": _("Contact tapé pour retrouver un lien"),
        "log": _("Journal des noms consultés par le cabinet"),
        "backups": _("Sauvegardes"),
    }[rule.told]


def _visit(asked: Asked) -> str:
    parts = [_("Motif")]
    if asked.message:
        parts.append(_("message"))
    if asked.address:
        parts.append(_("adresse"))
    return ", ".join([*parts, _("contact lu par le cabinet")])


def _kept(rule: Rule, practice: Practice) -> str:
    if rule.period is not None:
        return _by_period(rule.told, rule.period, practice)
    return {
        "hold": _(
            "%(minutes)d minutes, prolongées %(times)d fois au plus. Elle ne contient rien sur vous. Si un code vous est demandé, ce "
            "que vous avez rempli est scellé à côté, et effacé dans l’heure sans lui."
        )
        % {"minutes": rules.HOLD_LIFETIME.total_seconds() // 60, "times": rules.MAX_HOLD_EXTENSIONS},
        "contact": _("Jusqu’à la fin du rendez-vous. S’il est annulé, jusqu’au départ du dernier message."),
        "wish": _(
            "Jusqu’à ce que vous acceptiez une heure ou retiriez la demande, et au plus jusqu’à la date que son lien dit."
        ),
        "lost": _("Chiffré, quelques secondes : le temps de chercher."),
        "slot": _("Elle reste : elle ne dit plus qui est venu."),
        "lapses": _("Un an après le rendez-vous. Elle ne sert jamais à vous refuser une réservation en ligne."),
        "counts": _("Ils restent : ce sont des nombres."),
        "limits": _(
            "Une empreinte de votre réseau et une de votre contact, pendant un jour. "
            "Sans le secret du serveur, elles ne se relisent pas."
        ),
        "backups": _("%(days)s au plus, pour celles que fait ce logiciel. Ce qui a été effacé n’en revient pas.")
        % {"days": days(periods.BACKUP_DAYS)},
    }[rule.told]


def _by_period(told: str, period: Period, practice: Practice) -> str:
    number = practice.kept(period).days
    text = {
        "visit": _("%(days)s après le rendez-vous."),
        "identity": _("%(days)s après le rendez-vous."),
        "day_note": _("%(days)s après ce jour."),
        "messages": _("%(days)s après le rendez-vous. Leur texte n’est pas gardé."),
        "log": _("%(days)s. Il ne contient aucun nom de patient."),
    }[told] % {"days": days(number)}
    if number <= period.default:
        return text
    more = _("C’est plus que les %(days)s habituels : %(reason)s") % {
        "days": days(period.default),
        "reason": getattr(practice, period.reason_field),
    }
    return f"{text} {more}"
