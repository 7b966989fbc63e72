"""What the pages of the desk share: who acts, which visit types there are, who is like what was typed, booking and its words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from agenda import access, undo
from agenda.cautions import told
from agenda.counted import said as said_of
from agenda.desk_forms import PersonForm, filled_with, known_line
from agenda.gate import way_back
from agenda.vault import StaffRequest, session_tag
from booking import desk, identities, lapses, people, words
from booking.desk import Booked, DayNoteShown, Proposed, Wanted
from booking.identities import PastLimit, Shown
from booking.likeness import Sought
from booking.models import Appointment
from booking.people import Found
from booking.refusals import BookingRefused, Busy, Closed
from clicdocteur.grid import instant_of
from practitioners.models import Practitioner, VisitType

AForm = TypeVar("AForm", bound=PersonForm)
# Who was here, and can be certified to have been.
CAME = (Appointment.State.ARRIVED, Appointment.State.IN_CONSULTATION, Appointment.State.SEEN)


@dataclass(frozen=True, slots=True)
class Alike:
    """Somebody who was here before, as a form offers them. `near` says that they come within six days of the time in question."""

    found: Found
    known: str
    visits: list[str]
    near: bool
    counted: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Who is like what was typed; `closed` when the hour's limit of identities is reached."""

    people: list[Alike]
    asked: bool
    closed: bool = False


def actor(request: StaffRequest) -> desk.Desk:
    """Who acts here."""
    return desk.Desk(request.user.pk, session_tag(request))


def types_of(practitioners: Iterable[Practitioner]) -> list[VisitType]:
    """Return the visit types that staff may book for these practitioners, those that patients do not see included."""
    found = VisitType.objects.filter(practitioner__in=list(practitioners), active=True)
    return list(
        found.select_related("practitioner__practice").order_by(
            "practitioner__position", "practitioner", "position", "name"
        )
    )


def suggestions(
    request: StaffRequest, agendas: Sequence[Practitioner], wanted: Sought, at: datetime | None = None
) -> Suggestions:
    """Look for who was typed in all agendas of the reader; *at* is the time that is being booked."""
    if request.vault is None or not wanted.is_enough:
        return Suggestions([], asked=False)
    try:
        found = people.alike([one.pk for one in agendas], wanted, request.vault, timezone.now())
    except PastLimit:
        return Suggestions([], asked=True, closed=True)
    # Found with one practitioner, somebody is counted there: each has a rule of their own.
    counts = (
        lapses.tallies({one.source.practitioner_id for one in found}, request.vault, timezone.now()) if found else None
    )
    return Suggestions([_alike(one, request, at, counts) for one in found], asked=True)


def _alike(found: Found, request: StaffRequest, at: datetime | None, counts: lapses.Tallies | None) -> Alike:
    now, zone = timezone.now(), request.practice.zone
    live = [one for one in found.visits if one.is_live]
    past, coming = [one for one in live if one.start < now], [one for one in live if one.start >= now]
    said = [_("vu le %(day)s") % {"day": words.day(past[-1].start.astimezone(zone).date(), year=True)}] if past else []
    said += [_("attendu %(moment)s") % {"moment": words.moment(one.start, zone)} for one in coming[:2]]
    near = at is not None and any(people.is_near(one, at) for one in live)
    known = known_line(found.person.birth_date, found.visit.phone, found.visit.email)
    practitioner = found.source.practitioner
    counted = said_of(counts.of(practitioner.pk, desk.Identity((found.person,)))) if counts else ""
    return Alike(found, known, said, near, counted, practitioner.lapse_rule if counted else "")


def made(request: StaffRequest, booked: Sequence[Booked]) -> None:
    """Let what was booked just now be undone as the last action; a form that came twice finds what it booked as it is by now."""
    visits = [one.appointment for one in booked]
    if all(one.state == Appointment.State.BOOKED and not one.sequence for one in visits):
        undo.remember(request, undo.MADE, [undo.step(one, None) for one in visits], timezone.now())


def say(request: StaffRequest, booked: Sequence[Booked], coming: desk.Identity | None = None) -> None:
    """Say what was booked, and what is to be known of it: a time, and never a name."""
    zone = request.practice.zone
    for one in booked[:1]:
        when = words.moment(one.appointment.start, zone, year=True)
        if len(booked) == 1:
            messages.success(request, _("Noté : %(when)s.") % {"when": when})
        else:
            said = {"number": len(booked), "when": when}
            messages.success(request, _("%(number)d rendez-vous notés, le premier %(when)s.") % said)
        for sentence in told(one.cautions):
            messages.warning(request, _("À savoir : %(sentence)s") % {"sentence": sentence})
        if coming is not None and nearby(request, one.appointment, coming):
            messages.warning(request, _("À savoir : cette personne a un autre rendez-vous à moins de 6 jours."))


