"""Keys as they lie in the agenda store: public halves in clear, private halves wrapped or sealed, never open."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clicdocteur.fields import RandomKey
from practitioners.models.practice import Practitioner
from practitioners.models.staff import Staff


class AgendaKey(models.Model):
    """One practitioner's key pair, of which only the public half is here. Identities are sealed to the current one."""

    class Renew(models.TextChoices):
        NO = "", _("rien ne presse")
        DEPARTURE = "departure", _("une personne qui avait cette clé ne l’a plus")
        EXPIRY = "expiry", _("l’accès d’une personne a pris fin")

    id = RandomKey()
    practitioner = models.ForeignKey(Practitioner, models.CASCADE, related_name="agenda_keys")
    version = models.PositiveSmallIntegerField()
    public_key = models.BinaryField()
    retired = models.BooleanField(default=False)
    # Somebody held this key who no longer should: a new one is due.
    renew_because = models.CharField(max_length=10, choices=Renew.choices, blank=True, default="")
    # The public half was found not to belong to the private one: nothing is sealed to it any more.
    altered = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["practitioner", "version"], name="one_agenda_key_per_practitioner_and_version"
            ),
            models.UniqueConstraint(
                fields=["practitioner"], condition=Q(retired=False), name="one_current_agenda_key_per_practitioner"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.practitioner_id} v{self.version}"


class KeyHolder(models.Model):
    """A key pair of a staff member, or of a recovery sheet: the private half is wrapped under a password or a code."""

    id = RandomKey()
    staff = models.OneToOneField(Staff, models.CASCADE, null=True, related_name="key_holder")
    sheet_of = models.ForeignKey(Practitioner, models.CASCADE, null=True, related_name="recovery_sheets")
    public_key = models.BinaryField()
    wrapped_private = models.BinaryField()
    # The server secret sealed to managers and sheets, so that a lost machine comes back from two backups and one of them.
    secret_box = models.BinaryField(null=True)
    # Made with the server secret when it was sealed: without it, a public key that was replaced since gets no copy.
    secret_tag = models.BinaryField(max_length=32, null=True)
    # A sheet counts once part of it was typed back; until then the former one does.
    confirmed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(staff__isnull=True) ^ Q(sheet_of__isnull=True),
                name="a_key_holder_is_a_person_or_a_recovery_sheet",
            ),
            models.UniqueConstraint(
                fields=["sheet_of"], condition=Q(confirmed=True), name="one_recovery_sheet_counts_per_practitioner"
            ),
            models.UniqueConstraint(
                fields=["sheet_of"], condition=Q(confirmed=False), name="one_recovery_sheet_waits_per_practitioner"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class Grant(models.Model):
    """An agenda's private key sealed to one key-holder, between two dates (practice days, inclusive)."""

    id = RandomKey()
    agenda_key = models.ForeignKey(AgendaKey, models.CASCADE, related_name="grants")
    holder = models.ForeignKey(KeyHolder, models.CASCADE, related_name="grants")
    sealed_private = models.BinaryField()
    starts_on = models.DateField(_("du"), null=True)
    ends_on = models.DateField(_("au"), null=True)
    # Ties the grant to the holder's public key and to its days; only who can open the agenda can make it.
    binding = models.BinaryField(max_length=32, default=b"")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agenda_key", "holder"], name="one_grant_per_key_and_holder")]

    def __str__(self) -> str:
        return f"{self.pk}"


class StoreCheck(models.Model):
    """The agenda store's half of the pair: proves the server secret, and that both stores are of the same moment.

    `check_box` opens only under the server secret. `pairing` is random, renewed in both stores at each reconciliation:
    when they differ, one store was restored by itself. One row; two while it is renewed (see `booking.pairing`).
    """

    id = RandomKey()
    check_box = models.BinaryField()
    pairing = models.BinaryField()

    def __str__(self) -> str:
        return "check"
