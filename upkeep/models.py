"""What was last done for the instance: so that pages and `doctor` can say how long ago, on whichever machine they run."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clicdocteur.fields import RandomKey


class Milestone(models.Model):
    """When something was last done for this instance, and whether it went well."""

    class Kind(models.TextChoices):
        BACKUP = "backup", _("sauvegarde")
        REHEARSAL = "rehearsal", _("essai de restauration")
        RESTORE = "restore", _("restauration")

    id = RandomKey()
    kind = models.CharField(max_length=12, choices=Kind.choices, unique=True)
    at = models.DateTimeField()
    well = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.kind
