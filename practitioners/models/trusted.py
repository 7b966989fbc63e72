"""Browsers that a staff member trusts: the second factor is not asked again on them for a while."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clicdocteur.fields import RandomKey
from practitioners.models.staff import Staff


class TrustedBrowser(models.Model):
    """One browser of one staff member. The token is in the browser's cookie only; here is a tag of it and of their key,

    so that a new password or a new pair of keys ends the trust.
    """

    id = RandomKey()
    staff = models.ForeignKey(Staff, models.CASCADE, related_name="trusted_browsers")
    tag = models.BinaryField(max_length=32)
    label = models.CharField(_("navigateur"), max_length=60)
    expires = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "tag"], name="one_trust_per_staff_and_browser")]

    def __str__(self) -> str:
        return self.label
