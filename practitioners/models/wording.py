"""The practice's own words for a message, instead of those that come with the product."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from clicdocteur.fields import RandomKey
from practitioners.models.practice import Practice


class Wording(models.Model):
    """The body of one kind of message in one language. What it must say (when, where, the link) is filled in for it."""

    class Kind(models.TextChoices):
        CONFIRMATION = "confirmation", _("confirmation")
        CHANGE = "change", _("changement d’heure")
        CANCELLATION = "cancellation", _("annulation")
        REMINDER = "reminder", _("rappel")
        LATE = "late", _("retard du cabinet")

    LONGEST: ClassVar[int] = 1500

    id = RandomKey()
    practice = models.ForeignKey(Practice, models.CASCADE, related_name="wordings")
    kind = models.CharField(_("message"), max_length=12, choices=Kind.choices)
    language = models.CharField(_("langue"), max_length=2, choices=settings.LANGUAGES)
    text = models.TextField(_("texte"), max_length=LONGEST)

    class Meta:
        verbose_name = _("texte d’un message")
        verbose_name_plural = _("textes des messages")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["practice", "kind", "language"], name="one_wording_per_kind_and_language")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.language}"
