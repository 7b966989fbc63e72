"""The usual week: painted, or filled in as rows; one form for all of it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from agenda import access
from agenda.gate import needs_key, staff_page
from agenda.settings import rights
from agenda.settings.rights import Reach
from agenda.settings.week_form import Week
from agenda.settings.week_grid import picture
from agenda.vault import StaffRequest
from agenda.views.settings.changing import settle
from agenda.views.settings.frame import show_of


@staff_page("GET", "POST")
def week(request: StaffRequest, practitioner: int) -> HttpResponse:
    """Show the week; a POST saves it, or only adds rows to the form, without a script."""
    reach = rights.whole(request, practitioner)
    if request.method == "POST":
        return _more(request, reach) if "more" in request.POST else _saved(request, reach)
    return _page(request, reach, Week(reach.practitioner, access.today(request)), 200)


def _more(request: StaffRequest, reach: Reach) -> HttpResponse:
    """Add rows to the form. Nothing is saved yet, so no key is asked for."""
    form = Week(reach.practitioner, access.today(request), request.POST)
    form.expand()
    return _page(request, reach, form, 422 if form.add.errors else 200)


@needs_key
def _saved(request: StaffRequest, reach: Reach) -> HttpResponse:
    def done(_form: Week) -> HttpResponse:
        messages.success(request, _("La semaine est enregistrée."))
        return redirect("agenda:settings_week", reach.practitioner.pk)

    return settle(
        request,
        reach,
        "week",
        lambda: Week(reach.practitioner, access.today(request), request.POST),
        lambda form: form.save(),
        done,
        lambda form, status: _page(request, reach, form, status),
    )


def _page(request: StaffRequest, reach: Reach, form: Week, status: int) -> HttpResponse:
    context = {
        "form": form,
        "picture": picture(form.rows, dict(form.choices.places)),
        "new": [row for row in form.rows if row.is_new and not row.is_removed],
    }
    return show_of(request, reach, "week", "agenda/settings/week.html", context, status=status)
