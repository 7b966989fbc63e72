"""The waiting list: who would come if a time were freed, and what was offered to them."""

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.models.appointment import Appointment
from clicdocteur.fields import RandomKey
from practitioners.models import Practitioner, VisitType


class Wish(models.Model):
    """A place on a practitioner's waiting list: for which type, on which days and at which times of day.

    Whoever has no visit yet has a record of their own, like an appointment's. Whoever wants to come *earlier* than a visit
    that stands has none: the visit's record and contact serve, and nothing is written twice.
    """

    id = RandomKey()
    practitioner = models.ForeignKey(Practitioner, models.CASCADE, related_name="wishes", db_index=False)
    visit_type = models.ForeignKey(VisitType, models.CASCADE, related_name="+")
    # The visit that would rather be earlier; None for somebody who has none.
    appointment = models.OneToOneField(Appointment, models.CASCADE, null=True, related_name="wish")
    new_patient = models.BooleanField(null=True)
    # Bit 0 is Monday; and morning, afternoon, evening.
    weekdays = models.PositiveSmallIntegerField()
    parts = models.PositiveSmallIntegerField()
    # The oldest is asked first.
    since = models.DateTimeField()
    # The last day on which a time may be offered.
    until = models.DateField()
    key_version = models.PositiveSmallIntegerField(null=True)
    patient_ref = models.BinaryField(null=True)
    # SHA-256 of the capability in the link by which it is withdrawn.
    link_hash = models.BinaryField(max_length=32, null=True, unique=True)

    class Meta:
        verbose_name = _("demande sur la liste d’attente")
        verbose_name_plural = _("liste d’attente")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(appointment__isnull=True, patient_ref__isnull=False, link_hash__isnull=False)
                | Q(appointment__isnull=False, patient_ref__isnull=True, link_hash__isnull=True),
                name="a_wish_has_a_record_or_a_visit_that_has_one",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["practitioner", "since"], name="wishes_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def has_person(self) -> bool:
        """Whether somebody waits whose record is its own, and not that of a visit."""
        return self.patient_ref is not None

    @property
    def start(self) -> datetime:
        """Since when it waits: what stands for a visit's start where identities are counted."""
        return self.since


class Offer(models.Model):
    """A freed time that was offered to one wish. Its place is the reserve that keeps the time, and then the visit."""

    id = RandomKey()
    # None: taken, and the wish is over.
    wish = models.ForeignKey(Wish, models.CASCADE, null=True, related_name="offers")
    # None: the time is somebody else's by now, or public again.
    place = models.ForeignKey(Appointment, models.SET_NULL, null=True, related_name="offers")
    start = models.DateTimeField()
    made = models.DateTimeField()
    expires = models.DateTimeField()
    # Not answered in time, refused, or never sent: the next wish has its turn.
    ended = models.BooleanField(default=False)
    accepted = models.BooleanField(default=False)
    # SHA-256 of the capability in the message; there is none until it is being sent, and each attempt has another.
    link_hash = models.BinaryField(max_length=32, null=True, unique=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["place"], condition=Q(ended=False, accepted=False), name="a_time_is_offered_to_one_at_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["start"], name="offers_by_start")]

    def __str__(self) -> str:
        return f"{self.pk}"

    def is_open(self, now: datetime) -> bool:
        """Whether it can be accepted."""
        return self.place_id is not None and not self.ended and not self.accepted and now < self.expires
