"""The key of a session: half of it in a cookie, half in the session row; and the veil and the lock over it.

Every request under /agenda/ passes the middleware here, which alone hands out a `vault`: under the veil, without a code
chosen and when locked there is none, so no view can open a name, whatever it forgets.

The session also carries a random tag, which the access log uses for it, when the password was given, when it was last
used, and for its owner's list of sessions the browser's family and since when. No name, no address, ever.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from secrets import token_hex

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from agenda import codes
from agenda.browsers import family
from agenda.standing import House, Marks, Standing, seconds_left, standing, veiled_since
from booking.queries import the_practice
from practitioners import keys
from practitioners.keys import Vault
from practitioners.models import Practice, Staff

PREFIX = "/agenda/"
HALF, CODE, TAG, BROWSER, SINCE = "half", "code", "tag", "browser", "since"
OPENED, USED, VEILED = "opened", "used", "veiled"
# The clock in the session is set at most this often, so that reading pages does not mean writing rows.
CLOCK_SECONDS = 20
# What scripts send with requests that nobody asked for.
TIMER_HEADER = "X-Timer"
STANDING_HEADER = "X-Standing"
# The doors themselves: to look at one is not to use the session.
DOORS = {f"{PREFIX}veil/", f"{PREFIX}unlock/"}


class StaffRequest(HttpRequest):
    """A request under /agenda/ of somebody signed in, as `VaultMiddleware` leaves it.

    `cookie_half`: the half of the key that the browser has, or is to have after this answer; None deletes it.
    """

    user: Staff  # type: ignore[assignment]
    vault: Vault | None
    standing: Standing | None
    practice: Practice
    cookie_half: bytes | None


class VaultMiddleware:
    """Give each agenda request its `standing`, and its `vault` while that is open; draw veil and lock when it is time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: StaffRequest) -> HttpResponse:
        request.vault = request.cookie_half = request.standing = None
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        if request.user.is_authenticated:
            _attend(request)
        elif request.session.is_empty() and _is_script(request):
            _keep_cookies(request)
        response = self.get_response(request)
        _send_half(request, response)
        if request.standing is not None:
            # For scripts: an answer from behind the veil is none to what they asked.
            response.headers[STANDING_HEADER] = request.standing.value
        return response


def open_session(request: HttpRequest, staff: Staff, private: bytes) -> None:
    """Put an opened key into the session, in two halves; the middleware sends the cookie with the answer.

    A code for the veil goes over to the new halves. Without one this request is open, and the next asks to choose it.
    """
    former = getattr(request, "cookie_half", None)
    cookie, row = keys.split_for_session(private, staff.pk)
    session = request.session
    session[HALF] = as_text(row)
    code = session.pop(CODE, None)
    carried = keys.carry_code(former, as_bytes(code), cookie, staff.pk) if code and former else None
    if carried is not None:
        session[CODE] = as_text(carried)
    session.pop(VEILED, None)
    session.setdefault(TAG, token_hex(16))
    session.setdefault(BROWSER, family(request.headers.get("User-Agent", "")))
    session.setdefault(SINCE, _now())
    session[OPENED] = session[USED] = _now()
    codes.forgive(session[TAG])
    request.cookie_half = cookie  # type: ignore[attr-defined]
    request.standing = Standing.OPEN  # type: ignore[attr-defined]
    opened = Vault(staff, private, session_tag=session_tag(request))
    opened.check_pairs()
    request.vault = opened  # type: ignore[attr-defined]


def choose_code(request: StaffRequest, code: str) -> None:
    """Keep the six digits that lift the veil of this session, and open it. Only where none are kept yet."""
    session, half = request.session, request.cookie_half
    if half is None or CODE in session:
        return
    session[CODE] = as_text(keys.close_code(half, request.user.pk, code))
    session[USED] = _now()
    _open(request)


def draw_veil(request: StaffRequest) -> None:
    """Put the names away until the code is given; a session without one is locked.

    The session gets a new id: an answer under way in another tab cannot lift the veil by writing what it read before.
    """
    if request.standing is Standing.UNCHOSEN:
        lock(request)
    elif request.standing is Standing.OPEN:
        request.session[VEILED] = _now()
        request.session.cycle_key()
        request.vault, request.standing = None, Standing.VEILED


def lift_veil(request: StaffRequest, code: str) -> bool:
    """Show the names again if this is the session's code."""
    session, half = request.session, request.cookie_half
    if half is None or not keys.code_fits(half, as_bytes(session.get(CODE, "")), request.user.pk, code):
        return False
    session.pop(VEILED, None)
    session[USED] = _now()
    # After a clock that went back the hour of closing counts from now.
    session[OPENED] = min(session[OPENED], _now())
    _open(request)
    return True


