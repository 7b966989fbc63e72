"""Who receives."""

from typing import Any

from django.contrib import messages
from django.db.models import URLField
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agenda.admin.forms import PractitionerForm
from agenda.admin.locking import GuardedAdmin
from agenda.admin.plans import AbsenceRows, OpeningRows
from agenda.settings.keeping import appointments
from practitioners.models import Practice, Practitioner
from practitioners.validators import luhn_fits


class PractitionerAdmin(GuardedAdmin):
    """Praticiens, with their week and their absences."""

    form = PractitionerForm
    list_display = ("name", "speciality", "slug", "published", "position")
    list_filter = ("published",)
    prepopulated_fields = {"slug": ("name",)}
    inlines = (OpeningRows, AbsenceRows)
    fieldsets = (
        (None, {"fields": ("practice", "name", "slug", "speciality", "published", "position")}),
        (
            gettext_lazy("Sur la page"),
            {"fields": ("notice", "introduction", "access", "emergency", "languages", "sector", "payment")},
        ),
        (gettext_lazy("Titres"), {"fields": ("titles", "rpps", "directory_url")}),
        (gettext_lazy("Réservation"), {"fields": ("contact", "works_holidays")}),
        (gettext_lazy("Messages"), {"fields": ("reminders", "summary_email")}),
    )

    def practitioners_of(self, obj: Practitioner) -> list[int]:
        return [obj.pk]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, URLField):
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"practice": Practice.objects.values_list("pk", flat=True).first()}

    def save_model(self, request: HttpRequest, obj: Practitioner, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if obj.rpps and not luhn_fits(obj.rpps):
            messages.warning(
                request, _("Le numéro RPPS est enregistré, mais sa clé de contrôle est fausse : relisez-le.")
            )

    def reasons_to_keep(self, obj: Practitioner) -> list[str]:
        count, coming = appointments(practitioner=obj)
        if count:
            text = _(
                "%(name)s a %(count)d rendez-vous, dont %(coming)d à venir : ce praticien ne peut pas être supprimé. "
                "Décochez « page publiée » : plus rien ne sera réservable, et les rendez-vous pris restent."
            )
            return [text % {"name": obj, "count": count, "coming": coming}]
        if obj.visit_types.exists():
            return [_("%(name)s a des motifs de rendez-vous : supprimez-les d’abord.") % {"name": obj}]
        return []
