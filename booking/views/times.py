"""A week of times of one visit type, and taking one of them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking import holds, limits, proofs, waiting, words
from booking.access import bookable_type, patient_page, type_by_link
from booking.availability import Reason
from booking.queries import TimesPage, times_page
from booking.refusals import Busy, NotBookable, Refused, Taken, TooMany
from booking.views import buttons, lost
from booking.views.page import SeeOther, now, show
from booking.views.practice import about, asks_first, replaced
from clicdocteur.grid import FIRST_DAY, LAST_DAY, instant_of
from practitioners.models import Location, VisitType

_CELL = re.compile(r"[0-9]{1,9}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_KINDS = {"new": True, "known": False}
_NOINDEX = SafeString('<meta name="robots" content="noindex">')


@dataclass(frozen=True, slots=True)
class Here:
    """The address of a times page: the public one, a private link, or another visit under a patient's link."""

    path: str
    back: str
    query: dict[str, str] = field(default_factory=dict)
    private: bool = False
    # Whether a waiting list is offered here.
    lists: bool = False

    def address(self, **query: str) -> str:
        """Return the address with a query."""
        asked = {**self.query, **query}
        return f"{self.path}?{urlencode(asked)}" if asked else self.path


@patient_page("GET", "POST")
def times(request: HttpRequest, slug: str, type_slug: str) -> HttpResponse:
    """Show a week of times; a POST takes one."""
    visit_type = bookable_type(slug, type_slug)
    here = Here(request.path, back=reverse("booking:practitioner", args=[slug]), lists=True)
    return choose(request, visit_type, here, to_form)


