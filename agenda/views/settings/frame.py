"""What every page of the settings carries: the way back, and the other settings of the same practitioner."""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, NamedTuple

from django.contrib import messages
from django.forms import BaseForm
from django.forms.boundfield import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from agenda.gate import way_back
from agenda.settings.rights import Reach
from agenda.vault import StaffRequest
from booking import words
from booking.plan_changes import FOR, last_change
from booking.refusals import Busy


class Tab(NamedTuple):
    """A setting of one practitioner."""

    name: str
    words: str
    address: str


def show(
    request: StaffRequest, template: str, context: Mapping[str, Any], *, heading: str = "", status: int = 200
) -> HttpResponse:
    """Render a page of the practice's settings."""
    shared = {"day_page": reverse("agenda:settings"), "back": _("Réglages"), "heading": heading or _("Réglages")}
    return render(request, template, {**shared, **context}, status=status)


def show_of(
    request: StaffRequest, reach: Reach, tab: str, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """Render a page of one practitioner's settings; *tab* says which."""
    shared = {
        "practitioner": reach.practitioner,
        "tabs": tabs(reach),
        "tab": tab,
        "sets_all": reach.sets_all,
        "undoable": _undoable(request, reach),
    }
    return show(request, template, {**shared, **context}, heading=reach.practitioner.name, status=status)


def _undoable(request: StaffRequest, reach: Reach) -> dict[str, Any] | None:
    """Return the last change of this plan, while whoever reads may still take it back. One query."""
    now = timezone.now()
    last = last_change(reach.practitioner.pk, now)
    if last is None or not (reach.sets_all or last.staff == request.user.pk):
        return None
    left = int((last.at + FOR - now).total_seconds() // 60)
    clock = words.clock(last.at.astimezone(request.practice.zone))
    return {"pk": last.pk, "clock": clock, "minutes": max(1, left)}


def tabs(reach: Reach) -> list[Tab]:
    """Return what the reader may set of a practitioner, in the order in which a practice does it."""
    whole = [("page", _("Page publique")), ("types", _("Motifs")), ("week", _("Semaine"))]
    of_days = [("days", _("Jours")), ("absences", _("Absences")), ("holidays", _("Jours fériés"))]
    replaced = [("replacements", _("Remplacements"))]
    found = [*whole, *of_days, *replaced] if reach.sets_all else of_days
    return [Tab(name, words, reverse(f"agenda:settings_{name}", args=[reach.practitioner.pk])) for name, words in found]


def sections(form: BaseForm, of: Iterable[tuple[Any, Iterable[str]]]) -> list[tuple[str, list[BoundField]]]:
    """Return a form's fields in groups: (title, fields)."""
    return [(str(title), [form[name] for name in names if name in form.fields]) for title, names in of]


def says_busy(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Tell that the database gave up on a button, and return to where it stood. A form keeps its fields by itself."""

    @wraps(view)
    def told(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Busy:
            messages.error(request, _("La base est occupée : rien n’a été changé. Recommencez."))
            return redirect(way_back(request, reverse("agenda:settings")))

    return told
