"""Who was erased: so that a backup of before does not bring them back."""

from django.db import models

from clicdocteur.fields import RandomKey


class Erasure(models.Model):
    """The id of a record that was erased, closed under the link key, kept as long as backups are."""

    id = RandomKey()
    box = models.BinaryField(max_length=64)
    day = models.DateField(db_index=True)

    def __str__(self) -> str:
        return f"{self.day}"
