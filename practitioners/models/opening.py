"""When a practitioner receives, and when not. Wall times are minutes of the practice's day: 540 is 09:00, 1440 is 24:00.

Instants are never stored here, so a change of the clocks, or of the practice's zone, moves nothing.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clicdocteur.fields import RandomKey
from practitioners.models.practice import Location, Practitioner
from practitioners.models.visit_type import VisitType
from practitioners.validators import check_five_minutes

DAY_MINUTES = 1440
_minute: list[Callable[[Any], None]] = [check_five_minutes, MaxValueValidator(DAY_MINUTES)]


class Opening(models.Model):
    """A stretch of a day in which visits may be booked (plage d'ouverture): weekly, or on one date."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("lundi")
        TUESDAY = 1, _("mardi")
        WEDNESDAY = 2, _("mercredi")
        THURSDAY = 3, _("jeudi")
        FRIDAY = 4, _("vendredi")
        SATURDAY = 5, _("samedi")
        SUNDAY = 6, _("dimanche")

    class Parity(models.TextChoices):
        EVERY = "every", _("toutes les semaines")
        ODD = "odd", _("semaines impaires")
        EVEN = "even", _("semaines paires")

    id = RandomKey()
    practitioner = models.ForeignKey(Practitioner, models.CASCADE, related_name="openings", verbose_name=_("praticien"))
    location = models.ForeignKey(Location, models.PROTECT, related_name="openings", verbose_name=_("lieu"))
    weekday = models.PositiveSmallIntegerField(_("chaque"), choices=Weekday.choices, null=True, blank=True)
    on = models.DateField(_("ou à cette date seulement"), null=True, blank=True)
    replaces = models.BooleanField(
        _("remplace les plages de ce jour"),
        default=False,
        help_text=_("Pour une plage à une date : les plages hebdomadaires ne valent pas ce jour-là."),
    )
    start_minute = models.PositiveSmallIntegerField(_("de"), validators=_minute)
    end_minute = models.PositiveSmallIntegerField(_("à"), validators=_minute)
    valid_from = models.DateField(_("à partir du"), null=True, blank=True)
    valid_to = models.DateField(_("jusqu’au (inclus)"), null=True, blank=True)
    parity = models.CharField(_("semaines"), max_length=5, choices=Parity.choices, default=Parity.EVERY)
    visit_types = models.ManyToManyField(
        VisitType,
        blank=True,
        related_name="openings",
        verbose_name=_("motifs"),
        help_text=_("Aucun : tous les motifs."),
    )
    step = models.PositiveSmallIntegerField(
        _("une heure proposée toutes les (min)"),
        default=15,
        validators=[check_five_minutes, MinValueValidator(5), MaxValueValidator(240)],
    )
    places = models.PositiveSmallIntegerField(
        _("patients à la fois"), default=1, validators=[MinValueValidator(1), MaxValueValidator(30)]
    )
    released_days = models.PositiveSmallIntegerField(
        _("ouverte à la réservation (jours avant)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(90)],
        help_text=_("0 : le jour même. Vide : dès que l’horizon le permet."),
    )
    released_minute = models.PositiveSmallIntegerField(_("à partir de"), null=True, blank=True, validators=_minute)
    without_appointment = models.BooleanField(
        _("sans rendez-vous"), default=False, help_text=_("Montrée aux patients ; rien n’y est réservable.")
    )

    class Meta:
        verbose_name = _("plage d’ouverture")
        verbose_name_plural = _("plages d’ouverture")
        ordering = ("practitioner", "weekday", "on", "start_minute")
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__isnull=True) ^ Q(on__isnull=True), name="an_opening_is_weekly_or_on_one_date"
            ),
            models.CheckConstraint(
                condition=Q(end_minute__gt=F("start_minute")), name="an_opening_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(released_days__isnull=True, released_minute__isnull=True)
                | Q(released_days__isnull=False, released_minute__isnull=False),
                name="a_release_has_a_day_and_an_hour",
            ),
            models.CheckConstraint(condition=Q(places__gte=1, places__lte=30), name="an_opening_has_1_to_30_places"),
        ]

    def __str__(self) -> str:
        day = self.get_weekday_display() if self.on is None else self.on.strftime("%d/%m/%Y")
        return f"{day} {clock(self.start_minute)}–{clock(self.end_minute)}"

    def clean(self) -> None:
        """Say in the practice's words what the constraints would refuse."""
        if (self.weekday is None) == (self.on is None):
            raise ValidationError(_("Choisissez un jour de la semaine ou une date, l’un des deux."))
        if None not in (self.start_minute, self.end_minute) and self.end_minute <= self.start_minute:
            raise ValidationError(
                {
                    "end_minute": _(
                        "La fin vient après le début. Une garde de nuit se saisit en deux plages : 22:00–24:00, puis 00:00–02:00."
                    )
                }
            )
        if (self.released_days is None) != (self.released_minute is None):
            raise ValidationError({"released_minute": _("Indiquez les jours et l’heure, ou aucun des deux.")})


