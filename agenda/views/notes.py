"""Notes of staff for staff: of a visit, and of a day. What another desk wrote meanwhile is shown, and never lost."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from agenda import access
from agenda.at_desk import actor
from agenda.desk_forms import DayNoteForm, NoteForm
from agenda.gate import needs_key, staff_page, way_back
from agenda.vault import StaffRequest
from agenda.views.appointments import about
from booking import desk, words
from booking.models import Appointment
from booking.refusals import BookingRefused, Busy
from practitioners.models import Practitioner


@sensitive_post_parameters()
@staff_page("GET", "POST")
def note(request: StaffRequest, pk: int) -> HttpResponse:
    """The note of one visit."""
    found = access.appointment(request, pk)
    if not found.has_person:
        raise Http404
    return _note_sent(request, found) if request.method == "POST" else _note_page(request, found, None)


@needs_key
def _note_sent(request: StaffRequest, found: Appointment) -> HttpResponse:
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _note_page(request, found, form, status=422)
    assert request.vault is not None  # noqa: S101 - needs_key let nobody else pass
    text, seen = form.cleaned_data["note"], form.cleaned_data["seen"]
    try:
        desk.write_note(found.pk, text, seen, request.vault, timezone.now(), by=actor(request))
    except desk.Changed as changed:
        return _note_page(request, found, _over(form, changed), theirs=changed.note, status=409)
    except BookingRefused as refusal:
        return _note_page(request, found, form, error=_why(refusal), status=503 if isinstance(refusal, Busy) else 409)
    messages.success(request, _("Note enregistrée."))
    return redirect(way_back(request, reverse("agenda:appointment", args=[found.pk])))


def _note_page(
    request: StaffRequest,
    found: Appointment,
    form: NoteForm | None,
    *,
    error: str = "",
    theirs: str | None = None,
    status: int = 200,
) -> HttpResponse:
    context = about(request, found)
    shown = context["visit"].shown
    visit = shown.record.visit if shown and shown.record else None
    if form is None and visit is not None:
        form = NoteForm(initial={"note": visit.note, "seen": desk.fingerprint(visit.note)})
    context |= {
        "form": form,
        "error": error,
        "theirs": theirs,
        "heading": _("Note du rendez-vous"),
        "day_page": reverse("agenda:appointment", args=[found.pk]),
        "back": _("Retour au rendez-vous"),
    }
    return render(request, "agenda/note.html", context, status=status)


@sensitive_post_parameters()
@staff_page("GET", "POST")
def day_note(request: StaffRequest, practitioner: int, on: date) -> HttpResponse:
    """The note of one practitioner's day."""
    _granted, one = access.one_agenda(request, practitioner)
    return _day_sent(request, one, on) if request.method == "POST" else _day_page(request, one, on, None)


@needs_key
def _day_sent(request: StaffRequest, one: Practitioner, on: date) -> HttpResponse:
    form = DayNoteForm(request.POST)
    if not form.is_valid():
        return _day_page(request, one, on, form, status=422)
    assert request.vault is not None  # noqa: S101 - needs_key let nobody else pass
    text, seen = form.cleaned_data["note"], form.cleaned_data["seen"]
    try:
        desk.write_day_note(one.pk, on, text, seen, request.vault, timezone.now(), by=actor(request))
    except desk.Changed as changed:
        return _day_page(request, one, on, _over(form, changed), theirs=changed.note, status=409)
    except BookingRefused as refusal:
        return _day_page(request, one, on, form, error=_why(refusal), status=503 if isinstance(refusal, Busy) else 409)
    messages.success(request, _("Note du jour enregistrée."))
    return redirect(way_back(request, reverse("agenda:day", args=[on])))


def _day_page(
    request: StaffRequest,
    one: Practitioner,
    on: date,
    form: NoteForm | None,
    *,
    error: str = "",
    theirs: str | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = desk.day_notes([one.pk], on, on, request.vault).get((one.pk, on)) if request.vault else None
    text = shown.text if shown else ""
    if form is None:
        form = DayNoteForm(initial={"note": text, "seen": desk.fingerprint(text)})
    context = {
        "form": form,
        "error": error
        or (_("La note de ce jour ne s’ouvre pas [%(why)s].") % {"why": shown.why} if shown and shown.why else ""),
        "theirs": theirs,
        "practitioner": one,
        "on": on,
        "day": words.day(on, year=True),
        "heading": _("Note du jour"),
        "day_page": way_back(request, reverse("agenda:day", args=[on])),
    }
    return render(request, "agenda/day_note.html", context, status=status)


def _over(form: NoteForm, changed: desk.Changed) -> NoteForm:
    """Return the form as it was typed, now over the text that another desk wrote."""
    typed = {"note": form.cleaned_data["note"], "seen": desk.fingerprint(changed.note)}
    return type(form)(initial=typed)


def _why(refusal: BookingRefused) -> str:
    if isinstance(refusal, Busy):
        return _("La base est occupée : rien n’a été enregistré. Recommencez.")
    return _("Votre session ne peut pas écrire cette note : rien n’a été enregistré.")
