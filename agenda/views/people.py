"""The team, for managers: who works here, inviting, changing what somebody is and has, leaving."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from agenda import access
from agenda.gate import explain, needs_key, staff_page
from agenda.people import granting, inviting, leaving, listing
from agenda.people.forms import AgainForm, DaysForm, InviteForm, RoleForm, TermsForm
from agenda.people.granting import Days
from agenda.people.inviting import Invited, Terms
from agenda.people.turns import Refused
from agenda.second_factor import needs_recent
from agenda.vault import StaffRequest
from booking import words
from booking.refusals import Busy
from practitioners import keys
from practitioners.access import agendas
from practitioners.models import Practitioner, Staff


@staff_page("GET")
def people(request: StaffRequest) -> HttpResponse:
    """Everybody who works here, and what each has."""
    access.manager(request)
    mine = {one.staff_id for one in granting.waiting_for(request.user, access.today(request))}
    context = {"people": listing.everybody(), "mine_to_give": mine, **_around(_("Équipe"))}
    return render(request, "agenda/people.html", context)


# Inviting


@staff_page("GET", "POST")
def invite(request: StaffRequest) -> HttpResponse:
    """Ask who is to come and what they are to have; the answer to the form shows link and code, once."""
    access.manager(request)
    if request.method == "POST":
        return _invited(request)
    return _invite_page(request, InviteForm(**_asked(request)), 200)


@needs_key
@needs_recent
def _invited(request: StaffRequest) -> HttpResponse:
    form = InviteForm(request.POST, **_asked(request))
    if not form.is_valid():
        return _invite_page(request, form, 422)
    assert request.vault is not None  # noqa: S101 - needs_key let nobody else pass
    try:
        made = inviting.invite(request.vault, form.member(), _terms(form), timezone.now())
    except ValidationError as error:
        form.add_error(None, error)
        return _invite_page(request, form, 422)
    except (Busy, keys.TooBusy) as refused:
        return _invite_page(request, form, 503, _sentence(refused))
    return _invitation(request, made)


def _invite_page(request: StaffRequest, form: InviteForm, status: int, error: str = "") -> HttpResponse:
    context = {"form": form, "error": error, **_around(_("Inviter"), _("Équipe"))}
    return render(request, "agenda/invite.html", context, status=status)


@staff_page("GET", "POST")
def again(request: StaffRequest, pk: int) -> HttpResponse:
    """Invite somebody anew who lost their password or their second factor, or whose password may be known."""
    access.manager(request)
    member = get_object_or_404(Staff, pk=pk)
    if request.method == "POST":
        return _invited_again(request, member)
    # What was asked for and still waits is asked for again: an address that got lost is the usual reason.
    had = [one.practitioner for one in listing.person(member).agendas]
    return _again_page(request, member, AgainForm(initial={"agendas": had}, **_asked(request)), 200)


@needs_key
@needs_recent
def _invited_again(request: StaffRequest, member: Staff) -> HttpResponse:
    form = AgainForm(request.POST, **_asked(request))
    if not form.is_valid():
        return _again_page(request, member, form, 422)
    assert request.vault is not None  # noqa: S101 - needs_key let nobody else pass
    suspected = form.cleaned_data["why"] == "suspected"
    try:
        made = inviting.invite_again(request.vault, member.pk, _terms(form), timezone.now(), suspected=suspected)
    except (Refused, Busy, keys.TooBusy) as refused:
        return _again_page(request, member, form, 409 if isinstance(refused, Refused) else 503, _sentence(refused))
    return _invitation(request, made)


def _again_page(request: StaffRequest, member: Staff, form: AgainForm, status: int, error: str = "") -> HttpResponse:
    context = {"form": form, "person": listing.person(member), "error": error, **_around(_("Inviter"), member.name)}
    return render(request, "agenda/invite_again.html", {**context, "day_page": _page(member.pk)}, status=status)


@sensitive_variables()
def _invitation(request: StaffRequest, made: Invited) -> HttpResponse:
    context = {
        "made": made,
        "address": settings.SITE_URL + reverse("agenda:invitation", args=[made.token]),
        "code": f"{made.code[:3]} {made.code[3:]}",
        "until": words.moment(made.expires, request.practice.zone, year=True),
        **_around(_("Invitation"), _("Équipe")),
    }
    return render(request, "agenda/invited.html", context)


@staff_page("POST")
def uninvite(request: StaffRequest, pk: int) -> HttpResponse:
    """Revoke an open invitation. It takes something away, so it asks for nothing first."""
    access.manager(request)
    try:
        inviting.uninvite(request.user.pk, pk)
        messages.success(request, _("Invitation retirée : son adresse n’ouvre plus rien."))
    except Busy as busy:
        messages.error(request, _sentence(busy))
    return redirect("agenda:staff")


# One person


@staff_page("GET", "POST")
def person(request: StaffRequest, pk: int) -> HttpResponse:
    """One person: what they are, what they have, what can be done; a POST changes what they are."""
    access.manager(request)
    member = get_object_or_404(Staff, pk=pk)
    if request.method == "POST":
        return _changed(request, member)
    initial = {name: getattr(member, name) for name in ("name", "role", "practitioner", "ends_on")}
    return _person_page(request, member, RoleForm(initial=initial, member=member, today=access.today(request)), 200)


@needs_key
@needs_recent
def _changed(request: StaffRequest, member: Staff) -> HttpResponse:
    form = RoleForm(request.POST, member=member, today=access.today(request))
    if not form.is_valid():
        return _person_page(request, member, form, 422)
    return _done(
        request,
        member.pk,
        lambda: leaving.change(request.user.pk, member.pk, form.as_role()),
        lambda rises: (
            _("Les droits de gestionnaire attendent qu’un gestionnaire compare les six mots de cette personne.")
            if rises
            else _("C’est enregistré.")
        ),
    )


def _person_page(
    request: StaffRequest, member: Staff, form: RoleForm, status: int, days: dict[int, DaysForm] | None = None
) -> HttpResponse:
    who, today = listing.person(member), access.today(request)
    had = {one.practitioner.pk: one for one in who.agendas if one.practitioner and not one.waits}
    waits = {one.practitioner.pk: one for one in who.agendas if one.practitioner and one.waits}
    rows = []
    for one in Practitioner.objects.all():
        now = had.get(one.pk) or waits.get(one.pk)
        initial = {"starts_on": now.starts_on, "ends_on": now.ends_on} if now else {}
        filled = (days or {}).get(one.pk) or DaysForm(initial=initial, prefix=f"a{one.pk}", today=today)
        rows.append({"practitioner": one, "had": had.get(one.pk), "waits": waits.get(one.pk), "form": filled})
    may_give = granting.waiting_for(request.user, today).filter(staff=member).exists()
    context = {"person": who, "form": form, "rows": rows, "may_give": may_give, **_around(member.name, _("Équipe"))}
    return render(request, "agenda/person.html", context, status=status)


@staff_page("POST")
def give(request: StaffRequest, pk: int, practitioner: int) -> HttpResponse:
    """Change the days of an access; or ask for one, which waits until somebody who holds the agenda compared the words."""
    access.manager(request)
    return _give(request, get_object_or_404(Staff, pk=pk), get_object_or_404(Practitioner, pk=practitioner))


@needs_key
@needs_recent
def _give(request: StaffRequest, member: Staff, practitioner: Practitioner) -> HttpResponse:
    form = DaysForm(request.POST, prefix=f"a{practitioner.pk}", today=access.today(request))
    if not form.is_valid():
        initial = {name: getattr(member, name) for name in ("name", "role", "practitioner", "ends_on")}
        role = RoleForm(initial=initial, member=member, today=access.today(request))
        return _person_page(request, member, role, 422, {practitioner.pk: form})
    assert request.vault is not None  # noqa: S101 - needs_key let nobody else pass
    vault, days = request.vault, Days(**form.cleaned_data)
    try:
        if granting.change_days(vault, member.pk, practitioner, days):
            messages.success(request, _("Les dates sont changées."))
            return redirect("agenda:person", member.pk)
        granting.ask(request.user.pk, member.pk, practitioner, days)
    except (Refused, Busy) as refused:
        messages.error(request, _sentence(refused))
        return redirect("agenda:person", member.pk)
    if granting.waiting_for(request.user, access.today(request)).filter(staff=member).exists():
        return redirect("agenda:approve", member.pk)
    messages.info(request, _("L’accès est demandé : une personne qui a la clé de cet agenda doit le confirmer."))
    return redirect("agenda:person", member.pk)


@staff_page("GET", "POST")
def take_back(request: StaffRequest, pk: int, practitioner: int) -> HttpResponse:
    """Ask once more, then take one agenda back."""
    access.manager(request)
    member, one = get_object_or_404(Staff, pk=pk), get_object_or_404(Practitioner, pk=practitioner)
    if request.method == "POST":
        return _taken_back(request, member, one)
    context = {"person": listing.person(member), "practitioner": one, "what": "agenda"}
    return render(
        request, "agenda/take_back.html", {**context, **_around(_("Retirer un agenda"), member.name, _page(pk))}
    )


@needs_key
@needs_recent
def _taken_back(request: StaffRequest, member: Staff, practitioner: Practitioner) -> HttpResponse:
    return _done(
        request,
        member.pk,
        lambda: leaving.take_back(request.user.pk, member.pk, practitioner),
        lambda _none: _("L’accès est retiré. La clé de cet agenda est à renouveler."),
    )


@staff_page("GET", "POST")
def end(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask once more, then end an account at once."""
    access.manager(request)
    member = get_object_or_404(Staff, pk=pk)
    if request.method == "POST":
        return _ended(request, member)
    context: dict[str, Any] = {"person": listing.person(member), "what": "account"}
    context |= _around(_("Fermer un compte"), member.name, _page(pk))
    return render(request, "agenda/take_back.html", context)


