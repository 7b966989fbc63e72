"""What allauth's MFA asks of the product: how secrets are sealed, and who and where a key is for."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from booking.queries import the_practice
from practitioners import keys
from practitioners.models import Staff

_owner: ContextVar[int] = ContextVar("owner of the second factor")


@contextmanager
def of(staff: Staff) -> Iterator[None]:
    """Say whose secrets are sealed and opened meanwhile: allauth does not pass it on, and a box is bound to its owner."""
    token = _owner.set(staff.pk)
    try:
        yield
    finally:
        _owner.reset(token)


class Sealed(DefaultMFAAdapter):
    """allauth's own adapter keeps secrets in clear and believes the Host header; this one does neither."""

    def encrypt(self, text: str) -> str:
        """Seal a secret for whoever `of` names. Raises LookupError when nobody is named."""
        return keys.seal_factor(_owner.get(), text)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a secret of whoever `of` names. Raises SealingError, LookupError."""
        return keys.open_factor(_owner.get(), encrypted_text)

    def get_totp_issuer(self) -> str:
        return _place()

    def get_totp_label(self, user: Any) -> str:
        return str(user.login)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": urlsplit(settings.SITE_URL).hostname or "", "name": _place()}

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        return {"id": str(user.pk).encode(), "display_name": user.name, "name": user.login}


def _place() -> str:
    practice = the_practice()
    return practice.name if practice else "Clic Docteur"
