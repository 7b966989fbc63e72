"""When the second factor is asked, and what is said when it is not given."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agenda import sign_in
from agenda.gate import explain, held_fields
from agenda.second_factor import factors, pending, trust
from agenda.vault import StaffRequest
from booking.queries import the_practice
from practitioners.models import Staff

RECENT_SECONDS = 600
LONGEST = 20_000
FIELDS = {"factor_code", "factor_credential", "factor_trust"}
View = Callable[..., HttpResponse]


class CredentialField(forms.JSONField):
    """What a security key answered: an object of JSON, of at most so many signs. Whatever else was sent is refused."""

    def __init__(self, *, required: bool = True) -> None:
        super().__init__(required=required)

    def to_python(self, value: Any) -> Any:
        try:
            read = super().to_python(value) if len(value or "") <= LONGEST else ""
        except (ValueError, RecursionError):  # a number of thousands of digits; lists within lists
            read = ""
        if read is not None and not isinstance(read, dict):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return read


class FactorForm(forms.Form):
    """A code, or what a security key answered; and whether this browser is trusted from now on."""

    factor_code = forms.CharField(label=gettext_lazy("Code"), max_length=20, required=False)
    factor_credential = CredentialField(required=False)
    factor_trust = forms.BooleanField(required=False)


def enter(request: HttpRequest, staff: Staff, private: bytes, onward: str) -> HttpResponse:
    """After the right password: sign in, or let the key wait and ask for the second factor, or for setting one up."""
    has_one = factors.has_any(staff)
    if not (has_one or is_demanded()) or (has_one and trust.is_trusted(request, staff)):
        pending.enter(request, staff, private)
        return redirect(onward)
    response = redirect("agenda:second_factor" if has_one else "agenda:set_up")
    pending.put(request, response, staff, private, onward)
    return response


def is_demanded() -> bool:
    """Whether the practice wants a second factor of everybody."""
    practice = the_practice()
    return practice is None or practice.requires_second_factor


def recently(request: HttpRequest) -> bool:
    """Whether the second factor was given in this session within ten minutes: asked before exports, grants and recovery.

    Where the practice demands none, whoever has none is not asked.
    """
    if not isinstance(request.user, Staff):
        return False
    given = request.session.get(pending.FACTOR_AT, 0)
    if 0 <= pending.now() - given < RECENT_SECONDS:
        return True
    return not is_demanded() and not factors.has_any(request.user)


def password_recently(request: HttpRequest) -> bool:
    """Whether the password was given within ten minutes for just this: adding a first factor to an open session."""
    given: int = request.session.get(pending.PASSWORD_AT, 0)
    return 0 <= pending.now() - given < RECENT_SECONDS


def needs_recent(view: View) -> View:
    """Let an agenda view pass only shortly after the second factor. A form that meets the question comes back complete:

    its fields wait on the page, hidden, and go on to where they were going with the code.
    """

    @wraps(view)
    def gated(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if recently(request):
            return view(request, *args, **kwargs)
        if request.method != "POST" or not factors.has_any(request.user):
            return _to_question(request)
        refusal = give(request, request.user) if FIELDS & set(request.POST) else ("", 200)
        if refusal is not None:
            return page(request, request.user, request.get_full_path(), held_fields(request), refusal)
        pending.note(request)
        left = request.POST.copy()
        for name in FIELDS:
            left.pop(name, None)
        request.POST = left  # type: ignore[assignment]
        return view(request, *args, **kwargs)

    return gated


def needs_recent_first(view: View) -> View:
    """As `needs_recent`, for a form that carries a password or a code: it is not kept, and the question comes before it."""

    @wraps(view)
    def gated(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs) if recently(request) else _to_question(request)

    return gated


def _to_question(request: StaffRequest) -> HttpResponse:
    if not factors.has_any(request.user):
        return redirect("agenda:set_up")
    return redirect(f"{reverse('agenda:confirm_factor')}?{urlencode({'next': request.get_full_path()})}")


def give(request: HttpRequest, staff: Staff) -> tuple[str, int] | None:
    """Take the second factor of a form: return None, or what to say and with which status. Always the same for a wrong one."""
    form = FactorForm(request.POST)
    try:
        sign_in.throttle(request, "second-factor", str(staff.pk))
    except sign_in.TooManyTries as refused:
        return explain(refused)
    if not form.is_valid() or not _fits(staff, form.cleaned_data):
        return _("Ce code ou cette clé ne convient pas. Un code ne sert qu’une fois : attendez le suivant."), 422
    sign_in.forgive("second-factor", str(staff.pk))
    return None


def _fits(staff: Staff, given: dict[str, Any]) -> bool:
    if given["factor_credential"] is not None:
        return factors.key_fits(staff, given["factor_credential"])
    return bool(given["factor_code"]) and factors.code_fits(staff, given["factor_code"])


def page(
    request: HttpRequest,
    staff: Staff,
    action: str,
    fields: list[tuple[str, str]],
    refusal: tuple[str, int],
    **more: Any,
) -> HttpResponse:
    """Render the question, and the form that waits."""
    error, status = refusal
    context = {
        "action": action,
        "fields": [(name, value) for name, value in fields if name not in FIELDS],
        "error": error,
        "member": staff,
        "options": json.dumps(factors.ask_key(staff)) if factors.has_key(staff) else "",
        "at_sign_in": False,
        **more,
    }
    return render(request, "agenda/factor.html", context, status=status)
