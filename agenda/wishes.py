"""Who waits, for the desk: with names if unlocked, otherwise for which type, when, and how many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agenda.visits import Named
from booking import identities, words
from booking.identities import Shown
from booking.models import Offer, Wish
from booking.queries import waiting_list
from booking.wish_words import said
from practitioners.keys import Vault
from practitioners.models import Practitioner


@dataclass(frozen=True, slots=True)
class Row(Named):
    """Somebody who waits. `shown` is None while the session is locked; `instead` is the visit that they have already."""

    wish: Wish
    shown: Shown | None
    since: str
    wanted: str
    instead: str
    offered: str

    # Whoever waits has a name, and is not booking.
    @property
    def has_person(self) -> bool:
        """Whether a name belongs to it."""
        return True

    @property
    def is_hold(self) -> bool:
        """Whether somebody is booking it right now."""
        return False

    @property
    def email(self) -> str:
        """How to write to them."""
        visit = self.shown.record.visit if self.shown and self.shown.record else None
        return visit.email if visit else ""


@dataclass(frozen=True, slots=True)
class WaitingList:
    """The list of one practitioner, the oldest first."""

    practitioner: Practitioner
    rows: list[Row]


def lists(practitioners: Sequence[Practitioner], vault: Vault | None, now: datetime) -> list[WaitingList]:
    """Return the lists that are switched on or not empty. Two queries, and those of the identities if unlocked."""
    wishes = waiting_list([one.pk for one in practitioners])
    offers: dict[int | None, list[Offer]] = {}
    for offer in Offer.objects.filter(wish__in=[one.pk for one in wishes]).order_by("made", "pk"):
        offers.setdefault(offer.wish_id, []).append(offer)
    whose = {one.pk: one.appointment or one for one in wishes}
    shown = identities.show(whose.values(), vault, "waiting-list", now) if vault and wishes else {}
    found = []
    for practitioner in practitioners:
        rows = [
            _row(one, practitioner, shown.get(whose[one.pk].pk), offers.get(one.pk, []), now)
            for one in wishes
            if one.practitioner_id == practitioner.pk
        ]
        if rows or practitioner.waiting_list:
            found.append(WaitingList(practitioner, rows))
    return found


def _row(wish: Wish, practitioner: Practitioner, shown: Shown | None, offers: Sequence[Offer], now: datetime) -> Row:
    zone = practitioner.practice.zone
    return Row(
        wish,
        shown,
        words.day(wish.since.astimezone(zone).date()),
        said(wish),
        words.moment(wish.appointment.start, zone) if wish.appointment else "",
        _offered(practitioner, offers, now),
    )


def _offered(practitioner: Practitioner, offers: Sequence[Offer], now: datetime) -> str:
    """Return what is offered just now and until when, or how often something was."""
    zone = practitioner.practice.zone
    alive = next((one for one in offers if one.is_open(now)), None)
    if alive is not None:
        return _("%(when)s, proposé jusqu’à %(until)s") % {
            "when": words.moment(alive.start, zone),
            "until": words.clock(alive.expires.astimezone(zone)),
        }
    number = len(offers)
    return ngettext("%(number)d proposition", "%(number)d propositions", number) % {"number": number} if number else ""
