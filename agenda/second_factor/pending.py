"""Between password and second factor: the key waits in two halves, and nobody is signed in.

The session row holds the wrapped half, a cookie of its own the other. The agenda knows this session as a stranger's; only
the second step reads it. Then the halves are joined, and everything is new: session id, cookie half, row half.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from agenda import aside, vault
from agenda.second_factor import factors
from agenda.vault import PREFIX
from practitioners import keys
from practitioners.models import Staff

PENDING, FACTOR_AT, PASSWORD_AT = "pending", "factor_at", "password_at"
PENDING_SECONDS = 600
BACKEND = "agenda.sign_in.KeyBackend"


def put(request: HttpRequest, response: HttpResponse, staff: Staff, private: bytes, onward: str) -> None:
    """Let an opened key wait for the second factor, in a session of its own."""
    cookie, row = keys.split_for_session(private, staff.pk)
    request.session.flush()
    request.session[PENDING] = {
        "staff": str(staff.pk),
        "half": urlsafe_b64encode(row).decode(),
        "bound": staff.get_session_auth_hash(),
        "until": now() + PENDING_SECONDS,
        "onward": onward,
    }
    response.set_cookie(
        settings.PENDING_COOKIE_NAME,
        urlsafe_b64encode(cookie).decode(),
        max_age=PENDING_SECONDS,
        path=PREFIX,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Strict",
    )


def who(request: HttpRequest) -> Staff | None:
    """Return whose key waits in this session: nobody after ten minutes, after a new password, or once they may not come."""
    waiting = request.session.get(PENDING)
    if request.user.is_authenticated or waiting is None or waiting["until"] <= now():
        return None
    staff = Staff.objects.select_related("key_holder").filter(pk=int(waiting["staff"]), is_active=True).first()
    same = staff is not None and constant_time_compare(staff.get_session_auth_hash(), waiting["bound"])
    return staff if same and _private(request, waiting) is not None else None


def onward(request: HttpRequest) -> str:
    """Return where the sign-in was going."""
    return str(request.session[PENDING]["onward"])


def finish(request: HttpRequest, response: HttpResponse, staff: Staff) -> None:
    """Sign in: join the halves, and put the key into a session with a new id, in two new halves."""
    private = _private(request, request.session.pop(PENDING))
    if private is None:
        raise RuntimeError("the halves were asked for before they were joined")
    factors.put_away(request)
    enter(request, staff, private)
    note(request)
    response.delete_cookie(settings.PENDING_COOKIE_NAME, path=PREFIX, samesite="Strict")


def enter(request: HttpRequest, staff: Staff, private: bytes) -> None:
    """Sign in and open the session. Nothing of this asks anything any more."""
    aside.end_same(request, staff)
    login(request, staff, backend=BACKEND)
    vault.open_session(request, staff, private)


def note(request: HttpRequest) -> None:
    """Remember in the session when the second factor was last given."""
    request.session[FACTOR_AT] = now()
    request.session.pop(PASSWORD_AT, None)


def note_password(request: HttpRequest) -> None:
    """Remember in the session when the password was given to add a first factor."""
    request.session[PASSWORD_AT] = now()


def now() -> int:
    """The second that it is, since the Unix epoch."""
    return int(timezone.now().timestamp())


def _private(request: HttpRequest, waiting: dict[str, Any]) -> bytes | None:
    try:
        cookie = urlsafe_b64decode(request.COOKIES.get(settings.PENDING_COOKIE_NAME, ""))
        return keys.join_halves(cookie, urlsafe_b64decode(waiting["half"]), int(waiting["staff"]))
    except ValueError:
        return None
