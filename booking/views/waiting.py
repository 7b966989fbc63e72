"""The waiting list for patients: leaving a wish, seeing and withdrawing it, and answering what is offered."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from booking import addresses, appointments, limits, notice, waiting, words
from booking.access import bookable_type, by_link, patient_page, type_by_link
from booking.forms.wishes import TimesForm, WishForm, as_typed
from booking.links import TOKEN, new_token
from booking.models import Appointment, Offer, Wish
from booking.queries import the_practice
from booking.refusals import BookingRefused, Busy, TooMany
from booking.views import chosen, lost, visit
from booking.views.page import Link, SeeOther, now, show
from booking.views.practice import about
from booking.wish_words import said
from practitioners.models import VisitType

GONE = 410


@patient_page("GET", "POST")
def leave(request: HttpRequest, slug: str, type_slug: str) -> HttpResponse:
    """Leave a wish for a public visit type."""
    return _leave(request, bookable_type(slug, type_slug), reverse("booking:times", args=[slug, type_slug]))


@patient_page("GET", "POST")
def leave_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The same for a visit type that the practice opens by a private link."""
    return _leave(request, type_by_link(token), reverse("booking:by_link", args=[token]))


def _leave(request: HttpRequest, visit_type: VisitType, back: str) -> HttpResponse:
    if not waiting.is_open_for(visit_type):
        raise Http404
    hoped = Appointment(practitioner=visit_type.practitioner, visit_type=visit_type)
    if request.method != "POST":
        return _form(request, visit_type, WishForm(hoped), new_token(), back)
    form, token = WishForm(hoped, request.POST), request.POST.get("token", "")
    token = token if TOKEN.fullmatch(token) else new_token()
    if not form.is_valid():
        return _form(request, visit_type, form, token, back, status=422)
    try:
        waiting.leave(
            visit_type,
            form.wanted(new_patient=form.new_patient()),
            form.identity(),
            form.visit(),
            token,
            now(),
            language=get_language() or "fr",
            network=limits.network(request),
        )
    except TooMany:
        text = _("Vous êtes peut-être déjà sur cette liste. Sinon, réessayez demain ou téléphonez au cabinet.")
        alert = lost.alert(_("Cette demande n’a pas été ajoutée"), text)
        return _form(request, visit_type, form, token, back, alert=alert, status=429)
    except BookingRefused as refusal:
        alert, status = lost.explained(refusal, visit_type.practitioner.practice.zone)
        return _form(request, visit_type, form, token, back, alert=alert, status=status)
    return SeeOther(reverse("booking:wish", args=[token]))


