"""A member's own page: their password, and the sessions that are open in their name."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters

from agenda import sessions, sign_in, vault
from agenda.forms import ChangePasswordForm
from agenda.gate import at_the_door, explain, staff_page
from agenda.vault import StaffRequest
from practitioners import keys, phrases


@at_the_door
@sensitive_post_parameters()
@staff_page("GET", "POST")
def account(request: StaffRequest) -> HttpResponse:
    """Show both; a POST changes the password, under the current one. It opens the session, if it was locked."""
    form = ChangePasswordForm(request.POST or None)
    error, status = _change(request, form) if request.method == "POST" else ("", 200)
    if status == 303:
        messages.success(request, _("Votre mot de passe est changé. Vos autres sessions sont fermées."))
        return redirect("agenda:account")
    context = {
        "form": form,
        "error": error,
        "phrase": phrases.kept(request.POST.get("offered", "")),
        "sessions": sessions.listed(request),
        "day_page": reverse("agenda:day"),
        "heading": _("Mon compte"),
    }
    return render(request, "agenda/account.html", context, status=status)


def _change(request: StaffRequest, form: ChangePasswordForm) -> tuple[str, int]:
    """Change the password with a filled form; return what to say and the status, 303 when it worked."""
    if not form.is_valid():
        return "", 422
    try:
        private = sign_in.unlock_again(request, request.user, form.cleaned_data["current"])
        if private is None:
            form.add_error("current", _("Ce n’est pas votre mot de passe actuel. Vérifiez les majuscules."))
            return "", 422
        keys.set_password(request.user, private, form.cleaned_data["new"])
    except (sign_in.TooManyTries, keys.TooBusy, keys.KeyAltered) as refused:
        return explain(refused)
    # A new id and new halves for this session; the others no longer fit the key, and go with their halves.
    update_session_auth_hash(request, request.user)
    vault.open_session(request, request.user, private)
    sessions.end(request)
    return "", 303


@staff_page("POST")
def end_sessions(request: StaffRequest) -> HttpResponse:
    """End one other session of the reader, or all others. Nobody else's can be named here."""
    ended = sessions.end(request, request.POST.get("session"))
    if ended:
        messages.success(request, ngettext("%(count)d session fermée.", "%(count)d sessions fermées.", ended) % {"count": ended})  # fmt: skip
    else:
        messages.info(request, _("Il n’y avait rien à fermer : cette session est déjà finie."))
    return redirect("agenda:account")
