"""What the waiting list offers: accepted, left to the next, or the wish taken back."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from booking import addresses, waiting, words
from booking.access import patient_page
from booking.models import Offer, Wish
from booking.queries import the_practice
from booking.refusals import BookingRefused
from booking.views import lost, wishes
from booking.views.page import SeeOther, now, show

GONE = 410


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
            return wishes.withdrawn(request, found.wish)
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
        text += " " + _("Votre demande reste sur la liste d’attente.")
    return wishes.told(request, _("Cette heure n’est plus proposée"), text, found.wish if found else None, status=GONE)


def _left_to_the_next(request: HttpRequest, found: Offer) -> HttpResponse:
    text = _("Cette heure va à la personne suivante. Votre demande reste sur la liste d’attente.")
    return wishes.told(request, _("C’est noté"), text, found.wish)
