"""A change of plan on its way: saved, refused, or shown first with the visits that it touches; and taken back."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from django.contrib import messages
from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agenda import access
from agenda.gate import needs_key, staff_page, way_back
from agenda.settings import decisions, plan, rights
from agenda.settings.plan import PlanForm
from agenda.settings.rights import Reach
from agenda.vault import StaffRequest
from agenda.views.settings.frame import says_busy, show_of
from booking.plan_changes import Touched, Undone, last_change, undo_change
from booking.refusals import NotAllowed

F = TypeVar("F", bound=PlanForm)


def settle(
    request: StaffRequest,
    reach: Reach,
    tab: str,
    make: Callable[[], F],
    write: Callable[[F], Iterable[Model]],
    saved: Callable[[F], HttpResponse],
    again: Callable[[F, int], HttpResponse],
) -> HttpResponse:
    """Save a plan and go on with *saved*; or show its form *again*; or ask first about the visits that it touches."""
    if "back" in request.POST:
        return again(make(), 200)
    outcome = plan.save(request, reach, make, write)
    if outcome.touched is not None:
        return _preview(request, reach, tab, outcome.touched)
    if outcome.done is None:
        return again(outcome.form, outcome.status)
    response = saved(outcome.form)
    plan.tell_of(request, outcome.done)
    return response


def _preview(request: StaffRequest, reach: Reach, tab: str, touched: list[Touched]) -> HttpResponse:
    """List what a change touches, by time. Nothing is saved yet, and the form waits in the page."""
    may_act = plan.may_act(request, reach)
    listed, is_past = decisions.rows(request, touched, timezone.now(), may_act=may_act)
    context = {
        "rows": listed,
        "fields": decisions.waiting(request.POST),
        "may_act": may_act,
        "is_past": is_past,
        "again": "decided" in request.POST,
        "tells": decisions.tells(request.POST),
    }
    return show_of(request, reach, tab, "agenda/settings/touched.html", context)


@staff_page("POST")
@needs_key
@says_busy
def undo(request: StaffRequest, practitioner: int, pk: int) -> HttpResponse:
    """Take the last change of a plan back, within ten minutes, with what it did to visits."""
    reach = rights.days(request, practitioner)
    onward = way_back(request, reverse("agenda:settings_days", args=[reach.practitioner.pk]))
    last = last_change(reach.practitioner.pk, timezone.now())
    if last is not None and not (reach.sets_all or last.staff == request.user.pk):
        access.manager(request)
    assert request.vault is not None  # noqa: S101 - needs_key let nobody else pass
    try:
        done = undo_change(pk, reach.practitioner.pk, timezone.now(), vault=request.vault)
    except NotAllowed:
        messages.error(
            request,
            _("Ce changement ne peut plus être annulé : dix minutes sont passées, ou autre chose a changé depuis."),
        )
        return redirect(onward)
    _tell(request, done)
    return redirect(onward)


def _tell(request: StaffRequest, done: Undone) -> None:
    messages.success(request, _("Le changement est annulé : les heures d’avant valent de nouveau."))
    if done.back:
        text = ngettext(
            "%(count)d rendez-vous est revenu à sa place.",
            "%(count)d rendez-vous sont revenus à leur place.",
            len(done.back),
        )
        messages.info(request, text % {"count": len(done.back)})
    if left := len(done.taken) + len(done.changed):
        text = ngettext(
            "%(count)d rendez-vous reste comme il est : son heure est prise, ou il a changé depuis.",
            "%(count)d rendez-vous restent comme ils sont : leur heure est prise, ou ils ont changé depuis.",
            left,
        )
        messages.warning(request, text % {"count": left})
    if done.outside:
        text = ngettext(
            "%(count)d rendez-vous pris entre-temps est maintenant hors des heures. Il reste valable.",
            "%(count)d rendez-vous pris entre-temps sont maintenant hors des heures. Ils restent valables.",
            len(done.outside),
        )
        messages.warning(request, text % {"count": len(done.outside)})
