"""Who comes. No time, no practitioner, no foreign key, no sequence: a row tells nothing without its key."""

from django.db import models

from clicdocteur.fields import RandomKey


class PatientRecord(models.Model):
    """The sealed identity behind exactly one appointment. Every box has one length for all rows and is never NULL."""

    id = RandomKey()
    identity_box = models.BinaryField()
    visit_box = models.BinaryField()
    contact_box = models.BinaryField()

    def __str__(self) -> str:
        return "record"


class StoreCheck(models.Model):
    """The patients store's half of the pair (see `practitioners.models.StoreCheck`)."""

    id = RandomKey()
    check_box = models.BinaryField()
    pairing = models.BinaryField()

    def __str__(self) -> str:
        return "check"
