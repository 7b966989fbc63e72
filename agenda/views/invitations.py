"""Accepting an invitation: no account yet, a link and perhaps a code, then the second factor as at sign-in."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from agenda import second_factor, sign_in
from agenda.gate import explain, staff_page
from agenda.people import joining
from agenda.people.forms import JoinForm
from agenda.people.joining import Gone, WrongCode
from booking.queries import the_practice
from booking.refusals import Busy
from practitioners import keys, phrases
from practitioners.models import Invitation


@login_not_required
@sensitive_post_parameters()
@staff_page("GET", "POST")
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Say who invites and for what; the form makes password and keys. One answer for every link that does not open."""
    try:
        invitation = joining.find(token, timezone.now())
        form = JoinForm(request.POST or None, takes_code=invitation.carried is not None)
        if request.method != "POST":
            return _page(request, invitation, form, ("", 200))
        return _joined(request, invitation, form, token)
    except Gone:
        return render(request, "agenda/join_gone.html", {"practice": the_practice()}, status=404)


@sensitive_variables()
def _joined(request: HttpRequest, invitation: Invitation, form: JoinForm, token: str) -> HttpResponse:
    if not form.is_valid():
        return _page(request, invitation, form, ("", 422))
    code = "" if form.cleaned_data.get("no_code") else form.cleaned_data.get("code", "")
    try:
        sign_in.throttle(request, "invitation", str(invitation.pk))
        joined = joining.accept(token, form.cleaned_data["new"], code, timezone.now())
    except WrongCode as wrong:
        return _wrong_code(request, invitation, form, wrong.left)
    except (sign_in.TooManyTries, keys.TooBusy) as refused:
        return _page(request, invitation, form, explain(refused))
    except Busy:
        return _page(request, invitation, form, (_("La base est occupée : rien n’a été changé. Recommencez."), 503))
    onward = reverse("agenda:own_words") if joined.waits else reverse("agenda:day")
    return second_factor.enter(request, joined.staff, joined.private, onward)


def _wrong_code(request: HttpRequest, invitation: Invitation, form: JoinForm, left: int) -> HttpResponse:
    if left:
        text = ngettext(
            "Ce n’est pas le code. Il reste %(count)d essai.", "Ce n’est pas le code. Il reste %(count)d essais.", left
        )
        form.add_error("code", text % {"count": left})
        return _page(request, invitation, form, ("", 422))
    error = _(
        "Le code a été tapé faux cinq fois : il ne vaut plus. Continuez sans lui ; un collègue confirmera vos accès."
    )
    return _page(request, invitation, JoinForm(takes_code=False), (error, 422))


def _page(request: HttpRequest, invitation: Invitation, form: JoinForm, refusal: tuple[str, int]) -> HttpResponse:
    error, status = refusal
    waiting = invitation.pending_grants.select_related("practitioner").order_by("practitioner__position", "pk")
    context = {
        "invitation": invitation,
        "member": invitation.staff,
        "agendas": [one.practitioner for one in waiting if one.practitioner],
        "manages": any(one.practitioner is None for one in waiting),
        "anew": hasattr(invitation.staff, "key_holder"),
        "form": form,
        "error": error,
        "phrase": phrases.kept(request.POST.get("offered", "")),
        "practice": the_practice(),
    }
    return render(request, "agenda/join.html", context, status=status)
