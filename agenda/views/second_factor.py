"""The second step of signing in, setting a factor up, and each member's own factors."""

import json
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from agenda import sign_in
from agenda.gate import PASSWORD_FIELD, at_the_door, explain, needs_key, staff_page, try_password, way_back
from agenda.second_factor import asking, factors, needs_recent, pending, recently, trust
from agenda.vault import StaffRequest
from booking import drawing
from practitioners.models import Staff


class NewKeyForm(forms.Form):
    """A new security key: what to call it, and what it answered."""

    name = forms.CharField(max_length=40, required=False)
    credential = asking.CredentialField()


@login_not_required
@sensitive_post_parameters()
@staff_page("GET", "POST")
def step(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor of whoever gave their password; it opens the session."""
    staff = pending.who(request)
    if staff is None:
        return redirect("agenda:sign_in")
    if not factors.has_any(staff):
        return redirect("agenda:set_up")
    refusal = asking.give(request, staff) if request.method == "POST" else ("", 200)
    if refusal is not None:
        return asking.page(request, staff, request.path, [], refusal, at_sign_in=True)
    response = redirect(pending.onward(request))
    pending.finish(request, response, staff)
    if request.POST.get("factor_trust"):
        trust.trust(request, response, staff)
    return response


@sensitive_post_parameters()
@staff_page("GET", "POST")
def confirm(request: StaffRequest) -> HttpResponse:
    """Ask for the second factor of somebody signed in, before what matters most, and return to it."""
    onward = way_back(request, reverse("agenda:day"))
    if recently(request):
        return redirect(onward)
    if not factors.has_any(request.user):
        return redirect("agenda:set_up")
    refusal = asking.give(request, request.user) if request.method == "POST" else ("", 200)
    if refusal is not None:
        return asking.page(request, request.user, request.path, [("next", onward)], refusal)
    pending.note(request)
    return redirect(onward)


@at_the_door
@sensitive_post_parameters()
@staff_page("GET", "POST")
def confirm_password(request: StaffRequest) -> HttpResponse:
    """Ask for the password of an open session before its first factor: whoever finds it open must not add their own."""
    onward = way_back(request, reverse("agenda:set_up"))
    refusal = try_password(request) if request.method == "POST" else ("", 200)
    if refusal is None:
        pending.note_password(request)
        return redirect(onward)
    error, status = refusal
    context = {"onward": onward, "error": error, "password_field": PASSWORD_FIELD}
    return render(request, "agenda/factor_password.html", context, status=status)


# Setting up: at the first sign-in while the key waits, or later as one factor more.


@login_not_required
@sensitive_post_parameters()
@staff_page("GET", "POST")
def set_up(request: HttpRequest) -> HttpResponse:
    """Show the square for the telephone, and keep it once the telephone shows its code."""
    staff = _may_add(request)
    if isinstance(staff, HttpResponse):
        return staff
    error, status = "", 200
    if request.method == "POST":
        error, status = _counted(request, staff, lambda: factors.add_telephone(request, staff, _code(request)))
        if status == 303:
            return _added(request, staff)
    secret = factors.begin_telephone(request, staff)
    groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    square = drawing.qr(factors.telephone_address(staff, secret), _("Carré à lire avec le téléphone"))
    context = {"square": square, "secret": groups, "error": error, "member": staff}
    return render(request, "agenda/factor_telephone.html", context, status=status)


@login_not_required
@staff_page("GET", "POST")
def set_up_key(request: HttpRequest) -> HttpResponse:
    """Register a security key or passkey, which needs a script; without one the telephone is offered."""
    staff = _may_add(request)
    if isinstance(staff, HttpResponse):
        return staff
    error, status = "", 200
    if request.method == "POST":
        error, status = _counted(request, staff, lambda: _add_key(request, staff))
        if status == 303:
            return _added(request, staff)
    context = {"options": json.dumps(factors.begin_key(staff)), "error": error, "member": staff}
    return render(request, "agenda/factor_key.html", context, status=status)


def _may_add(request: HttpRequest) -> Staff | HttpResponse:
    """Return who may set up a factor: signed in, open and just asked; or at the door, as long as they have none."""
    if request.user.is_authenticated:
        return _member_adds(request)  # type: ignore[arg-type]
    staff = pending.who(request)
    if staff is None:
        return redirect("agenda:sign_in")
    return redirect("agenda:second_factor") if factors.has_any(staff) else staff


def _member_adds(request: StaffRequest) -> Staff | HttpResponse:
    here = f"?next={request.path}"
    if request.vault is None:
        return redirect(reverse("agenda:unlock") + here)
    if factors.has_any(request.user):
        asked, given = "agenda:confirm_factor", recently(request)
    else:
        asked, given = "agenda:confirm_password", asking.password_recently(request)
    return request.user if given else redirect(reverse(asked) + here)


def _counted(request: HttpRequest, staff: Staff, tried: Any) -> tuple[str, int]:
    try:
        sign_in.throttle(request, "second-factor", str(staff.pk))
    except sign_in.TooManyTries as refused:
        return explain(refused)
    if not tried():
        return _(
            "Cela ne correspond pas. Vérifiez l’heure du téléphone, attendez le code suivant, puis recommencez."
        ), 422
    sign_in.forgive("second-factor", str(staff.pk))
    return "", 303


def _code(request: HttpRequest) -> str:
    return request.POST.get("factor_code", "")[:20]


def _add_key(request: HttpRequest, staff: Staff) -> bool:
    form = NewKeyForm(request.POST)
    if not form.is_valid():
        return False
    name = form.cleaned_data["name"] or _("Clé de sécurité")
    return factors.add_key(staff, name, form.cleaned_data["credential"])


def _added(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Go on after a new factor: with the first one come recovery codes, shown on this page and never again."""
    onward = reverse("agenda:factors")
    first = factors.codes_left(staff) == 0
    if request.user.is_authenticated:
        pending.note(request)
        return _codes(request, staff, onward) if first else redirect(onward)
    onward = pending.onward(request)
    done = redirect(onward)
    pending.finish(request, done, staff)
    page = _codes(request, staff, onward)
    page.cookies = done.cookies
    return page


def _codes(request: HttpRequest, staff: Staff, onward: str) -> HttpResponse:
    return render(request, "agenda/factor_codes.html", {"codes": factors.new_codes(staff), "onward": onward})


# A member's own factors.


@staff_page("GET")
def mine(request: StaffRequest) -> HttpResponse:
    """List the reader's factors, recovery codes left and trusted browsers."""
    here = trust.this_browser(request, request.user)
    context = {
        "heading": _("Second facteur"),
        "day_page": reverse("agenda:day"),
        "factors": (own := list(factors.of_staff(request.user))),
        "has_telephone": any(one.type == factors.KIND.TOTP for one in own),
        "left": factors.codes_left(request.user),
        "browsers": trust.of_staff(request.user),
        "here": here.pk if here else None,
        "other": _("Autre navigateur"),
        "zone": request.practice.time_zone,
    }
    return render(request, "agenda/factors.html", context)


@staff_page("POST")
@needs_key
@needs_recent
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    """Remove one of the reader's own factors; the last one stays while the practice demands one."""
    if not factors.of_staff(request.user).filter(pk=pk).exists():
        raise Http404
    gone = factors.remove(request.user, pk, last_too=not asking.is_demanded())
    return redirect(reverse("agenda:factors") + ("" if gone else "?last"))


@staff_page("POST")
@needs_key
@needs_recent
def codes(request: StaffRequest) -> HttpResponse:
    """Make new recovery codes and show them once; the former ones are void."""
    if not factors.has_any(request.user):
        raise Http404
    return _codes(request, request.user, reverse("agenda:factors"))


@staff_page("POST")
def distrust(request: StaffRequest, pk: int) -> HttpResponse:
    """End the trust in one of the reader's own browsers, at once. Raises Http404 for another's."""
    if not request.user.trusted_browsers.filter(pk=pk).delete()[0]:
        raise Http404
    return redirect("agenda:factors")
