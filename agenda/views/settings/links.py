"""The private link of a visit type for known patients: made, shown once as a card to print, revoked."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.debug import sensitive_variables

from agenda.gate import needs_key, staff_page
from agenda.settings import rights
from agenda.settings.rights import Reach
from agenda.settings.saving import note
from agenda.vault import StaffRequest
from agenda.views.settings.frame import says_busy, show_of
from booking import drawing
from booking.links import link_hash, new_token
from booking.plan_changes import under_lock
from practitioners.models import VisitType


@staff_page("GET", "POST")
def new_link(request: StaffRequest, practitioner: int, pk: int) -> HttpResponse:
    """Replace the link and show the new one, this once: only its hash is kept. Who comes back later finds the type."""
    reach = rights.whole(request, practitioner)
    if request.method != "POST":
        get_object_or_404(VisitType, pk=pk, practitioner=reach.practitioner)
        return redirect("agenda:settings_type", reach.practitioner.pk, pk)
    return _made(request, reach, pk)


@needs_key
@says_busy
@sensitive_variables()
def _made(request: StaffRequest, reach: Reach, pk: int) -> HttpResponse:
    token = new_token()
    found = _set(request, reach, pk, link_hash(token))
    with translation.override(settings.LANGUAGE_CODE):
        link = settings.SITE_URL + reverse("booking:by_link", args=[token])
    context = {"type": found, "link": link, "qr": drawing.qr(link, pgettext("QR code", "Code QR du lien"))}
    return show_of(request, reach, "types", "agenda/settings/link.html", context)


@staff_page("POST")
@needs_key
@says_busy
def revoke_link(request: StaffRequest, practitioner: int, pk: int) -> HttpResponse:
    """Take the link out of service: who still has it gets "not found"."""
    reach = rights.whole(request, practitioner)
    _set(request, reach, pk, None)
    messages.success(request, _("Le lien est révoqué : il ne mène plus nulle part."))
    return redirect("agenda:settings_type", reach.practitioner.pk, pk)


def _set(request: StaffRequest, reach: Reach, pk: int, digest: bytes | None) -> VisitType:
    def write() -> VisitType:
        found = VisitType.objects.filter(pk=pk, practitioner=reach.practitioner, visibility=VisitType.Visibility.LINK)
        one = found.first()
        if one is None:
            raise Http404
        one.link_hash = digest
        one.save(update_fields=["link_hash"])
        note(request, one, [{"changed": {"fields": ["link_hash"]}}])
        return one

    return under_lock([reach.practitioner.pk], write)
