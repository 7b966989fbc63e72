"""Appointments from a file: read in memory, tried line by line, taken in one go. The file itself is kept nowhere."""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters

from agenda import access, undo
from agenda.at_desk import actor, explained, types_of
from agenda.gate import needs_key, staff_page
from agenda.transfer.reviewing import FileForm, ReviewForm, fault_words, first_guess, groups
from agenda.vault import StaffRequest
from booking import imports, words
from booking.imports import Brought, Fault, Table, Unreadable, Verdict
from booking.imports.trial import Trial
from booking.refusals import BookingRefused, Busy, Full, NotAllowed
from practitioners import keys
from practitioners.keys import Vault
from practitioners.models import Staff, VisitType

PURPOSE = "import"
# What is undone by a key stands in the session row: so many ids at most. Beyond that the import's own page takes it out.
UNDOABLE = 300
# A form comes back whole: its limit is the one of every form.
MOST_CARRIED = settings.DATA_UPLOAD_MAX_MEMORY_SIZE - 20_000


@sensitive_post_parameters()
@staff_page("GET", "POST")
def bring(request: StaffRequest) -> HttpResponse:
    """Ask for a file; show what would become of it; bring it in."""
    return _sent(request) if request.method == "POST" else _page(request, FileForm(_types(request)))


@needs_key
def _sent(request: StaffRequest) -> HttpResponse:
    if "carried" in request.POST:
        return _reviewed(request)
    form = FileForm(_types(request), request.POST, request.FILES)
    if not request.FILES and int(request.META.get("CONTENT_LENGTH") or 0) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
        return _page(request, FileForm(_types(request)), (fault_words(Fault.TOO_BIG), 413))
    if not form.is_valid():
        return _page(request, form, ("", 422))
    content = form.cleaned_data["file"].read()
    try:
        table = imports.read(content)
        carried = _carried(_vault(request), content)
    except Unreadable as refused:
        return _page(request, form, (fault_words(refused.fault), 413 if refused.fault is Fault.TOO_BIG else 422))
    guess = first_guess(table, form.cleaned_data["visit_type"])
    return _review(request, ReviewForm(_types(request), table, guess), carried)


def _reviewed(request: StaffRequest) -> HttpResponse:
    """Try again with other columns, or bring in what was shown."""
    carried = request.POST["carried"]
    table = _taken_out(_vault(request), carried)
    if table is None:
        error = _("Ce fichier n’est plus là. Choisissez-le encore une fois.")
        return _page(request, FileForm(_types(request)), (error, 422))
    form = ReviewForm(_types(request), table, request.POST)
    if "take" not in request.POST or not form.is_valid():
        return _review(request, form, carried)
    trial = _trial(request, form)
    if trial.digest != request.POST.get("shown"):
        error = _("L’agenda ou vos choix ont changé depuis cet essai. Le revoici : relisez-le.")
        return _review(request, form, carried, (error, 409), trial)
    return _take(request, form, carried, trial)


def _take(request: StaffRequest, form: ReviewForm, carried: str, trial: Trial) -> HttpResponse:
    now = timezone.now()
    try:
        made = imports.take(trial, now, by=actor(request), remind=form.cleaned_data["remind"])
    except (Full, NotAllowed):
        error = _("Une heure vient d’être prise. Rien n’a été créé : revoici l’essai.")
        return _review(request, form, carried, (error, 409))
    except BookingRefused as refusal:
        return _review(request, form, carried, explained(refusal), trial)
    if 0 < len(made) <= UNDOABLE:
        undo.remember(request, undo.MADE, [undo.step(one, None) for one in made], now)
    else:
        undo.forget(request)
    text = ngettext("%(number)d rendez-vous créé.", "%(number)d rendez-vous créés.", len(made))
    messages.success(request, text % {"number": len(made)})
    return redirect("agenda:import")


