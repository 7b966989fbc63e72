"""The practice: how long things are kept, and a change of time zone that is a choice (T5)."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agenda.settings.guarded import GuardedForm
from agenda.settings.rules import ClockField
from booking.models import Appointment
from practitioners import periods
from practitioners.holidays import TIME_ZONES
from practitioners.models import Location, Practice
from practitioners.periods import Period
from practitioners.validators import check_zone


class PracticeRules(forms.ModelForm):  # type: ignore[type-arg]
    """The practice. A new time zone is a choice to confirm when visits are booked (T5)."""

    closes_minute = ClockField(
        label=gettext_lazy("Heure de fermeture"),
        required=False,
        help_text=Practice._meta.get_field("closes_minute").help_text,
    )
    zone_confirmed = forms.BooleanField(
        label=gettext_lazy("Je confirme le nouveau fuseau"),
        required=False,
        help_text=gettext_lazy("À cocher seulement pour changer de fuseau alors que des rendez-vous sont pris."),
    )

    def clean_time_zone(self) -> str:
        name = str(self.cleaned_data["time_zone"])
        check_zone(name)
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for period in periods.EDITABLE:
            self._ask_why_longer(period, cleaned)
        visit, identity = cleaned.get(periods.VISIT.field), cleaned.get(periods.IDENTITY.field)
        if visit and identity and visit > identity:
            self.add_error(periods.VISIT.field, _("Le motif et le contact ne peuvent pas être gardés après le nom."))
        if "time_zone" in self.changed_data and "time_zone" in cleaned and not cleaned.get("zone_confirmed"):
            self._ask_about_zone(cleaned["time_zone"])
        return cleaned

    def _ask_why_longer(self, period: Period, cleaned: dict[str, Any]) -> None:
        """Shorter is free. Longer than the default needs a reason, which patients read."""
        days = cleaned.get(period.field)
        if days and days > period.default and not cleaned.get(period.reason_field, "").strip():
            text = _("Garder plus de %(days)d jours demande une raison écrite : la page des patients la montre.")
            self.add_error(period.reason_field, text % {"days": period.default})

    def _ask_about_zone(self, name: str) -> None:
        """Refuse with a preview: visits keep their instant, so the hour that the clock shows for them changes."""
        old, new = ZoneInfo(self.initial.get("time_zone", name)), ZoneInfo(name)
        coming = Appointment.objects.filter(start__gte=timezone.now(), state__in=Appointment.LIVE).order_by("start")
        examples = [
            f"{date_format(start.astimezone(old), 'D j F, H:i')} → {date_format(start.astimezone(new), 'D j F, H:i')}"
            for start in coming.values_list("start", flat=True)[:3]
        ]
        if examples:
            text = _(
                "%(count)d rendez-vous sont pris. Ils gardent leur instant, donc leur heure change dans l’agenda : %(examples)s. "
                "Les patients continuent de lire l’ancienne, avec son fuseau. Cochez la confirmation pour changer."
            )
            raise ValidationError({"time_zone": text % {"count": coming.count(), "examples": " ; ".join(examples)}})


class PracticeForm(PracticeRules, GuardedForm):
    """The same, as a page of the agenda. Which fields it has says Django's admin (`PracticeAdmin.fieldsets`)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = sorted({zone for zones in TIME_ZONES.values() for zone in zones} | {self.instance.time_zone})
        self.fields["time_zone"].widget = forms.Select(choices=[(name, name) for name in known])
        for name in ("address", "legal_text"):
            self.fields[name].widget.attrs["rows"] = 3

    def validate_constraints(self) -> None:
        """The database's own words add nothing to a sentence that is already there."""
        if not self.errors:
            super().validate_constraints()

    @property
    def other_territory(self) -> bool:
        """Whether time zone and holidays are those of two territories, which is a warning."""
        zones = TIME_ZONES.get(self.instance.holiday_zone, (self.instance.time_zone,))
        return self.instance.time_zone not in zones


class PlaceForm(GuardedForm):
    """A place where the practice receives."""

    class Meta:
        model = Location
        fields = ("label", "address", "access")
        widgets = {"address": forms.Textarea(attrs={"rows": 3}), "access": forms.Textarea(attrs={"rows": 3})}
