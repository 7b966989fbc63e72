"""What stands before every agenda view: its methods, its content policy, the veil and the lock.

A page is shown under the veil and when locked, without names. A form is not taken: it waits on the door, complete, its
fields hidden, and goes on to where it was going with the code or the password that opens the session. `GateMiddleware`
sees to that for every view at once; `at_the_door` marks the few that ask for the password themselves or put keys away.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from agenda import aside, codes, sign_in, vault
from agenda.standing import Standing
from agenda.vault import PREFIX, StaffRequest
from booking.identities import PastLimit
from practitioners import keys

logger = logging.getLogger(__name__)
View = Callable[..., HttpResponse]
AView = TypeVar("AView", bound=View)
SAFE = {"GET", "HEAD", "OPTIONS"}
PASSWORD_FIELD = "unlock_password"  # noqa: S105 - the name of a field
CODE_FIELD, NEW_CODE_FIELD, FORGOTTEN_FIELD = "veil_code", "new_veil_code", "veil_forgotten"
KEY_FIELDS = {PASSWORD_FIELD, CODE_FIELD, NEW_CODE_FIELD, FORGOTTEN_FIELD}
POLICY = {"script-src": [SELF], "connect-src": [SELF]}


def staff_page(*methods: str) -> Callable[[View], View]:
    """Make a view an agenda page: these methods, our own scripts; past the hourly limit it asks for the password."""

    def decorate(view: View) -> View:
        @wraps(view)
        def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except PastLimit:
                onward = request.get_full_path() if request.method != "POST" else reverse("agenda:day")
                return limit_page(cast("StaffRequest", request), onward, ("", 429))

        allowed = [*methods, "HEAD"] if "GET" in methods else list(methods)
        return cast("View", csp_update(POLICY)(require_http_methods(allowed)(limited)))

    return decorate


def at_the_door(view: AView) -> AView:
    """Let a view take forms under the veil and when locked: it asks for the password itself, or puts keys away."""
    view.at_the_door = True  # type: ignore[attr-defined]
    return view


class GateMiddleware:
    """Hold every form that meets the veil or the lock, and every page until a code for the veil is chosen."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: StaffRequest, view: View, _args: Any, _kwargs: Any) -> HttpResponse | None:
        """Return the door, or None to let the request go on."""
        public = not getattr(view, "login_required", True)
        if request.standing in (None, Standing.OPEN) or public or getattr(view, "at_the_door", False):
            return None
        if request.method not in SAFE:
            return meet(request)
        if request.standing is Standing.UNCHOSEN:
            return redirect(f"{reverse('agenda:unlock')}?{urlencode({'next': request.get_full_path()})}")
        return None