def _review(
    request: StaffRequest,
    form: ReviewForm,
    carried: str,
    refusal: tuple[str, int] = ("", 200),
    trial: Trial | None = None,
) -> HttpResponse:
    """Render the columns and the dry run."""
    error, status = refusal
    valid = form.is_valid()
    if valid and trial is None:
        trial = _trial(request, form)
    context = {
        "form": form,
        "carried": carried,
        "error": error,
        "trial": trial,
        "lines": len(form.table.rows),
        "number": len(trial.arrivals) if trial else 0,
        "overlapping": sum(one.verdict is Verdict.OVERLAP for one in trial.lines) if trial else 0,
        "groups": groups(trial.lines, request.practice) if trial else [],
        "several": len({one.practitioner_id for one in form.types.values()}) > 1,
        "heading": _("Importer des rendez-vous"),
        "day_page": reverse("agenda:day"),
    }
    return render(request, "agenda/import_review.html", context, status=status if valid else 422)


def _trial(request: StaffRequest, form: ReviewForm) -> Trial:
    drafts = imports.drafts(form.table, form.choices(request.practice, settings.LANGUAGE_CODE))
    overbook = form.cleaned_data["overbook"]
    return imports.try_all(drafts, _vault(request), timezone.now(), by=actor(request), overbook=overbook)


def _page(request: StaffRequest, form: FileForm, refusal: tuple[str, int] = ("", 200)) -> HttpResponse:
    error, status = refusal
    context = {
        "form": form,
        "types": bool(_types(request)),
        "error": error,
        "brought": [_told(request, one) for one in imports.recent(access.granted(request), timezone.now())[:10]],
        "heading": _("Importer des rendez-vous"),
        "day_page": reverse("agenda:day"),
    }
    return render(request, "agenda/import.html", context, status=status)


# Taking an import out again.


@staff_page("GET", "POST")
def brought(request: StaffRequest, handle: str) -> HttpResponse:
    """Ask once more, then take out what an import brought in. Raises Http404 for one of foreign agendas."""
    found = next((one for one in imports.recent(access.granted(request), timezone.now()) if one.handle == handle), None)
    if found is None:
        raise Http404
    if request.method == "POST":
        return _remove(request, found)
    context = {
        "one": _told(request, found),
        "heading": _("Retirer un import"),
        "day_page": reverse("agenda:import"),
        "back": _("Retour à l’import"),
    }
    return render(request, "agenda/import_remove.html", context)


@needs_key
def _remove(request: StaffRequest, found: Brought) -> HttpResponse:
    undo.forget(request)
    try:
        done = imports.remove(found, _vault(request), timezone.now())
    except Busy:
        messages.error(request, _("La base est occupée. Ce qui a été retiré l’est ; recommencez pour le reste."))
    except BookingRefused:
        messages.error(request, _("Un rendez-vous a changé entre-temps. Recommencez pour le reste."))
    else:
        text = ngettext("%(number)d rendez-vous retiré.", "%(number)d rendez-vous retirés.", done)
        messages.success(request, text % {"number": done})
    return redirect("agenda:import")


def _told(request: StaffRequest, one: Brought) -> dict[str, Any]:
    """Return an import in words: who, when, how many; never a name of a patient."""
    staff = Staff.objects.filter(pk=one.staff).values_list("name", flat=True).first()
    moment = words.moment(one.at, request.practice.zone, year=True)
    return {"handle": one.handle, "who": staff or "", "moment": moment, "number": len(one.left)}


# What waits in the page.


def _types(request: StaffRequest) -> list[VisitType]:
    """Return the visit types of the agendas whose key the session holds."""
    held = request.vault.practitioners() if request.vault else set()
    return types_of(one for one in access.granted(request) if one.pk in held)


def _carried(vault: Vault, content: bytes) -> str:
    """Return a file as the page carries it: packed, closed under the reader's key. Raises Unreadable when it does not fit a form."""
    carried = urlsafe_b64encode(keys.close_for_page(vault, PURPOSE, zlib.compress(content, 9))).decode()
    if len(carried) > MOST_CARRIED:
        raise Unreadable(Fault.TOO_BIG)
    return carried


def _taken_out(vault: Vault, carried: str) -> Table | None:
    """Return the table of what the page carried, or None for what this session did not close."""
    try:
        box = urlsafe_b64decode(carried)
    except ValueError:
        return None
    packed = keys.open_from_page(vault, PURPOSE, box)
    return None if packed is None else imports.read(zlib.decompress(packed))


def _vault(request: StaffRequest) -> Vault:
    assert request.vault is not None  # noqa: S101 - needs_key let nobody else pass
    return request.vault
