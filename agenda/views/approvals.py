"""Giving what waits, after two people compared six words; and one's own six words."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from agenda import access
from agenda.gate import needs_key, staff_page
from agenda.people import granting
from agenda.people.forms import GiveForm
from agenda.people.granting import KeyChanged
from agenda.second_factor import needs_recent
from agenda.vault import StaffRequest
from booking.refusals import Busy
from practitioners import keys
from practitioners.models import PendingGrant, Staff


@staff_page("GET")
def approvals(request: StaffRequest) -> HttpResponse:
    """Who waits for something that the reader can give."""
    found: dict[int, list[PendingGrant]] = {}
    for one in granting.waiting_for(request.user, access.today(request)):
        found.setdefault(one.staff_id, []).append(one)
    people = [{"staff": waiting[0].staff, "waiting": waiting} for waiting in found.values()]
    return render(request, "agenda/approvals.html", {"people": people, **_around(_("Accès à confirmer"))})


@staff_page("GET", "POST")
def approve(request: StaffRequest, pk: int) -> HttpResponse:
    """Show the six words of the key that would get access, and give it once they were compared."""
    waiting = _waiting(request, pk)
    return _given(request, waiting) if request.method == "POST" else _page(request, waiting, 200)


def _waiting(request: StaffRequest, pk: int) -> list[PendingGrant]:
    """Return what this member waits for and the reader can give. Raises Http404 when there is nothing."""
    waiting = [one for one in granting.waiting_for(request.user, access.today(request)) if one.staff_id == pk]
    if not waiting:
        raise Http404
    return waiting


@needs_key
@needs_recent
def _given(request: StaffRequest, waiting: list[PendingGrant]) -> HttpResponse:
    member = waiting[0].staff
    form = GiveForm(request.POST, waiting=[one.pk for one in waiting])
    if not form.is_valid():
        asked = "same" in form.errors and len(form.errors) == 1
        error = _("Cochez la case une fois les mots comparés.") if asked else _moved_on()
        return _page(request, waiting, 422, error)
    assert request.vault is not None  # noqa: S101 - needs_key let nobody else pass
    wanted, today = form.cleaned_data["wanted"], access.today(request)
    try:
        given = granting.give(request.vault, member.pk, form.cleaned_data["mark"], wanted, today)
    except KeyChanged:
        return _page(request, _waiting(request, member.pk), 409, _key_changed())
    except Busy:
        return _page(request, waiting, 503, _("La base est occupée : rien n’a été changé. Recommencez."))
    if len(given) < len(wanted):
        messages.error(request, _("Votre session n’a pas la clé actuelle de cet agenda. Rien n’a été changé."))
    if given:
        messages.success(request, _("%(name)s a maintenant cet accès.") % {"name": member.name})
    return redirect(_onward(request))


def _page(request: StaffRequest, waiting: list[PendingGrant], status: int, error: str = "") -> HttpResponse:
    member = waiting[0].staff
    public = bytes(member.key_holder.public_key)
    context: dict[str, Any] = {
        "member": member,
        "waiting": waiting,
        "words": keys.six_words(public),
        "mark": keys.mark(public),
        "error": error,
    }
    context |= _around(_("Comparer six mots"), _("Accès à confirmer"), reverse("agenda:approvals"))
    return render(request, "agenda/approve.html", context, status=status)


@staff_page("POST")
def refuse(request: StaffRequest, pk: int) -> HttpResponse:
    """Refuse what waits: the words were not the same, or nobody asked for it. It gives nothing, so it asks for nothing first."""
    waiting = _waiting(request, pk)
    try:
        granting.refuse(request.user.pk, pk, [one.pk for one in waiting], access.today(request))
    except Busy:
        messages.error(request, _("La base est occupée : rien n’a été changé. Recommencez."))
    else:
        messages.success(request, _("Accès refusé. Prévenez un gestionnaire."))
    return redirect(_onward(request))


@staff_page("GET")
def own_words(request: StaffRequest) -> HttpResponse:
    """Show the reader's own six words, from their own half of the key: the store is not asked."""
    member = get_object_or_404(Staff, pk=request.user.pk)
    context = {
        "words": keys.own_six_words(request.vault.holder_private) if request.vault else [],
        "waiting": list(member.pending_grants.select_related("practitioner").order_by("practitioner__position", "pk")),
        **_around(_("Mes six mots")),
    }
    return render(request, "agenda/words.html", context)


def _onward(request: StaffRequest) -> str:
    """To what still waits, or to the agenda."""
    more = granting.waiting_for(request.user, access.today(request)).exists()
    return reverse("agenda:approvals") if more else reverse("agenda:day")


def _moved_on() -> str:
    return _("La liste a changé entre-temps. Relisez-la, puis recommencez.")


def _key_changed() -> str:
    return _(
        "La clé de cette personne a changé pendant que vous compariez : rien n’a été donné. Comparez à nouveau ; si les mots "
        "ne sont plus les siens, refusez et prévenez un gestionnaire."
    )


def _around(heading: str, back: str = "", day_page: str = "") -> dict[str, str]:
    return {"heading": heading, "back": back, "day_page": day_page or reverse("agenda:day")}
