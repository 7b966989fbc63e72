"""What is asked of several appointments at once: which, as the screen showed them; and by how much the practice is late."""

import re
from collections.abc import Iterable, Iterator

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from booking.models import Appointment
from booking.moving import Seen
from booking.several import MOST
from clicdocteur.fields import key_from

_PICKED = re.compile(r"([0-9]+)(?:\.([a-z_]{1,24})\.([0-9]{1,5}))?")
LATE = (10, 15, 20, 30, 45, 60, 90)


def picked(request: HttpRequest) -> list[int]:
    """Return the ids of the boxes that are ticked, each once; whatever is no id is left out."""
    return list(dict.fromkeys(pk for pk, _found in _ticked(request, MOST)))


def as_shown(request: HttpRequest) -> dict[int, Seen]:
    """Return the same, with what the screen showed of each; an appointment of which nothing was shown is left out."""
    return {pk: Seen(found[2], int(found[3])) for pk, found in _ticked(request, MOST + 1) if found[2]}


def _ticked(request: HttpRequest, most: int) -> Iterator[tuple[int, re.Match[str]]]:
    for one in request.POST.getlist("pick")[:most]:
        found = _PICKED.fullmatch(one)
        pk = key_from(found[1]) if found else None
        if found and pk is not None:
            yield pk, found


def shown(appointments: Iterable[Appointment]) -> list[str]:
    """Return what a page posts so that `as_shown` reads it."""
    return [f"{one.pk}.{one.state}.{one.sequence}" for one in appointments]


class LateForm(forms.Form):
    """By how many minutes the practice is late."""

    minutes = forms.TypedChoiceField(
        label=_("Retard"),
        coerce=int,
        initial=20,
        choices=[(number, ngettext_lazy("%d minute", "%d minutes") % number) for number in LATE],
        error_messages={
            "required": _("Choisissez un retard."),
            "invalid_choice": _("Choisissez un retard de la liste."),
        },
    )
