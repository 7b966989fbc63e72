"""Who may see what on the patients' side: the object, or 404, never 403."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from booking.links import TOKEN, link_hash
from booking.models import Appointment
from booking.queries import COLLEAGUES, KNOWN, has_colleagues, is_replaced
from practitioners.models import VisitType
from practitioners.validators import RESERVED_SLUGS

View = Callable[..., HttpResponse]


def patient_page(*methods: str) -> Callable[[View], View]:
    """Make a view a patients' page: no account, no cookie, no session; a POST from another site is refused.

    These pages carry no cookie, so no other site can act in somebody's name; `Sec-Fetch-Site` stops the rest.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            request.user = AnonymousUser()
            if hasattr(request, "session"):
                del request.session
            if request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "cross-site":
                raise PermissionDenied
            return view(request, *args, **kwargs)

        page.is_patient_page = True  # type: ignore[attr-defined]
        return login_not_required(
            csrf_exempt(require_http_methods([*methods, "HEAD"] if "GET" in methods else methods)(page))
        )

    return decorate


def by_link(token: str) -> Appointment:
    """Return the appointment that a patient's link opens, whatever its state but a hold. Raises Http404."""
    found = _by_token(token)
    if found.state == Appointment.State.HELD:
        raise Http404
    return found


def held(token: str) -> Appointment:
    """Return what a hold's link opens: a hold, expired or not, or the visit it has become. Raises Http404."""
    return _by_token(token)


def _by_token(token: str) -> Appointment:
    if not TOKEN.fullmatch(token):
        raise Http404
    found = (
        Appointment.objects.select_related("practitioner__practice", "location", "visit_type")
        .annotate(**{KNOWN: is_replaced()})
        .filter(link_hash=link_hash(token))
        .first()
    )
    if found is None:
        raise Http404
    return found


def bookable_type(practitioner: str, visit_type: str) -> VisitType:
    """Return a public visit type of a published practitioner by their slugs. Raises Http404.

    What was meant as a link, "/RDV/…" in capitals, is not looked for: a store's own log of statements would keep it (I9).
    """
    if practitioner.casefold() in RESERVED_SLUGS:
        raise Http404
    return _bookable(slug=visit_type, practitioner__slug=practitioner, visibility=VisitType.Visibility.PUBLIC)


def type_beside(token: str, visit_type: str) -> VisitType:
    """Return a public visit type of the practitioner whose appointment a patient's link opens. Raises Http404."""
    if not TOKEN.fullmatch(token):
        raise Http404
    visits = Appointment.objects.filter(link_hash=link_hash(token)).exclude(state=Appointment.State.HELD)
    here = {"practitioner__in": visits.values("practitioner"), "visibility": VisitType.Visibility.PUBLIC}
    return _bookable(slug=visit_type, **here)


def type_by_link(token: str) -> VisitType:
    """Return the visit type that a practice's private link opens. Raises Http404."""
    if not TOKEN.fullmatch(token):
        raise Http404
    return _bookable(link_hash=link_hash(token), visibility=VisitType.Visibility.LINK)


def _bookable(**named: Any) -> VisitType:
    # `get` rather than `first`: each of the names is unique, and an order would cost more than the search.
    told = {KNOWN: is_replaced(), COLLEAGUES: has_colleagues()}
    types = VisitType.objects.select_related("practitioner__practice").annotate(**told)
    try:
        return types.get(active=True, practitioner__published=True, **named)
    except VisitType.DoesNotExist:
        raise Http404 from None
