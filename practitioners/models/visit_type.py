"""Why a patient comes, as the practitioner offers it."""

from collections.abc import Callable
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from clicdocteur.fields import RandomKey
from practitioners.models.practice import Practitioner
from practitioners.validators import check_five_minutes, check_slug

# As many of one family as a record has room for.
PERSONS = 3
_duration: list[Callable[[Any], None]] = [check_five_minutes, MinValueValidator(5), MaxValueValidator(480)]


class VisitType(models.Model):
    """A reason for a visit (motif): how long, for whom, and how far ahead. Durations are copied onto appointments."""

    class Visibility(models.TextChoices):
        PUBLIC = "public", _("publique")
        LINK = "link", _("par lien remis aux patients")
        STAFF = "staff", _("par le cabinet seulement")

    class Place(models.TextChoices):
        PRACTICE = "practice", _("au cabinet")
        PHONE = "phone", _("par téléphone")
        VIDEO = "video", _("en visio")
        HOME = "home", _("à domicile")

    class Colour(models.TextChoices):
        PINE = "pine", _("pin")
        SEA = "sea", _("mer")
        PLUM = "plum", _("prune")
        BRICK = "brick", _("brique")
        OCHRE = "ochre", _("ocre")
        OLIVE = "olive", _("olive")
        SLATE = "slate", _("ardoise")
        ROSE = "rose", _("rose")
        INDIGO = "indigo", _("indigo")
        TEAL = "teal", _("canard")

    id = RandomKey()
    practitioner = models.ForeignKey(
        Practitioner, models.PROTECT, related_name="visit_types", verbose_name=_("praticien")
    )
    name = models.CharField(_("nom"), max_length=80)
    slug = models.SlugField(_("adresse"), max_length=60, validators=[check_slug])
    duration_new = models.PositiveSmallIntegerField(_("durée, nouveau patient (min)"), default=20, validators=_duration)
    duration_known = models.PositiveSmallIntegerField(_("durée, patient connu (min)"), default=20, validators=_duration)
    buffer = models.PositiveSmallIntegerField(
        _("battement après (min)"), default=0, validators=[check_five_minutes, MaxValueValidator(120)]
    )
    colour = models.CharField(_("couleur"), max_length=10, choices=Colour.choices, default=Colour.PINE)
    notice = models.PositiveIntegerField(_("préavis minimum (min)"), default=30, validators=[MaxValueValidator(43_200)])
    horizon = models.PositiveSmallIntegerField(
        _("réservable jusqu’à (jours)"), default=90, validators=[MaxValueValidator(366)]
    )
    cancel_before = models.PositiveIntegerField(
        _("annulation jusqu’à (min avant)"), default=240, validators=[MaxValueValidator(43_200)]
    )
    max_per_day = models.PositiveSmallIntegerField(_("maximum par jour"), null=True, blank=True)
    visibility = models.CharField(
        _("réservation"), max_length=10, choices=Visibility.choices, default=Visibility.PUBLIC
    )
    # SHA-256 of the 128-bit link of a type that is bookable by link; the link itself is shown once and kept nowhere.
    link_hash = models.BinaryField(max_length=32, null=True, unique=True, editable=False)
    accepts_new = models.BooleanField(_("nouveaux patients acceptés"), default=True)
    place = models.CharField(_("où"), max_length=10, choices=Place.choices, default=Place.PRACTICE)
    asks_birth_date = models.BooleanField(_("demander la date de naissance"), default=False)
    asks_message = models.BooleanField(_("permettre un message (300 caractères)"), default=False)
    discreet = models.BooleanField(
        _("discret"),
        default=False,
        help_text=_("Rien n’est jamais envoyé ; la page du patient ne dit que la date et le lieu."),
    )
    reminders = models.BooleanField(
        _("rappels"), default=True, help_text=_("Décoché : les autres messages partent, mais pas les rappels.")
    )
    before = models.TextField(_("à savoir avant de réserver"), max_length=500, blank=True)
    after = models.TextField(_("consignes après la réservation"), max_length=1000, blank=True)
    family_max = models.PositiveSmallIntegerField(
        _("personnes d’une même famille à la suite"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(PERSONS)],
        help_text=_("De 1 à 3 : un seul rendez-vous, aussi long que leurs durées ensemble."),
    )
    position = models.PositiveSmallIntegerField(_("ordre"), default=0)
    active = models.BooleanField(_("proposé"), default=True)

    class Meta:
        verbose_name = _("motif de rendez-vous")
        verbose_name_plural = _("motifs de rendez-vous")
        ordering = ("position", "name")
        constraints = [
            models.UniqueConstraint(fields=["practitioner", "slug"], name="one_visit_type_per_practitioner_and_address")
        ]

    def __str__(self) -> str:
        return self.name

    def duration(self, *, new_patient: bool, persons: int = 1) -> int:
        """Minutes of a visit of this type, of so many of one family in a row."""
        return persons * (self.duration_new if new_patient else self.duration_known)
