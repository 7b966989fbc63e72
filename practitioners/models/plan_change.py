"""What a change of plan replaced, for as long as it can be undone."""

from django.db import models

from clicdocteur.fields import RandomKey
from practitioners.models.practice import Practitioner


class PlanChange(models.Model):
    """One commit: the rows of the plan before and after, and where the visits stood that it moved or cancelled.

    No person and no text is in it: hours, opaque ids and states. It goes the night after.
    """

    id = RandomKey()
    practitioner = models.ForeignKey(Practitioner, models.CASCADE, related_name="plan_changes")
    staff = models.BigIntegerField()
    at = models.DateTimeField()
    undone = models.BooleanField(default=False)
    before = models.JSONField()
    after = models.JSONField()
    steps = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["practitioner", "at"], name="plan_changes_by_time")]

    def __str__(self) -> str:
        return f"{self.pk}"
