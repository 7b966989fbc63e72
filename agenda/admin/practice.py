"""The practice itself and where it receives."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agenda.admin.locking import WRITES, GuardedAdmin
from agenda.second_factor import needs_recent
from agenda.settings.keeping import why_a_place_stays
from agenda.settings.practice_form import PracticeRules
from practitioners import periods
from practitioners.holidays import TIME_ZONES
from practitioners.models import Location, Opening, Practice


class PracticeAdmin(GuardedAdmin):
    """Exactly one practice: made by `manage.py setup`, changed here."""

    form = PracticeRules
    fieldsets = (
        (None, {"fields": ("name", "address", "phone", "phone_hours", "email")}),
        (
            gettext_lazy("Temps"),
            {
                "fields": ("time_zone", "zone_confirmed", "holiday_zone"),
                "description": gettext_lazy(
                    "Les plages sont à l’heure du cabinet : elles ne bougent pas au changement d’heure."
                ),
            },
        ),
        (
            gettext_lazy("Agenda"),
            {
                "fields": (
                    "offers_colleagues",
                    "veil_after",
                    "closes_minute",
                    "shown_per_hour",
                    "requires_second_factor",
                )
            },
        ),
        (
            gettext_lazy("Mentions et données personnelles"),
            {"fields": ("controller", "data_contact", "host", "legal_text", "accessibility_contact")},
        ),
        (
            gettext_lazy("Durées de conservation"),
            {
                "fields": [(period.field, period.reason_field) for period in periods.EDITABLE],
                "description": gettext_lazy(
                    "Raccourcir est libre ; allonger demande une raison écrite. La page « Données personnelles » dit ces "
                    "durées et ces raisons aux patients. L’effacement suit, la nuit venue."
                ),
            },
        ),
    )

    def practitioners_of(self, obj: Practice) -> list[int]:
        return list(obj.practitioners.order_by("pk").values_list("pk", flat=True))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """With one practice, the list is the practice."""
        only = Practice.objects.first()
        if only is None:
            return super().changelist_view(request, extra_context)
        return HttpResponseRedirect(reverse("admin:practitioners_practice_change", args=[only.pk]))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """A change asks for the second factor, as the settings' page does: it may switch that off."""
        change = super().changeform_view
        if request.method not in WRITES:
            return change(request, *args, **kwargs)
        return needs_recent(lambda asked: change(asked, *args, **kwargs))(request)

    def save_model(self, request: HttpRequest, obj: Practice, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if obj.time_zone not in TIME_ZONES.get(obj.holiday_zone, (obj.time_zone,)):
            messages.warning(request, _("Le fuseau horaire et les jours fériés ne sont pas ceux du même territoire."))


class LocationAdmin(GuardedAdmin):
    """The places where the practice receives."""

    list_display = ("label", "address")
    fields = ("practice", "label", "address", "access")

    def practitioners_of(self, obj: Location) -> list[int]:
        return list(
            Opening.objects.filter(location=obj).order_by("practitioner").values_list("practitioner", flat=True)
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"practice": Practice.objects.values_list("pk", flat=True).first()}

    def reasons_to_keep(self, obj: Location) -> list[str]:
        return [why] if (why := why_a_place_stays(obj)) else []
