"""What has to run beside the pages: the worker, and the way to the mail server."""

from collections.abc import Iterator

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import channels, chores, proofs, words
from booking.channels import NotSent
from booking.messages import Mail
from booking.queries import the_practice
from upkeep.doctor.findings import Finding, alarm, look, ok


def examine() -> Iterator[Finding]:
    """Look at the worker's sign of life and at what it could not do (U7)."""
    subject = _("Messages et entretien")
    practice = the_practice()
    if practice is None:
        return
    since = chores.silent_since(timezone.now())
    todo = _("Démarrez « manage.py worker » : sans lui rien ne part et rien ne se purge.")
    if since is not None and since.year == 1:
        yield alarm(subject, _("Le service qui les fait n’a jamais tourné."), todo)
    elif since is not None:
        text = _("Le service qui les fait se tait depuis %(when)s.")
        yield alarm(subject, text % {"when": words.moment(since, practice.zone)}, todo)
    waiting = chores.alarms()
    if "beat" in waiting:
        yield alarm(
            subject,
            _(
                "La date a sauté de plusieurs jours, et rien ne met l’horloge à l’heure : rien ne part, rien ne se purge."
            ),
            _(
                "Vérifiez la date, installez chrony ou systemd-timesyncd. Sinon le travail reprend de lui-même après un jour."
            ),
        )
    elif waiting:
        yield alarm(
            subject,
            _("Arrêté, en attente d’une personne : %(chores)s.") % {"chores": ", ".join(waiting)},
            _("Ses journaux disent pourquoi ; « manage.py reconcile » et « verify_access_log » regardent de près."),
        )
    elif since is None:
        yield ok(subject, _("Le service qui les fait tourne."))


def crowd() -> Iterator[Finding]:
    """Say when times are taken in numbers: it may be the flu, or a script (P10)."""
    if proofs.is_pressing(timezone.now()):
        yield look(
            _("Réservations"),
            _("Beaucoup d’heures sont prises en ligne en ce moment."),
            _(
                "Agenda, « Réservé en ligne » : regardez si un même réseau en prend beaucoup. HOLD_PROOF : docs/operate.md."
            ),
        )


def mail() -> Iterator[Finding]:
    """Connect to the mail server as the worker does; nothing is sent."""
    subject = _("E-mail")
    if not channels.mail_is_on():
        yield look(
            subject,
            _("Aucun serveur de messagerie : les patients ne reçoivent ni confirmation ni rappel."),
            _("EMAIL_HOST et les suivants, dans .env.example."),
        )
        return
    connection = Mail()
    try:
        connection.open()
    except NotSent as failure:
        yield alarm(
            subject,
            _("%(host)s ne prend pas nos messages (%(why)s).") % {"host": settings.EMAIL_HOST, "why": failure.why},
            _("« manage.py check_mail » dit quoi changer. Les messages attendent ; rien n’est perdu."),
        )
    else:
        yield ok(subject, _("Le serveur de messagerie répond."))
    finally:
        connection.close()
