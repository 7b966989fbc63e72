"""A calendar subscription: busy times of one agenda, for one member's own calendar program."""

from django.db import models

from clicdocteur.fields import RandomKey
from practitioners.models.practice import Practitioner
from practitioners.models.staff import Staff


class CalendarFeed(models.Model):
    """One member's subscription to one agenda. The address is shown once; here is SHA-256 of its token."""

    id = RandomKey()
    staff = models.ForeignKey(Staff, models.CASCADE, related_name="feeds")
    practitioner = models.ForeignKey(Practitioner, models.CASCADE, related_name="+")
    token_hash = models.BinaryField(max_length=32, unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["staff", "practitioner"], name="one_feed_per_member_and_practitioner")
        ]

    def __str__(self) -> str:
        return f"{self.pk}"