def _form(
    request: HttpRequest,
    visit_type: VisitType,
    form: WishForm,
    token: str,
    back: str,
    *,
    alert: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    practitioner = visit_type.practitioner
    context = {
        "form": form,
        "mistakes": form.mistakes() if form.is_bound and alert is None else [],
        "alert": alert,
        "token": token,
        "back": back,
        "visit_type": visit_type,
        "practitioner": practitioner,
        "about": f"{practitioner.name} · {about(visit_type)}",
        "notice": notice.wish_lines(practitioner),
    }
    return show(request, "booking/wish_form.html", context, practitioner.practice, status=status, step=request.path)


@patient_page("GET", "POST")
def wish(request: HttpRequest, token: str) -> HttpResponse:
    """Show a wish; a POST withdraws and erases it."""
    found = waiting.by_link(token)
    practice = found.practitioner.practice
    if request.method == "POST":
        try:
            waiting.withdraw(token, now())
        except BookingRefused as refusal:
            alert, status = lost.explained(refusal, practice.zone)
            return _wish_page(request, found, token, alert=alert, status=status)
        return _withdrawn(request, found)
    return _wish_page(request, found, token)


def _wish_page(
    request: HttpRequest, found: Wish, token: str, *, alert: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    contact = appointments.contact_of(found)
    context = {
        "token": token,
        "alert": alert,
        "wish": found,
        "said": said(found),
        "until": words.day(found.until, year=True),
        "contact": contact.value if contact else "",
        "by_sms": bool(contact and contact.channel == "phone"),
    }
    step = reverse("booking:wish", args=[token])
    return show(request, "booking/wish.html", context, found.practitioner.practice, status=status, step=step)


@patient_page("GET", "POST")
def offer(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is offered; a POST accepts it, leaves it to the next, or takes the wish back."""
    try:
        found = waiting.open_offer(token)
    except Http404:
        return _gone(request, None)
    if found.accepted:
        return _to_visit(waiting.page_token(found, token))
    if not found.is_open(now()):
        return _gone(request, found)
    if request.method == "POST":
        return _answer(request, found, token)
    return _offer_page(request, found, token)


def _answer(request: HttpRequest, found: Offer, token: str) -> HttpResponse:
    said_so = request.POST.get("answer", "")
    try:
        if said_so == "yes":
            return _to_visit(waiting.accept(token, now()))
        if said_so == "no":
            waiting.decline(token)
            return _left_to_the_next(request, found)
        if said_so == "never":
            waiting.withdraw_by_offer(token, now())
            return _withdrawn(request, found.wish)
    except (waiting.Gone, Http404):
        return _gone(request, found)
    except BookingRefused as refusal:
        alert, status = lost.explained(refusal, _wish_of(found).practitioner.practice.zone)
        return _offer_page(request, found, token, alert=alert, status=status)
    return _offer_page(request, found, token, status=422)


def _offer_page(
    request: HttpRequest, found: Offer, token: str, *, alert: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    wish, place = _wish_of(found), found.place
    assert place is not None  # noqa: S101 - the offer is open
    zone = wish.practitioner.practice.zone
    place.visit_type = wish.visit_type
    context = {
        "token": token,
        "alert": alert,
        "wish": wish,
        "day": words.day(place.start.astimezone(zone).date(), year=True),
        "clock": pgettext("before an hour", "à %(clock)s") % {"clock": words.clock(place.start.astimezone(zone))},
        "zone": words.zone_name(zone),
        "about": f"{wish.practitioner.name} · {wish.visit_type.name}",
        "place": addresses.where(place)[0],
        "until": words.moment(found.expires, zone),
        "instead": words.moment(wish.appointment.start, zone) if wish.appointment else "",
    }
    step = reverse("booking:offer", args=[token])
    return show(request, "booking/offer.html", context, wish.practitioner.practice, status=status, step=step)


@patient_page("GET", "POST")
def earlier(request: HttpRequest, token: str) -> HttpResponse:
    """Wish for an earlier time of a visit, or take that back; the visit stands meanwhile."""
    found = by_link(token)
    mine = Wish.objects.filter(appointment=found).first()
    if request.method == "POST" and request.POST.get("answer") == "never":
        waiting.withdraw_earlier(token)
        return _to_visit(token)
    if not visit.may_come_earlier(found, now()):
        return _to_visit(token)
    form = TimesForm(request.POST or None, initial=as_typed(mine) if mine else None)
    context: dict[str, Any] = {
        "token": token,
        "form": form,
        "mine": mine,
        "chosen": chosen.chosen(found),
        "mistakes": [],
    }
    practice = found.practitioner.practice
    if request.method != "POST":
        return show(request, "booking/earlier.html", context, practice)
    if not form.is_valid():
        return show(request, "booking/earlier.html", {**context, "mistakes": form.mistakes()}, practice, status=422)
    try:
        waiting.leave_earlier(token, form.wanted(), now())
    except BookingRefused as refusal:
        if isinstance(refusal, Busy):
            alert, status = lost.explained(refusal, practice.zone)
            return show(request, "booking/earlier.html", {**context, "alert": alert}, practice, status=status)
        # It changed meanwhile: its page says how it stands.
    return _to_visit(token)


def _wish_of(found: Offer) -> Wish:
    assert found.wish is not None  # noqa: S101 - an offer has one until it is accepted
    return found.wish


def _to_visit(token: str) -> HttpResponse:
    """Go on to the visit's page; where the server does not know its link, to the practice's."""
    return SeeOther(reverse("booking:appointment", args=[token]) if token else reverse("booking:practice"))


def _gone(request: HttpRequest, found: Offer | None) -> HttpResponse:
    """Say kindly that there is nothing to accept: the same for what is over, was taken, withdrawn, or never was."""
    practice = the_practice()
    if practice is None:
        raise Http404
    still = found is not None and found.wish is not None
    text = _("Elle a été prise, ou le délai pour répondre est passé.")
    if still:
        text = f"{text} {_('Votre demande reste sur la liste d’attente.')}"
    return _said(request, _("Cette heure n’est plus proposée"), text, found.wish if found else None, status=GONE)


def _left_to_the_next(request: HttpRequest, found: Offer) -> HttpResponse:
    text = _("Cette heure va à la personne suivante. Votre demande reste sur la liste d’attente.")
    return _said(request, _("C’est noté"), text, found.wish)


def _withdrawn(request: HttpRequest, found: Wish | None) -> HttpResponse:
    if found is not None and found.appointment_id is not None:
        text = _("Votre rendez-vous reste tel qu’il est. Plus rien ne vous sera proposé.")
    else:
        text = _("Votre nom et votre contact sont effacés de la liste d’attente. Plus rien ne vous sera proposé.")
    return _said(request, _("Votre demande est retirée"), text, found)


def _said(request: HttpRequest, title: str, text: str, found: Wish | None, status: int = 200) -> HttpResponse:
    """Say one thing, with a way on: to the practitioner's page if it is known whose it was."""
    home = reverse("booking:practice")
    way = Link(home, _("Aller à la page du cabinet"))
    if found is not None:
        name = {"name": found.practitioner.name}
        way = Link(
            reverse("booking:practitioner", args=[found.practitioner.slug]), _("Aller à la page de %(name)s") % name
        )
    context = {"title": title, "text": text, "way": way}
    return show(request, "booking/message.html", context, the_practice(), status=status, step=way.address)
