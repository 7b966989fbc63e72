"""Signing in: the password opens the staff member's key, or nothing happens. Throttled before the costly part."""

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from booking import limits
from practitioners import keys
from practitioners.models import Staff

WINDOW_SECONDS = 900
TRIES_PER_ACCOUNT = 10
TRIES_PER_NETWORK = 50


class TooManyTries(Exception):
    """So many passwords were tried that the next waits; the account itself is never locked."""


class KeyBackend(BaseBackend):
    """Django's door to `keys.unlock`. Unknown accounts cost and answer the same as wrong passwords."""

    def authenticate(  # type: ignore[override]
        self,
        request: HttpRequest,
        login: str | None = None,
        password: str | None = None,
        *,
        known_browser: bool = False,
    ) -> Staff | None:
        """Return the staff member, with the opened private half as `opened_key` until the session has it.

        On a browser that the account trusts tries are counted apart: strangers who try its name cannot keep its owner
        out there. Raises TooManyTries, keys.TooBusy, keys.KeyAltered.
        """
        if login is None or password is None:
            return None
        staff = Staff.objects.select_related("key_holder").filter(login__iexact=login.strip()).first()
        # Counted by the account's own name: a store may take more spellings for it than `casefold` does ("alıce").
        account = (staff.login if staff else login.strip()).casefold()
        kind = "sign-in-browser" if known_browser else "sign-in-account"
        throttle(request, kind, account)
        private = keys.unlock(staff, password)
        if staff is None or private is None:
            return None
        forgive(kind, account)
        staff.opened_key = private  # type: ignore[attr-defined]
        return staff

    def get_user(self, user_id: int) -> Staff | None:
        """Return who a session belongs to, with the key whose change ends it; nobody once they left (P12)."""
        found = Staff.objects.select_related("key_holder").filter(pk=user_id, is_active=True).first()
        over = found is not None and found.ends_on is not None and found.is_over(keys.practice_day())
        return None if over else found


def unlock_again(request: HttpRequest, staff: Staff, password: str) -> bytes | None:
    """Return the private half for a session that is signed in and locked. Raises as `authenticate` does.

    Counted by session, so that strangers who try this account's name cannot keep its owner from their own screen.
    """
    tag = request.session.get("tag", "")
    throttle(request, "unlock", tag)
    private = keys.unlock(staff, password)
    if private is not None:
        forgive("unlock", tag)
    return private


def count_code(request: HttpRequest, staff: Staff) -> None:
    """Count one try of a recovery code. Raises TooManyTries."""
    throttle(request, "recover", str(staff.pk))


def throttle(request: HttpRequest, kind: str, who: str) -> None:
    """Count one try of a kind, of this somebody and of this network. Raises TooManyTries."""
    within = limits.hit(kind, who, limit=TRIES_PER_ACCOUNT, seconds=WINDOW_SECONDS)
    network = limits.network(request)
    if not limits.hit("sign-in-network", network, limit=TRIES_PER_NETWORK, seconds=WINDOW_SECONDS) or not within:
        raise TooManyTries


def forgive(kind: str, who: str) -> None:
    """Take back what was counted of somebody who got it right."""
    limits.forgive(kind, who, limit=TRIES_PER_ACCOUNT, seconds=WINDOW_SECONDS)