@patient_page("GET", "POST")
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The same for a visit type that the practice opens by a private link."""
    visit_type = type_by_link(token)
    back = reverse("booking:practitioner", args=[visit_type.practitioner.slug])
    return choose(request, visit_type, Here(request.path, back=back, private=True, lists=True), to_form)


def to_form(token: str) -> HttpResponse:
    """Go on to the identity form of a hold."""
    return SeeOther(reverse("booking:hold", args=[token]))


def choose(
    request: HttpRequest, visit_type: VisitType, here: Here, then: Callable[[str], HttpResponse]
) -> HttpResponse:
    """Show the week that is asked for, or take the time that is posted and go on."""
    new_patient, persons = _new_patient(request, visit_type), _persons(request, visit_type)
    if request.method == "POST":
        return _take(request, visit_type, here, then, new_patient=new_patient, persons=persons)
    page = times_page(visit_type, from_day(request), now(), new_patient=new_patient, persons=persons)
    return _week(request, page, here)


def _take(
    request: HttpRequest,
    visit_type: VisitType,
    here: Here,
    then: Callable[[str], HttpResponse],
    *,
    new_patient: bool,
    persons: int,
) -> HttpResponse:
    """Take a time. What cannot be taken shows the week again, or the nearest times, with a sentence that says why."""
    start = start_cell(request)
    try:
        if start is None:
            alert, status = lost.unknown_time(), 422
        else:
            came = {"network": limits.network(request), "proof": request.POST.get("proof", "")}
            return then(holds.take(visit_type, start, now(), new_patient=new_patient, persons=persons, **came))
    except Taken as taken:
        kind = "new" if new_patient else "known"
        carried = {"patient": kind, "persons": str(persons)} if persons > 1 else {"patient": kind}
        week = here.address(**carried)
        return lost.taken(request, visit_type, taken.nearest, carried, here.address(), week)
    except (Refused, TooMany, NotBookable, Busy) as refusal:
        alert, status = lost.explained(refusal, visit_type.practitioner.practice.zone)
    page = times_page(visit_type, None, now(), new_patient=new_patient, persons=persons)
    return _week(request, page, here, alert=alert, status=status)


def start_cell(request: HttpRequest) -> int | None:
    """Return the cell that a button posted, or None for anything that no button says."""
    posted = request.POST.get("start", "")
    return int(posted) if _CELL.fullmatch(posted) else None


def _week(
    request: HttpRequest, page: TimesPage, here: Here, *, alert: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    """Render a week."""
    visit_type = page.visit_type
    kind = "new" if page.new_patient else "known"
    context: dict[str, Any] = {
        "about": f"{page.practitioner.name} · {about(visit_type, new_patient=page.new_patient, persons=page.persons)}",
        "patient": kind,
        "persons": page.persons,
        "family": _family(page, here, kind),
        "switch": _switch(page, here),
        "only_known": _only_known(page),
        "proof": proofs.task(page.practitioner.pk, limits.network(request), now()),
    }
    context |= week_context(page, here, alert=alert, status=status)
    return show(request, "booking/times.html", context, page.practice, status=status, step=_step(request, here, kind))


def week_context(
    page: TimesPage, here: Here, *, alert: dict[str, str] | None = None, status: int = 200
) -> dict[str, Any]:
    """Return what every page of a week of times shows, whatever is done with one of them."""
    zone, kind = page.practice.zone, "new" if page.new_patient else "known"
    context: dict[str, Any] = {
        "practitioner": page.practitioner,
        "visit_type": page.visit_type,
        "replaced": replaced(page.replacements, page.practitioner),
        "back": here.back,
        "action": here.address(),
        "alert": alert,
        "robots": _NOINDEX if here.private or status != 200 else "",
        "week": words.upper_first(words.days_between(page.first_day, page.last_day)),
        "zone": words.all_times(zone),
        "parts": list(buttons.of_week(page.days, _places(page), zone)),
        "earlier": page.earlier and here.address(**_week_query(page, kind, page.earlier)),
        "later": page.later and here.address(**_week_query(page, kind, page.later)),
        "empty": "",
        "offers_colleagues": page.offers_colleagues,
        "first_free": None,
        "waiting_list": f"{here.path}wish/" if here.lists and waiting.is_open_for(page.visit_type) else "",
    }
    if page.empty:
        context["empty"] = _why(page)
        context["first_free"] = _first_free(page, here, kind)
    return context


def _places(page: TimesPage) -> Mapping[int, Location]:
    """Return the places to tell apart; a visit at home or by phone has none."""
    return page.locations if page.visit_type.place == VisitType.Place.PRACTICE else {}


def _why(page: TimesPage) -> str:
    """Return why the week is empty; a public holiday explains only a week that is nothing else."""
    why, released_at = page.refusal or (None, None)
    if why is Reason.HOLIDAY and any(day.reason is not Reason.HOLIDAY for day in page.days):
        why = Reason.CLOSED
    return words.sentence(why, released_at, page.practice.zone)


def _step(request: HttpRequest, here: Here, kind: str) -> str:
    """Return the address that shows this step in the other language; a POST has none of its own."""
    return here.address(patient=kind) if request.method == "POST" else request.get_full_path()


def _week_query(page: TimesPage, kind: str, first: date) -> dict[str, str]:
    query = {"from": first.isoformat()}
    if page.persons > 1:
        query["persons"] = str(page.persons)
    return {**query, "patient": kind} if asks_first(page.visit_type) else query


def _switch(page: TimesPage, here: Here) -> list[dict[str, Any]]:
    """Return the two ways to say whether one has been here before, where it changes the duration."""
    if not asks_first(page.visit_type):
        return []
    first = {"from": page.first_day.isoformat()} | ({"persons": str(page.persons)} if page.persons > 1 else {})
    said = (("known", _("Oui, déjà suivi")), ("new", _("Non, première fois")))
    return [
        {
            "address": here.address(**first, patient=kind),
            "name": name,
            "current": _KINDS[kind] == page.new_patient,
        }
        for kind, name in said
    ]


def _family(page: TimesPage, here: Here, kind: str) -> list[dict[str, Any]]:
    """Return for how many of one family a time may be asked, where a type admits several in a row."""
    most = page.visit_type.family_max
    if most == 1:
        return []
    first = {"from": page.first_day.isoformat()} | ({"patient": kind} if asks_first(page.visit_type) else {})
    return [
        {
            "address": here.address(**first, **({"persons": str(number)} if number > 1 else {})),
            "name": ngettext("%(number)d personne", "%(number)d personnes", number) % {"number": number},
            "current": number == page.persons,
        }
        for number in range(1, most + 1)
    ]


def _only_known(page: TimesPage) -> str:
    if page.visit_type.accepts_new:
        return ""
    return _("Ce motif est réservé aux patients déjà suivis par %(name)s.") % {"name": page.practitioner.name}


def _first_free(page: TimesPage, here: Here, kind: str) -> dict[str, str] | None:
    if page.first_free is None:
        return None
    at = instant_of(page.first_free.start)
    first = at.astimezone(page.practice.zone).date()
    return {
        "address": here.address(**_week_query(page, kind, first)),
        "moment": words.moment(at, page.practice.zone),
    }


def _new_patient(request: HttpRequest, visit_type: VisitType) -> bool:
    """Return whether the patient says to be new here; unsaid, the time that suits a new patient suits everybody."""
    asked = (request.POST if request.method == "POST" else request.GET).get("patient")
    if asked is not None and asked not in _KINDS:
        raise BadRequest
    return visit_type.accepts_new and _KINDS[asked or "new"]


def _persons(request: HttpRequest, visit_type: VisitType) -> int:
    """Return for how many of one family a time is asked. Raises BadRequest for more than may come in a row."""
    asked = (request.POST if request.method == "POST" else request.GET).get("persons", "1")
    if asked not in {str(number) for number in range(1, visit_type.family_max + 1)}:
        raise BadRequest
    return int(asked)


def from_day(request: HttpRequest) -> date | None:
    """Return the day that the address asks for. Raises BadRequest for what is no day of this century."""
    asked = request.GET.get("from")
    if asked is None:
        return None
    try:
        day = date.fromisoformat(asked) if _DAY.fullmatch(asked) else None
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY - timedelta(days=7):
        raise BadRequest
    return day
