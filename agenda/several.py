"""What is asked of several appointments at once: which, as the screen showed them; and by how much the practice is late."""

import re
from collections.abc import Iterable

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from booking.models import Appointment
from booking.moving import Seen
from booking.several import MOST

_PICKED = re.compile(r"([0-9]{1,19})(?:\.([a-z_]{1,24})\.([0-9]{1,5}))?")
LATE = (10, 15, 20, 30, 45, 60, 90)


def picked(request: HttpRequest) -> list[int]:
    """Return the ids of the boxes that are ticked, each once; whatever is no id is left out."""
    found = (_PICKED.fullmatch(one) for one in request.POST.getlist("pick")[:MOST])
    return list(dict.fromkeys(int(one[1]) for one in found if one))


def as_shown(request: HttpRequest) -> dict[int, Seen]:
    """Return the same, with what the screen showed of each; an appointment of which nothing was shown is left out."""
    found = (_PICKED.fullmatch(one) for one in request.POST.getlist("pick")[: MOST + 1])
    return {int(one[1]): Seen(one[2], int(one[3])) for one in found if one and one[2]}


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
