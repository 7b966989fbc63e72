"""A colleague over the veil: putting one's session aside, and bringing one back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from agenda import aside
from agenda.gate import at_the_door, staff_page, way_back
from agenda.vault import StaffRequest


@at_the_door
@staff_page("POST")
def put_aside(request: StaffRequest) -> HttpResponse:
    """Put the session aside, under the veil, and let somebody else sign in."""
    page, slot = way_back(request, reverse("agenda:day")), aside.free_slot(request)
    if slot is None:
        messages.error(request, _("Ce poste garde déjà trois sessions. Reprenez-en une, ou déconnectez-vous."))
        return redirect(f"{reverse('agenda:unlock')}?{urlencode({'next': page})}")
    response = redirect("agenda:sign_in")
    aside.put(request, response, slot, page)
    return response


@at_the_door
@login_not_required
@staff_page("POST")
def take_back(request: StaffRequest) -> HttpResponse:
    """Bring back a session that waits in this browser; the one that is here waits in its place. Its code is asked next."""
    slot = request.POST.get("slot", "")
    one = next((one for one in aside.waiting(request) if str(one.slot) == slot), None)
    if one is None:
        # It ended meanwhile: by its owner elsewhere, with the account, or of age.
        return redirect("agenda:sign_in")
    response = redirect("agenda:unlock")
    page = aside.take_back(request, response, one, way_back(request, reverse("agenda:day")))
    response["Location"] += "?" + urlencode({"next": page})
    return response
