"""What staff leave for one another for one day: sealed like an identity, gone a week later."""

from typing import ClassVar

from django.db import models

from clicdocteur.fields import RandomKey
from practitioners.models import Practitioner


class DayNote(models.Model):
    """The note of one practitioner's day. The box has one length for all rows; `key_version` says which key it is under."""

    id = RandomKey()
    practitioner = models.ForeignKey(Practitioner, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    key_version = models.PositiveSmallIntegerField()
    box = models.BinaryField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["practitioner", "day"], name="one_note_per_practitioner_and_day")
        ]

    def __str__(self) -> str:
        return f"{self.day}"
