"""Records that no appointment knows, between the first sweep and the second."""

from django.db import models

from clicdocteur.fields import RandomKey


class Orphan(models.Model):
    """A patient record that had no appointment when a sweep looked; the next sweep, an hour later, may delete it."""

    id = RandomKey()
    record = models.BigIntegerField(unique=True)
    seen = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.record}"
