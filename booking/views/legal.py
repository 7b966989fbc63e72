"""What the law asks a page to say, filled in from the practice's own settings."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from booking import privacy as privacy_lines
from booking.access import patient_page
from booking.notice import controller, data_contact
from booking.queries import the_practice
from booking.views.page import show
from practitioners.models import Practice


@patient_page("GET")
def privacy(request: HttpRequest) -> HttpResponse:
    """Say what is asked for, what this server can read, and until when: from what is declared and switched on."""
    practice = _practice()
    asked = privacy_lines.asked(practice)
    lines = {
        "collected": privacy_lines.collected(asked),
        "kept": privacy_lines.retention(practice, asked),
        "messages": privacy_lines.messages(),
        "browser": privacy_lines.in_the_browser(),
    }
    return _page(request, "legal/privacy.html", practice, lines)


@patient_page("GET")
def legal(request: HttpRequest) -> HttpResponse:
    """Say who publishes and who hosts these pages."""
    return _page(request, "legal/legal.html", _practice(), {})


@patient_page("GET")
def accessibility(request: HttpRequest) -> HttpResponse:
    """Say how far these pages are accessible, and whom to tell when they are not."""
    return _page(request, "legal/accessibility.html", _practice(), {})


def _practice() -> Practice:
    practice = the_practice()
    if practice is None:
        raise Http404
    return practice


def _page(request: HttpRequest, template: str, practice: Practice, more: dict[str, Any]) -> HttpResponse:
    context = {"controller": controller(practice), "data_contact": data_contact(practice), **more}
    return show(request, template, context, practice)
