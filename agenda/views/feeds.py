"""What a member's calendar program fetches: busy times, behind a secret address."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from booking import feeds


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """`/calendrier/<token>.ics`: the same 404 for an unknown, a revoked and a lost subscription."""
    found = feeds.read(token, timezone.now())
    if found is None:
        raise Http404
    return HttpResponse(found, content_type="text/calendar; charset=utf-8")
