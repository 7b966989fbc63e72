"""What remains of visits once their types are forgotten: how many there were, how far ahead, and how full the days."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from booking.models.appointment import Appointment
from clicdocteur.fields import RandomKey
from practitioners.models import Practitioner, VisitType


class MonthlyCount(models.Model):
    """How many visits of a type ended in a state, in one month of the practice. Raised as each visit's type goes."""

    id = RandomKey()
    practitioner = models.ForeignKey(Practitioner, models.CASCADE, related_name="+", db_index=False)
    visit_type = models.ForeignKey(VisitType, models.CASCADE, related_name="+")
    state = models.CharField(max_length=24, choices=Appointment.State.choices)
    month = models.DateField()
    amount = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("compte du mois")
        verbose_name_plural = _("comptes du mois")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["practitioner", "visit_type", "state", "month"],
                name="one_count_per_practitioner_type_state_and_month",
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class MonthlyLead(models.Model):
    """How many visits of a type were booked online so many days ahead, in one month of the practice. Raised a day later."""

    class Ahead(models.IntegerChoices):
        SAME_DAY = 0, _("le jour même")
        TWO_DAYS = 1, _("1 à 2 jours")
        WEEK = 3, _("3 à 7 jours")
        TWO_WEEKS = 8, _("8 à 14 jours")
        MONTH = 15, _("15 à 30 jours")
        LATER = 31, _("plus de 30 jours")

    id = RandomKey()
    practitioner = models.ForeignKey(Practitioner, models.CASCADE, related_name="+", db_index=False)
    visit_type = models.ForeignKey(VisitType, models.CASCADE, related_name="+")
    ahead = models.PositiveSmallIntegerField(choices=Ahead.choices)
    month = models.DateField()
    amount = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["practitioner", "visit_type", "ahead", "month"],
                name="one_count_per_practitioner_type_days_ahead_and_month",
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class MonthlyFill(models.Model):
    """How many minutes of a practitioner's month were open, and how many of these were taken. Raised after each day."""

    id = RandomKey()
    practitioner = models.ForeignKey(Practitioner, models.CASCADE, related_name="+", db_index=False)
    month = models.DateField()
    open_minutes = models.PositiveIntegerField(default=0)
    used_minutes = models.PositiveIntegerField(default=0)
    # The last day that is in it: counted once, whoever counts.
    counted_to = models.DateField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["practitioner", "month"], name="one_fill_per_practitioner_and_month")
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
