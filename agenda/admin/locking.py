"""Saving a plan: the practitioner's row is locked first, and visits left outside are listed afterwards."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.widgets import AdminTextareaWidget, RelatedFieldWidgetWrapper
from django.db import models, transaction
from django.db.models import ProtectedError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.models import Appointment
from booking.plan_changes import visits_outside
from clicdocteur.fields import key_from
from practitioners.models import Practitioner

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
LISTED = 20


def locked(practitioners: Iterable[int]) -> list[Practitioner]:
    """Lock these practitioners' rows, in one order for everybody, and return them. Inside a transaction only."""
    rows = Practitioner.objects.select_for_update(no_key=True, of=("self",)).select_related("practice")
    return list(rows.filter(pk__in=practitioners).order_by("pk"))


def said(visit: Appointment) -> str:
    """When a visit is, in the practice's zone; never who."""
    start = visit.start.astimezone(visit.practitioner.practice.zone)
    return date_format(start, "D j F Y, H:i")


class PlainFields(BaseModelAdmin):  # type: ignore[type-arg]
    """Fields as people read them: small text areas, and no buttons that edit another thing from within this one."""

    formfield_overrides = {models.TextField: {"widget": AdminTextareaWidget(attrs={"rows": 3})}}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        widget = getattr(field, "widget", None)
        if isinstance(widget, RelatedFieldWidgetWrapper):
            field.widget = widget.widget
        return field


class GuardedAdmin(PlainFields, admin.ModelAdmin):  # type: ignore[type-arg]
    """What all settings share: one transaction under the lock, a list of visits left outside, guided deletion."""

    # Deleting in bulk would pass by the guidance of the delete page.
    actions = ()
    save_on_top = False
    list_per_page = 50
    show_full_result_count = False

    def practitioners_of(self, obj: Any) -> Iterable[int]:
        """Return the ids of the practitioners whose times depend on this object."""
        return [obj.practitioner_id]

    def reasons_to_keep(self, obj: Any) -> list[str]:
        """Return sentences that say why this object cannot be deleted and what to do instead."""
        return []

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        if request.method not in WRITES:
            return super().changeform_view(request, object_id, form_url, extra_context)
        with transaction.atomic():
            concerned = locked(self._concerned(request, object_id))
            before = outside(concerned)
            response = super().changeform_view(request, object_id, form_url, extra_context)
            self._list_left_outside(request, concerned, before)
        return response

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        obj = self.get_object(request, object_id)
        sentences = self.reasons_to_keep(obj) if obj is not None else []
        if sentences:
            return self._kept(request, obj, sentences)
        if request.method not in WRITES:
            return super().delete_view(request, object_id, extra_context)
        try:
            with transaction.atomic():
                concerned = locked(self._concerned(request, object_id))
                before = outside(concerned)
                response = super().delete_view(request, object_id, extra_context)
                self._list_left_outside(request, concerned, before)
        except ProtectedError:
            # A booking came in between the question and the answer.
            return self._kept(request, obj, self.reasons_to_keep(obj) or [_("Cet élément est encore utilisé.")])
        return response

    def _concerned(self, request: HttpRequest, object_id: str | None) -> Iterable[int]:
        obj = self.get_object(request, object_id) if object_id else None
        if obj is not None:
            return self.practitioners_of(obj)
        typed = key_from(request.POST.get("practitioner", ""))
        return [] if typed is None else [typed]

    def _list_left_outside(self, request: HttpRequest, concerned: list[Practitioner], before: set[int]) -> None:
        left = [visit for visit in visits_outside(_fresh(concerned), timezone.now()) if visit.pk not in before]
        if not left:
            return
        text = ngettext(
            "%(count)d rendez-vous déjà pris est maintenant hors des heures de réception. Il reste valable : %(when)s.",
            "%(count)d rendez-vous déjà pris sont maintenant hors des heures de réception. Ils restent valables : %(when)s.",
            len(left),
        )
        when = " ; ".join(said(visit) for visit in left[:LISTED]) + (" …" if len(left) > LISTED else "")
        messages.warning(request, text % {"count": len(left), "when": when})

    def _kept(self, request: HttpRequest, obj: Any, sentences: list[str]) -> HttpResponse:
        for sentence in sentences:
            messages.error(request, sentence)
        names = (obj._meta.app_label, obj._meta.model_name)
        return HttpResponseRedirect(reverse("admin:{}_{}_change".format(*names), args=[obj.pk]))


def _fresh(practitioners: list[Practitioner]) -> list[Practitioner]:
    """The same practitioners as they are now saved, with their practice."""
    return list(Practitioner.objects.filter(pk__in=[one.pk for one in practitioners]).select_related("practice"))


def outside(practitioners: list[Practitioner], now: datetime | None = None) -> set[int]:
    """The ids of the visits that are outside already: they are not news."""
    return {visit.pk for visit in visits_outside(practitioners, now or timezone.now())}
