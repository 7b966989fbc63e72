"""Somebody asked for a lost link: what they typed, closed under a key of the server, until the worker has looked."""

from django.db import models

from clicdocteur.fields import RandomKey


class LostLink(models.Model):
    """One request, found or not: all rows have one length, and none says whether there is such a patient."""

    id = RandomKey()
    box = models.BinaryField()
    asked = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.pk}"
