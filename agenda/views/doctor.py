"""How the instance stands, for managers: what `manage.py doctor` says, without asking the network."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from agenda import access
from agenda.gate import staff_page
from agenda.vault import StaffRequest
from upkeep import doctor as checks
from upkeep.doctor import Level


@staff_page("GET")
def doctor(request: StaffRequest) -> HttpResponse:
    """Each finding with what to do; what is not well stands first. Nothing about a patient."""
    access.manager(request)
    found = checks.examine()
    context = {
        "urgent": [one for one in found if one.level is Level.ALARM],
        "soon": [one for one in found if one.level is Level.LOOK],
        "well": [one for one in found if one.level is Level.OK],
        "heading": _("État du service"),
        "day_page": reverse("agenda:day"),
    }
    return render(request, "agenda/doctor.html", context)