@needs_key
@needs_recent
def _ended(request: StaffRequest, member: Staff) -> HttpResponse:
    return _done(
        request,
        member.pk,
        lambda: leaving.end(request.user.pk, member.pk),
        lambda _none: _("Le compte est fermé, ses sessions aussi. Renouvelez les clés que la page « Clés » signale."),
    )


def _done(request: StaffRequest, pk: int, verb: Callable[[], Any], said: Callable[[Any], str]) -> HttpResponse:
    """Do one thing to a person, say what came of it, and return to their page."""
    try:
        messages.success(request, said(verb()))
    except (Refused, Busy) as refused:
        messages.error(request, _sentence(refused))
    return redirect("agenda:person", pk)


def _sentence(refused: Exception) -> str:
    if isinstance(refused, keys.TooBusy):
        return explain(refused)[0]
    return (
        str(refused) if isinstance(refused, Refused) else _("La base est occupée : rien n’a été changé. Recommencez.")
    )


def _asked(request: StaffRequest) -> dict[str, Any]:
    today: date = access.today(request)
    return {"today": today, "held": frozenset(one.pk for one in agendas(request.user, today))}


def _terms(form: TermsForm) -> Terms:
    cleaned = form.cleaned_data
    return Terms(list(cleaned["agendas"]), cleaned["starts_on"], cleaned["hours"])


def _page(pk: int) -> str:
    return reverse("agenda:person", args=[pk])


def _around(heading: str, back: str = "", day_page: str = "") -> dict[str, str]:
    """What the bar says: where one is, and where one goes back to."""
    above = reverse("agenda:staff") if back else reverse("agenda:day")
    return {"heading": heading, "back": back, "day_page": day_page or above}