def lock(request: StaffRequest) -> None:
    """Delete both halves. The session gets a new id: an answer under way at another desk cannot bring its half back."""
    had_half = HALF in request.session
    _put_away(request)
    if had_half:
        request.session.cycle_key()


def session_tag(request: HttpRequest) -> bytes:
    """Return the random tag by which the access log knows this session."""
    return bytes.fromhex(request.session[TAG])


def seconds_to_veil(request: StaffRequest) -> int:
    """How long until the names go by themselves; 0 when they are away."""
    if request.standing is not Standing.OPEN:
        return 0
    return seconds_left(_marks(request.session), _house(request.practice), _now())


def _attend(request: StaffRequest) -> None:
    """Find out where the session stands now, write it down, and open the vault if it is open."""
    practice = the_practice()
    if practice is None:
        return
    request.practice, request.standing = practice, Standing.LOCKED
    session = request.session
    if HALF not in session:
        return
    request.cookie_half = _half(request)
    marks, house, now = _marks(session), _house(practice), _now()
    stands = standing(marks, house, now)
    if stands is Standing.LOCKED:
        _put_away(request)
        return
    if not _open(request):
        if _is_script(request):
            # It may have asked a moment before the password was typed in another window: it is locked, and the desk is not.
            _keep_cookies(request)
            request.cookie_half = None
        else:
            _put_away(request)
        return
    if stands is Standing.OPEN:
        _note_use(request)
        return
    request.vault, request.standing = None, stands
    if stands is Standing.VEILED and VEILED not in session:
        session[VEILED] = veiled_since(marks, house, now)


def _is_script(request: HttpRequest) -> bool:
    return request.headers.get("Sec-Fetch-Dest") == "empty"


def _keep_cookies(request: HttpRequest) -> None:
    """Leave the browser what it has, in the answer to a script whose session is none, or whose half of the key does not fit.

    The script may have asked with what it had a moment before the veil gave the session a new id, or the password new halves: an
    answer that deletes the cookies would throw out whoever sits there. They open nothing; the next page that is asked for deletes them.
    """
    for name in (settings.SESSION_COOKIE_NAME, settings.VAULT_COOKIE_NAME):
        request.COOKIES.pop(name, None)


def _put_away(request: StaffRequest) -> None:
    for mark in (HALF, CODE, VEILED):
        request.session.pop(mark, None)
    request.vault = request.cookie_half = None
    request.standing = Standing.LOCKED


def _note_use(request: StaffRequest) -> None:
    is_use = TIMER_HEADER not in request.headers and request.path_info not in DOORS
    if is_use and abs(_now() - request.session[USED]) >= CLOCK_SECONDS:
        request.session[USED] = _now()


def _open(request: StaffRequest) -> bool:
    """Join the halves into a vault; say whether they fit."""
    if request.cookie_half is None:
        return False
    private = keys.join_halves(request.cookie_half, as_bytes(request.session[HALF]), request.user.pk)
    if private is None:
        return False
    today = timezone.localdate(timezone=request.practice.zone)
    request.vault = Vault(request.user, private, today, session_tag(request))
    request.standing = Standing.OPEN
    return True


def _marks(session: SessionBase) -> Marks:
    return Marks(session.get(OPENED, 0), session.get(USED, 0), session.get(VEILED), CODE in session)


def _house(practice: Practice) -> House:
    return House(practice.veil_after * 60, practice.closes_minute, practice.zone)


def _half(request: HttpRequest) -> bytes | None:
    return as_bytes(request.COOKIES.get(settings.VAULT_COOKIE_NAME, "")) or None


def _send_half(request: StaffRequest, response: HttpResponse) -> None:
    name = settings.VAULT_COOKIE_NAME
    if request.cookie_half is None:
        if name in request.COOKIES:
            response.delete_cookie(name, path=PREFIX, samesite="Strict")
    elif request.cookie_half != _half(request):
        response.set_cookie(
            name, as_text(request.cookie_half), path=PREFIX, secure=settings.HTTPS, httponly=True, samesite="Strict"
        )


def as_text(box: bytes) -> str:
    """Return bytes as they stand in a cookie or a session row."""
    return urlsafe_b64encode(box).decode()


def as_bytes(text: str) -> bytes:
    """Return what such a text holds; nothing for one that is none."""
    try:
        return urlsafe_b64decode(text)
    except ValueError:
        return b""


def _now() -> int:
    return int(timezone.now().timestamp())
