"""What is to be told, to whom and when. Never a text and never an address: both are made at the moment of sending."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.models.appointment import Appointment
from booking.models.wish import Offer
from clicdocteur.fields import RandomKey
from practitioners.models import Practitioner


class Message(models.Model):
    """One message of the queue, from the verb that makes it to the worker that sends it, or gives up in sight.

    A row that is `handed` was being handed over when its worker last wrote: if that worker died, nobody knows whether it
    left. It is never sent again; it becomes `doubtful`, and people decide.
    """

    class Kind(models.TextChoices):
        CONFIRMATION = "confirmation", _("confirmation")
        CHANGE = "change", _("changement d’heure")
        CANCELLATION = "cancellation", _("annulation")
        REMINDER = "reminder", _("rappel")
        CODE = "code", _("code de confirmation")
        OFFER = "offer", _("proposition d’une heure")
        LATE = "late", _("retard du cabinet")
        LINK = "link", _("lien renvoyé")
        SUMMARY = "summary", _("résumé du jour")

    class State(models.TextChoices):
        QUEUED = "queued", _("en attente")
        CLAIMED = "claimed", _("en cours d’envoi")
        HANDED = "handed", _("en cours de remise")
        SENT = "sent", _("envoyé")
        FAILED = "failed", _("non parti")
        DOUBTFUL = "doubtful", _("peut-être parti")
        CALL = "call", _("à appeler")
        CALLED = "called", _("appelé")

    class Channel(models.TextChoices):
        NONE = "", _("pas encore choisi")
        EMAIL = "email", _("e-mail")
        SMS = "sms", _("SMS")

    class Error(models.TextChoices):
        NONE = "", _("aucune")
        UNREACHABLE = "unreachable", _("serveur de messagerie injoignable")
        REFUSED = "refused", _("adresse ou numéro refusé")
        REJECTED = "rejected", _("message refusé par le serveur")
        SETTINGS = "settings", _("notre compte ou le certificat du serveur est refusé")
        EXPIRED = "expired", _("trop tard pour l’envoyer")
        CONTACT = "contact", _("contact illisible ou en cours de correction")
        CAP = "cap", _("maximum de SMS du jour atteint")
        CODES = "codes", _("trop de codes à ce contact aujourd’hui")
        FAULT = "fault", _("erreur du logiciel")

    # One message for all visits of a contact that are due together.
    TOGETHER: ClassVar[tuple[str, ...]] = ("reminder", "link", "confirmation")
    # What has not left and can still be taken back; and what has not come to its end.
    WAITING: ClassVar[tuple[str, ...]] = ("queued", "call")
    UNSENT: ClassVar[tuple[str, ...]] = ("queued", "claimed", "handed")

    id = RandomKey()
    # None: a summary, or an offer to somebody who has no visit.
    appointment = models.ForeignKey(Appointment, models.CASCADE, null=True, related_name="messages")
    practitioner = models.ForeignKey(Practitioner, models.CASCADE, related_name="+", db_index=False)
    # Of an offer: which. It goes with it.
    offer = models.ForeignKey(Offer, models.CASCADE, null=True, related_name="messages")
    kind = models.CharField(_("message"), max_length=12, choices=Kind.choices)
    state = models.CharField(_("état"), max_length=8, choices=State.choices, default=State.QUEUED)
    due = models.DateTimeField(_("à partir de"))
    # Not before this instant, because an attempt failed.
    again = models.DateTimeField(null=True)
    # Of a late notice: by how much.
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Until when a worker has it for itself.
    claimed_until = models.DateTimeField(null=True)
    channel = models.CharField(_("moyen"), max_length=5, choices=Channel.choices, blank=True, default="")
    error = models.CharField(_("cause"), max_length=12, choices=Error.choices, blank=True, default="")
    # When it left, was called, or was given up.
    closed = models.DateTimeField(_("fini"), null=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["appointment", "due"], condition=Q(kind="reminder"), name="one_reminder_per_visit_and_instant"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["claimed", "handed"], claimed_until__isnull=False)
                | (~Q(state__in=["claimed", "handed"]) & Q(claimed_until__isnull=True)),
                name="a_message_is_claimed_until_an_instant",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "due"], name="messages_by_state_and_due")
        ]

    def __str__(self) -> str:
        return self.kind
