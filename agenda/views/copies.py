"""The full copy of one appointment, for the patient who asks for it: behind the password, and noted as an export."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from agenda import access
from agenda.gate import PASSWORD_FIELD, at_the_door, staff_page, try_password
from agenda.second_factor import needs_recent_first
from agenda.vault import StaffRequest
from agenda.views.appointments import about
from booking import copies, identities
from booking.identities import Shown
from booking.models import Appointment


@at_the_door
@sensitive_post_parameters()
@staff_page("GET", "POST")
@needs_recent_first
def copy(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask for the second factor and the password, though the session is open; then give the file. The name of the file names nobody."""
    found = access.appointment(request, pk)
    if not found.has_person:
        raise Http404
    if request.method != "POST":
        return _page(request, found, ("", 200))
    refusal = try_password(request)
    if refusal is not None:
        return _page(request, found, refusal)
    now = timezone.now()
    assert request.vault is not None  # noqa: S101 - the password has just opened it
    shown = identities.take_out([found], request.vault, now).get(found.pk, Shown(None, "missing"))
    if shown.record is None:
        return _page(request, found, (_("Cette identité ne s’ouvre pas : il n’y a pas de copie à remettre."), 409))
    data = copies.full_copy(found, shown, now)
    if request.POST.get("as") == "json":
        return _file(copies.as_json(data), "application/json", "copie-rendez-vous.json")
    return _file(copies.as_text(data, found, now), "text/plain", "copie-rendez-vous.txt")


def _page(request: StaffRequest, found: Appointment, refusal: tuple[str, int]) -> HttpResponse:
    error, status = refusal
    context = {**about(request, found), "error": error, "password_field": PASSWORD_FIELD}
    return render(request, "agenda/copy.html", context, status=status)


def _file(content: str, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=f"{kind}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
