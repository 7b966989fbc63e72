"""Who is asked to join, and what waits until somebody who can give it has made sure of whom they give it to."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clicdocteur.fields import RandomKey
from practitioners.models.practice import Practitioner
from practitioners.models.staff import Staff


class Invitation(models.Model):
    """A link that makes a member's password and keys, once: for somebody new, or anew for somebody who lost theirs.

    The link's secret is kept as a hash only. `carried` holds agenda keys under the link, a spoken code and the server secret;
    it is gone after too many wrong codes, and what it carried then waits like the rest.
    """

    id = RandomKey()
    staff = models.OneToOneField(Staff, models.CASCADE, related_name="invitation")
    made_by = models.ForeignKey(Staff, models.CASCADE, related_name="invitations_made")
    token_hash = models.BinaryField(max_length=32, unique=True)
    expires = models.DateTimeField()
    carried = models.BinaryField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.pk}"

    def is_open(self, now: datetime) -> bool:
        """Whether its link still opens."""
        return now < self.expires


class PendingGrant(models.Model):
    """What a member is to have once somebody who can give it has confirmed the member's key: an agenda, or a manager's rights.

    While `invitation` is set it waits for that to be accepted; afterwards for a colleague.
    """

    id = RandomKey()
    staff = models.ForeignKey(Staff, models.CASCADE, related_name="pending_grants")
    # None: the rights of a manager, with the copy of the server secret.
    practitioner = models.ForeignKey(Practitioner, models.CASCADE, null=True, related_name="pending_grants")
    invitation = models.ForeignKey(Invitation, models.CASCADE, null=True, related_name="pending_grants")
    # The member is this practitioner: they set its page and week once it is known that it is they.
    own = models.BooleanField(default=False)
    asked_by = models.ForeignKey(Staff, models.SET_NULL, null=True, related_name="+")
    starts_on = models.DateField(_("du"), null=True)
    ends_on = models.DateField(_("au"), null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["staff", "practitioner"], name="one_pending_grant_per_staff_and_practitioner"
            ),
            models.UniqueConstraint(
                fields=["staff"], condition=Q(practitioner=None), name="one_pending_manager_s_rights_per_staff"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"
