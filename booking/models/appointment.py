"""An appointment knows when, with whom, where and why. Who comes is behind `patient_ref`, in the other store."""

from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clicdocteur.fields import RandomKey
from practitioners.models import Location, Practitioner, VisitType


class Appointment(models.Model):
    """One visit, from the hold that a patient takes to the anonymous slot that retention leaves."""

    class State(models.TextChoices):
        HELD = "held", _("en cours de réservation")
        BOOKED = "booked", _("prévu")
        ARRIVED = "arrived", _("arrivé")
        IN_CONSULTATION = "in_consultation", _("en consultation")
        SEEN = "seen", _("vu")
        ABSENT = "absent", _("non venu")
        EXCUSED = "excused", _("excusé")
        CANCELLED = "cancelled", _("annulé par le patient")
        CANCELLED_LATE = "cancelled_late", _("annulé tardivement")
        CANCELLED_BY_PRACTICE = "cancelled_by_practice", _("annulé par le cabinet")

    class CancelReason(models.TextChoices):
        NONE = "", _("sans raison indiquée")
        UNAVAILABLE = "unavailable", _("je ne suis plus disponible")
        NO_NEED = "no_need", _("je n’en ai plus besoin")
        ELSEWHERE = "elsewhere", _("j’ai trouvé un autre rendez-vous")
        MISTAKE = "mistake", _("je me suis trompé")

    class Reach(models.TextChoices):
        UNKNOWN = "", _("pas encore connu")
        EMAIL = "email", _("par e-mail")
        SMS = "sms", _("par SMS")
        CALL = "call", _("par téléphone seulement")
        NOBODY = "nobody", _("ne pas contacter")

    class Proof(models.TextChoices):
        NONE = "", _("non demandée")
        PROVEN = "proven", _("contact prouvé")
        UNPROVEN = "unproven", _("contact non prouvé")

    # The states that occupy their cells; everything else has freed them.
    LIVE: ClassVar[tuple[str, ...]] = ("held", "booked", "arrived", "in_consultation", "seen", "absent")
    CANCELLED: ClassVar[tuple[str, ...]] = ("cancelled", "cancelled_late", "cancelled_by_practice", "excused")

    # A freed time that is kept for a while: nobody's hold. Staff see it as free until somebody is asked about it.
    RESERVE: ClassVar[Q] = Q(state="held", link_hash__isnull=True, network_tag__isnull=True)

    # Somebody comes, or came: what awaits its code is nobody's visit yet.
    PEOPLED: ClassVar[Q] = Q(patient_ref__isnull=False) & ~Q(state="held")

    # Of these, the ones that staff cause, and may undo for some minutes.
    BY_STAFF: ClassVar[tuple[str, ...]] = ("cancelled_by_practice", "excused")

    id = RandomKey()
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="appointments", db_index=False)
    location = models.ForeignKey(Location, models.PROTECT, related_name="+", db_index=False)
    visit_type = models.ForeignKey(VisitType, models.PROTECT, null=True, related_name="appointments")
    start = models.DateTimeField()
    end = models.DateTimeField()
    # The occupied cells, buffer included, and the lane: what `OccupiedCell` enforces, in a form that lists fast.
    first_cell = models.IntegerField()
    end_cell = models.IntegerField()
    lane = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=24, choices=State.choices)
    new_patient = models.BooleanField(null=True)
    # Since when the patient is in the waiting room; goes with the visit.
    arrived_at = models.DateTimeField(null=True)
    discreet = models.BooleanField(default=False)
    # How many of one family come in a row.
    persons = models.PositiveSmallIntegerField(default=1)
    # By which means this patient can be told something, never the address: unknown is looked up at the moment of sending.
    reach = models.CharField(max_length=6, choices=Reach.choices, blank=True, default="")
    # Whether the patient has shown, by a code, that they read what is sent to them; where the practitioner asks for that.
    proof = models.CharField(max_length=8, choices=Proof.choices, blank=True, default="")
    # The practice's zone when this time was chosen: what is said of it stays right if the practice's setting changes.
    time_zone = models.CharField(max_length=40, blank=True, default="")
    # Which agenda key the identity was sealed to; with the id of the sealed record under the link key.
    key_version = models.PositiveSmallIntegerField(null=True)
    patient_ref = models.BinaryField(null=True)
    # SHA-256 of the capability in the patient's link.
    link_hash = models.BinaryField(max_length=32, null=True, unique=True)
    # Of a hold only: until when, how often it was extended, and who took it: a keyed tag of the patient's network, or the
    # tag of the staff session that is typing. A desk's hold has no link: nobody but its session can use it. With neither
    # it is a reserve: a freed time that is kept from the public for a while, once extended for the waiting list.
    held_until = models.DateTimeField(null=True)
    extensions = models.PositiveSmallIntegerField(default=0)
    network_tag = models.BinaryField(max_length=16, null=True)
    # Of a hold whose form waits, sealed, for its code: how many were sent, and how many were typed that do not fit.
    codes_sent = models.PositiveSmallIntegerField(default=0)
    code_tries = models.PositiveSmallIntegerField(default=0)
    # iCalendar's SEQUENCE: up with every change that a calendar must take over.
    sequence = models.PositiveSmallIntegerField(default=0)
    cancel_reason = models.CharField(max_length=12, choices=CancelReason.choices, blank=True, default="")

    class Meta:
        verbose_name = _("rendez-vous")
        verbose_name_plural = _("rendez-vous")
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="a_visit_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(end_cell__gt=F("first_cell")), name="a_visit_occupies_cells"),
            models.CheckConstraint(
                condition=Q(state="held", held_until__isnull=False) | (~Q(state="held") & Q(held_until__isnull=True)),
                name="only_a_hold_expires",
            ),
        ]
        indexes = [
            models.Index(fields=["practitioner", "first_cell"], name="appointments_by_time"),
            models.Index(fields=["held_until"], condition=Q(state="held"), name="holds_by_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def is_live(self) -> bool:
        """Whether it occupies its cells."""
        return self.state in self.LIVE

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which its time was chosen, and is said."""
        return ZoneInfo(self.time_zone) if self.time_zone else self.practitioner.practice.zone

    @property
    def awaits_code(self) -> bool:
        """Whether it is a hold whose form is filled in and sealed, and lacks the proof of its contact."""
        return self.state == self.State.HELD and self.patient_ref is not None

    @property
    def has_person(self) -> bool:
        """Whether somebody comes: what awaits its code is nobody's visit yet, and is shown to nobody."""
        return self.state != self.State.HELD and self.patient_ref is not None

    @property
    def is_typed_at_desk(self) -> bool:
        """Whether it is a hold that somebody of the practice takes while they type."""
        return self.state == self.State.HELD and self.link_hash is None and self.network_tag is not None

    @property
    def is_reserve(self) -> bool:
        """Whether it is a freed time that is kept from the public for a while."""
        return self.state == self.State.HELD and self.link_hash is None and self.network_tag is None


class OccupiedCell(models.Model):
    """Five minutes of one practitioner, in one lane, taken. The unique constraint is what "never twice" means (I1)."""

    id = RandomKey()
    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="+", db_index=False)
    cell = models.IntegerField()
    lane = models.PositiveSmallIntegerField()
    appointment = models.ForeignKey(Appointment, models.CASCADE, related_name="cells")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practitioner", "cell", "lane"], name="a_practitioner_s_cell_and_lane_is_taken_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.cell}/{self.lane}"
