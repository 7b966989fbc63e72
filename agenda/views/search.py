"""Looking for a patient: one field, over all agendas of the reader. What is typed is in no address, no log and no session."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from agenda.at_desk import frame
from agenda.gate import limit_page, needs_key, staff_page
from agenda.searching import LONGEST, Answer, answer
from agenda.vault import StaffRequest


@sensitive_post_parameters()
@staff_page("GET", "POST")
def search(request: StaffRequest) -> HttpResponse:
    """Show the field; once something was typed, who was found. Past the hourly limit the password is asked first."""
    if request.method == "POST":
        return _sent(request)
    return _page(request, Answer([]))


@needs_key
def _sent(request: StaffRequest) -> HttpResponse:
    found = answer(request, request.POST.get("typed", ""))
    if found.closed:
        return limit_page(request, request.path, ("", 429))
    return _page(request, found, 422 if found.is_wrong else 200)


def _page(request: StaffRequest, found: Answer, status: int = 200) -> HttpResponse:
    context = {
        **frame(request, timezone.now(), _("Chercher un patient")),
        "typed": request.POST.get("typed", "")[:LONGEST],
        "longest": LONGEST,
        "answer": found,
    }
    return render(request, "agenda/search.html", context, status=status)


@sensitive_post_parameters()
@staff_page("POST")
def found(request: StaffRequest) -> HttpResponse:
    """Who is like what is being typed: a piece of a page, for a script. A locked session gets an empty one."""
    return render(request, "agenda/_found.html", {"answer": answer(request, request.POST.get("typed", ""))})
