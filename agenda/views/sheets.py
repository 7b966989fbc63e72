"""The recovery sheet: made, shown once, typed back; and used, when a password is lost."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from agenda import access, sign_in, vault
from agenda.forms import RecoverForm, SheetForm
from agenda.gate import at_the_door, explain, needs_key, staff_page
from agenda.second_factor import needs_recent, needs_recent_first
from agenda.vault import StaffRequest
from booking import drawing
from practitioners import keys
from practitioners.models import Practitioner


@staff_page("GET")
def ask(request: StaffRequest, practitioner: int) -> HttpResponse:
    """Say what the sheet is, before one is made."""
    _granted, one = access.one_agenda(request, practitioner)
    return render(request, "agenda/sheet_ask.html", _context(one))


@staff_page("POST")
@needs_key
@needs_recent
def make(request: StaffRequest, practitioner: int) -> HttpResponse:
    """Make a new sheet from the keys of this session, and show it: this answer is the only place where its code is."""
    _granted, one = access.one_agenda(request, practitioner)
    assert request.vault is not None  # noqa: S101 - needs_key let nobody else pass
    try:
        code = keys.sheet_from(request.vault, one)
    except keys.KeyAltered as altered:
        messages.error(request, explain(altered)[0])
        return redirect("agenda:keys")
    if code is None:
        messages.error(request, _("Votre session n’a pas la clé actuelle de cet agenda. Rien n’a été changé."))
        return redirect("agenda:keys")
    return _sheet(request, one, code)


@staff_page("POST")
def confirm(request: StaffRequest, practitioner: int) -> HttpResponse:
    """Take the last group as it was typed from the paper."""
    _granted, one = access.one_agenda(request, practitioner)
    form = SheetForm(request.POST)
    if form.is_valid() and keys.confirm_sheet(one, form.cleaned_data["group"]):
        messages.success(request, _("La feuille de secours est confirmée. Gardez-la sous clé."))
        return redirect("agenda:keys")
    error = _(
        "Ce n’est pas le dernier groupe de cette feuille. Reprenez-le sur le papier, ou faites une nouvelle feuille."
    )
    return render(request, "agenda/sheet_again.html", {**_context(one), "error": error}, status=422)


@at_the_door
@sensitive_post_parameters()
@staff_page("GET", "POST")
@needs_recent_first
def recover(request: StaffRequest) -> HttpResponse:
    """Open an agenda to the reader with its sheet and their own password; a new sheet takes the place of the used one."""
    form = RecoverForm(request.POST or None)
    error, status = "", 200
    if request.method == "POST":
        found, error, status = _recovered(request, form)
        if found is not None:
            return _sheet(request, *found)
    context = {"form": form, "error": error, "day_page": reverse("agenda:day"), "heading": _("Feuille de secours")}
    return render(request, "agenda/recover.html", context, status=status)


@sensitive_variables()
def _recovered(request: StaffRequest, form: RecoverForm) -> tuple[tuple[Practitioner, str] | None, str, int]:
    """Return (practitioner, new code), or what to say and with which status."""
    if not form.is_valid():
        return None, "", 422
    try:
        private = sign_in.unlock_again(request, request.user, form.cleaned_data["password"])
        sign_in.count_code(request, request.user)
        one = keys.agenda_of_code(form.cleaned_data["code"]) if private else None
        renewed = keys.recover(one, form.cleaned_data["code"], request.user.key_holder) if one else None
    except (sign_in.TooManyTries, keys.TooBusy, keys.KeyAltered) as refused:
        return None, *explain(refused)
    if private is None or one is None or renewed is None:
        return None, _("Ce mot de passe ou ce code ne convient pas. Rien n’a été changé."), 422
    vault.open_session(request, request.user, private)
    messages.success(request, _("L’agenda de %(name)s vous est ouvert.") % {"name": one.name})
    return (one, renewed), "", 200


@sensitive_variables()
def _sheet(request: HttpRequest, practitioner: Practitioner, code: str) -> HttpResponse:
    context = {
        **_context(practitioner),
        "groups": code.split("-"),
        "qr": drawing.qr(code, pgettext("QR code", "Code QR de la feuille de secours")),
        "made": timezone.localdate(timezone=practitioner.practice.zone),
    }
    return render(request, "agenda/sheet.html", context)


def _context(practitioner: Practitioner) -> dict[str, object]:
    return {"practitioner": practitioner, "day_page": reverse("agenda:day"), "heading": _("Feuille de secours")}