def nearby(request: StaffRequest, visit: Appointment, who: desk.Identity) -> list[Appointment]:
    """Return the other visits of the same person within six days; none when the hour's limit of identities is reached."""
    if request.vault is None or not visit.is_live:
        return []
    try:
        return people.visits_nearby(
            who, visit.practitioner_id, visit.start, request.vault, timezone.now(), leaving_out=visit.pk
        )
    except PastLimit:
        return []


def offers(visit: Appointment, shown: Shown | None) -> dict[str, bool]:
    """Return what else can be done for whoever comes, beyond seeing them again."""
    to_come = visit.is_live and visit.end > timezone.now()
    readable = shown is None or shown.record is None or shown.record.visit is not None
    return {
        "series": visit.is_live and visit.visit_type is not None and visit.visit_type.active,
        "note": visit.visit_type is not None and readable,
        "slip": to_come,
        "attestation": visit.state in CAME,
    }


def day_notes(
    request: StaffRequest, practitioners: Sequence[Practitioner], first: date, last: date
) -> dict[tuple[int, date], DayNoteShown]:
    """Return the notes of these days, inclusive, by practitioner and day; none while the session is locked. One query."""
    return desk.day_notes([one.pk for one in practitioners], first, last, request.vault) if request.vault else {}


def explained(refusal: BookingRefused) -> tuple[str, int]:
    """Return what to say of a refusal, and the status of the page that says it."""
    if isinstance(refusal, Busy):
        return _("La base est occupée : rien n’a été noté. Recommencez."), 503
    if isinstance(refusal, Closed):
        return _("Cette identité ne s’ouvre pas [%(why)s] : rien n’a été noté.") % {"why": refusal.why}, 409
    return _("La clé de cet agenda est absente ou remplacée : rien n’a été noté. Prévenez le gestionnaire."), 409


def book(request: StaffRequest, form: PersonForm, start: int) -> Booked:
    """Book a filled form at a start. Raises as `desk.book_at_desk`."""
    typed = form.cleaned_data
    wanted = Wanted(form.chosen_type.pk, start, typed["new_patient"], typed["overbook"])
    return desk.book_at_desk(wanted, form.coming(), typed["token"], timezone.now(), by=actor(request))


def done(request: StaffRequest, booked: Booked, form: PersonForm) -> HttpResponse:
    """Say it, and go where the form was opened, or to the paper for the patient."""
    made(request, [booked])
    say(request, [booked], form.coming().identity)
    if "paper" in request.POST:
        return redirect("agenda:slip", booked.appointment.pk)
    return redirect(way_back(request, reverse("agenda:appointment", args=[booked.appointment.pk])))


def as_typed(form: AForm, request: StaffRequest) -> AForm:
    """Return a form as it was typed, without a word about what is still missing; with an earlier visit's person if one was taken."""
    typed = request.POST.dict()
    if "take" in request.POST:
        typed = _last_type(form, source := _source(request)) | typed | _taken_over(request, *source)
    return type(form)(list(form.types.values()), request.practice, initial=typed)


def _source(request: StaffRequest) -> tuple[Appointment, int]:
    """Return the earlier visit that is taken over, and which of its persons. Raises Http404 for a foreign visit."""
    pk, _sign, place = request.POST["take"].partition("-")
    try:
        return access.appointment(request, int(pk)), int(place or 0)
    except ValueError:
        raise Http404 from None


def _last_type(form: PersonForm, source: tuple[Appointment, int]) -> dict[str, Any]:
    """Return what somebody came for last, as long as it is kept and may be booked: most come for the same again."""
    kind = source[0].visit_type_id
    return {"visit_type": kind} if kind in form.types else {}


def _taken_over(request: StaffRequest, source: Appointment, place: int) -> dict[str, str]:
    """Return the fields of a person of an earlier visit."""
    assert request.vault is not None  # noqa: S101 - needs_key let nobody else pass
    shown = identities.show([source], request.vault, "search", timezone.now()).get(source.pk)
    if shown is None or shown.record is None:
        return {}
    persons = shown.record.identity.persons
    return filled_with(persons[place if place < len(persons) else 0], shown.record.visit or desk.Visit())


def said_days(times: Sequence[Proposed], request: StaffRequest) -> list[tuple[str, list[tuple[int, str]]]]:
    """Return proposed times as buttons: each day in words, with its starts and their hours."""
    zone = request.practice.zone
    return [
        (
            words.day(one.day, year=True),
            [(free.start, words.clock_full(instant_of(free.start).astimezone(zone))) for free in one.slots],
        )
        for one in times
    ]


def frame(request: StaffRequest, at: datetime, heading: str) -> dict[str, Any]:
    """Return what the bar of such a page shows: where one came from, or the day in question."""
    day = at.astimezone(request.practice.zone).date()
    return {"day_page": way_back(request, reverse("agenda:day", args=[day])), "heading": heading}
