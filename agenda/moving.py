"""A move as its pages ask for it: where to, what it meets there in words, and who is to hear of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agenda.bar import FIRST_DAY, LAST_DAY
from booking import outbox
from booking.desk import Caution
from booking.models import Appointment
from booking.moving import Seen, Target
from clicdocteur.grid import CELL_MINUTES, cell_at
from practitioners.models import Practitioner, VisitType

_OFF_GRID = gettext_lazy("Choisissez une heure de cinq en cinq minutes : 10:05, 10:10…")


class PlaceForm(forms.Form):
    """Where a visit is to go: whose agenda, which day and time, and there perhaps which visit type."""

    practitioner = forms.ModelChoiceField(Practitioner.objects.none())
    day = forms.DateField(
        label=gettext_lazy("Jour"),
        input_formats=["%Y-%m-%d"],
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
        error_messages={
            "required": gettext_lazy("Choisissez un jour."),
            "invalid": gettext_lazy("Choisissez un jour."),
        },
    )
    time = forms.TimeField(
        label=gettext_lazy("Heure"),
        input_formats=["%H:%M"],
        error_messages={"required": gettext_lazy("Choisissez une heure."), "invalid": _OFF_GRID},
    )
    kind = forms.ModelChoiceField(VisitType.objects.none(), required=False)

    def __init__(self, granted: Iterable[Practitioner], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        of_reader = [one.pk for one in granted]
        self.fields["practitioner"].queryset = Practitioner.objects.select_related("practice").filter(pk__in=of_reader)  # type: ignore[attr-defined]
        self.fields["kind"].queryset = VisitType.objects.filter(practitioner__in=of_reader)  # type: ignore[attr-defined]

    def clean_time(self) -> Any:
        time = self.cleaned_data["time"]
        if time.minute % CELL_MINUTES:
            raise forms.ValidationError(_OFF_GRID)
        return time

    def target(self, zone: ZoneInfo) -> Target:
        """Return where it is to go."""
        given = self.cleaned_data
        first = cell_at(given["day"], given["time"].hour * 60 + given["time"].minute, zone)
        return Target(given["practitioner"].pk, first, given["kind"].pk if given["kind"] else None)


class MoveForm(PlaceForm):
    """The same, from a screen that showed an appointment and what the time meets, to be done now."""

    seen = forms.ChoiceField(choices=Appointment.State.choices)
    sequence = forms.IntegerField(min_value=0)
    accepted = forms.MultipleChoiceField(choices=[(one.value, one.value) for one in Caution], required=False)
    tell = forms.BooleanField(required=False)

    @property
    def shown(self) -> Seen:
        """What the screen showed."""
        return Seen(self.cleaned_data["seen"], self.cleaned_data["sequence"])


def types_there(appointment: Appointment, practitioner: Practitioner) -> tuple[list[VisitType], VisitType | None]:
    """Return another practitioner's visit types, and the one that corresponds: of the same address or name, or the first."""
    kinds = list(VisitType.objects.filter(practitioner=practitioner, active=True))
    own = appointment.visit_type
    alike = (one for one in kinds if own and (one.slug == own.slug or one.name.casefold() == own.name.casefold()))
    return kinds, next(alike, kinds[0] if kinds else None)


def telling(appointment: Appointment, start: datetime, now: datetime) -> str:
    """Return the words of the box that has the patient told, or nothing when nobody is to be told."""
    if appointment.state != Appointment.State.BOOKED or start <= now:
        return ""
    return {
        Appointment.Reach.EMAIL: _("Prévenir le patient par e-mail, dans une minute"),
        Appointment.Reach.SMS: _("Prévenir le patient par SMS, dans une minute"),
        Appointment.Reach.UNKNOWN: _("Prévenir le patient, dans une minute"),
        Appointment.Reach.CALL: _("Noter qu’il faut appeler le patient"),
    }.get(Appointment.Reach(outbox.means(appointment)), "")
