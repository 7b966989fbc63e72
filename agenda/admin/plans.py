"""Openings and absences: their own pages, and their rows on the practitioner's page."""

from typing import Any, ClassVar

from django.contrib import admin
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from agenda.admin.forms import AbsenceForm, OpeningForm, OpeningRowForm
from agenda.admin.locking import GuardedAdmin, PlainFields
from practitioners.models import Absence, Opening, VisitType
from practitioners.models.opening import clock


class OfOnePractitioner(GuardedAdmin):
    """Something that stays with its practitioner once it is made."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        kept = tuple(super().get_readonly_fields(request, obj))
        return (*kept, "practitioner") if obj is not None else kept


class OpeningAdmin(OfOnePractitioner):
    """Plages d’ouverture."""

    form = OpeningForm
    list_display = ("practitioner", "day", "hours", "parity", "location", "how")
    list_display_links = ("day",)
    list_filter = ("practitioner", "location", "weekday", "without_appointment")
    list_select_related = ("practitioner", "location")
    fieldsets = (
        (None, {"fields": ("practitioner", "location")}),
        (_("Quand"), {"fields": (("weekday", "on"), "replaces", ("start_minute", "end_minute"), "parity")}),
        (_("Période"), {"fields": (("valid_from", "valid_to"),), "description": _("Vide : sans limite.")}),
        (_("Réservation"), {"fields": ("visit_types", "step", "places", "without_appointment")}),
        (
            _("Ouverture différée"),
            {
                "fields": (("released_days", "released_minute"),),
                "description": _("Par exemple le jour même (0) à partir de 7h30. Annoncé sur la page."),
            },
        ),
    )

    @admin.display(description=_("jour"), ordering="weekday")
    def day(self, obj: Opening) -> str:
        return obj.on.strftime("%d/%m/%Y") if obj.on else obj.get_weekday_display()

    @admin.display(description=_("heures"), ordering="start_minute")
    def hours(self, obj: Opening) -> str:
        return f"{clock(obj.start_minute)}–{clock(obj.end_minute)}"

    @admin.display(description=_("réservation"))
    def how(self, obj: Opening) -> str:
        parts: list[Any] = [_("sans rendez-vous")] if obj.without_appointment else []
        if obj.places > 1:
            parts.append(_("%(places)d patients à la fois") % {"places": obj.places})
        if obj.released_days is not None:
            parts.append(_("ouverture différée"))
        return ", ".join(map(str, parts))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, widget=CheckboxSelectMultiple, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Offer the practitioner's own types where the practitioner is known."""
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        if obj is not None and "visit_types" in form.base_fields:
            form.base_fields["visit_types"].queryset = VisitType.objects.filter(practitioner=obj.practitioner)
        return form


class AbsenceAdmin(OfOnePractitioner):
    """Absences."""

    form = AbsenceForm
    list_display = ("practitioner", "reason", "first_day", "last_day", "repeat_weeks")
    list_display_links = ("reason",)
    list_filter = ("practitioner", "reason")
    list_select_related = ("practitioner",)
    date_hierarchy = "first_day"
    fieldsets = (
        (None, {"fields": ("practitioner", "reason")}),
        (_("Quand"), {"fields": (("first_day", "start_minute"), ("last_day", "end_minute"))}),
        (_("Répétition"), {"fields": ("repeat_weeks", "repeat_until")}),
    )


class OpeningRows(PlainFields, admin.TabularInline):  # type: ignore[type-arg]
    """The week at a glance; the rest of an opening is on its own page."""

    model = Opening
    form = OpeningRowForm
    extra = 0
    show_change_link = True
    ordering: ClassVar = ("weekday", "on", "start_minute")


class AbsenceRows(PlainFields, admin.TabularInline):  # type: ignore[type-arg]
    """The practitioner's absences."""

    model = Absence
    form = AbsenceForm
    extra = 0
    fields = ("reason", "first_day", "start_minute", "last_day", "end_minute", "repeat_weeks", "repeat_until")
    ordering: ClassVar = ("first_day",)
