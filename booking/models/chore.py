"""What the worker does from time to time, and when it is due next: the same row for all workers, and its heartbeat."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clicdocteur.fields import RandomKey


class Chore(models.Model):
    """One recurring duty. It is claimed by an update that counts, so that two workers never do it at once.

    What was missed while no worker ran is done once, late; `due` is an instant, so no change of the clocks repeats it.
    """

    class Kind(models.TextChoices):
        BEAT = "beat", _("signe de vie")
        HOLDS = "holds", _("heures tenues expirées")
        REMINDERS = "reminders", _("rappels à prévoir")
        SUMMARIES = "summaries", _("résumés du jour")
        RETENTION = "retention", _("durées de conservation")
        GRANTS = "grants", _("accès arrivés à leur terme")
        LOG = "log", _("journal des accès")
        SWEEP = "sweep", _("fiches sans rendez-vous")
        JOURNAL = "journal", _("journal des écritures")
        COUNTS = "counts", _("comptes du mois")
        ORDER = "order", _("réécriture dans l’ordre des clés")

    id = RandomKey()
    kind = models.CharField(max_length=10, choices=Kind.choices, unique=True)
    due = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    done = models.DateTimeField(null=True)
    # The last time it could not be done, and somebody has to look.
    alarm = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.kind
