"""An earlier time for a visit that stands: wished for from its link, and taken back there."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from booking import waiting
from booking.access import by_link, patient_page
from booking.forms.wishes import TimesForm, as_typed
from booking.models import Wish
from booking.refusals import BookingRefused, Busy
from booking.views import chosen, lost, visit
from booking.views.page import SeeOther, now, pressed, show


@patient_page("GET", "POST")
def earlier(request: HttpRequest, token: str) -> HttpResponse:
    """Wish for an earlier time of a visit, or take that back; the visit stands meanwhile."""
    found = by_link(token)
    mine = Wish.objects.filter(appointment=found).first()
    if request.method == "POST" and request.POST.get("answer") == "never":
        waiting.withdraw_earlier(token)
        return SeeOther(reverse("booking:appointment", args=[token]))
    if not visit.may_come_earlier(found, now()):
        return SeeOther(reverse("booking:appointment", args=[token]))
    form = TimesForm(request.POST or None, initial=as_typed(mine) if mine else None)
    context: dict[str, Any] = {
        "token": token,
        "form": form,
        "mine": mine,
        "chosen": chosen.chosen(found),
        "mistakes": [],
    }
    practice = found.practitioner.practice
    if not pressed(request):
        return show(request, "booking/earlier.html", context, practice, status=422 if form.is_bound else 200)
    if not form.is_valid():
        return show(request, "booking/earlier.html", {**context, "mistakes": form.mistakes()}, practice, status=422)
    try:
        waiting.leave_earlier(token, form.wanted(), now())
    except BookingRefused as refusal:
        if isinstance(refusal, Busy):
            alert, status = lost.explained(refusal, practice.zone)
            return show(request, "booking/earlier.html", {**context, "alert": alert}, practice, status=status)
        # It changed meanwhile: its page says how it stands.
    return SeeOther(reverse("booking:appointment", args=[token]))
