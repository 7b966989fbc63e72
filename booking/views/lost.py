"""A time that cannot be had: why, in words, and the nearest ones that can."""

from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import limits, proofs, words
from booking.availability import Slot
from booking.refusals import BookingRefused, Busy, NoMoreCodes, NoMoreTime, NotBookable, Refused, TooMany, Unproven
from booking.views import buttons
from booking.views.page import now, show
from practitioners.models import Location, VisitType

Alert = dict[str, str]


def alert(title: str, text: str, kind: str = "warn") -> Alert:
    """Return what a page says first: *kind* is `warn` or `done`."""
    return {"title": title, "text": text, "kind": kind}


def taken(
    request: HttpRequest,
    visit_type: VisitType,
    nearest: list[Slot],
    carried: Mapping[str, str],
    action: str,
    week: str,
    *,
    filled: bool = False,
) -> HttpResponse:
    """Say that somebody was faster and offer the nearest times; what was filled in travels along, in the body."""
    practitioner = visit_type.practitioner
    zone = practitioner.practice.zone
    here = visit_type.place == VisitType.Place.PRACTICE
    places = Location.objects.in_bulk({slot.location for slot in nearest}) if here else {}
    context = {
        "alert": alert(_("Cette heure vient d’être prise"), _taken_text(filled=filled or len(carried) > 1)),
        "visit_type": visit_type,
        "practitioner": practitioner,
        "parts": list(buttons.of_slots(nearest, places, zone)),
        "carried": list(carried.items()),
        "filled": filled or len(carried) > 1,
        "action": action,
        "week": week,
        "zone": words.all_times(zone),
        "proof": proofs.task(practitioner.pk, limits.network(request), now()),
    }
    return show(request, "booking/taken.html", context, practitioner.practice, status=409, step=week)


def _taken_text(*, filled: bool) -> str:
    if filled:
        return _("Quelqu’un d’autre l’a confirmée avant vous. Ce que vous avez rempli est gardé.")
    return _("Quelqu’un d’autre l’a choisie avant vous. Choisissez une autre heure.")


def unknown_time() -> Alert:
    """What to say of a start that is no time at all."""
    return alert(_("Cette heure n’a pas été comprise"), _("Choisissez l’une des heures de cette page."))


# By refusal: the status, and what is said, as title and text.
_SAID: Final = {
    Unproven: (
        429,
        gettext_lazy("Beaucoup de demandes arrivent en ce moment"),
        gettext_lazy(
            "Choisissez votre heure encore une fois. Si ce message revient, autorisez les scripts de cette page, réessayez "
            "dans dix minutes, ou téléphonez au cabinet."
        ),
    ),
    TooMany: (
        429,
        gettext_lazy("Trop de réservations à la fois"),
        gettext_lazy("Réessayez dans dix minutes, ou téléphonez au cabinet."),
    ),
    NoMoreCodes: (
        429,
        gettext_lazy("Trop de codes pour cette réservation"),
        gettext_lazy("Tapez le dernier code reçu, ou téléphonez au cabinet."),
    ),
    NoMoreTime: (
        409,
        gettext_lazy("Le délai ne peut plus être allongé"),
        gettext_lazy("Confirmez maintenant : si l’heure est encore libre, elle est à vous."),
    ),
    NotBookable: (
        503,
        gettext_lazy("La réservation en ligne est interrompue"),
        gettext_lazy("Rien n’a été enregistré. Téléphonez au cabinet."),
    ),
    Busy: (
        503,
        gettext_lazy("L’agenda est très demandé en ce moment"),
        gettext_lazy("Rien n’a été enregistré. Réessayez dans un instant."),
    ),
}


def explained(refusal: BookingRefused, zone: ZoneInfo) -> tuple[Alert, int]:
    """Return what to say of a refusal, and the status that goes with it."""
    if isinstance(refusal, Refused):
        text = words.sentence(refusal.reason, refusal.released_at, zone)
        return alert(_("Cette heure ne peut pas être réservée"), text), 422
    status, title, sentence = _SAID[type(refusal)]
    return alert(str(title), str(sentence)), status
