"""The waiting lists of the agendas that a member opens, and taking somebody off one."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from agenda import access
from agenda.gate import needs_key, staff_page
from agenda.vault import StaffRequest, session_tag
from agenda.wishes import lists
from booking import waiting
from booking.refusals import Busy


@staff_page("GET")
def page(request: StaffRequest) -> HttpResponse:
    """Who waits, for whom, and what was offered to them."""
    context = {
        "lists": lists(access.agendas(request), request.vault, timezone.now()),
        "heading": _("Liste d’attente"),
        "day_page": reverse("agenda:day"),
    }
    return render(request, "agenda/wishes.html", context)


@staff_page("POST")
@needs_key
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a wish off its list, and erase it; a visit that goes with it stands."""
    wish, now = access.wish(request, pk), timezone.now()
    try:
        waiting.remove(wish.pk, wish.practitioner_id, now, staff=request.user.pk, session_tag=session_tag(request))
    except Http404:
        messages.success(request, _("Cette demande n’est déjà plus sur la liste."))
    except Busy:
        messages.error(request, _("La base est occupée. Rien n’a été changé : recommencez."))
    else:
        messages.success(request, _("La demande est retirée et effacée. La personne n’en est pas avertie."))
    return redirect("agenda:wishes")
