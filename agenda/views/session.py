"""Signing in and out, the veil, the lock, and their clock."""

from django.contrib.auth import authenticate, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from agenda import aside, second_factor, vault
from agenda.forms import SignInForm
from agenda.gate import at_the_door, door_page, explain, limit_page, staff_page, take_key, try_password, way_back
from agenda.sign_in import TooManyTries
from agenda.standing import Standing
from agenda.vault import StaffRequest
from booking.queries import the_practice
from practitioners import access_log
from practitioners.keys import KeyAltered, TooBusy
from practitioners.models import Staff


@login_not_required
@sensitive_post_parameters()
@staff_page("GET", "POST")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for login and password; the right ones open the key, and the session or its second step."""
    onward = way_back(request, reverse("agenda:day"))
    if request.user.is_authenticated:
        return redirect(onward)
    form = SignInForm(request.POST or None)
    answer = _enter(request, form, onward) if request.method == "POST" else ("", 200)
    if isinstance(answer, HttpResponse):
        return answer
    error, status = answer
    context = {
        "form": form,
        "error": error,
        "onward": onward,
        "practice": the_practice(),
        "waiting": aside.waiting(request),
    }
    return render(request, "agenda/sign_in.html", context, status=status)


def _enter(request: HttpRequest, form: SignInForm, onward: str) -> HttpResponse | tuple[str, int]:
    """Sign in with a filled form: return where to go, the second factor perhaps, or what to say and the status."""
    if not form.is_valid():
        return "", 422
    try:
        known = second_factor.knows(request, form.cleaned_data["login"])
        staff = authenticate(request, known_browser=known, **form.cleaned_data)
    except (TooManyTries, TooBusy, KeyAltered) as refused:
        return explain(refused)
    if not isinstance(staff, Staff):
        return _("Identifiant ou mot de passe incorrect. Vérifiez les majuscules, puis recommencez."), 422
    return second_factor.enter(request, staff, staff.opened_key, onward)  # type: ignore[attr-defined]


@at_the_door
@staff_page("POST")
def sign_out(request: StaffRequest) -> HttpResponse:
    """Leave: the session goes, and both halves of the key with it."""
    vault.lock(request)
    logout(request)
    return redirect("agenda:sign_in")


@at_the_door
@staff_page("GET", "POST")
def veil(request: StaffRequest) -> HttpResponse:
    """Draw the veil and return to the same page; a GET says whether it is drawn, and changes nothing."""
    onward = way_back(request, reverse("agenda:day"))
    if request.method == "POST":
        vault.draw_veil(request)
        return redirect(onward)
    if request.standing is not Standing.OPEN:
        return redirect(f"{reverse('agenda:unlock')}?{urlencode({'next': onward})}")
    context = {"onward": onward, "waiting": aside.waiting(request)}
    return render(request, "agenda/unveiled.html", context)


@at_the_door
@staff_page("POST")
def lock(request: StaffRequest) -> HttpResponse:
    """Put the key away; times and types stay on the screen."""
    vault.lock(request)
    return redirect(way_back(request, reverse("agenda:day")))


@at_the_door
@sensitive_post_parameters()
@staff_page("GET", "POST")
def unlock(request: StaffRequest) -> HttpResponse:
    """Ask for what opens the session: the code under the veil, the password alone, or a first code; then the same page."""
    onward = way_back(request, reverse("agenda:day"))
    if request.standing is Standing.OPEN:
        return redirect(onward)
    refusal = take_key(request) if request.method == "POST" else ("", 200)
    if refusal is None:
        return redirect(onward)
    return door_page(request, reverse("agenda:unlock"), [("next", onward)], refusal)


@at_the_door
@sensitive_post_parameters()
@staff_page("POST")
def limit(request: StaffRequest) -> HttpResponse:
    """Take the password that the limit asks for, note it, and return to the same page."""
    onward = way_back(request, reverse("agenda:day"))
    refusal = try_password(request)
    if refusal is not None:
        return limit_page(request, onward, refusal)
    access_log.lift_limit(request.user.pk, vault.session_tag(request), timezone.now())
    return redirect(onward)


@at_the_door
@staff_page("GET")
def idle(request: StaffRequest) -> HttpResponse:
    """Tell a script whose session this is, where it stands, and how many seconds are left before the veil."""
    left = vault.seconds_to_veil(request)
    return JsonResponse({"left": left, "standing": request.standing, "who": str(request.user.pk)})
