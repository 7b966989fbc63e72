"""Shared counters for the limits: keyed tags, no address, no person, gone with their window."""

from django.db import models


class Counter(models.Model):
    """How often something happened in a window of time. The tag is an HMAC under a key of the server secret."""

    tag = models.CharField(primary_key=True, max_length=64)
    amount = models.PositiveIntegerField(default=0)
    expires = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.tag[:8]
