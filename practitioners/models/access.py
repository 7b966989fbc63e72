"""Who was shown what, in opaque ids."""

from django.db import models

from clicdocteur.fields import RandomKey


class AccessEvent(models.Model):
    """One line of the access log: append-only, no patient data, no foreign key (rows outlive what they speak of).

    One row per session, appointment, page kind and hour: looking again within the hour adds nothing.
    """

    id = RandomKey()
    staff = models.BigIntegerField()
    appointment = models.BigIntegerField()
    action = models.CharField(max_length=20)
    hour = models.DateTimeField()
    # The minute in which the row was written, in whole minutes of UTC: the chain goes by it.
    recorded = models.DateTimeField()
    session_tag = models.BinaryField(max_length=16)
    # Shown past the hourly limit, after the password was asked again.
    flagged = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session_tag", "appointment", "action", "hour"],
                name="one_access_event_per_session_appointment_action_and_hour",
            )
        ]
        indexes = [
            models.Index(fields=["appointment"], name="access_by_appointment"),
            models.Index(fields=["recorded"], name="access_by_minute"),
            models.Index(fields=["staff", "hour"], name="access_by_person_and_hour"),
        ]

    def __str__(self) -> str:
        return self.action


class AccessSeal(models.Model):
    """A link of the chain over the access log: it closes all rows up to a minute (see `practitioners.access_log.chain`).

    `rows` are those of this link, `total` all that there ever were. `checkpoint` marks the link that a purge left.
    """

    id = RandomKey()
    number = models.PositiveIntegerField(unique=True)
    minute = models.DateTimeField()
    rows = models.PositiveIntegerField()
    total = models.PositiveBigIntegerField()
    head = models.BinaryField(max_length=32)
    checkpoint = models.BinaryField(max_length=32, null=True)

    def __str__(self) -> str:
        return f"{self.number}"
