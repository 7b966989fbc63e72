"""The product's addresses, and two floors under the same middleware. Nothing outside bench/ routes these."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path

from clicdocteur.urls import handler400, handler403, handler404, handler500, urlpatterns
from practitioners.models import Practitioner, VisitType

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


@login_not_required
def empty(request: HttpRequest) -> HttpResponse:
    """Answer without doing anything."""
    return HttpResponse("")


@login_not_required
def two_queries(request: HttpRequest, practitioner: int, visit_type: int) -> HttpResponse:
    """Fetch two rows by primary key."""
    one, other = Practitioner.objects.get(pk=practitioner), VisitType.objects.get(pk=visit_type)
    return HttpResponse(f"{one.name} {other.name}")


urlpatterns = [
    path("floor/empty/", empty),
    path("floor/two/<int:practitioner>/<int:visit_type>/", two_queries),
    *urlpatterns,
]