class Absence(models.Model):
    """A time when the practitioner does not receive: part of a day to several weeks, once or again every few weeks."""

    class Reason(models.TextChoices):
        LEAVE = "leave", _("congés")
        TRAINING = "training", _("formation")
        ON_CALL = "on_call", _("garde ou astreinte")
        VISITS = "visits", _("visites à domicile")
        MEETING = "meeting", _("réunion")
        OTHER = "other", _("absence")

    id = RandomKey()
    practitioner = models.ForeignKey(Practitioner, models.CASCADE, related_name="absences", verbose_name=_("praticien"))
    first_day = models.DateField(_("du"))
    last_day = models.DateField(_("au (inclus)"))
    start_minute = models.PositiveSmallIntegerField(_("le premier jour à partir de"), default=0, validators=_minute)
    end_minute = models.PositiveSmallIntegerField(_("le dernier jour jusqu’à"), default=DAY_MINUTES, validators=_minute)
    repeat_weeks = models.PositiveSmallIntegerField(
        _("se répète toutes les (semaines)"),
        default=0,
        validators=[MaxValueValidator(52)],
        help_text=_("0 : une seule fois."),
    )
    repeat_until = models.DateField(_("répétition jusqu’au (inclus)"), null=True, blank=True)
    reason = models.CharField(_("motif"), max_length=10, choices=Reason.choices, default=Reason.LEAVE)

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ("practitioner", "first_day")
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gt=F("first_day")) | Q(last_day=F("first_day"), end_minute__gt=F("start_minute")),
                name="an_absence_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} {self.first_day:%d/%m/%Y}–{self.last_day:%d/%m/%Y}"

    def clean(self) -> None:
        """Say in the practice's words what the constraints would refuse."""
        if self.first_day is None or self.last_day is None or self.start_minute is None or self.end_minute is None:
            return
        if (self.last_day, self.end_minute) <= (self.first_day, self.start_minute):
            raise ValidationError({"last_day": _("La fin vient après le début.")})


class Replacement(models.Model):
    """Days on which somebody else receives in the practitioner's place: patients read it before and after they book."""

    id = RandomKey()
    practitioner = models.ForeignKey(
        Practitioner, models.CASCADE, related_name="replacements", verbose_name=_("praticien")
    )
    first_day = models.DateField(_("du"))
    last_day = models.DateField(_("au (inclus)"))
    name = models.CharField(_("qui remplace"), max_length=120, help_text=_("Dr Paul Roche"))
    text = models.TextField(
        _("à dire aux patients"), max_length=500, blank=True, help_text=_("Par exemple : il consulte au même endroit.")
    )

    class Meta:
        verbose_name = _("remplacement")
        verbose_name_plural = _("remplacements")
        ordering = ("practitioner", "first_day")
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="a_replacement_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.first_day:%d/%m/%Y}–{self.last_day:%d/%m/%Y}"


def clock(minute: int) -> str:
    """Minutes of the day as `09:30`; 1440 is `24:00`."""
    return f"{minute // 60:02d}:{minute % 60:02d}"
