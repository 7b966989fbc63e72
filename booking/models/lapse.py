"""That somebody did not come, or said so too late: sealed, counted by nobody but an unlocked agenda, gone after a year."""

from django.db import models

from booking.models.appointment import Appointment
from clicdocteur.fields import RandomKey
from practitioners.models import Practitioner


class Lapse(models.Model):
    """One visit that staff marked. The box says whose, as fingerprints that only the agenda's key opens; all have one length.

    Equal patients have unequal boxes. It outlives the identity of its visit, and goes with the visit's erasure.
    """

    id = RandomKey()
    practitioner = models.ForeignKey(Practitioner, models.CASCADE, related_name="+", db_index=False)
    appointment = models.OneToOneField(Appointment, models.CASCADE, related_name="lapse")
    key_version = models.PositiveSmallIntegerField()
    box = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.pk}"
