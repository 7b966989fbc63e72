"""What every answer owes to the reader."""

import logging
from collections.abc import Callable

from django.db import Error
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.urls import is_valid_path
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.encoding import escape_uri_path, iri_to_uri

from booking.views.errors import closed_for_work, unavailable
from upkeep import standing

logger = logging.getLogger(__name__)


class LanguageFromAddress(LocaleMiddleware):
    """The language is in the address (`/fr/`, `/en/`); a bare address sends a GET to the reader's, without a cookie."""

    def process_request(self, request: HttpRequest) -> None:
        language = translation.get_language_from_path(request.path_info)
        if language is None:
            # Only the header counts: Django would read a cookie as well, and patients have none.
            request.COOKIES.pop("django_language", None)
            language = translation.get_language_from_request(request)
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        language = translation.get_language()
        in_path = translation.get_language_from_path(request.path_info)
        bare = not in_path and not is_valid_path(request.path_info)
        if response.status_code == 404 and bare and request.method in ("GET", "HEAD"):
            path = f"/{language}{request.path_info}"
            if is_valid_path(path) or is_valid_path(f"{path}/"):
                query = request.META.get("QUERY_STRING", "")
                moved = HttpResponseRedirect(escape_uri_path(path) + (f"?{iri_to_uri(query)}" if query else ""))
                patch_vary_headers(moved, ("Accept-Language",))
                return moved
        if not in_path:
            patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", language or "fr")
        return response


class WithholdUntilReady:
    """While a store has older tables than this version, or a restore is under way, every page is one that says so (U5)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in ("/healthz", "/readyz") or (why := standing.withheld()) is None:
            return self.get_response(request)
        logger.error("no page is served: %s (manage.py upgrade, or finish manage.py restore)", why)
        return closed_for_work(request)


class CareWithAnswers:
    """Pages that show a person are never stored; the staff's side needs its own referrer to pass Django's CSRF check."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A store that is down, full or read-only is a page that says so, not a trace (I8)."""
        if isinstance(exception, Error):
            logger.error("a store failed", exc_info=exception)
            return unavailable(request)
        return None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        headers = response.headers
        headers.setdefault("Cache-Control", "no-store")
        headers.setdefault("Permissions-Policy", "interest-cohort=(), geolocation=(), camera=(), microphone=()")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if request.path_info.startswith("/agenda/"):
            # With no-referrer browsers send `Origin: null`, which Django refuses.
            headers["Referrer-Policy"] = "same-origin"
        headers.setdefault("X-Robots-Tag", "noindex" if "/agenda/" in request.path_info else "noarchive")
        return response
