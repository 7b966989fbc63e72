"""How the agenda is shown: minutes to a line, names or initials."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from agenda.forms import DisplayForm
from agenda.gate import staff_page, way_back
from agenda.looking import INITIALS
from agenda.vault import StaffRequest


@staff_page("POST")
def display(request: StaffRequest) -> HttpResponse:
    """Set the one that is given, and return to the same page."""
    onward = way_back(request, reverse("agenda:day"))
    form = DisplayForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Ce réglage n’existe pas. Rien n’a été changé."))
        return redirect(onward)
    if form.cleaned_data["names"]:
        request.session[INITIALS] = form.cleaned_data["names"] == INITIALS
    if form.cleaned_data["minutes"]:
        request.user.minutes_per_row = form.cleaned_data["minutes"]
        request.user.save(update_fields=["minutes_per_row"])
    return redirect(onward)
