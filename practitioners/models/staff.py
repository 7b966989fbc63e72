"""The people who work at the practice's screens."""

from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from clicdocteur.fields import RandomKey
from practitioners.models.practice import Practitioner


class StaffManager(BaseUserManager["Staff"]):
    """Staff are made with their keys, by `practitioners.keys.enrol`; this only finds them."""

    def get_by_natural_key(self, username: str | None) -> "Staff":
        return self.get(login__iexact=(username or "").strip())


class Staff(AbstractBaseUser):
    """A member of the practice who signs in. Opening their wrapped key is the password check: there is no other hash."""

    class Role(models.TextChoices):
        MANAGER = "manager", _("gestionnaire")
        PRACTITIONER = "practitioner", _("praticien")
        SECRETARY = "secretary", _("secrétariat")
        REPLACEMENT = "replacement", _("remplacement")

    class MinutesPerRow(models.IntegerChoices):
        FIVE = 5, _("5 minutes par ligne")
        TEN = 10, _("10 minutes par ligne")
        FIFTEEN = 15, _("15 minutes par ligne")

    # `last_login` would be a second, quieter access log; the session and the access log say enough.
    last_login = None

    id = RandomKey()
    login = models.CharField(_("identifiant"), max_length=150, unique=True)
    name = models.CharField(_("nom"), max_length=120)
    role = models.CharField(_("rôle"), max_length=20, choices=Role.choices, default=Role.SECRETARY)
    practitioner = models.OneToOneField(
        Practitioner, models.SET_NULL, null=True, blank=True, related_name="staff", verbose_name=_("est le praticien")
    )
    is_active = models.BooleanField(_("actif"), default=True)
    minutes_per_row = models.PositiveSmallIntegerField(
        _("lignes de l’agenda"), choices=MinutesPerRow.choices, default=MinutesPerRow.FIFTEEN
    )
    # The last day of the practice on which they may sign in; every grant ends with it. A replacement always has one.
    ends_on = models.DateField(_("dernier jour"), null=True, blank=True)

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[StaffManager] = StaffManager()

    class Meta:
        verbose_name = _("membre du cabinet")
        verbose_name_plural = _("membres du cabinet")
        constraints = [
            models.CheckConstraint(
                condition=~Q(role="replacement") | Q(ends_on__isnull=False), name="a_replacement_has_a_last_day"
            ),
            models.CheckConstraint(
                condition=~Q(role="manager") | Q(ends_on__isnull=True), name="a_manager_has_no_last_day"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_manager(self) -> bool:
        """Managers change settings; nobody reads an agenda without a grant, managers included."""
        return self.role == self.Role.MANAGER

    def is_over(self, today: date) -> bool:
        """Whether their last day has passed."""
        return self.ends_on is not None and self.ends_on < today

    @property
    def is_staff(self) -> bool:
        """What Django's admin asks."""
        return self.is_active and self.is_manager

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff

    def get_session_auth_hash(self) -> str:
        """Bind sessions to the wrapped key: a new password, a reset or a removal ends them all."""
        holder = getattr(self, "key_holder", None)
        wrapped = bytes(holder.wrapped_private) if holder else b""
        return salted_hmac("practitioners.Staff", wrapped, algorithm="sha256").hexdigest()

    def get_session_auth_fallback_hash(self) -> Any:
        return iter(())
