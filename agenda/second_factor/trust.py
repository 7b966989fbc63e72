"""Trusted browsers: for 30 days the password is enough on them. Each is somebody's, who can end the trust at any time."""

from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from agenda.browsers import family
from agenda.vault import PREFIX
from practitioners.models import Staff, TrustedBrowser

TRUSTED_FOR = timedelta(days=30)
MOST = 20


def is_trusted(request: HttpRequest, staff: Staff) -> bool:
    """Whether this staff member trusted this browser less than 30 days ago, with the password that they still have."""
    mine = this_browser(request, staff)
    return mine is not None and mine.expires > timezone.now()


def knows(request: HttpRequest, login: str) -> bool:
    """Whether the account with this login trusts this browser. Without such a cookie nothing is looked up."""
    if not any(name.startswith(f"{settings.TRUST_COOKIE_NAME}-") for name in request.COOKIES):
        return False
    staff = Staff.objects.select_related("key_holder").filter(login__iexact=login.strip()).first()
    return staff is not None and is_trusted(request, staff)


def this_browser(request: HttpRequest, staff: Staff) -> TrustedBrowser | None:
    """Return the row of the browser that asks, if this staff member has one."""
    token = request.COOKIES.get(_cookie(staff), "")
    return TrustedBrowser.objects.filter(staff=staff, tag=_tag(token, staff)).first() if token else None


def of_staff(staff: Staff) -> list[TrustedBrowser]:
    """The browsers that a staff member trusts today, the longest first."""
    found = staff.trusted_browsers.filter(expires__gt=timezone.now())
    return list(found.order_by("-expires", "pk"))


def trust(request: HttpRequest, response: HttpResponse, staff: Staff) -> None:
    """Trust this browser from now on; the answer carries the token. Colleagues at the same desk have cookies of their own."""
    now = timezone.now()
    former = this_browser(request, staff)
    kept = staff.trusted_browsers.filter(expires__gt=now).exclude(pk=former.pk if former else 0)
    newest = list(kept.order_by("-expires").values_list("pk", flat=True)[: MOST - 1])
    staff.trusted_browsers.exclude(pk__in=newest).delete()
    token = token_urlsafe(32)
    TrustedBrowser.objects.create(
        staff=staff,
        tag=_tag(token, staff),
        label=family(request.headers.get("User-Agent", "")),
        expires=now + TRUSTED_FOR,
    )
    response.set_cookie(
        _cookie(staff),
        token,
        max_age=TRUSTED_FOR,
        path=PREFIX,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Strict",
    )


def _cookie(staff: Staff) -> str:
    return f"{settings.TRUST_COOKIE_NAME}-{staff.pk}"


def _tag(token: str, staff: Staff) -> bytes:
    return sha256(f"{staff.pk}:{staff.get_session_auth_hash()}:{token}".encode()).digest()
