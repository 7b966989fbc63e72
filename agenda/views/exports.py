"""All appointments that one may open, in a file: behind the second factor and the password, and each identity noted."""

from collections.abc import Iterator
from itertools import chain
from typing import cast

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from agenda import access
from agenda.gate import PASSWORD_FIELD, at_the_door, staff_page, try_password
from agenda.second_factor import needs_recent_first
from agenda.transfer.forms import ExportForm
from agenda.vault import StaffRequest
from booking import exports
from booking.exports import Asked, Kind
from practitioners.keys import Vault
from practitioners.models import Practitioner


@at_the_door
@sensitive_post_parameters()
@staff_page("GET", "POST")
@needs_recent_first
def export(request: StaffRequest) -> HttpResponse:
    """Ask which days, for the second factor and, though the session is open, the password; then give the file."""
    if request.method != "POST":
        return _page(request, ExportForm(_agendas(request), access.today(request)))
    refusal = try_password(request)
    form = ExportForm(_agendas(request), access.today(request), request.POST)
    if refusal is not None:
        return _page(request, form, refusal)
    if not form.is_valid():
        return _page(request, form, ("", 422))
    typed = form.cleaned_data
    asked = Asked(form.chosen(), typed["first"], typed["last"], translation.get_language() or "fr")
    if not exports.number(asked):
        return _page(request, form, (_("Aucun rendez-vous avec un nom entre ces deux jours."), 422))
    assert request.vault is not None  # noqa: S101 - the password has just opened it
    return _file(asked, Kind(typed["as"]), request.vault)


def _agendas(request: StaffRequest) -> list[Practitioner]:
    """Return the agendas whose key the session holds; all that are the reader's while it is locked."""
    granted = access.granted(request)
    return [one for one in granted if request.vault is None or one.pk in request.vault.practitioners()]


def _file(asked: Asked, kind: Kind, vault: Vault) -> HttpResponse:
    """Return the file as it is being written; its name says of which days it is, and never of whom."""
    pieces = exports.write(asked, kind, vault, timezone.now())
    # What fails at once is a page that says so; what fails later breaks the file off, and browsers say that.
    pieces = chain([next(pieces), next(pieces)], pieces)
    answer = StreamingHttpResponse(_bytes(pieces), content_type=f"{exports.KINDS[kind][0]}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="rendez-vous-{asked.first}-{asked.last}.{kind}"'
    answer["Cache-Control"] = "no-store"
    # It is answered as any other; only that its content is not there yet.
    return cast("HttpResponse", answer)


def _bytes(pieces: Iterator[str]) -> Iterator[bytes]:
    return (piece.encode() for piece in pieces)


def _page(request: StaffRequest, form: ExportForm, refusal: tuple[str, int] = ("", 200)) -> HttpResponse:
    error, status = refusal
    context = {
        "form": form,
        "agendas": form.agendas,
        "error": error,
        "password_field": PASSWORD_FIELD,
        "heading": _("Exporter les rendez-vous"),
        "day_page": reverse("agenda:day"),
    }
    return render(request, "agenda/export.html", context, status=status)
