"""Visit types, and the link that opens those which are for known patients only."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agenda.admin.locking import locked
from agenda.admin.plans import OfOnePractitioner
from agenda.settings.keeping import appointments, what_needs_a_type
from booking.links import link_hash, new_token
from practitioners.models import VisitType


class VisitTypeAdmin(OfOnePractitioner):
    """Motifs de rendez-vous."""

    list_display = ("name", "practitioner", "duration_new", "duration_known", "visibility", "active", "position")
    list_filter = ("practitioner", "visibility", "active", "place")
    list_select_related = ("practitioner",)
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = ("link_state",)
    fieldsets = (
        (None, {"fields": ("practitioner", "name", "slug", "colour", "position", "active")}),
        (
            gettext_lazy("Durées"),
            {
                "fields": (("duration_new", "duration_known"), "buffer", "family_max"),
                "description": gettext_lazy(
                    "Une durée changée vaut pour les prochains rendez-vous : ceux déjà pris gardent la leur."
                ),
            },
        ),
        (
            gettext_lazy("Qui peut réserver"),
            {"fields": ("visibility", "link_state", "accepts_new", "discreet", "reminders")},
        ),
        (gettext_lazy("Jusqu’à quand"), {"fields": ("notice", "horizon", "cancel_before", "max_per_day")}),
        (
            gettext_lazy("Le rendez-vous"),
            {"fields": ("place", "asks_birth_date", "asks_message", "before", "after")},
        ),
    )

    @admin.display(description=gettext_lazy("lien"))
    def link_state(self, obj: VisitType) -> str:
        """Say whether a link is in use; the link itself was shown once and is kept nowhere."""
        if obj.pk and obj.link_hash:
            return _("Un lien est en service. Il n’est conservé nulle part : en créer un nouveau révoque l’ancien.")
        return _("Aucun lien n’est en service.")

    def reasons_to_keep(self, obj: VisitType) -> list[str]:
        count, coming = appointments(visit_type=obj)
        if not count:
            needed = what_needs_a_type(obj)
            return [needed] if needed else []
        text = _(
            "« %(name)s » a %(count)d rendez-vous, dont %(coming)d à venir : ce motif ne peut pas être supprimé. "
            "Décochez « proposé » : il ne sera plus réservable, et les rendez-vous pris restent."
        )
        return [text % {"name": obj, "count": count, "coming": coming}]

    def get_urls(self) -> list[Any]:
        ours = [
            path("<int:pk>/link/", self.admin_site.admin_view(self.new_link), name="practitioners_visittype_link"),
            path(
                "<int:pk>/unlink/", self.admin_site.admin_view(self.revoke_link), name="practitioners_visittype_unlink"
            ),
        ]
        return ours + super().get_urls()

    def new_link(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Replace the link and show the new one, this once: only its hash is kept."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        token = new_token()
        visit_type = self._set_link(request, pk, link_hash(token))
        with translation.override(settings.LANGUAGE_CODE):
            link = settings.SITE_URL + reverse("booking:by_link", args=[token])
        context = {
            **self.admin_site.each_context(request),
            "title": _("Nouveau lien"),
            "subtitle": str(visit_type),
            "opts": self.opts,
            "visit_type": visit_type,
            "link": link,
        }
        return TemplateResponse(request, "admin/practitioners/visittype/link.html", context)

    def revoke_link(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take the link out of service: who still has it gets "not found"."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self._set_link(request, pk, None)
        messages.success(request, _("Le lien est révoqué : il ne mène plus nulle part."))
        return HttpResponseRedirect(reverse("admin:practitioners_visittype_change", args=[pk]))

    def _set_link(self, request: HttpRequest, pk: int, digest: bytes | None) -> VisitType:
        with transaction.atomic():
            visit_type: VisitType | None = self.get_object(request, str(pk))
            if visit_type is None:
                raise Http404
            locked([visit_type.practitioner_id])
            visit_type.link_hash = digest
            visit_type.save(update_fields=["link_hash"])
            self.log_change(request, visit_type, [{"changed": {"fields": ["link_hash"]}}])
        return visit_type
