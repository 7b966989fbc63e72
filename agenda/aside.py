"""Sessions put aside in a browser: a colleague signs in over the veil, and the first one's session waits with its page.

Each waits in a slot, which is one cookie: the session's id, its half of the key, and the secret of its form tokens. The row
has the other half as before, and the address to come back to. A session goes aside under the veil and comes back under it,
so the exchange shows nothing and asks nothing: the code or the password is asked where the session comes back.

The form tokens go along, so that a page of one session is refused in another's: nobody's form is taken for a colleague's.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.utils.crypto import constant_time_compare

from agenda import vault
from agenda.sign_in import KeyBackend
from agenda.vault import PREFIX, StaffRequest
from practitioners.models import Staff

SLOTS = (1, 2, 3)
PAGE = "page"
_KEPT = re.compile(r"([a-z0-9]{32})\.([A-Za-z0-9_=-]*)\.([A-Za-z0-9]{32})")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A session that waits in this browser, and whose it is."""

    slot: int
    staff: Staff
    session: SessionBase
    half: str
    token: str


def waiting(request: HttpRequest) -> list[Waiting]:
    """Return the sessions that wait in this browser and may still come back, in the order of their slots."""
    return list(_waiting(request))


def free_slot(request: HttpRequest) -> int | None:
    """Return a slot in which nothing waits that may still come back, or None."""
    taken = {one.slot for one in _waiting(request)}
    return next((slot for slot in SLOTS if slot not in taken), None)


def put(request: StaffRequest, response: HttpResponse, slot: int, page: str) -> None:
    """Put the session of this request aside, under the veil, with the page to come back to; nobody is signed in then."""
    vault.draw_veil(request)
    session = request.session
    session[PAGE] = page
    # One that was ended elsewhere at this moment stays ended: its cookie names nothing.
    with suppress(UpdateError):
        session.save()
    value = ".".join((session.session_key or "", vault.as_text(request.cookie_half or b""), _token(request)))
    response.set_cookie(_cookie(slot), value, path=PREFIX, secure=settings.HTTPS, httponly=True, samesite="Strict")
    request.session = type(session)()
    _leave(request)
    rotate_token(request)


def take_back(request: StaffRequest, response: HttpResponse, one: Waiting, here: str) -> str:
    """Bring back a session that waits, under the veil and with a new id; the one that is here takes its slot, with its page.

    Returns the page of the one that comes back.
    """
    if request.user.is_authenticated:
        put(request, response, one.slot, here)
    else:
        request.session.flush()
        response.delete_cookie(_cookie(one.slot), path=PREFIX, samesite="Strict")
    session = one.session
    page = str(session.pop(PAGE, PREFIX))
    session.cycle_key()
    request.session = session
    _leave(request)
    request.cookie_half = vault.as_bytes(one.half) or None
    request.META.update({"CSRF_COOKIE": one.token, "CSRF_COOKIE_NEEDS_UPDATE": True})
    return page


def end_same(request: HttpRequest, staff: Staff) -> None:
    """End what waits here of somebody who signs in anew: one person has one session in a browser."""
    for one in _waiting(request):
        if one.staff == staff:
            one.session.flush()


def _waiting(request: HttpRequest) -> Iterator[Waiting]:
    for slot in SLOTS:
        kept = _KEPT.fullmatch(request.COOKIES.get(_cookie(slot), ""))
        if kept is None:
            continue
        session = type(request.session)(kept[1])
        staff = _whose(session)
        if staff is not None:
            yield Waiting(slot, staff, session, kept[2], kept[3])


def _whose(session: SessionBase) -> Staff | None:
    """Return whose session this is, while their password is the same and they may come (P12)."""
    who = session.get(SESSION_KEY)
    staff = KeyBackend().get_user(int(who)) if who else None
    same = staff and constant_time_compare(session.get(HASH_SESSION_KEY, ""), staff.get_session_auth_hash())
    return staff if same else None


def _leave(request: StaffRequest) -> None:
    request.user = AnonymousUser()  # type: ignore[assignment]
    request.vault = request.cookie_half = request.standing = None


def _token(request: HttpRequest) -> str:
    return str(request.META.get("CSRF_COOKIE", ""))


def _cookie(slot: int) -> str:
    return f"{settings.ASIDE_COOKIE_NAME}-{slot}"