def needs_key(view: View) -> View:
    """Let a form pass only when the session is open, also where a view is called by another one."""

    @wraps(view)
    def gated(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        door = meet(request) if request.vault is None else None
        return view(request, *args, **kwargs) if door is None else door

    return gated


def meet(request: StaffRequest) -> HttpResponse | None:
    """Hold the form of this request on the door; None when what it brings along opens the session and it may go on."""
    refusal = take_key(request)
    if refusal is not None:
        return door_page(request, request.get_full_path(), held_fields(request), refusal)
    fields = request.POST.copy()
    for name in KEY_FIELDS:
        fields.pop(name, None)
    request.POST = fields  # type: ignore[assignment]
    return None


def take_key(request: StaffRequest) -> tuple[str, int] | None:
    """Open the session with what the form gives; return None, or what to say and with which status: nothing, if nothing."""
    if request.standing is Standing.VEILED and FORGOTTEN_FIELD in request.POST:
        vault.lock(request)
        return "", 200
    asked: dict[Standing | None, tuple[str, Callable[[StaffRequest], tuple[str, int] | None]]] = {
        Standing.VEILED: (CODE_FIELD, try_code),
        Standing.UNCHOSEN: (NEW_CODE_FIELD, choose_code),
    }
    field, try_it = asked.get(request.standing, (PASSWORD_FIELD, try_password))
    return try_it(request) if field in request.POST else ("", 200)


def try_code(request: StaffRequest) -> tuple[str, int] | None:
    """Lift the veil with the code of the form. The fifth wrong one locks the session; what is no code is no try."""
    code, tag = codes.digits(request.POST.get(CODE_FIELD, "")), request.session[vault.TAG]
    if code is None:
        return _("Le code a six chiffres. Recommencez."), 422
    if codes.count(tag) and vault.lift_veil(request, code):
        codes.forgive(tag)
        return None
    left = codes.left(tag)
    if left:
        told = ngettext(
            "Ce n’est pas votre code. Encore %(left)d essai.", "Ce n’est pas votre code. Encore %(left)d essais.", left
        )
        return told % {"left": left}, 422
    logger.warning("staff %s: the veil's code was wrong %s times, the session is locked", request.user.pk, codes.TRIES)
    vault.lock(request)
    return _("Cinq codes faux : la session est verrouillée. Il faut votre mot de passe."), 422


def choose_code(request: StaffRequest) -> tuple[str, int] | None:
    """Keep a first code for the veil, unless it is one that anybody would try."""
    code = codes.digits(request.POST.get(NEW_CODE_FIELD, ""))
    if code is None:
        return _("Choisissez six chiffres."), 422
    if codes.is_plain(code):
        return _("Ce code se devine au premier essai. Évitez les suites et les chiffres répétés."), 422
    vault.choose_code(request, code)
    return None


def try_password(request: StaffRequest) -> tuple[str, int] | None:
    """Open the session with the password of the form; return None, or what to say and with which status."""
    password = request.POST.get(PASSWORD_FIELD, "")
    try:
        private = sign_in.unlock_again(request, request.user, password)
    except (sign_in.TooManyTries, keys.TooBusy, keys.KeyAltered) as refused:
        return explain(refused)
    if private is None:
        return _("Ce mot de passe n’ouvre pas votre session. Vérifiez les majuscules, puis recommencez."), 422
    vault.open_session(request, request.user, private)
    return None


def explain(refused: Exception) -> tuple[str, int]:
    """Return the sentence and the status for a password that was not even tried, or that opened an altered key."""
    if isinstance(refused, sign_in.TooManyTries):
        return _("Trop d’essais. Attendez un quart d’heure, ou demandez à un collègue connecté."), 429
    if isinstance(refused, keys.TooBusy):
        return _("Plusieurs personnes se connectent en ce moment. Recommencez dans quelques secondes."), 429
    return _("Votre clé a été modifiée sur le serveur. N’allez pas plus loin et prévenez le gestionnaire."), 409


def door_page(
    request: StaffRequest, action: str, fields: list[tuple[str, str]], refusal: tuple[str, int]
) -> HttpResponse:
    """Render the door: what opens the session as it stands now, and the form that waits."""
    error, status = refusal
    context = {
        "action": action,
        "fields": fields,
        "waits": any(name != "next" for name, _value in fields),
        "error": error,
        "onward": way_back(request, reverse("agenda:day")),
        "waiting": aside.waiting(request),
    }
    ours = cast("Callable[[View], View]", csp_update(POLICY))
    return ours(render)(request, "agenda/door.html", context, status=status)


def limit_page(request: StaffRequest, onward: str, refusal: tuple[str, int]) -> HttpResponse:
    """Render the page that asks for the password because many identities were displayed in this hour."""
    error, status = refusal
    context = {
        "onward": onward,
        "error": error,
        "password_field": PASSWORD_FIELD,
        "limit": request.practice.shown_per_hour,
    }
    return render(request, "agenda/limit.html", context, status=status)


def held_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the fields of the form that waits, but for what opens the session and the token, which the page has anew."""
    left_out = {*KEY_FIELDS, "csrfmiddlewaretoken"}
    return [(name, str(value)) for name, values in request.POST.lists() if name not in left_out for value in values]


def way_back(request: HttpRequest, otherwise: str) -> str:
    """Return where the reader came from, as the form or address says: a page of the agenda, or else *otherwise*."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    ours = asked.startswith(PREFIX) and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if ours else otherwise
